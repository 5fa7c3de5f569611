//! rustc, cargo and rustup: Rust sources in, real ELF files out.
//!
//! Sources are not compiled: that they are free of mistakes is taken for granted. How a program is linked, and so
//! where it starts, is known; how large it is, as far as it is small and rests on the standard library alone.

mod cargo;
mod create;
mod fresh;
mod manifest;
mod project;
mod rustup;
mod source;

pub(crate) use cargo::cargo;
pub(crate) use rustup::rustup;

use crate::commands::c_library;
use crate::elf::{self, Elf, Machine, NeededVersions};
use crate::fs::{Content, FsError, path};
use crate::shell::Shell;
use crate::toolchains::c::linker;
use manifest::Profile;
use serde::Deserialize;
use source::Source;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Source text up to which a program is as large as one that prints a line and what its modules add, in bytes.
const SMALL: u64 = 4_000;

/// `data/toolchains/rust.json`.
#[derive(Debug, Deserialize)]
struct Facts {
    pub(crate) source: String,
    pub(crate) date: String,
    pub(crate) glibc: Library,
    pub(crate) musl: Library,
    /// What every program asks of glibc.
    glibc_versions: Vec<String>,
    /// What modules of the standard library ask for beside that.
    module_versions: BTreeMap<String, Vec<String>>,
    standard_library: BTreeMap<String, serde_json::Value>,
    incremental: Incremental,
    links: Links,
}

/// Of programs for one C library, in bytes.
#[derive(Debug, Deserialize)]
struct Library {
    /// By how they were built: `release`, `release-fat-small-stripped`, `debug`.
    sizes: BTreeMap<String, u64>,
    /// By module of the standard library: added to a release, a stripped one, one with fat LTO too, a small one of these, a debug
    /// build.
    adds: BTreeMap<String, [u64; 5]>,
}

/// What cargo leaves beside a program, in bytes.
#[derive(Debug, Deserialize)]
struct Incremental {
    debug: u64,
}

/// Libraries that crates ask the linker for, by crate.
#[derive(Debug, Deserialize)]
struct Links {
    /// The build fails without them.
    must: BTreeMap<String, Vec<String>>,
    /// Else the crate compiles its own.
    may: BTreeMap<String, Vec<String>>,
}

fn facts() -> Option<&'static Facts> {
    static FACTS: OnceLock<Option<Facts>> = OnceLock::new();
    FACTS.get_or_init(|| serde_json::from_str(include_str!("../../../data/toolchains/rust.json")).ok()).as_ref()
}

/// What programs are built for.
#[derive(Clone, Debug)]
struct Target {
    triple: String,
    machine: Machine,
    musl: bool,
    /// The C library is inside.
    fixed: bool,
    /// The target was named: its programs go into a folder of their own.
    named: bool,
}

impl Target {
    /// The target that is asked for by name, by `CARGO_BUILD_TARGET`, or the machine itself.
    fn decide(shell: &Shell, named: Option<&str>, flags: &str) -> Target {
        let own = host(shell);
        let triple = named.map_or_else(|| own.clone(), str::to_string);
        let machine = if triple.starts_with("aarch64") { Machine::Aarch64 } else { Machine::X86_64 };
        let musl = triple.contains("-musl");
        // Rust's own target for musl links statically; Alpine's packages of Rust do not.
        let usual = musl && (named.is_some() || is_rustups(shell));
        let fixed =
            (usual || flags.contains("target-feature=+crt-static")) && !flags.contains("target-feature=-crt-static");
        Target { triple, machine, musl, fixed, named: named.is_some() }
    }

    fn is_linux(&self) -> bool {
        self.triple.contains("-linux-")
    }
}

/// The triple of the machine that builds.
fn host(shell: &Shell) -> String {
    let libc = if c_library::musl_loader(shell).is_some() { "musl" } else { "gnu" };
    format!("{}-unknown-linux-{libc}", c_library::arch(shell.machine))
}

/// Whether Rust was installed by rustup, as the official images do it: not by the distribution.
fn is_rustups(shell: &Shell) -> bool {
    shell.var("RUSTUP_HOME").is_some() || shell.which("rustup").0.is_some()
}

