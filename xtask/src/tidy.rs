//! `cargo xtask tidy`: holds the code against the rules that ARCHITECTURE.md states.
//!
//! The table of rooms is read from the document itself, so it cannot go stale.

use crate::circles::{File, circles};
use crate::run::{Done, command, output, root};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A file longer than this is two things.
const MAX_LINES: usize = 800;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = ["utils", "helpers", "common", "misc", "manager", "service", "types"];
/// What stands at top level, beside files with a dot in front. A new room is a decision: add its name here.
const TOP: [&str; 23] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "Dockerfile",
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "Trunk.toml",
    "app",
    "backend",
    "core",
    "deploy",
    "embed",
    "docs",
    "fuzz",
    "package-lock.json",
    "package.json",
    "tests",
    "www",
    "xtask",
];
/// Rooms of core that may have a form for the outside.
const SERIALIZES: [&str; 6] = ["engine", "exercise", "image", "report", "shell", "workspace"];

pub(crate) fn tidy() -> Done {
    let mut faults = Vec::new();
    let table = rooms()?;
    rooms_are_kept(&table, &mut faults);
    files_are_small_and_named(&mut faults);
    rooms_are_small(&mut faults);
    no_circles(&mut faults);
    named_places_exist(&mut faults);
    core_knows_no_outside(&mut faults);
    page_knows_no_simulator(&mut faults);
    gaps_have_words(&mut faults);
    nothing_strays(&mut faults);
    if faults.is_empty() {
        println!("    tidy: {} rooms, no faults", table.len());
        return Ok(());
    }
    Err(format!("tidy found {} faults:\n  {}", faults.len(), faults.join("\n  ")))
}

/// What was only tried out is not kept at top level. Says nothing where there is no git.
fn nothing_strays(faults: &mut Vec<String>) {
    let files = output(command("git").current_dir(root()).arg("ls-files")).unwrap_or_default();
    let tops: BTreeSet<&str> = files.lines().filter_map(|file| file.split('/').next()).collect();
    let known = |top: &&str| top.starts_with('.') || TOP.contains(top) || top.starts_with("rust");
    for top in tops.into_iter().filter(|top| !known(top)) {
        faults.push(format!("{top}: stands at top level, and is not in the list of xtask/src/tidy.rs"));
    }
}

/// What is not modelled is said in words: each code of a gap has some.
fn gaps_have_words(faults: &mut Vec<String>) {
    let words = fs::read_to_string(root().join("core/data/words/en.json")).unwrap_or_default();
    for path in ["core/src/shell", "core/src/commands", "core/src/packages", "core/src/toolchains"]
        .iter()
        .flat_map(|room| rust_files(room))
    {
        let text = fs::read_to_string(&path).unwrap_or_default();
        for code in text.split(".gap(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            if !words.contains(&format!("\"diag.{code}\"")) {
                faults.push(format!("{}: the gap {code:?} has no words in core/data/words", shown(&path)));
            }
        }
    }
}

/// Every Rust file below a folder of the project.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The table in ARCHITECTURE.md: room, and the rooms that it may use.
fn rooms() -> Done<BTreeMap<String, BTreeSet<String>>> {
    let text =
        fs::read_to_string(root().join("ARCHITECTURE.md")).map_err(|error| format!("ARCHITECTURE.md: {error}"))?;
    let mut table = BTreeMap::new();
    for line in text.lines().skip_while(|line| !line.starts_with("| room | may use |")).skip(2) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, room, uses, ..] = cells.as_slice() else { break };
        let room = room.trim_matches('`').to_string();
        let uses =
            uses.split(',').map(|name| name.trim().trim_matches('`').to_string()).filter(|name| name != "–").collect();
        table.insert(room, uses);
    }
    if table.is_empty() { Err("ARCHITECTURE.md has no table `| room | may use |`".into()) } else { Ok(table) }
}

/// Each `crate::room` in core must be allowed by the table.
fn rooms_are_kept(table: &BTreeMap<String, BTreeSet<String>>, faults: &mut Vec<String>) {
    let source = root().join("core/src");
    for path in rust_files("core/src") {
        let relative = path.strip_prefix(&source).unwrap_or(&path);
        let first = relative
            .components()
            .next()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .unwrap_or_default();
        let room = first.trim_end_matches(".rs").to_string();
        if room == "lib" {
            continue;
        }
        if relative.ends_with("tests.rs") {
            continue;
        }
        let Some(allowed) = table.get(&room) else {
            faults.push(format!("{}: the room {room:?} is not in ARCHITECTURE.md's table", shown(&path)));
            continue;
        };
        let text = fs::read_to_string(&path).unwrap_or_default();
        // Tests may look at higher rooms.
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for part in code.split("crate::").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            if !name.is_empty() && name != room && !allowed.contains(&name) {
                faults.push(format!("{}: {room} may not use {name}: see the table in ARCHITECTURE.md", shown(&path)));
            }
        }
        let serializes = code.contains("Serialize") && !SERIALIZES.contains(&room.as_str());
        let deserializes_only = !code.replace("Deserialize", "").contains("Serialize");
        if serializes && !deserializes_only {
            faults.push(format!("{}: this room has no form for the outside", shown(&path)));
        }
    }
}

