//! dpkg, dpkg-query: what is installed, and whose a file is.

use super::index::{DPKG, Database, Listed, Release, Stanza};
use crate::fs::shell_matches;
use crate::packages::installation::installed;
use crate::packages::release::release;
use crate::shell::Shell;
use crate::shell::options::{has, options, value};

/// Debian's words for the processor.
const ARCHITECTURE: &str = "amd64";

pub(crate) fn dpkg(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, operands) = options(argv, "");
    let asked = |names: &[&str]| has(&flags, names);
    if asked(&["print-architecture"]) {
        shell.out(format!("{ARCHITECTURE}\n"));
        return 0;
    }
    if asked(&["print-foreign-architectures"]) {
        let foreign = shell.read(FOREIGN).ok().flatten().unwrap_or_default();
        let foreign = String::from_utf8_lossy(&foreign).into_owned();
        foreign.lines().filter(|line| *line != ARCHITECTURE).for_each(|line| shell.out(format!("{line}\n")));
        return 0;
    }
    if asked(&["add-architecture"]) {
        return add_architecture(shell, &operands);
    }
    if asked(&["compare-versions"]) {
        return compare(shell, &operands);
    }
    if asked(&["s", "status", "S", "search", "L", "listfiles", "l", "list"]) {
        return dpkg_query(shell, argv);
    }
    if asked(&["P", "purge", "r", "remove"]) {
        return remove(shell, &operands);
    }
    if asked(&["i", "install"]) {
        return install(shell, &operands);
    }
    // Everything is configured: apt leaves nothing half done here.
    if asked(&["configure"]) && asked(&["a", "pending"]) {
        return 0;
    }
    shell.gap("unmodelled-command", "dpkg");
    0
}

/// Packages that are there are left: what their own scripts take back is not followed here.
fn remove(shell: &mut Shell, names: &[String]) -> i32 {
    let release = release(shell, &["debian", "ubuntu"]);
    let (database, is_known) = installed(shell, release.as_ref(), &DPKG);
    for name in names {
        if database.find(plain(name)).is_some() || !is_known {
            shell.gap("unmodelled-option", format!("dpkg --remove {name}"));
        } else {
            shell.err(format!("dpkg: warning: ignoring request to remove {name} which isn't installed\n"));
        }
    }
    0
}

/// What is in a package's file is not read.
fn install(shell: &mut Shell, names: &[String]) -> i32 {
    let mut status = 0;
    for name in names {
        if shell.fs.stat(&shell.cwd, name).is_ok() || shell.fs.may_hide(&shell.cwd, name) {
            shell.gap("unmodelled-option", format!("dpkg --install {name}"));
        } else {
            shell.err(format!("dpkg: error: cannot access archive '{name}': No such file or directory\n"));
            status = 2;
        }
    }
    status
}

const FOREIGN: &str = "/var/lib/dpkg/arch";

fn add_architecture(shell: &mut Shell, names: &[String]) -> i32 {
    let known = shell.read(FOREIGN).ok().flatten().unwrap_or_else(|| format!("{ARCHITECTURE}\n").into_bytes());
    let mut known = String::from_utf8_lossy(&known).into_owned();
    for name in names {
        if !known.lines().any(|line| line == name) {
            known.push_str(name);
            known.push('\n');
        }
    }
    let _ = shell.fs.write(FOREIGN, crate::fs::Content::inline(known.into_bytes()), 0o644, 0, 0);
    0
}

/// `dpkg --compare-versions A op B`: 0 if it holds.
fn compare(shell: &mut Shell, operands: &[String]) -> i32 {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let [one, operator, two] = operands else {
        shell.err("dpkg: error: --compare-versions takes three arguments: <version> <relation> <version>\n");
        return 2;
    };
    let order = version_order(one, two);
    let holds = match operator.as_str() {
        "lt" | "<<" | "lt-nl" => order == Less,
        "le" | "<=" | "<" | "le-nl" => order != Greater,
        "eq" | "=" => order == Equal,
        "ne" => order != Equal,
        "ge" | ">=" | ">" | "ge-nl" => order != Less,
        "gt" | ">>" | "gt-nl" => order == Greater,
        other => {
            shell.err(format!("dpkg: error: --compare-versions bad relation\n{other}\n"));
            return 2;
        }
    };
    i32::from(!holds)
}