/// A linked program: what it asks for when it starts.
fn program(shell: &Shell, target: &Target, profile: &Profile, source: &Source, libraries: Vec<String>) -> Elf {
    let mut program = Elf::new(target.machine, true);
    if target.fixed {
        return program;
    }
    program.needed = libraries;
    program.needed.push("libgcc_s.so.1".into());
    if target.musl {
        let arch = c_library::arch(target.machine);
        program.interpreter = Some(format!("/lib/ld-musl-{arch}.so.1"));
        program.needed.push(format!("libc.musl-{arch}.so.1"));
        return program;
    }
    let loader = c_library::glibc_loader(target.machine);
    program.interpreter = Some(loader.into());
    program.needed.push("libc.so.6".into());
    let Some(facts) = facts() else { return program };
    // What a thread has of its own is torn down by glibc, found through the loader: as far as optimising across
    // crates leaves that in.
    let form = profile.form();
    let ends = !form.contains("-fat") || source.modules.contains("thread");
    let local = !form.contains("-fat") && !form.contains("-thin");
    let of_modules = source.modules.iter().filter_map(|module| facts.module_versions.get(module)).flatten();
    let own = ends.then(|| "GLIBC_2.18".to_string());
    let versions = facts.glibc_versions.iter().chain(of_modules).chain(&own);
    let versions = versions.filter(|version| linker::defines(shell, version)).cloned().collect();
    let gcc = ["GCC_3.0", "GCC_3.3", "GCC_4.2.0"].map(str::to_string).to_vec();
    program.needed_versions =
        vec![NeededVersions::strong("libgcc_s.so.1", gcc), NeededVersions::strong("libc.so.6", versions)];
    if local {
        let loader = path::file_name(loader).to_string();
        program.needed_versions.push(NeededVersions::strong(&loader, vec!["GLIBC_2.3".into()]));
        program.needed.push(loader);
    }
    program
}

/// How large a program is that uses no crate, in bytes, and what that rests on; `None` of a large one.
fn size(target: &Target, profile: &Profile, source: &Source) -> Option<(u64, String)> {
    let facts = facts().filter(|_| source.bytes <= SMALL && target.is_linux())?;
    let library = if target.musl { &facts.musl } else { &facts.glibc };
    let form = profile.form();
    let bytes = library.sizes.get(&form)?;
    let column = match form.as_str() {
        "debug" | "rustc" => 4,
        "release-fat-small-stripped" => 3,
        form if form.contains("-fat") && form.ends_with("-stripped") => 2,
        form if form.ends_with("-stripped") => 1,
        _ => 0,
    };
    let added = source.modules.iter().filter_map(|module| library.adds.get(module)?.get(column)).sum::<u64>();
    Some((bytes + added, format!("{} ({})", facts.source, facts.date)))
}

/// The file of a program. `foreign`: crates are in it, what they add is not known.
fn content(shell: &Shell, target: &Target, profile: &Profile, source: &Source, foreign: Option<&[String]>) -> Content {
    if !target.is_linux() {
        return Content::unknown("a program for another system");
    }
    let mut elf = program(shell, target, profile, source, foreign.unwrap_or_default().to_vec());
    elf.behaviour = serde_json::to_vec(&source.behaviour(foreign.is_some())).ok();
    let head = elf::write(&elf);
    match size(target, profile, source).filter(|_| foreign.is_none()) {
        Some((len, basis)) => Content::modelled(head, len, basis),
        None => Content::started(head, "a linked program: how large it is depends on its sources and crates"),
    }
}

/// Writes a program over whatever is there.
fn put(shell: &mut Shell, place: &str, content: Content) -> Result<String, FsError> {
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, 0o777 & !shell.umask);
    let folder = shell.fs.mkdir_all(path::parent(place), shell.folder_mode(), uid, gid)?;
    let place = path::join(&folder, path::file_name(place));
    // What is there and would be the same is left alone.
    if shell.fs.get(&place).and_then(|node| node.content()) == Some(&content) {
        return Ok(place);
    }
    if shell.fs.get(&place).is_some_and(|node| !node.is_dir()) {
        shell.fs.remove(&place)?;
    }
    shell.fs.write(&place, content, mode, uid, gid)?;
    Ok(place)
}

