//! update-alternatives: which of several programs a name leads to.
//!
//! dpkg's administration is kept as it keeps it, a file for each group of links, and its log is written.

use crate::fs::{Content, Kind, path};
use crate::shell::Shell;
use std::collections::BTreeMap;

const ADMIN: &str = "/var/lib/dpkg/alternatives";
const LINKS: &str = "/etc/alternatives";
const LOG: &str = "/var/log/alternatives.log";
/// As long as the log writes the day and the time.
const TIME: &str = "2026-01-01 00:00:00";

/// A group of links, the master's and its followers'.
#[derive(Default)]
struct Group {
    name: String,
    is_manual: bool,
    link: String,
    /// Followers: name and link.
    slaves: BTreeMap<String, String>,
    /// What may be chosen.
    choices: BTreeMap<String, Choice>,
}

#[derive(Default)]
struct Choice {
    priority: i64,
    /// What the followers lead to, by their names.
    slaves: BTreeMap<String, String>,
}

impl Group {
    /// What dpkg keeps of a group.
    fn read(name: &str, text: &str) -> Option<Group> {
        let mut lines = text.lines();
        let mut group = Group { name: name.into(), is_manual: lines.next()? == "manual", ..Group::default() };
        group.link = lines.next()?.into();
        while let Some(slave) = lines.next().filter(|line| !line.is_empty()) {
            group.slaves.insert(slave.into(), lines.next()?.into());
        }
        while let Some(file) = lines.next().filter(|line| !line.is_empty()) {
            let mut choice = Choice { priority: lines.next()?.parse().ok()?, ..Choice::default() };
            for slave in group.slaves.keys() {
                choice.slaves.insert(slave.clone(), lines.next()?.into());
            }
            choice.slaves.retain(|_, file| !file.is_empty());
            group.choices.insert(file.into(), choice);
        }
        Some(group)
    }

    fn written(&self) -> String {
        let mut text = format!("{}\n{}\n", if self.is_manual { "manual" } else { "auto" }, self.link);
        for (name, link) in &self.slaves {
            text.push_str(&format!("{name}\n{link}\n"));
        }
        text.push('\n');
        for (file, choice) in &self.choices {
            text.push_str(&format!("{file}\n{}\n", choice.priority));
            for slave in self.slaves.keys() {
                text.push_str(choice.slaves.get(slave).map_or("", String::as_str));
                text.push('\n');
            }
        }
        text.push('\n');
        text
    }

    /// Sets who chooses, and notes it where it changes.
    fn becomes(&mut self, shell: &mut Shell, is_manual: bool) {
        if self.is_manual != is_manual {
            let mode = if is_manual { "manual" } else { "auto" };
            write_log(shell, &format!("status of link group {} set to {mode}", self.link));
            self.is_manual = is_manual;
        }
    }

    /// The choice with the highest priority, of equals the first.
    fn best(&self) -> Option<&str> {
        let order = |one: &(&String, &Choice), two: &(&String, &Choice)| {
            one.1.priority.cmp(&two.1.priority).then_with(|| two.0.cmp(one.0))
        };
        self.choices.iter().max_by(order).map(|(file, _)| file.as_str())
    }
}

/// What a command line asks for.
enum Action {
    Install {
        group: Group,
        file: String,
    },
    Set(String),
    Auto,
    Remove(String),
    RemoveAll,
    Query,
    Display,
    List,
    /// It asks a person; without one it changes nothing.
    Config,
}

pub(crate) fn update_alternatives(shell: &mut Shell, argv: &[String]) -> i32 {
    let words = argv.get(1..).unwrap_or(&[]);
    match read(words) {
        Ok(Some((name, action))) => run(shell, &name, action, words),
        Ok(None) => {
            shell.gap("unmodelled-option", format!("update-alternatives {}", words.first().map_or("", String::as_str)));
            0
        }
        Err(UsageError::Error(message)) => fail(shell, &message),
        Err(UsageError::Usage(message)) => {
            shell.err(format!(
                "update-alternatives: {message}\n\nUse 'update-alternatives --help' for program usage information.\n"
            ));
            2
        }
    }
}

/// Why a command line cannot be followed.
enum UsageError {
    Error(String),
    Usage(String),
}

fn fail(shell: &mut Shell, message: &str) -> i32 {
    shell.err(format!("update-alternatives: error: {message}\n"));
    2
}

