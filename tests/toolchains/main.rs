//! Modelled compilers held against real ones, where they are present: what a program asks for, and its size.

use stageplay_core::elf::{self, Elf, Machine};
use stageplay_core::exec::Credentials;
use stageplay_core::fs::Content;
use stageplay_core::image::{Catalogue, Era, Reference};
use stageplay_core::shell::{Shell, Stream};
use stageplay_tests::{folder, skipped, write};
use std::process::Command;

const C: &str = "#include <stdio.h>\nint main(void) { printf(\"hello\\n\"); return 0; }\n";
const CPP: &str = "#include <iostream>\nint main() { std::cout << \"hello\\n\"; return 0; }\n";

/// Largest error of a modelled size, in percent.
const MOST: u64 = 5;

/// What is compared.
#[derive(Debug, PartialEq)]
struct Asks {
    interpreter: Option<String>,
    needed: Vec<String>,
    versions: Vec<(String, Vec<String>)>,
}

fn asks(elf: &Elf) -> Asks {
    let sorted = |versions: &Vec<String>| {
        let mut versions = versions.clone();
        versions.sort();
        versions
    };
    let mut versions: Vec<(String, Vec<String>)> =
        elf.needed_versions.iter().map(|need| (need.library.clone(), sorted(&need.versions))).collect();
    versions.sort();
    let mut needed = elf.needed.clone();
    needed.sort();
    Asks { interpreter: elf.interpreter.clone(), needed, versions }
}

fn simulated(command: &str) -> Result<(Asks, u64), String> {
    let image = Catalogue::builtin().image(&Reference::parse("gcc").expect("a name"), Era::Current).expect("an image");
    let env = &image.config.env;
    let mut shell = Shell::new(image.tree.clone(), "/tmp", env, Credentials::default(), Machine::X86_64);
    for (name, text) in [("/tmp/h.c", C), ("/tmp/h.cc", CPP)] {
        shell.fs.write(name, Content::inline(text.as_bytes()), 0o644, 0, 0).map_err(|error| format!("{error:?}"))?;
    }
    if shell.run_script(command) != 0 {
        return Err(shell.printed(Stream::Stderr));
    }
    let content = shell.fs.get("/tmp/app").and_then(|node| node.content()).ok_or("no program")?;
    Ok((asks(&elf::read(content).map_err(|error| error.to_string())?), content.len))
}

#[test]
fn c_programs_ask_for_what_real_ones_ask_for() {
    let version = Command::new("gcc").arg("-dumpmachine").output();
    if !version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).starts_with("x86_64-linux-gnu")) {
        return skipped("no gcc for glibc of x86-64");
    }
    let place = folder("toolchains");
    write(&place, &[("h.c", C), ("h.cc", CPP)]);
    let mut wrong = Vec::new();
    for command in [
        "gcc -o app h.c",
        "gcc -O2 -Wall -o app h.c",
        "cc h.c -o app -lm -lpthread",
        "gcc -s -o app h.c",
        "gcc -static -o app h.c",
        "gcc -static -s -o app h.c",
        "gcc -o app h.c && strip app",
        "gcc -static -o app h.c && strip app",
        "gcc -c h.c && gcc -o app h.o",
        "g++ -o app h.cc",
        "g++ -static -s -o app h.cc",
        "g++ -O2 -o app h.cc && strip app",
    ] {
        let done = Command::new("sh").args(["-c", command]).current_dir(&place).status();
        if !done.is_ok_and(|status| status.success()) {
            skipped(&format!("{command}: the real one fails"));
            continue;
        }
        let bytes = std::fs::read(place.join("app")).expect("a program");
        let len = bytes.len() as u64;
        let real = asks(&elf::read(&Content::inline(bytes)).expect("an ELF file"));
        match simulated(command) {
            Err(error) => wrong.push(format!("{command}: {error}")),
            Ok((ours, _)) if ours != real => {
                wrong.push(format!("{command}\n    we say: {ours:?}\n    really: {real:?}"));
            }
            // Linked of object files its size is not modelled.
            Ok(_) if command.contains("-c ") => {}
            Ok((_, ours)) => {
                let error = ours.abs_diff(len) * 1000 / len.max(1);
                println!("  {:3}.{} % off ({ours} for {len} bytes): {command}", error / 10, error % 10);
                if error > MOST * 10 {
                    wrong.push(format!("{command}: {ours} bytes, really {len}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