/// Where rustup has a target's standard library.
fn library_of(shell: &Shell, triple: &str) -> String {
    let home = || format!("{}/.rustup", shell.var("HOME").unwrap_or("/root"));
    let toolchains = format!("{}/toolchains", shell.var("RUSTUP_HOME").map_or_else(home, str::to_string));
    let children = shell.fs.children(&toolchains);
    let toolchain = children.first().map_or("stable", |(name, _)| name);
    format!("{toolchains}/{toolchain}/lib/rustlib/{triple}")
}

/// Whether programs can be linked for a target here.
///
/// # Errors
/// What the compiler says: no standard library of the target, or no linker.
fn can_link(shell: &mut Shell, target: &Target) -> Result<(), String> {
    let triple = &target.triple;
    let own = host(shell);
    // The official images have the machine's own target alone; elsewhere it is not known.
    let folder = library_of(shell, triple);
    let official = shell.var("RUST_VERSION").is_some();
    if *triple != own && official && shell.fs.stat("/", &folder).is_err() {
        return Err(format!(
            "error[E0463]: can't find crate for `std`\n  |\n  = note: the `{triple}` target may not be installed\n  = help: consider downloading the target with `rustup target add {triple}`\n\nFor more information about this error, try `rustc --explain E0463`.\n"
        ));
    }
    if target.is_linux() && shell.which("cc") == (None, false) {
        return Err("error: linker `cc` not found\n  |\n  = note: No such file or directory (os error 2)\n\n".into());
    }
    Ok(())
}

/// The command model of `rustc FILE`.
pub(crate) fn rustc(shell: &mut Shell, argv: &[String]) -> i32 {
    let (mut output, mut named, mut input, mut flags) = (None, None, None, String::new());
    let mut profile = Profile::of_rustc();
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-o" => output = words.next().cloned(),
            "--target" => named = words.next().cloned(),
            "-C" | "--codegen" => flags = format!("{flags} {}", words.next().map_or("", String::as_str)),
            "--edition" | "--crate-name" | "-L" | "-l" | "--extern" | "--cfg" | "-W" | "-A" | "-D" => {
                words.next();
            }
            "--crate-type" | "--emit" | "--print" | "--out-dir" | "--version" | "-V" | "-vV" | "--explain" => {
                shell.gap("unknown-output", format!("rustc {word}"));
                return 0;
            }
            word => match word.strip_prefix("-C") {
                Some(flag) => flags = format!("{flags} {flag}"),
                None if !word.starts_with('-') => input = Some(word.to_string()),
                None => named = word.strip_prefix("--target=").map(str::to_string).or(named),
            },
        }
    }
    flags.split_whitespace().for_each(|flag| profile.take_flag(flag));
    let Some(input) = input else {
        shell.err("error: no input filename given\n\n");
        return 1;
    };
    let text = match shell.read(&input) {
        Ok(text) => text,
        Err(_) if shell.fs.may_hide(&shell.cwd, &input) => {
            shell.gap("unlisted-file", &input);
            None
        }
        Err(error) => {
            let why = error.errno.message();
            shell.err(format!(
                "error: couldn't read `{input}`: {why} (os error 2)\n\nerror: aborting due to 1 previous error\n\n"
            ));
            return 1;
        }
    };
    let target = Target::decide(shell, named.as_deref(), &flags);
    if let Err(words) = can_link(shell, &target) {
        shell.err(format!("{words}error: aborting due to 1 previous error\n\n"));
        return 1;
    }
    let source = Source::read([text]);
    let stem = path::file_name(&input).trim_end_matches(".rs").to_string();
    let place = path::join(&shell.cwd, &output.unwrap_or(stem));
    let content = content(shell, &target, &profile, &source, None);
    if let Err(error) = put(shell, &place, content) {
        shell.err(format!("error: failed to write {place}: {}\n\n", error.errno.message()));
        return 1;
    }
    0
}
