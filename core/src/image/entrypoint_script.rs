//! What the entrypoint scripts of official images do: `data/entrypoint_scripts.json`.
//!
//! The images' own texts are not at hand. A row of the table says how a script changes the command before it passes
//! on to it with `exec "$@"`. A file of a base image that such a row describes carries the row's note; a file that
//! somebody wrote in its place does not.

use super::BaseFacts;
use crate::fs::Content;
use serde::Deserialize;
use std::sync::OnceLock;

/// The folder of the scripts that images name without a folder.
const USUAL_FOLDER: &str = "/usr/local/bin";

/// One row: a script by its file's name and the images that have it.
#[derive(Debug, Deserialize)]
pub(crate) struct EntrypointScript {
    /// File names.
    names: Vec<String>,
    /// Repositories of the images in familiar form; empty if the file's name tells the script.
    families: Vec<String>,
    /// First words of the image's CMD, where its variants differ; empty for any.
    #[serde(default)]
    commands: Vec<String>,
    /// The `#!` line without `#!`.
    interpreter: String,
    /// Programs that it puts in front of the command; the first that applies.
    defaults: Vec<DefaultProgram>,
    /// Programs that the image has.
    programs: Vec<String>,
    /// The user that it changes to when root starts it.
    pub(crate) user: Option<UserChange>,
    /// Variables without which it ends.
    pub(crate) requires: Option<RequiredVariables>,
    /// The line of `exec "$@"`, where all releases agree.
    pub(crate) exec_line: Option<usize>,
    source: String,
    date: String,
}

/// A program that a script puts in front of the command.
#[derive(Debug, Deserialize)]
struct DefaultProgram {
    /// The program and its first arguments.
    program: Vec<String>,
    when: Vec<Condition>,
    /// First words of the command for which it is done.
    #[serde(default)]
    words: Vec<String>,
    /// Ends of the first word for which it is done.
    #[serde(default)]
    suffixes: Vec<String>,
}

/// What a script asks of the command's first word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Condition {
    /// There is no command.
    Nothing,
    /// It starts with `-`.
    Option,
    /// The shell finds no command of that name (`command -v`).
    NotACommand,
    /// It is a file that may not be executed.
    NotExecutable,
}

/// A change of the user before the program starts.
#[derive(Debug, Deserialize)]
pub(crate) struct UserChange {
    /// The user's name.
    pub(crate) name: String,
    /// The programs for which it is done; `mongo*` stands for all that begin so.
    of: Vec<String>,
}

/// Variables of which a script wants one.
#[derive(Debug, Deserialize)]
pub(crate) struct RequiredVariables {
    /// The programs for which it does.
    of: Vec<String>,
    /// Names, or `NAME=value`. A variable that is empty does not count.
    pub(crate) one_of: Vec<String>,
    /// A path that, if it exists, makes them needless; may begin with `$NAME`.
    pub(crate) unless: String,
    /// A variable of the image and the least number in it for which this holds.
    from: Option<(String, u32)>,
    /// The exit code of the script.
    pub(crate) exit_code: i32,
}

impl EntrypointScript {
    fn table() -> &'static [EntrypointScript] {
        static TABLE: OnceLock<Vec<EntrypointScript>> = OnceLock::new();
        TABLE.get_or_init(|| {
            serde_json::from_str(include_str!("../../data/entrypoint_scripts.json")).unwrap_or_default()
        })
    }

    /// The script of a base image, and its path, if the table has it.
    pub(crate) fn of_base(facts: &BaseFacts) -> Option<(&'static EntrypointScript, String)> {
        let words = facts.config.entrypoint.as_deref().unwrap_or(&[]);
        let command = facts.config.cmd.as_ref().and_then(|words| words.first());
        for word in words {
            let name = crate::fs::path::file_name(word);
            let row = Self::table().iter().find(|row| {
                row.names.iter().any(|known| known == name)
                    && (row.families.is_empty() || row.families.iter().any(|family| family == facts.family()))
                    && (row.commands.is_empty() || command.is_some_and(|command| row.commands.contains(command)))
            });
            if let Some(row) = row {
                let path = if word.contains('/') { word.clone() } else { format!("{USUAL_FOLDER}/{word}") };
                return Some((row, path));
            }
        }
        None
    }

    /// The script that a file is, if it is one of a base image as it came.
    pub(crate) fn of_content(content: &Content) -> Option<&'static EntrypointScript> {
        let note = content.basis().filter(|note| note.starts_with(NOTE))?;
        Self::table().iter().find(|row| row.note() == note)
    }

    /// The file as the base image has it: the first line is known, the length is not.
    pub(crate) fn content(&self) -> Content {
        Content::started(format!("#!{}\n", self.interpreter).into_bytes(), self.note())
    }

    /// The note by which the file is recognized, which also says why its size is not known.
    fn note(&self) -> String {
        let family = self.families.first().or(self.names.first()).map_or("", String::as_str);
        let variant = self.commands.first().map(|command| format!(" for {command}")).unwrap_or_default();
        format!("{NOTE} {family}{variant}, as of {} ({}); its size is not listed", self.date, self.source)
    }

    /// The program that is put in front of a command. `is` answers what the script asks of the first word.
    pub(crate) fn default_program(&self, command: &[String], is: impl Fn(Condition) -> bool) -> Option<&[String]> {
        let first = command.first().map_or("", String::as_str);
        let applies = |default: &&DefaultProgram| {
            default.when.iter().any(|condition| is(*condition))
                || default.words.iter().any(|word| word == first)
                || default.suffixes.iter().any(|suffix| first.ends_with(suffix.as_str()))
        };
        self.defaults.iter().find(applies).map(|default| default.program.as_slice())
    }

    /// Whether the image is known to have a program.
    pub(crate) fn has_program(&self, name: &str) -> bool {
        self.programs.iter().any(|program| program == name)
    }
}

