//! Compatibility: one program on every base image, and the programs of every builder on one base image.

use crate::base_images::Catalogue;
use crate::elf::{self, Elf, Machine, NeededVersions};
use crate::engine::EngineProfile;
use crate::exec::{Cause, System, Verdict};
use crate::fs::{Content, path};
use crate::image::{BaseFacts, Day, Image};
use crate::measure::Size;
use crate::process_launch::{Launch, Launcher, Process, launch};
use std::sync::Arc;

/// The result of a program on one base image.
#[derive(Clone, Debug)]
pub struct Match {
    /// The base image.
    pub image: String,
    /// Its C library, `glibc 2.36` or `musl`; empty if it has none.
    pub libc: String,
    /// Whether the program starts there.
    pub verdict: Verdict,
    /// Why it does not.
    pub cause: Option<Cause>,
    /// Why it is not known: a message id, and what is not known.
    pub unknown: Option<(&'static str, String)>,
    /// The size of the image with the program.
    pub size: Size,
}

fn libc(facts: &BaseFacts) -> String {
    match (facts.libc.flavor.as_str(), &facts.libc.version) {
        ("none", _) => String::new(),
        (flavor, Some(version)) => format!("{flavor} {version}"),
        (flavor, None) => flavor.to_string(),
    }
}

/// The path of a program that has none of its own.
pub const PLACE: &str = "/usr/local/bin/stageplay-program";

/// Starts a program on an image, put there as `COPY` would.
fn try_on(image: &Image, program: &Content, place: &str, engine: &EngineProfile) -> Launch {
    let mut tree = image.tree.clone();
    let placed = tree.mkdir_all(path::parent(place), 0o755, 0, 0);
    let written_to = placed.map_or_else(|_| place.to_string(), |dir| path::join(&dir, path::file_name(place)));
    let written = tree.write(&written_to, program.clone(), 0o755, 0, 0);
    let argv = [place.to_string()];
    // As root, because USER of a base image is meant for its own programs.
    let process = Process { argv: &argv, env: &image.config.env, cwd: "/", user: "" };
    let mut done = launch(&System::new(&tree, Machine::X86_64), &process, Launcher::Engine(engine));
    if written.is_err() {
        done.verdict = Verdict::Unknown;
    }
    done
}

/// Starts a program on every listed base image of a day, put there as by `COPY` at the absolute path `place`.
///
/// Base images on which it starts come first, smaller ones before larger ones.
pub fn against_bases(
    program: &Content,
    place: &str,
    catalogue: &Catalogue,
    engine: &EngineProfile,
    day: Day,
) -> Vec<Match> {
    let scratch = ("scratch".to_string(), String::new(), Arc::new(Image::scratch()));
    let bases = catalogue
        .entries(day)
        .filter_map(|facts| Some((facts.reference(), libc(facts), catalogue.listed_image(facts, day).ok()?)));
    let mut found: Vec<Match> = std::iter::once(scratch)
        .chain(bases)
        .map(|(name, libc, image)| {
            let done = try_on(&image, program, place, engine);
            Match {
                image: name,
                libc,
                verdict: done.verdict,
                cause: done.cause,
                unknown: done.unknown,
                size: [image.size(), program.size()].into_iter().sum(),
            }
        })
        .collect();
    let rank = |verdict| match verdict {
        Verdict::Starts => 0,
        Verdict::Unknown => 1,
        Verdict::Fails => 2,
    };
    found.sort_by_key(|one| (rank(one.verdict), one.size.bytes().unwrap_or(u64::MAX)));
    found
}

/// The result of a builder's programs on a base image.
#[derive(Clone, Debug)]
pub struct Builder {
    /// The builder image.
    pub image: String,
    /// Its C library.
    pub libc: String,
    /// Compilers in it, with versions.
    pub compilers: Vec<(String, String)>,
    /// Whether a dynamic program starts that needs only the symbols that every program of the builder needs.
    pub least: Verdict,
    /// Whether a dynamic program starts that needs the newest symbols of the builder's C library.
    pub most: Verdict,
    /// Why the latter does not start.
    pub cause: Option<Cause>,
}

/// Compilers of native programs, as the catalogue names them.
const COMPILERS: [&str; 6] = ["gcc", "g++", "clang", "go", "rustc", "rust"];

/// The minor version of `__libc_start_main` since glibc 2.34, which every program linked with it needs.
const START_MAIN: u32 = 34;

/// Builders of the catalogue, and whether their dynamic programs start on a base image.
pub fn builders_for(base: &Image, catalogue: &Catalogue, engine: &EngineProfile) -> Vec<Builder> {
    let mut found = Vec::new();
    for facts in catalogue.entries(engine.day()) {
        let compilers: Vec<(String, String)> = facts
            .toolchain
            .iter()
            .filter(|(name, _)| COMPILERS.contains(&name.as_str()))
            .map(|(name, version)| (name.clone(), version.clone()))
            .collect();
        if compilers.is_empty() {
            continue;
        }
        let Some(loader) = facts.interp.first() else { continue };
        let minor = facts.libc.version.as_deref().and_then(|version| version.split('.').nth(1)?.parse::<u32>().ok());
        let try_with = |needs: u32| {
            let done = try_on(base, &dynamic(loader, &facts.libc.flavor, needs), PLACE, engine);
            (done.verdict, done.cause)
        };
        let (least, most) = match (facts.libc.flavor.as_str(), minor) {
            ("glibc", Some(minor)) => {
                let least = if minor >= START_MAIN { START_MAIN } else { 2 };
                (try_with(least), try_with(minor))
            }
            _ => {
                let all = try_with(0);
                (all.clone(), all)
            }
        };
        found.push(Builder {
            image: facts.reference(),
            libc: libc(facts),
            compilers,
            least: least.0,
            most: most.0,
            cause: most.1,
        });
    }
    let rank = |verdict| u8::from(verdict != Verdict::Starts);
    found.sort_by_key(|builder| (rank(builder.most), rank(builder.least)));
    found
}

/// A dynamic program; for glibc it needs the symbol version `GLIBC_2.minor`.
fn dynamic(loader: &str, flavor: &str, minor: u32) -> Content {
    let mut program = Elf::new(Machine::X86_64, true);
    program.interpreter = Some(loader.to_string());
    if flavor == "glibc" {
        program.needed = vec!["libc.so.6".into()];
        let version = if minor <= 2 { "GLIBC_2.2.5".to_string() } else { format!("GLIBC_2.{minor}") };
        program.needed_versions = vec![NeededVersions::strong("libc.so.6", vec![version])];
    } else {
        program.needed = vec!["libc.musl-x86_64.so.1".into()];
    }
    Content::inline(elf::write(&program))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Reference;

    fn engine() -> Arc<EngineProfile> {
        EngineProfile::find("docker-28").unwrap()
    }

    #[test]
    fn a_static_program_starts_everywhere_and_the_smallest_image_comes_first() {
        let program = Content::inline(elf::write(&Elf::new(Machine::X86_64, false)));
        let found = against_bases(&program, PLACE, &Catalogue::builtin(), &engine(), engine().day());
        assert!(found.len() > 90);
        assert_eq!(found.first().map(|one| one.image.as_str()), Some("scratch"));
        let failing: Vec<&str> =
            found.iter().filter(|one| one.verdict != Verdict::Starts).map(|one| one.image.as_str()).collect();
        assert!(failing.is_empty(), "{failing:?}");
    }

    #[test]
    fn a_program_of_glibc_wants_glibc_and_one_that_is_new_enough() {
        let program = dynamic("/lib64/ld-linux-x86-64.so.2", "glibc", 38);
        let found = against_bases(&program, PLACE, &Catalogue::builtin(), &engine(), engine().day());
        let on = |image: &str| found.iter().find(|one| one.image == image).unwrap();
        assert_eq!(on("debian:trixie").verdict, Verdict::Starts);
        assert!(matches!(on("debian:bookworm").cause, Some(Cause::VersionMissing { .. })));
        assert!(matches!(on("scratch").cause, Some(Cause::InterpreterMissing { .. })));
    }

    #[test]
    fn alpine_starts_what_alpine_builds() {
        let catalogue = Catalogue::builtin();
        let alpine = catalogue.image(&Reference::parse("alpine").unwrap(), engine().day()).unwrap();
        let found = builders_for(&alpine, &catalogue, &engine());
        assert!(found.iter().filter(|one| one.libc.starts_with("musl")).all(|one| one.most == Verdict::Starts));
        assert!(found.iter().filter(|one| one.libc.starts_with("glibc")).all(|one| one.least == Verdict::Fails));
    }
}
