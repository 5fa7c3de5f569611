//! Modelled compilers held against real ones, where they are present: what a program asks for, and its size.

mod cmake;
mod java;
mod npm;
mod python;
mod rust;
mod stages;

use stageplay_core::base_images::{Catalogue, newest_day};
use stageplay_core::command_table::new_shell;
use stageplay_core::elf::{self, Elf, Machine};
use stageplay_core::exec::Credentials;
use stageplay_core::fs::{Content, Kind, Tree, path};
use stageplay_core::image::Reference;
use stageplay_core::packages::{index::Indexes, use_indexes};
use stageplay_core::shell::{Shell, Stream};
use stageplay_tests::{folder, program, skipped, skipped_in_part, write};

const C: &str = "#include <stdio.h>\nint main(void) { printf(\"hello\\n\"); return 0; }\n";
const CPP: &str = "#include <iostream>\nint main() { std::cout << \"hello\\n\"; return 0; }\n";

/// Largest error of a modelled size, in percent.
const MOST: u64 = 5;

/// Runs a command in the folder /app of an image that holds these files.
fn in_app(image: &str, files: &[(&str, &str)], command: &str) -> (i32, Shell) {
    let image = Catalogue::builtin().image(&Reference::parse(image).expect("a name"), newest_day()).expect("an image");
    let mut shell = new_shell(image.tree.clone(), "/app", &image.config.env, Credentials::default(), Machine::X86_64);
    use_indexes(&mut shell, Indexes::builtin());
    shell.fs.mkdir_all("/app", 0o755, 0, 0).expect("a folder");
    for (name, text) in files {
        let place = format!("/app/{name}");
        shell.fs.mkdir_all(path::parent(&place), 0o755, 0, 0).expect("a folder");
        shell.fs.write(&place, Content::inline(text.as_bytes()), 0o644, 0, 0).expect("a file");
    }
    let status = shell.run_script(command);
    (status, shell)
}

/// What is known to be below a folder, in bytes.
fn weight(shell: &Shell, folder: &str) -> u64 {
    let of = |node: &stageplay_core::fs::Node| {
        let parts = node.unlisted().into_iter().flat_map(|unlisted| unlisted.parts());
        node.content().map_or(0, |content| content.len) + parts.map(|(_, size)| size.at_least()).sum::<u64>()
    };
    shell.fs.walk(folder).map(|(_, node)| of(node)).sum()
}

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
    let image = Catalogue::builtin().image(&Reference::parse("gcc").expect("a name"), newest_day()).expect("an image");
    let env = &image.config.env;
    let mut shell = new_shell(image.tree.clone(), "/tmp", env, Credentials::default(), Machine::X86_64);
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
    let version = program("gcc").arg("-dumpmachine").output();
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
        let done = program("sh").args(["-c", command]).current_dir(&place).status();
        if !done.is_ok_and(|status| status.success()) {
            skipped_in_part(&format!("{command}: the real one fails"));
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

/// Files of a folder as a tree, links as they are.
fn tree(folder: &std::path::Path, place: &str, tree: &mut Tree) {
    use std::os::unix::fs::PermissionsExt;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = format!("{}/{}", place.trim_end_matches('/'), entry.file_name().to_string_lossy());
        let kind = entry.file_type().expect("a kind");
        let mode = entry.metadata().expect("its data").permissions().mode() & 0o7777;
        if kind.is_dir() {
            tree.mkdir_all(&path, mode, 0, 0).expect("a folder");
            self::tree(&entry.path(), &path, tree);
        } else if kind.is_symlink() {
            let target = std::fs::read_link(entry.path()).expect("a link");
            tree.symlink(&target.to_string_lossy(), &path, 0, 0).expect("a link");
        } else {
            let bytes = std::fs::read(entry.path()).expect("a file");
            tree.write(&path, Content::inline(bytes), mode, 0, 0).expect("a file");
        }
    }
}

/// What the real ldconfig lists of a cache.
fn listed(cache: &std::path::Path) -> Vec<String> {
    let output = program("/sbin/ldconfig").arg("-C").arg(cache).arg("-p").output().expect("ldconfig runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter(|line| line.contains("=>")).map(|line| line.trim().to_string()).collect()
}

#[test]
fn ldconfig_lists_and_links_what_the_real_one_does() {
    let root = folder("ldconfig");
    let inside = |name: &str| root.join(name);
    for name in ["etc/ld.so.conf.d", "usr/local/lib", "opt/x/lib", "usr/lib", "var/cache", "sbin", "bin"] {
        std::fs::create_dir_all(inside(name)).expect("a folder");
    }
    write(&root, &[("x.c", "int x(void) { return 1; }\n")]);
    write(&root, &[("etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n")]);
    write(&root, &[("etc/ld.so.conf.d/a.conf", "# mine\n/usr/local/lib\n/opt/x/lib # too\n")]);
    std::os::unix::fs::symlink("usr/lib", inside("lib")).expect("a link");
    let libraries = [
        ("usr/local/lib/libone.so.1.2.3", "libone.so.1"),
        ("usr/local/lib/libone.so.1.10.0", "libone.so.1"),
        ("opt/x/lib/libtwo.so", ""),
        ("opt/x/lib/libthree.so.3", "libthree.so.3"),
        ("usr/lib/libfour.so.4.0", "libfour.so.4"),
    ];
    for (place, soname) in libraries {
        let mut build = program("gcc");
        build.args(["-shared", "-fPIC", "-o"]).arg(inside(place)).arg(inside("x.c"));
        if !soname.is_empty() {
            build.arg(format!("-Wl,-soname,{soname}"));
        }
        if !build.status().is_ok_and(|status| status.success()) {
            return skipped("gcc makes no library");
        }
    }
    std::os::unix::fs::symlink("libfour.so.4.0", inside("usr/lib/libfour.so")).expect("a link");
    write(&root, &[("usr/lib/libtext.so", "INPUT(libfour.so.4)\n"), ("usr/lib/libno.txt", "no")]);
    let mut before = Tree::new();
    tree(&root, "/", &mut before);
    if !program("/sbin/ldconfig").arg("-r").arg(&root).status().is_ok_and(|status| status.success()) {
        return skipped("no ldconfig that may write");
    }
    let program = elf::write(&Elf::new(Machine::X86_64, false));
    before.write("/sbin/ldconfig", Content::inline(program), 0o755, 0, 0).expect("a program");
    let env = ["PATH=/sbin".to_string()];
    let mut shell = new_shell(before, "/", &env, Credentials::default(), Machine::X86_64);
    assert_eq!(shell.run_script("ldconfig"), 0);
    let ours = shell.fs.get("/etc/ld.so.cache").and_then(|node| node.content()).expect("a cache");
    let copy = root.join("ours.cache");
    std::fs::write(&copy, ours.head()).expect("a file");
    assert_eq!(listed(&copy), listed(&inside("etc/ld.so.cache")));
    for folder in ["usr/local/lib", "opt/x/lib", "usr/lib"] {
        for entry in std::fs::read_dir(inside(folder)).expect("a folder").flatten() {
            let path = format!("/{folder}/{}", entry.file_name().to_string_lossy());
            let real = std::fs::read_link(entry.path()).ok().map(|target| target.to_string_lossy().into_owned());
            let node = shell.fs.get(&path).unwrap_or_else(|| panic!("{path} is not there"));
            let link = match &node.kind {
                Kind::Symlink(target) => Some(target.to_string()),
                _ => None,
            };
            assert_eq!(link, real, "{path}");
        }
    }
}