/// How the notes of all scripts begin.
const NOTE: &str = "the entrypoint script of";

fn matches(patterns: &[String], program: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => program.starts_with(start),
        None => pattern == program,
    })
}

impl UserChange {
    /// Whether it is done for a program.
    pub(crate) fn applies_to(&self, program: &str) -> bool {
        matches(&self.of, program)
    }
}

impl RequiredVariables {
    /// Whether a command lacks them. `variable` gives the environment's variables. The scripts let a request for help
    /// or the version pass.
    pub(crate) fn are_missing<'a>(&self, command: &[String], variable: impl Fn(&str) -> Option<&'a str>) -> bool {
        const QUESTIONS: [&str; 7] = ["-?", "--help", "--describe-config", "-V", "--version", "--print-defaults", "-C"];
        let Some((program, arguments)) = command.split_first() else { return false };
        let holds = self.from.as_ref().is_none_or(|(name, least)| {
            let number = variable(name).and_then(|value| value.parse::<u32>().ok());
            number.is_some_and(|number| number >= *least)
        });
        let is_given = |wanted: &String| match wanted.split_once('=') {
            Some((name, value)) => variable(name) == Some(value),
            None => variable(wanted).is_some_and(|value| !value.is_empty()),
        };
        holds
            && matches(&self.of, program)
            && !arguments.iter().any(|word| QUESTIONS.contains(&word.as_str()))
            && !self.one_of.iter().any(is_given)
    }

    /// The path that makes them needless.
    pub(crate) fn initialized_path<'a>(&self, variable: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
        let Some(rest) = self.unless.strip_prefix('$') else { return Some(self.unless.clone()) };
        let (name, path) = rest.split_once('/')?;
        Some(format!("{}/{path}", variable(name)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_source_a_date_and_a_note_of_its_own() {
        let table = EntrypointScript::table();
        assert!(table.len() > 20);
        let mut notes: Vec<String> = table.iter().map(EntrypointScript::note).collect();
        for row in table {
            assert!(row.source.contains('@') && row.date.starts_with("20"), "{row:?}");
            assert!(row.interpreter.starts_with('/') && !row.names.is_empty(), "{row:?}");
            assert!(row.defaults.iter().all(|default| row.has_program(&default.program[0])), "{row:?}");
            let found = EntrypointScript::of_content(&row.content()).unwrap();
            assert_eq!(found.note(), row.note());
        }
        notes.sort();
        notes.dedup();
        assert_eq!(notes.len(), table.len());
    }

    #[test]
    fn a_default_program_depends_on_the_first_word() {
        let find = |family: &str| {
            EntrypointScript::table().iter().find(|row| row.families.iter().any(|known| known == family)).unwrap()
        };
        let words = |text: &str| text.split(' ').map(str::to_string).collect::<Vec<_>>();
        let no = |_: Condition| false;
        assert_eq!(find("redis").default_program(&words("/etc/redis.conf"), no), Some(&words("redis-server")[..]));
        assert_eq!(find("redis").default_program(&words("sh"), no), None);
        assert_eq!(find("registry").default_program(&words("/c.yml"), no), Some(&words("registry serve")[..]));
        let option = |condition| condition == Condition::Option;
        assert_eq!(find("node").default_program(&words("--version"), option), Some(&words("node")[..]));
        assert!(find("mongo").user.as_ref().unwrap().applies_to("mongos"));
    }
}
