//! `cargo build`: builds the programs of a package or a workspace.

use super::binary_targets::programs;
use super::cargo::cargo_home;
use super::cargo_config;
use super::cargo_lock::lock;
use super::cargo_profile::Profile;
use super::cargo_request::{CargoError, Request};
use super::find_linker::can_link;
use super::fingerprint::{self, FingerprintFiles};
use super::link_elf::write_program;
use super::native_libraries::needed_libraries;
use super::program_size::content;
use super::target_folder::TargetFolder;
use super::target_triple::Target;
use super::workspace::{BuildJob, Project, shown, sources};
use crate::fs::{Content, path};
use crate::shell::Shell;
use std::collections::BTreeSet;

/// A program that was linked.
pub(crate) struct Built {
    pub(crate) name: String,
    pub(crate) place: String,
    pub(crate) content: Content,
}

pub(crate) fn build(shell: &mut Shell, request: &Request) -> Result<Vec<Built>, CargoError> {
    let project = Project::find(shell, request)?;
    let chosen = project.chosen(shell, request)?;
    let usual = if request.verb == "install" { "release" } else { "dev" };
    let name = request.profile.as_deref().unwrap_or(usual);
    let Some(mut profile) = Profile::find(name, &project.manifest) else {
        return Err((format!("error: profile `{name}` is not defined\n"), 101));
    };
    let mut all = Vec::new();
    for member in chosen {
        let programs = programs(shell, member)?;
        let foreign = project.foreign(shell, member)?;
        all.push(BuildJob { member, programs, foreign });
    }
    if let Some(bin) =
        request.bins.iter().find(|bin| !all.iter().any(|job| job.programs.iter().any(|(name, _)| name == *bin)))
    {
        return Err((format!("error: no bin target named `{bin}` in default-run packages\n"), 101));
    }
    let locked = lock(shell, &project, request, &all)?;
    let (of_config, folder_of_config) = cargo_config::config(shell, &shell.cwd.clone());
    let variable = |name: &str| shell.var(name).filter(|value| !value.is_empty()).map(str::to_string);
    let named = request.target.clone().or_else(|| variable("CARGO_BUILD_TARGET")).or(of_config);
    let flags = variable("RUSTFLAGS").unwrap_or_default();
    flags.replace("-C ", "-C").split_whitespace().for_each(|flag| profile.take_flag(flag.trim_start_matches("-C")));
    let target = Target::decide(shell, named.as_deref(), &flags.replace("-C ", "-C"));
    let folder = request.target_folder.clone().or_else(|| variable("CARGO_TARGET_DIR")).or(folder_of_config);
    let folder = folder.map_or_else(|| path::join(&project.root, "target"), |folder| path::join(&shell.cwd, &folder));
    let out = TargetFolder::make(shell, &folder, &target, name);
    let mut built = Vec::new();
    for BuildJob { member, programs, foreign } in &all {
        let package = shown(&member.manifest, &project.manifest, &member.folder);
        let mut told = false;
        let manifest = shell.read(&path::join(&member.folder, "Cargo.toml")).ok().flatten().unwrap_or_default();
        let lock = shell.read(&path::join(&project.root, "Cargo.lock")).ok().flatten().unwrap_or_default();
        let (manifest, lock) = (String::from_utf8_lossy(&manifest), String::from_utf8_lossy(&lock));
        let fingerprint = fingerprint::fingerprint(&[
            &manifest,
            &format!("{profile:?}"),
            &flags,
            &target.triple,
            &list_of(foreign),
            &lock,
        ]);
        let libraries = match foreign.is_empty() {
            true => None,
            false => Some(needed_libraries(shell, &target, foreign.iter().chain(&locked))?),
        };
        let metadata = fingerprint::fingerprint(&[&format!("{profile:?}"), &flags, &target.triple]);
        for (name, main) in programs.iter().filter(|(name, _)| request.bins.is_empty() || request.bins.contains(name)) {
            let place =
                format!("{}/{name}{}", out.programs, if target.triple.contains("windows") { ".exe" } else { "" });
            let (notes, files) =
                (FingerprintFiles::of(&out.programs, name, &metadata), fingerprint::files(shell, member, main));
            if notes.is_fresh(shell, &place, &fingerprint, &files) {
                let content = shell.fs.stat("/", &place).ok().and_then(|(_, node)| node.content().cloned());
                built.extend(content.map(|content| Built { name: name.clone(), place, content }));
                continue;
            }
            if !std::mem::replace(&mut told, true) {
                shell.err(format!("   Compiling {package}\n"));
            }
            can_link(shell, &target).map_err(|words| {
                let end = format!("error: could not compile `{name}` (bin \"{name}\") due to 1 previous error\n");
                (words + &end, 101)
            })?;
            let source = sources(shell, member, main);
            let content = match &libraries {
                Some(None) => Content::unknown("which libraries its crates link is not known"),
                libraries => {
                    content(shell, &target, &profile, &source, libraries.as_ref().and_then(|known| known.as_deref()))
                }
            };
            notes.make_room(shell, &place);
            let place =
                write_program(shell, &place, content.clone()).map_err(|error| (format!("error: {error}\n"), 101))?;
            notes.write(shell, &place, &fingerprint, &files);
            built.push(Built { name: name.clone(), place, content });
        }
        if !foreign.is_empty() {
            shell.gap("unmodelled-package", format!("cargo build: {}", list_of(foreign)));
        }
    }
    let foreign = all.iter().any(|job| !job.foreign.is_empty());
    out.weigh(shell, name, foreign);
    if foreign {
        let home = cargo_home(shell);
        shell.make_partial_folder(&format!("{home}/registry"));
    }
    Ok(built)
}

fn list_of(crates: &BTreeSet<String>) -> String {
    crates.iter().cloned().collect::<Vec<_>>().join(", ")
}
