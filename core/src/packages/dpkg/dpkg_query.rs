//! `dpkg-query`: which packages are installed, and which package a file belongs to.

use crate::fs::shell_matches;
use crate::packages::index::{ListedFile, Release};
use crate::packages::index_lookup::release_index;
use crate::packages::installation::read_database;
use crate::packages::package_database::{DPKG_STATUS, Database, Stanza};
use crate::shell::Shell;
use crate::shell::getopt::{has, options, value};

pub(crate) fn dpkg_query(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = crate::shell::getopt::with_long_values(argv, &["showformat"]);
    let (flags, operands) = options(&argv, "f");
    let release = release_index(shell, &["debian", "ubuntu"]);
    let (database, is_known) = read_database(shell, release.as_ref(), &DPKG_STATUS);
    if !is_known && release.is_none() {
        shell.gap("unmodelled-command", argv.first().map_or("dpkg-query", String::as_str));
        return 0;
    }
    let asked = |names: &[&str]| has(&flags, names);
    if asked(&["S", "search"]) {
        return search(shell, release.as_ref(), &database, &operands);
    }
    if asked(&["L", "listfiles"]) {
        for name in operands.iter().filter(|name| database.find(package_name(name)).is_some()) {
            list(shell, package_name(name));
        }
        return missing(shell, &database, is_known, &operands, Question::Files);
    }
    if asked(&["s", "status"]) {
        for (at, name) in operands.iter().enumerate() {
            let stanza =
                database.find(package_name(name)).map_or_else(String::new, |stanza| format!("{}\n", stanza.text));
            let between = if at + 1 < operands.len() { "\n" } else { "" };
            shell.out(stanza + between);
        }
        return missing(shell, &database, is_known, &operands, Question::Status);
    }
    if asked(&["W", "show"]) {
        let format = value(&flags, &["f", "showformat"]).unwrap_or("${binary:Package}\t${Version}\n").to_string();
        let mut stanzas: Vec<_> = database.stanzas.iter().collect();
        stanzas.sort_by(|one, two| one.name.cmp(&two.name));
        let fits =
            |name: &str| operands.is_empty() || operands.iter().any(|one| shell_matches(package_name(one), name));
        for stanza in stanzas.into_iter().filter(|stanza| fits(&stanza.name)) {
            let line = filled(&format, stanza);
            shell.out(line);
        }
        return missing(shell, &database, is_known, &operands, Question::Name);
    }
    table(shell, &database, &operands);
    missing(shell, &database, is_known, &operands, Question::Name)
}

/// `dpkg -L NAME`: prints the package's list of files, with `/.` for the root.
fn list(shell: &mut Shell, name: &str) {
    let places = ["", ":amd64"].map(|ending| format!("/var/lib/dpkg/info/{name}{ending}.list"));
    match places.iter().find_map(|place| shell.read(place).ok().flatten()) {
        Some(text) if !text.is_empty() => shell.out(String::from_utf8_lossy(&text).into_owned()),
        _ => shell.gap("unknown-output", "dpkg -L"),
    }
}

/// What is asked about packages. Each question has its own error message for a package that is not installed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    Name,
    Status,
    Files,
}

/// `dpkg -l`: a table whose columns are as wide as their content.
fn table(shell: &mut Shell, database: &Database, operands: &[String]) {
    const HEAD: [&str; 4] = ["Name", "Version", "Architecture", "Description"];
    const LEAST: [usize; 4] = [14, 12, 12, 33];
    let fits = |name: &str| operands.is_empty() || operands.iter().any(|one| shell_matches(package_name(one), name));
    let mut stanzas: Vec<&Stanza> = database.stanzas.iter().filter(|stanza| fits(&stanza.name)).collect();
    stanzas.sort_by(|one, two| one.name.cmp(&two.name));
    if stanzas.is_empty() {
        return;
    }
    // The indexes have no descriptions of packages.
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
pub(crate) fn package_name(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

/// Reports the names that are not installed; returns the exit code.
fn missing(shell: &mut Shell, database: &Database, is_known: bool, names: &[String], what: Question) -> i32 {
    let is_there = |name: &str| match name.contains(['*', '?', '[']) {
        true => database.stanzas.iter().any(|stanza| shell_matches(name, &stanza.name)),
        false => database.find(package_name(name)).is_some(),
    };
    let absent: Vec<&String> = names.iter().filter(|name| !is_there(name)).collect();
    for name in &absent {
        // A package that the index does not list may be installed in an image whose database is not known.
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

/// Fills in a format of `--showformat` with a package's fields. Unknown fields are empty, as in dpkg.
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

/// `dpkg-query --search PATTERN…`: a pattern that does not begin with `/` matches anywhere in a path.
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

/// `PACKAGE: PATH` for the listed files that match. For multiarch libraries the package name includes the
/// architecture.
fn owners(release: Option<&Release>, database: &Database, fits: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    let Some(release) = release else { return found };
    for row in database.stanzas.iter().filter_map(|stanza| release.files(&stanza.name)) {
        for file in row.files() {
            let ListedFile::File(folder, name) = file else { continue };
            let path = format!("{folder}/{name}");
            if fits(&path) {
                let multiarch = if folder.contains("x86_64-linux-gnu") { ":amd64" } else { "" };
                found.push(format!("{}{multiarch}: {path}", row.name));
            }
        }
    }
    found
}