/// The name of the group and what is to be done with it; `None` for what is not modelled.
fn read(words: &[String]) -> Result<Option<(String, Action)>, UsageError> {
    let mut words = words.iter().map(String::as_str);
    let mut found: Option<(String, Action)> = None;
    while let Some(word) = words.next() {
        let mut next = |count: usize| -> Result<Vec<String>, UsageError> {
            let taken: Vec<String> = words.by_ref().take(count).map(str::to_string).collect();
            let names = ["<name>", "<name> <path>", "", "<link> <name> <path> <priority>"];
            let wanted = names.get(count - 1).copied().unwrap_or("");
            if taken.len() < count { Err(UsageError::Usage(format!("{word} needs {wanted}"))) } else { Ok(taken) }
        };
        let one = |taken: Vec<String>| taken.into_iter().next().unwrap_or_default();
        let action = match word {
            "--quiet" | "--verbose" | "--force" | "--skip-auto" => continue,
            "--log" | "--altdir" | "--admindir" | "--instdir" | "--root" => return Ok(None),
            "--install" => {
                let taken = next(4)?;
                let [link, name, file, priority] = taken.as_slice() else { return Ok(None) };
                if !link.starts_with('/') {
                    return Err(UsageError::Error(format!("alternative link is not absolute as it should be: {link}")));
                }
                if !file.starts_with('/') {
                    return Err(UsageError::Error(format!("alternative path is not absolute as it should be: {file}")));
                }
                let Ok(priority) = priority.parse() else {
                    return Err(UsageError::Usage("priority must be an integer".into()));
                };
                let mut group = Group { name: name.clone(), link: link.clone(), ..Group::default() };
                group.choices.insert(file.clone(), Choice { priority, ..Choice::default() });
                (name.clone(), Action::Install { group, file: file.clone() })
            }
            "--slave" => {
                let taken: Vec<String> = words.by_ref().take(3).map(str::to_string).collect();
                let ([link, name, target], Some((_, Action::Install { group, file }))) = (taken.as_slice(), &mut found)
                else {
                    return Err(UsageError::Usage("--slave needs <link> <name> <path>".into()));
                };
                group.slaves.insert(name.clone(), link.clone());
                if let Some(choice) = group.choices.get_mut(file) {
                    choice.slaves.insert(name.clone(), target.clone());
                }
                continue;
            }
            "--set" | "--remove" => {
                let taken = next(2)?;
                let [name, file] = taken.as_slice() else { return Ok(None) };
                let action = if word == "--set" { Action::Set } else { Action::Remove };
                (name.clone(), action(file.clone()))
            }
            "--auto" => (one(next(1)?), Action::Auto),
            "--remove-all" => (one(next(1)?), Action::RemoveAll),
            "--query" => (one(next(1)?), Action::Query),
            "--display" => (one(next(1)?), Action::Display),
            "--list" => (one(next(1)?), Action::List),
            "--config" => (one(next(1)?), Action::Config),
            "--get-selections" | "--set-selections" | "--all" | "--help" | "--version" | "--debug" => return Ok(None),
            other => return Err(UsageError::Usage(format!("unknown option '{other}'"))),
        };
        found = Some(action);
    }
    found.map(Some).ok_or_else(|| {
        UsageError::Usage(
            "need --display, --query, --list, --get-selections, --config, --set, --set-selections, --install, \
             --remove, --all, --remove-all or --auto"
                .into(),
        )
    })
}

