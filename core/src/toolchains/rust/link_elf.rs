//! The ELF file that rustc links: its libraries, its size, and whether it can be linked.

use super::cargo_toml::Profile;
use super::facts::facts;
use super::rust_source::Source;
use super::target::{Target, host, library_of};
use crate::commands::c_library;
use crate::elf::{self, Elf, NeededVersions};
use crate::fs::{Content, FsError, path};
use crate::shell::Shell;
use crate::toolchains::c::library_search;

/// The source length in bytes up to which a program counts as small: as large as one that prints a line, plus its
/// modules.
const SMALL: u64 = 4_000;

/// The ELF file of a linked program: what it needs when it starts.
pub(crate) fn program(
    shell: &Shell,
    target: &Target,
    profile: &Profile,
    source: &Source,
    libraries: Vec<String>,
) -> Elf {
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
    let versions = versions.filter(|version| library_search::defines(shell, version)).cloned().collect();
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

/// The size in bytes of a program that uses no crate, and the basis of that size; `None` for a large program.
pub(crate) fn size(target: &Target, profile: &Profile, source: &Source) -> Option<(u64, String)> {
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

/// The file of a program. `foreign`: the external crates in it, whose size is not known.
pub(crate) fn content(
    shell: &Shell,
    target: &Target,
    profile: &Profile,
    source: &Source,
    foreign: Option<&[String]>,
) -> Content {
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
pub(crate) fn write_program(shell: &mut Shell, place: &str, content: Content) -> Result<String, FsError> {
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

/// Whether programs can be linked for a target here.
///
/// # Errors
/// What the compiler says: no standard library of the target, or no linker.
pub(crate) fn can_link(shell: &mut Shell, target: &Target) -> Result<(), String> {
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