/// The order of two versions as deb-version(7) defines it.
fn version_order(one: &str, two: &str) -> std::cmp::Ordering {
    fn split(version: &str) -> (u64, &str, &str) {
        let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        (epoch.parse().unwrap_or(0), upstream, revision)
    }
    let (one, two) = (split(one), split(two));
    one.0.cmp(&two.0).then_with(|| part_order(one.1, two.1)).then_with(|| part_order(one.2, two.2))
}

fn part_order(one: &str, two: &str) -> std::cmp::Ordering {
    /// `~` before the end, the end before letters, letters before the rest.
    fn weight(byte: Option<&u8>) -> i32 {
        match byte {
            Some(b'~') => -1,
            None => 0,
            Some(byte) if byte.is_ascii_digit() => 0,
            Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
            Some(byte) => i32::from(*byte) + 256,
        }
    }
    let (mut one, mut two) = (one.as_bytes(), two.as_bytes());
    loop {
        let is_text = |text: &[u8]| text.first().is_some_and(|byte| !byte.is_ascii_digit());
        while is_text(one) || is_text(two) {
            let order = weight(one.first()).cmp(&weight(two.first()));
            if order.is_ne() {
                return order;
            }
            one = one.get(1..).unwrap_or(&[]);
            two = two.get(1..).unwrap_or(&[]);
        }
        let number = |text: &mut &[u8]| {
            let len = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (digits, rest) = text.split_at_checked(len).unwrap_or((text, &[]));
            *text = rest;
            let start = digits.iter().take_while(|digit| **digit == b'0').count();
            digits.get(start..).unwrap_or(&[]).to_vec()
        };
        let (a, b) = (number(&mut one), number(&mut two));
        let order = a.len().cmp(&b.len()).then_with(|| a.cmp(&b));
        if order.is_ne() || one.is_empty() && two.is_empty() {
            return order;
        }
    }
}

pub(crate) fn dpkg_query(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = crate::shell::options::with_long_values(argv, &["showformat"]);
    let (flags, operands) = options(&argv, "f");
    let release = release(shell, &["debian", "ubuntu"]);
    let (database, is_known) = installed(shell, release.as_ref(), &DPKG);
    if !is_known && release.is_none() {
        shell.gap("unmodelled-command", argv.first().map_or("dpkg-query", String::as_str));
        return 0;
    }
    let asked = |names: &[&str]| has(&flags, names);
    if asked(&["S", "search"]) {
        return search(shell, release.as_ref(), &database, &operands);
    }
    if asked(&["L", "listfiles"]) {
        for name in operands.iter().filter(|name| database.find(plain(name)).is_some()) {
            list(shell, plain(name));
        }
        return missing(shell, &database, is_known, &operands, Question::Files);
    }
    if asked(&["s", "status"]) {
        for (at, name) in operands.iter().enumerate() {
            let stanza = database.find(plain(name)).map_or_else(String::new, |stanza| format!("{}\n", stanza.text));
            let between = if at + 1 < operands.len() { "\n" } else { "" };
            shell.out(stanza + between);
        }
        return missing(shell, &database, is_known, &operands, Question::Status);
    }
    if asked(&["W", "show"]) {
        let format = value(&flags, &["f", "showformat"]).unwrap_or("${binary:Package}\t${Version}\n").to_string();
        let mut stanzas: Vec<_> = database.stanzas.iter().collect();
        stanzas.sort_by(|one, two| one.name.cmp(&two.name));
        let fits = |name: &str| operands.is_empty() || operands.iter().any(|one| shell_matches(plain(one), name));
        for stanza in stanzas.into_iter().filter(|stanza| fits(&stanza.name)) {
            let line = filled(&format, stanza);
            shell.out(line);
        }
        return missing(shell, &database, is_known, &operands, Question::Name);
    }
    table(shell, &database, &operands);
    missing(shell, &database, is_known, &operands, Question::Name)
}