fn run(shell: &mut Shell, name: &str, action: Action, words: &[String]) -> i32 {
    let place = format!("{ADMIN}/{name}");
    let known = shell.read(&place).ok().flatten();
    let known = known.and_then(|text| Group::read(name, &String::from_utf8_lossy(&text)));
    // An image whose files are not all listed may have the group: then only the links are known.
    if known.is_none() && shell.fs.may_hide("/", &place) && !matches!(action, Action::Install { .. }) {
        if let Action::Set(file) = &action {
            link_to(shell, file, &format!("{LINKS}/{name}"));
        }
        shell.gap("unknown-output", "update-alternatives");
        return 0;
    }
    let current = current(shell, name);
    let Some(mut group) = known.or_else(|| match &action {
        Action::Install { group, .. } => {
            Some(Group { name: name.into(), link: group.link.clone(), ..Group::default() })
        }
        _ => None,
    }) else {
        if let Action::Remove(_) = action {
            return 0;
        }
        return fail(shell, &format!("no alternatives for {name}"));
    };
    match action {
        Action::Query => return query(shell, &group, current.as_deref()),
        Action::Display => return display(shell, &group, current.as_deref()),
        Action::List => {
            group.choices.keys().for_each(|file| shell.out(format!("{file}\n")));
            return 0;
        }
        Action::Config => {
            shell.gap("unknown-output", "update-alternatives --config");
            return 0;
        }
        _ => {}
    }
    if let Action::Install { file, .. } = &action
        && shell.fs.stat("/", file).is_err()
    {
        if !shell.fs.may_hide("/", file) {
            return fail(shell, &format!("alternative path {file} doesn't exist"));
        }
        shell.gap("unlisted-file", file);
    }
    write_log(shell, &format!("run with {}", words.join(" ")));
    // Without a link there is nothing that was chosen by hand.
    if current.as_ref().is_none_or(|file| shell.fs.stat("/", file).is_err()) {
        group.is_manual = false;
    } else if current.as_ref().is_some_and(|file| !group.choices.contains_key(file) && !group.choices.is_empty())
        && !group.is_manual
    {
        shell.err(format!(
            "update-alternatives: warning: {LINKS}/{name} has been changed (manually or by a script); switching to \
             manual updates only\n"
        ));
        group.is_manual = true;
    }
    let mut wanted = None;
    match action {
        Action::Install { group: new, .. } => {
            if group.link != new.link {
                shell.out(format!("update-alternatives: renaming {name} link from {} to {}\n", group.link, new.link));
                remove_link(shell, &group.link);
            }
            group.link = new.link;
            group.slaves.extend(new.slaves);
            group.choices.extend(new.choices);
            if !group.is_manual {
                wanted = group.best().map(str::to_string);
            }
        }
        Action::Set(file) => {
            if !group.choices.contains_key(&file) {
                return fail(shell, &format!("alternative {file} for {name} not registered; not setting"));
            }
            group.becomes(shell, true);
            wanted = Some(file);
        }
        Action::Auto => {
            group.becomes(shell, false);
            wanted = group.best().map(str::to_string);
        }
        Action::Remove(file) => {
            group.choices.remove(&file);
            if current.as_ref() == Some(&file) {
                if group.is_manual {
                    shell.out(format!(
                        "update-alternatives: removing manually selected alternative - switching {name} to auto mode\n"
                    ));
                    group.becomes(shell, false);
                }
                wanted = group.best().map(str::to_string);
            }
        }
        Action::RemoveAll => group.choices.clear(),
        Action::Query | Action::Display | Action::List | Action::Config => {}
    }
    if group.choices.is_empty() {
        write_log(shell, &format!("link group {name} fully removed"));
        for (link, name) in group.slaves.iter().map(|(name, link)| (link, name)).chain([(&group.link, &group.name)]) {
            remove_link(shell, link);
            remove_link(shell, &format!("{LINKS}/{name}"));
        }
        let _ = shell.fs.remove(&place);
        return 0;
    }
    if let Some(wanted) = wanted.filter(|wanted| current.as_ref() != Some(wanted)) {
        write_log(shell, &format!("link group {name} updated to point to {wanted}"));
        let mode = if group.is_manual { "manual" } else { "auto" };
        shell.out(format!("update-alternatives: using {wanted} to provide {} ({name}) in {mode} mode\n", group.link));
        lead_to(shell, &group, &wanted);
    } else if let Some(current) = current.filter(|file| group.choices.contains_key(file)) {
        // A link that is new to the group is made.
        lead_to(shell, &group, &current);
    }
    shell.replace_as_root(&place, Content::inline(group.written().into_bytes()), 0o644);
    0
}

/// What the group's link leads to.
fn current(shell: &Shell, name: &str) -> Option<String> {
    match shell.fs.lstat("/", &format!("{LINKS}/{name}")).map(|(_, node)| &node.kind) {
        Ok(Kind::Symlink(target)) => Some(target.to_string()),
        _ => None,
    }
}