fn files_are_small_and_named(faults: &mut Vec<String>) {
    for folder in ["core", "app", "backend", "tests", "xtask"] {
        for path in rust_files(folder) {
            let lines = fs::read_to_string(&path).unwrap_or_default().lines().count();
            if lines > MAX_LINES {
                faults.push(format!("{} has {lines} lines: split it (at most {MAX_LINES})", shown(&path)));
            }
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            // `service` is a program of Debian's.
            if EMPTY_NAMES.contains(&stem.as_str()) && !path.starts_with(root().join("core/src/commands")) {
                faults.push(format!("{}: the name says nothing about what is inside", shown(&path)));
            }
        }
    }
}

/// The crates whose modules are looked at, and whether files of one folder may need each other.
const CRATES: [(&str, bool); 6] = [
    ("core/src", true),
    ("app/src", false),
    ("app/protocol/src", false),
    ("app/simulator/src", false),
    ("backend/src", false),
    ("xtask/src", false),
];

/// No file needs itself over files of other folders, and where the table above says so, over any files.
fn no_circles(faults: &mut Vec<String>) {
    for (source, within_folders) in CRATES {
        let files: Vec<File> = rust_files(source)
            .into_iter()
            .filter(|path| !path.ends_with("tests.rs") && !path.components().any(|part| part.as_os_str() == "tests"))
            .map(|path| {
                let name = shown(&path);
                let inside = name.strip_prefix(source).unwrap_or(&name).trim_matches('/').trim_end_matches(".rs");
                let mut module: Vec<String> = inside.split('/').map(str::to_string).collect();
                if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
                    module.pop();
                }
                File { name, module, text: fs::read_to_string(&path).unwrap_or_default() }
            })
            .collect();
        for circle in circles(&files, !within_folders) {
            faults.push(format!("these files need each other: {}", circle.join(", ")));
        }
    }
}

/// What CONTRIBUTING.md tells people to open is there.
fn named_places_exist(faults: &mut Vec<String>) {
    let text = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap_or_default();
    for place in text.split('`').skip(1).step_by(2).filter(|word| word.contains('/') && !word.contains([' ', '…', '=']))
    {
        if !root().join(place).exists() {
            faults.push(format!("CONTRIBUTING.md names {place}, which is not there"));
        }
    }
}

/// No room of core holds more than a fifth of the lines of core, page and backend.
fn rooms_are_small(faults: &mut Vec<String>) {
    let lines = |folder: &str| -> usize {
        rust_files(folder).iter().map(|path| fs::read_to_string(path).unwrap_or_default().lines().count()).sum()
    };
    let whole: usize = ["core", "app", "backend"].into_iter().map(lines).sum();
    let rooms = fs::read_dir(root().join("core/src")).into_iter().flatten().flatten();
    for room in rooms.filter(|entry| entry.path().is_dir()) {
        let name = shown(&room.path());
        let own = lines(&name);
        if own * 5 > whole {
            faults.push(format!("{name} has {own} of {whole} lines: no room may have more than a fifth"));
        }
    }
}

/// Core compiles without anything of the web, of threads or of networks.
fn core_knows_no_outside(faults: &mut Vec<String>) {
    let tree = output(command("cargo").args([
        "tree",
        "-p",
        "stageplay-core",
        "-e",
        "normal",
        "--prefix",
        "none",
        "--offline",
    ]))
    .unwrap_or_default();
    for light in ["stageplay-dockerfile", "stageplay-report"] {
        let tree = ["tree", "-p", light, "-e", "normal", "--prefix", "none", "--offline"];
        let tree = output(command("cargo").args(tree)).unwrap_or_default();
        for other in tree.lines().skip(1).filter(|line| line.starts_with("stageplay-")) {
            faults.push(format!("{light} depends on {other}; it must know no other crate of the project"));
        }
    }
    for forbidden in ["web-sys ", "tokio ", "reqwest ", "yew ", "gloo "] {
        if tree.lines().any(|line| line.starts_with(forbidden)) {
            faults.push(format!("stageplay-core depends on {forbidden}"));
        }
    }
}

/// The page's program is without the simulator, which its worker has.
fn page_knows_no_simulator(faults: &mut Vec<String>) {
    for light in ["stageplay-app", "stageplay-protocol"] {
        let tree = ["tree", "-p", light, "-e", "normal", "--prefix", "none", "--offline"];
        let tree = output(command("cargo").args(tree)).unwrap_or_default();
        for heavy in tree
            .lines()
            .filter(|line| ["stageplay-core ", "stageplay-simulator "].iter().any(|name| line.starts_with(name)))
        {
            faults.push(format!("{light} depends on {heavy}; builds are simulated in the worker"));
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_project_is_tidy() {
        super::tidy().unwrap();
    }
}
