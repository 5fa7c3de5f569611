//! The size of a Rust program: measured of small programs that use no crate; unknown of others.

use super::cargo_profile::Profile;
use super::link_elf::program;
use super::measured_sizes::facts;
use super::rust_source::Source;
use super::target_triple::Target;
use crate::elf;
use crate::fs::Content;
use crate::shell::Shell;

/// The source length in bytes up to which a program counts as small: as large as one that prints a line, plus its
/// modules.
const SMALL: u64 = 4_000;

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