/// `dpkg -L NAME`: what dpkg's list has, `/.` for the root.
fn list(shell: &mut Shell, name: &str) {
    let places = ["", ":amd64"].map(|ending| format!("/var/lib/dpkg/info/{name}{ending}.list"));
    match places.iter().find_map(|place| shell.read(place).ok().flatten()) {
        Some(text) if !text.is_empty() => shell.out(String::from_utf8_lossy(&text).into_owned()),
        _ => shell.gap("unknown-output", "dpkg -L"),
    }
}

/// What is asked of packages, each with words of its own where one is not installed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    Name,
    Status,
    Files,
}

/// `dpkg -l`: columns as wide as what is in them.
fn table(shell: &mut Shell, database: &Database, operands: &[String]) {
    const HEAD: [&str; 4] = ["Name", "Version", "Architecture", "Description"];
    const LEAST: [usize; 4] = [14, 12, 12, 33];
    let fits = |name: &str| operands.is_empty() || operands.iter().any(|one| shell_matches(plain(one), name));
    let mut stanzas: Vec<&Stanza> = database.stanzas.iter().filter(|stanza| fits(&stanza.name)).collect();
    stanzas.sort_by(|one, two| one.name.cmp(&two.name));
    if stanzas.is_empty() {
        return;
    }
    // What a package is for no index here tells.
    if stanzas.iter().any(|stanza| stanza.field("Description").is_none()) {
        return shell.gap("unknown-output", "dpkg -l");
    }
    let rows: Vec<[String; 4]> = stanzas
        .iter()
        .map(|stanza| {
            let field = |name| stanza.field(name).unwrap_or("").to_string();
            let name = match stanza.field("Multi-Arch") {
                Some("same") => format!("{}:{}", stanza.name, field("Architecture")),
                _ => stanza.name.clone(),
            };
            [name, field("Version"), field("Architecture"), field("Description")]
        })
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.max().unwrap_or(0).max(LEAST.get(column).copied().unwrap_or(0))
    };
    let [name, version, architecture, description] = [0, 1, 2, 3].map(width);
    let line = |mark: &str, row: [&str; 4]| {
        format!("{mark} {:<name$} {:<version$} {:<architecture$} {}\n", row[0], row[1], row[2], row[3])
    };
    shell.out(
        "Desired=Unknown/Install/Remove/Purge/Hold\n\
         | Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n\
         |/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n",
    );
    shell.out(line("||/", HEAD));
    let rules = [name, version, architecture, description].map(|width| "=".repeat(width));
    shell.out(format!("+++-{}\n", rules.join("-")));
    for (stanza, [name, version, architecture, description]) in stanzas.iter().zip(&rows) {
        let mark = if stanza.field("Status").is_some_and(|status| status.starts_with("hold")) { "hi " } else { "ii " };
        shell.out(line(mark, [name, version, architecture, description]));
    }
}