/// Makes the links of a choice: the master's, and those of its followers that are there.
fn lead_to(shell: &mut Shell, group: &Group, file: &str) {
    link(shell, &group.name, &group.link, file);
    for (name, place) in &group.slaves {
        let target = group.choices.get(file).and_then(|choice| choice.slaves.get(name));
        match target {
            Some(target) if shell.fs.stat("/", target).is_ok() => link(shell, name, place, target),
            Some(target) => {
                let fine = shell.fs.may_hide("/", target);
                if fine {
                    link(shell, name, place, target);
                } else {
                    shell.err(format!(
                        "update-alternatives: warning: skip creation of {place} because associated file {target} (of \
                         link group {}) doesn't exist\n",
                        group.name
                    ));
                }
            }
            None => {
                remove_link(shell, place);
                remove_link(shell, &format!("{LINKS}/{name}"));
            }
        }
    }
}

fn link(shell: &mut Shell, name: &str, place: &str, target: &str) {
    let generic = format!("{LINKS}/{name}");
    match shell.fs.lstat("/", place).map(|(_, node)| matches!(node.kind, Kind::Symlink(_))) {
        Ok(false) => shell.err(format!("update-alternatives: warning: not replacing {place} with a link\n")),
        _ => link_to(shell, &generic, place),
    }
    link_to(shell, target, &generic);
}

fn remove_link(shell: &mut Shell, place: &str) {
    if let Ok((real, node)) = shell.fs.lstat("/", place)
        && matches!(node.kind, Kind::Symlink(_))
    {
        let _ = shell.fs.remove(&real);
    }
}

fn link_to(shell: &mut Shell, target: &str, link: &str) {
    let Ok(folder) = shell.fs.resolve("/", path::parent(link), true) else { return };
    let place = format!("{}/{}", folder.trim_end_matches('/'), path::file_name(link));
    if matches!(shell.fs.get(&place).map(|node| &node.kind), Some(Kind::Symlink(old)) if &**old == target) {
        return;
    }
    let _ = shell.fs.remove(&place);
    let _ = shell.fs.mkdir_all(&folder, 0o755, 0, 0);
    let _ = shell.fs.symlink(target, &place, 0, 0);
}

fn query(shell: &mut Shell, group: &Group, current: Option<&str>) -> i32 {
    let slaves = |slaves: &BTreeMap<String, String>| -> String {
        let lines: String = slaves.iter().map(|(name, file)| format!(" {name} {file}\n")).collect();
        if lines.is_empty() { lines } else { format!("Slaves:\n{lines}") }
    };
    let mode = if group.is_manual { "manual" } else { "auto" };
    shell.out(format!("Name: {}\nLink: {}\n{}Status: {mode}\n", group.name, group.link, slaves(&group.slaves)));
    if let Some(best) = group.best() {
        shell.out(format!("Best: {best}\n"));
    }
    shell.out(format!("Value: {}\n\n", current.unwrap_or("none")));
    let stanza = |(file, choice): (&String, &Choice)| {
        format!("Alternative: {file}\nPriority: {}\n{}", choice.priority, slaves(&choice.slaves))
    };
    let stanzas: Vec<String> = group.choices.iter().map(stanza).collect();
    shell.out(stanzas.join("\n"));
    0
}

fn display(shell: &mut Shell, group: &Group, current: Option<&str>) -> i32 {
    let mode = if group.is_manual { "manual" } else { "auto" };
    shell.out(format!("{} - {mode} mode\n", group.name));
    if let Some(best) = group.best() {
        shell.out(format!("  link best version is {best}\n"));
    }
    match current {
        Some(current) => shell.out(format!("  link currently points to {current}\n")),
        None => shell.out("  link currently absent\n"),
    }
    shell.out(format!("  link {} is {}\n", group.name, group.link));
    for (name, link) in &group.slaves {
        shell.out(format!("  slave {name} is {link}\n"));
    }
    for (file, choice) in &group.choices {
        shell.out(format!("{file} - priority {}\n", choice.priority));
        for (name, file) in &choice.slaves {
            shell.out(format!("  slave {name}: {file}\n"));
        }
    }
    0
}

/// A line in the log; of a log whose text is not known it is not known either.
fn write_log(shell: &mut Shell, what: &str) {
    let line = format!("update-alternatives {TIME}: {what}\n");
    match shell.read(LOG) {
        Ok(Some(mut text)) => {
            text.extend_from_slice(line.as_bytes());
            shell.replace_as_root(LOG, Content::inline(text), 0o644);
        }
        Ok(None) => {}
        Err(_) => shell.replace_as_root(LOG, Content::inline(line.into_bytes()), 0o644),
    }
}
