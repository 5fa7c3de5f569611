//! Libraries by themselves, thousands under one [`System`]: what is concluded of one must not pass to another.
//!
//! glibc's loader relocates a library that it is started with. Those that we say it refuses are
//! handed to it, and its words compared.

use stageplay::disk::{Folder, processor_level};
use stageplay_core::elf::Machine;
use stageplay_core::exec::{Credentials, Start, System};
use stageplay_tests::{folder, program, skipped};
use std::fs;
use std::path::{Path, PathBuf};

const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";

/// Libraries under a folder.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            collect(&entry.path(), found);
        } else if kind.is_file() && entry.file_name().to_string_lossy().contains(".so") {
            found.push(entry.path());
        }
    }
}

/// Two libraries that miss a symbol each, among many that miss none.
fn make(folder: &Path) -> bool {
    (0..40).all(|number| {
        let missing = if number % 20 == 7 { "extern int only_in_host; int *want = &only_in_host;" } else { "" };
        let source = folder.join(format!("{number}.c"));
        fs::write(
            &source,
            format!("{missing} int puts(const char *); int own_{number}(void) {{ return puts(\"\"); }}"),
        )
        .expect("a source");
        let library = folder.join(format!("lib{number}.so"));
        let built = program("gcc").args(["-shared", "-fPIC", "-o"]).arg(library).arg(&source).status();
        built.is_ok_and(|status| status.success())
    })
}

#[test]
fn libraries_that_the_loader_refuses_are_refused_in_its_words() {
    if !Path::new(LOADER).exists() {
        return skipped("no glibc of x86-64");
    }
    let made = folder("exec-libraries");
    if !make(&made) {
        return skipped("gcc makes no library");
    }
    let mut libraries = Vec::new();
    collect(Path::new("/usr/lib"), &mut libraries);
    libraries.sort();
    collect(&made, &mut libraries);
    let root = Folder::open(Path::new("/")).expect("a root");
    let system = System::new(&root, Machine::X86_64).with_level(processor_level());
    let who = Credentials::default();
    let (mut refused, mut wrong) = (0, Vec::new());
    for library in &libraries {
        let path = library.to_string_lossy().into_owned();
        let argv = [path.clone()];
        let outcome = system.check(Start { cwd: "/", path: &path, argv: &argv, env: &[], who: &who });
        let Some((code, words)) = outcome.loader.filter(|_| outcome.errno.is_none()) else { continue };
        let real = program(LOADER).arg(&path).env_clear().output().expect("the loader runs");
        let said = String::from_utf8_lossy(&real.stderr);
        // One that needs no other library it hands to the kernel, unrelocated.
        if outcome.elf.is_none_or(|elf| elf.needed.is_empty()) {
            continue;
        }
        refused += 1;
        if said != words || real.status.code() != Some(code) {
            wrong.push(format!("{path}\n    we say: {words:?}\n    really: {said:?} {:?}", real.status));
        }
    }
    println!("{} libraries, {refused} refused; {} differ", libraries.len(), wrong.len());
    assert!(refused >= 2, "the two that were made are refused");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
