//! debconf-set-selections: answers to packages' questions, kept before they are asked.

use crate::commands::text_inputs::joined;
use crate::fs::Content;
use crate::shell::Shell;

const FOLDER: &str = "/var/cache/debconf";
/// What stands in for a template that no package has brought yet.
const DUMMY: &str = "Description: Dummy template\nExtended_description: This is a fake template used to pre-seed the \
                     debconf database. If you are seeing this, something is probably wrong.\n";

/// Lines of `PACKAGE QUESTION TYPE VALUE`.
pub(crate) fn debconf_set_selections(shell: &mut Shell, argv: &[String]) -> i32 {
    let names: Vec<String> = argv.iter().skip(1).filter(|word| !word.starts_with('-')).cloned().collect();
    let (bytes, status) = joined(shell, "debconf-set-selections", &names);
    if status != 0 {
        return status;
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut answers = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.splitn(4, char::is_whitespace);
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some(package), Some(question), Some(kind), value) => {
                answers.push((package, question, kind, value.unwrap_or("").trim_end()));
            }
            _ => {
                shell.err(format!("error: parse error on line {}: '{line}'\n", at + 1));
                return 1;
            }
        }
    }
    let (mut settings, mut secrets) =
        (Database::of(shell, "config.dat", 0o644), Database::of(shell, "passwords.dat", 0o600));
    let mut templates = Database::of(shell, "templates.dat", 0o644);
    for (package, question, kind, value) in answers {
        let template = format!("Name: {question}\n{DUMMY}Type: {kind}\nOwners: {question}\n");
        templates.add(question, template, |_| {});
        let answer =
            format!("Name: {question}\nTemplate: {question}\nValue: {value}\nOwners: {package}\nFlags: seen\n");
        let place = if kind == "password" { &mut secrets } else { &mut settings };
        place.add(question, answer, |known| answered(known, value));
    }
    settings.write(shell, true);
    secrets.write(shell, false);
    templates.write(shell, true);
    0
}

/// A question that is known gets its value, and counts as seen.
fn answered(stanza: &mut String, value: &str) {
    let mut lines: Vec<String> = stanza.lines().map(str::to_string).collect();
    let mut put = |name: &str, value: &str, before: &str| {
        let line = format!("{name}: {value}");
        match lines.iter().position(|line| line.starts_with(&format!("{name}:"))) {
            Some(at) => lines.splice(at..=at, [line]).for_each(drop),
            None => {
                let at = lines.iter().position(|line| line.starts_with(before)).unwrap_or(lines.len());
                lines.insert(at, line);
            }
        }
    };
    put("Value", value, "Owners:");
    put("Flags", "seen", "Variables:");
    *stanza = lines.iter().map(|line| format!("{line}\n")).collect();
}

/// One of debconf's files: stanzas, in order of their names.
struct Database {
    place: String,
    mode: u32,
    stanzas: Vec<(String, String)>,
    /// What the file was, for the copy that stays beside it.
    before: Option<Content>,
    /// Its text is known.
    known: bool,
}

impl Database {
    fn of(shell: &Shell, name: &str, mode: u32) -> Database {
        let place = format!("{FOLDER}/{name}");
        let before = shell.fs.stat("/", &place).ok().and_then(|(_, node)| node.content().cloned());
        let text = before.as_ref().and_then(Content::bytes).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let known = text.is_some() || before.is_none() && !shell.fs.may_hide("/", &place);
        let text = text.unwrap_or_default();
        let name_of = |stanza: &str| stanza.lines().find_map(|line| line.strip_prefix("Name: ")).map(str::to_string);
        let stanzas =
            text.split("\n\n").filter_map(|stanza| Some((name_of(stanza)?, format!("{}\n", stanza.trim_end()))));
        Database { place, mode, stanzas: stanzas.collect(), before, known }
    }

    fn add(&mut self, name: &str, stanza: String, change: impl FnOnce(&mut String)) {
        match self.stanzas.binary_search_by(|(known, _)| known.as_str().cmp(name)) {
            Ok(at) => {
                if let Some((_, known)) = self.stanzas.get_mut(at) {
                    change(known);
                }
            }
            Err(at) => self.stanzas.insert(at, (name.to_string(), stanza)),
        }
    }

    fn write(self, shell: &mut Shell, keeps_old: bool) {
        let text: String = self.stanzas.iter().map(|(_, stanza)| format!("{stanza}\n")).collect();
        let content = match (self.known, &self.before) {
            (true, _) => Content::inline(text.into_bytes()),
            (false, before) => {
                let len = before.as_ref().map_or(0, |before| before.len) + text.len() as u64;
                Content::modelled([], len, "debconf's database with what was added")
            }
        };
        if let Some(before) = self.before.filter(|_| keeps_old) {
            let _ = shell.fs.write(&format!("{}-old", self.place), before, self.mode, 0, 0);
        }
        shell.replace_as_root(&self.place, content, self.mode);
    }
}