/// A package's name without the architecture.
fn plain(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

/// Complains of the names that are not installed; the exit code.
fn missing(shell: &mut Shell, database: &Database, is_known: bool, names: &[String], what: Question) -> i32 {
    let is_there = |name: &str| match name.contains(['*', '?', '[']) {
        true => database.stanzas.iter().any(|stanza| shell_matches(name, &stanza.name)),
        false => database.find(plain(name)).is_some(),
    };
    let absent: Vec<&String> = names.iter().filter(|name| !is_there(name)).collect();
    for name in &absent {
        // What is not listed in the index may be there in an image whose database is not shown.
        if !is_known {
            shell.gap("unlisted-package", name.as_str());
        }
        shell.err(match what {
            Question::Name => format!("dpkg-query: no packages found matching {name}\n"),
            Question::Status => {
                format!("dpkg-query: package '{name}' is not installed and no information is available\n")
            }
            Question::Files => format!("dpkg-query: package '{name}' is not installed\n"),
        });
    }
    let hint = match what {
        Question::Name => "",
        Question::Status => "Use dpkg --info (= dpkg-deb --info) to examine archive files.\n",
        Question::Files => "Use dpkg --contents (= dpkg-deb --contents) to list archive files contents.\n",
    };
    if !absent.is_empty() {
        shell.err(hint);
    }
    i32::from(!absent.is_empty())
}

/// A format of `--showformat` with a package's fields; unknown ones are empty, as dpkg has it.
fn filled(format: &str, stanza: &Stanza) -> String {
    let mut line = String::new();
    let mut rest = format;
    while let Some((before, behind)) = rest.split_once("${") {
        line.push_str(&crate::shell::escapes::unescape(before));
        let (field, after) = behind.split_once('}').unwrap_or((behind, ""));
        let field = field.split(';').next().unwrap_or(field);
        line.push_str(&match field {
            "binary:Package" | "Package" => stanza.name.clone(),
            "db:Status-Status" => "installed".into(),
            "db:Status-Abbrev" => "ii ".into(),
            other => stanza.field(other).unwrap_or("").to_string(),
        });
        rest = after;
    }
    line.push_str(&crate::shell::escapes::unescape(rest));
    line
}

/// `dpkg-query --search PATTERN…`: a pattern without `/` in front may stand anywhere in a path.
fn search(shell: &mut Shell, release: Option<&Release>, database: &Database, patterns: &[String]) -> i32 {
    let mut status = 0;
    for pattern in patterns {
        let wanted = match pattern.starts_with(['/', '*', '?', '[']) {
            true => pattern.clone(),
            false => format!("*{pattern}*"),
        };
        let found: Vec<String> = match wanted.contains(['*', '?', '[']) {
            true => owners(release, database, &|path| shell_matches(&wanted, path)),
            false => owners(release, database, &|path| path == wanted),
        };
        if found.is_empty() {
            if release.is_none() {
                shell.gap("unknown-output", "dpkg-query --search");
            }
            shell.err(format!("dpkg-query: no path found matching pattern {wanted}\n"));
            status = 1;
        }
        found.iter().for_each(|line| shell.out(format!("{line}\n")));
    }
    status
}

/// `PACKAGE: PATH` for the listed files that fit; libraries of several architectures carry theirs.
fn owners(release: Option<&Release>, database: &Database, fits: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    let Some(release) = release else { return found };
    for row in database.stanzas.iter().filter_map(|stanza| release.files(&stanza.name)) {
        for file in row.files() {
            let Listed::File(folder, name) = file else { continue };
            let path = format!("{folder}/{name}");
            if fits(&path) {
                let multiarch = if folder.contains("x86_64-linux-gnu") { ":amd64" } else { "" };
                found.push(format!("{}{multiarch}: {path}", row.name));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::version_order;
    use std::cmp::Ordering::{Equal, Greater, Less};

    #[test]
    fn versions_are_ordered_as_debian_orders_them() {
        for (one, two, order) in [
            ("1.0", "1.0", Equal),
            ("1.0~rc1", "1.0", Less),
            ("1.10", "1.9", Greater),
            ("1:0.1", "9", Greater),
            ("1.0-2", "1.0-10", Less),
            ("1.0a", "1.0+", Less),
            ("2.36-9+deb12u10", "2.36-9+deb12u9", Greater),
            ("1.0-0", "1.0", Equal),
            ("1.01", "1.1", Equal),
        ] {
            assert_eq!(version_order(one, two), order, "{one} {two}");
            assert_eq!(version_order(two, one), order.reverse(), "{two} {one}");
        }
    }
}
