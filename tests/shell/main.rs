//! Scripts held against real shells: dash, bash and busybox's ash, where they are present.
//!
//! `scripts.txt` holds scripts about the language, `tools.txt` those about commands: GNU's beside dash
//! and bash, busybox's own beside ash. Each runs in an empty folder, for real and simulated, and what it
//! prints, what it complains of and its exit code must be equal.

mod not_installed;

use stageplay_core::command_table::modelled;
use stageplay_core::command_table::new_shell;
use stageplay_core::elf::{self, Elf, Machine};
use stageplay_core::exec::Credentials;
use stageplay_core::fs::{Content, Tree};
use stageplay_core::shell::Stream;
use stageplay_tests::{folder, program, skipped, skipped_in_part};
use std::path::Path;
use std::process::Stdio;

/// A shell, where it is, and what /bin/sh leads to in an image that has it.
struct Kind {
    name: &'static str,
    program: &'static str,
    argv: &'static [&'static str],
}

const KINDS: [Kind; 3] = [
    Kind { name: "dash", program: "/bin/dash", argv: &["-c"] },
    Kind { name: "bash", program: "/bin/bash", argv: &["-c"] },
    Kind { name: "busybox", program: "/bin/busybox", argv: &["sh", "-c"] },
];

/// A script, and the shells that it is not for: `# not dash: why`. `# needs NAME`: a program that not every machine has.
struct Script {
    text: String,
    not: Vec<String>,
    needs: Vec<String>,
}

fn scripts() -> Vec<Script> {
    let all =
        [include_str!("scripts.txt"), include_str!("tools.txt")].into_iter().flat_map(|text| text.split("\n----\n"));
    all.map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| {
            let (remarks, lines): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("# "));
            let not = remarks.iter().filter_map(|line| line.strip_prefix("# not ")?.split(':').next());
            let not = not.flat_map(|names| names.split(", ")).map(str::to_string).collect();
            let needs = remarks.iter().filter_map(|line| line.strip_prefix("# needs ")).map(str::to_string).collect();
            Script { text: lines.join("\n"), not, needs }
        })
        .collect()
}

/// Exit code, and what came out of both streams.
type Answer = (i32, String, String);

