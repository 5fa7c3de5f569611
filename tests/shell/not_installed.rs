//! Commands whose real ones are not to be had where the tests run: `not_installed.txt` says of each what is known of it,
//! and what is told as not known.
//!
//! A section is a script, then lines that begin with `= `: `exit N`, `out TEXT`, `err TEXT`, `told CODE WHAT`,
//! `made PATH`, `part PATH` for a folder that holds more than is listed, `part everywhere`,
//! `part distribution` for the folders that packages write to, and `gone PATH`. They are all there is.

use super::{KINDS, tree};
use stageplay_core::command_table::modelled_commands;
use stageplay_core::command_table::new_shell;
use stageplay_core::elf::Machine;
use stageplay_core::exec::Credentials;
use stageplay_core::fs::Tree;
use stageplay_core::shell::Stream;
use std::collections::BTreeSet;

const PLACE: &str = "/work";
const SETTINGS: &[(&str, &str)] = &[("ID", "fedora"), ("VERSION_ID", "41")];

/// A script, and all that is to be seen of it.
fn sections() -> Vec<(String, BTreeSet<String>)> {
    let section = |text: &str| {
        let (told, script): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("= "));
        let told = told.iter().filter_map(|line| line.strip_prefix("= ")).map(str::to_string).collect();
        (script.join("\n").trim().to_string(), told)
    };
    include_str!("not_installed.txt").split("\n----\n").map(section).collect()
}

fn seen(script: &str) -> BTreeSet<String> {
    let mut root = tree(&KINDS[1], PLACE);
    let release: String = SETTINGS.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    let content = stageplay_core::fs::Content::inline(release.into_bytes());
    root.write("/etc/os-release", content, 0o644, 0, 0).expect("a file");
    let before = root.clone();
    let env = ["PATH=/usr/bin:/bin", "HOME=/root"].map(str::to_string);
    let mut shell = new_shell(root, PLACE, &env, Credentials::default(), Machine::X86_64);
    let status = shell.run_argv(&["/bin/bash".into(), "-c".into(), script.into()]);
    let mut all = BTreeSet::new();
    if status != 0 {
        all.insert(format!("exit {status}"));
    }
    all.extend(shell.printed(Stream::Stdout).lines().map(|line| format!("out {line}")));
    all.extend(shell.printed(Stream::Stderr).lines().map(|line| format!("err {line}")));
    all.extend(shell.gaps.iter().map(|gap| format!("told {} {}", gap.code, gap.what)));
    let paths = |tree: &Tree| tree.walk("/").map(|(path, _)| path.to_string()).collect::<BTreeSet<String>>();
    let (old, new) = (paths(&before), paths(&shell.fs));
    // What is not modelled may have put files anywhere, packages into the folders of the distribution.
    let hides = |path: &str| shell.fs.may_hide("/", path) && !before.may_hide("/", path);
    let (anywhere, distribution) = (hides("/anything-else"), hides("/usr/anything-else"));
    if anywhere {
        all.insert("part everywhere".to_string());
    } else if distribution {
        all.insert("part distribution".to_string());
    }
    let is_wide = anywhere || distribution;
    let holds_more = |tree: &Tree, path: &str| !is_wide && tree.may_hide("/", &format!("{path}/anything-else"));
    let kind = |path: &&String| if holds_more(&shell.fs, path) { "part" } else { "made" };
    all.extend(new.difference(&old).map(|path| format!("{} {path}", kind(&path))));
    all.extend(old.difference(&new).map(|path| format!("gone {path}")));
    let parts = old.intersection(&new).filter(|path| holds_more(&shell.fs, path) && !holds_more(&before, path));
    all.extend(parts.map(|path| format!("part {path}")));
    all
}

#[test]
fn what_is_known_of_commands_that_are_not_at_hand() {
    let mut wrong = Vec::new();
    for (script, told) in sections() {
        let seen = seen(&script);
        if seen != told {
            let lines: Vec<String> = seen.iter().map(|line| format!("= {line}")).collect();
            wrong.push(format!("{script}\n{}", lines.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "otherwise than not_installed.txt says:\n{}", wrong.join("\n----\n"));
}

/// Every command is asked for somewhere: beside its real one, in a real root, by a real engine, or here.
#[test]
fn no_command_is_without_a_script() {
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/");
    let mut texts = String::new();
    let places = ["shell", "debian", "fidelity/cases", "toolchains"];
    let mut open: Vec<std::path::PathBuf> = places.iter().map(|place| format!("{tests}{place}").into()).collect();
    while let Some(place) = open.pop() {
        if place.is_dir() {
            open.extend(std::fs::read_dir(&place).expect("a folder").flatten().map(|entry| entry.path()));
        } else if let Ok(text) = std::fs::read_to_string(&place) {
            texts.push_str(&text);
            texts.push('\n');
        }
    }
    let is_word = |c: char| c.is_alphanumeric() || "-_.+".contains(c);
    let words: BTreeSet<&str> = texts.split(|c: char| !is_word(c)).collect();
    let lacking: Vec<&str> = modelled_commands().into_iter().filter(|name| !is_asked(name, &texts, &words)).collect();
    assert!(lacking.is_empty(), "no script asks for {lacking:?}");
}

fn is_asked(name: &str, texts: &str, words: &BTreeSet<&str>) -> bool {
    match name {
        // Signs stand between others.
        ":" | "." | "[" => texts.contains(&format!("{name} ")),
        _ => words.contains(name),
    }
}
