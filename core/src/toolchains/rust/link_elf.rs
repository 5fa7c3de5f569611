//! The ELF file that rustc links: its loader and its libraries.

use super::cargo_profile::Profile;
use super::measured_sizes::facts;
use super::rust_source::Source;
use super::target_triple::Target;
use crate::commands::c_library;
use crate::elf::{Elf, NeededVersions};
use crate::fs::{Content, FsError, path};
use crate::shell::Shell;
use crate::toolchains::c::library_search;

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