fn really(kind: &Kind, script: &str, place: &Path) -> Answer {
    let _ = std::fs::remove_dir_all(place);
    std::fs::create_dir_all(place).expect("a folder");
    let mut command = program(kind.program);
    command.args(kind.argv).arg(script).current_dir(place).env_clear().stdin(Stdio::null());
    command.env("PATH", "/usr/bin:/bin").env("HOME", "/root").env("LC_ALL", "C").env("GREETING", "hello  world");
    let output = command.output().expect("the shell runs");
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

fn tree(kind: &Kind, place: &str) -> Tree {
    let mut tree = Tree::new();
    let program = elf::write(&Elf::new(Machine::X86_64, false));
    for folder in ["/usr/bin", "/etc", "/tmp", "/root", "/dev", place] {
        tree.mkdir_all(folder, 0o755, 0, 0).expect("a folder");
    }
    tree.symlink("usr/bin", "/bin", 0, 0).expect("a link");
    let mut put = |place: &str| {
        tree.write(place, Content::inline(program.clone()), 0o755, 0, 0).expect("a program");
    };
    put(&format!("/usr{}", kind.program));
    // Builtins need no file, and a shell that lacks one does not find a program of its name.
    let programs = modelled().into_iter().skip(1).flat_map(|(_, names)| names);
    for name in programs.filter(|name| !["sh", "dash", "bash", "ash"].contains(name)) {
        put(&format!("/usr/bin/{name}"));
    }
    tree.write("/etc/passwd", Content::inline(*b"root:x:0:0:root:/root:/bin/sh\n"), 0o644, 0, 0).expect("a file");
    tree.write("/etc/group", Content::inline(*b"root:x:0:\n"), 0o644, 0, 0).expect("a file");
    let target = kind.program.trim_start_matches("/bin/");
    tree.symlink(&format!("/bin/{target}"), "/usr/bin/sh", 0, 0).expect("a link");
    tree
}

fn simulated(kind: &Kind, script: &str, place: &Path) -> (Answer, Vec<String>) {
    let place = place.to_string_lossy();
    let env = ["PATH=/usr/bin:/bin", "HOME=/root", "LC_ALL=C", "GREETING=hello  world"].map(str::to_string);
    let mut shell = new_shell(tree(kind, &place), &place, &env, Credentials::default(), Machine::X86_64);
    // The engine starts a shell by its name; busybox is one where it is called sh.
    let program = if kind.name == "busybox" { "sh" } else { kind.program };
    let status = shell.run_argv(&[program.into(), "-c".into(), script.into()]);
    let told = ["assumed-processors", "ignored-failure", "no-clock", "unknown-log"];
    let gaps = shell.gaps.iter().filter(|gap| !told.contains(&gap.code));
    let gaps = gaps.map(|gap| format!("{} {}", gap.code, gap.what)).collect();
    ((status, shell.printed(Stream::Stdout), shell.printed(Stream::Stderr)), gaps)
}

fn held_against(kind: &Kind) {
    if !Path::new(kind.program).exists() {
        return skipped(&format!("no {}", kind.program));
    }
    let place = folder(&format!("shell-{}", kind.name));
    let (mut count, mut wrong) = (0, Vec::new());
    for script in scripts().iter().filter(|script| !script.not.iter().any(|name| name == kind.name)) {
        if let Some(lacked) = script.needs.iter().find(|name| !Path::new("/usr/bin").join(name).exists()) {
            skipped_in_part(&format!("no {lacked}"));
            continue;
        }
        count += 1;
        let real = really(kind, &script.text, &place);
        let (ours, gaps) = simulated(kind, &script.text, &place);
        if ours != real || !gaps.is_empty() {
            let gaps = gaps.join("; ");
            wrong.push(format!("{}: {}\n    we say: {ours:?} {gaps}\n    really: {real:?}", kind.name, script.text));
        }
    }
    println!("{count} scripts in {}; {} differ", kind.name, wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn scripts_do_what_they_do_in_dash() {
    held_against(&KINDS[0]);
}

#[test]
fn scripts_do_what_they_do_in_bash() {
    held_against(&KINDS[1]);
}

#[test]
fn scripts_do_what_they_do_in_busybox() {
    held_against(&KINDS[2]);
}

/// A file of another processor: busybox' shell reads it as a script, the others refuse it.
#[test]
fn a_program_of_another_machine_ends_as_in_each_shell() {
    for kind in KINDS.iter().filter(|kind| Path::new(kind.program).exists()) {
        let place = folder(&format!("shell-foreign-{}", kind.name));
        let mut bytes = std::fs::read("/usr/bin/env").expect("a program");
        // e_machine: EM_AARCH64.
        bytes[18..20].copy_from_slice(&[183, 0]);
        std::fs::write(place.join("foreign"), &bytes).expect("a file");
        std::fs::write(place.join("head"), &bytes[..64]).expect("a file");
        let mut command = program("chmod");
        assert!(command.args(["755", "foreign", "head"]).current_dir(&place).status().is_ok_and(|done| done.success()));
        for name in ["foreign", "head"] {
            let script = format!("./{name}");
            let mut command = program(kind.program);
            let real = command.args(kind.argv).arg(&script).current_dir(&place).env_clear().stdin(Stdio::null());
            let real = real.output().expect("the shell runs");
            let mut tree = tree(kind, &place.to_string_lossy());
            let content = Content::inline(std::fs::read(place.join(name)).expect("a file"));
            tree.write(&place.join(name).to_string_lossy(), content, 0o755, 0, 0).expect("a file");
            let mut shell = new_shell(tree, &place.to_string_lossy(), &[], Credentials::default(), Machine::X86_64);
            let shell_name = if kind.name == "busybox" { "sh" } else { kind.program };
            let status = shell.run_argv(&[shell_name.into(), "-c".into(), script.clone()]);
            assert_eq!(Some(status), real.status.code(), "{}: {name}", kind.name);
            match kind.name {
                // What it prints depends on all bytes.
                "busybox" => assert!(shell.gaps.iter().any(|gap| gap.code == "unknown-log"), "{name}"),
                _ => assert_eq!(shell.printed(Stream::Stderr), String::from_utf8_lossy(&real.stderr), "{}", kind.name),
            }
        }
    }
}
