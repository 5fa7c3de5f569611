//! How long a step takes: a model of what is downloaded, unpacked, installed, compiled and written.
//!
//! The figures stand in `core/data/step_durations.json`, each with its source. What a program computes, other than the
//! compilers listed there, has no model, so that a duration is a lower bound.

use crate::build::Step;
use crate::image::Image;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
struct Figures {
    download_bytes_per_second: f64,
    container_seconds: f64,
    unpack_bytes_per_second: f64,
    write_bytes_per_second: f64,
    package_seconds: f64,
    /// Bytes of an archive for each byte that is unpacked of it, where its size is not known.
    compressed_share: f64,
    compilers: BTreeMap<String, Compiler>,
}

/// A compiler: the seconds for each source file, and the endings of the names of source files.
#[derive(Debug, Deserialize)]
struct Compiler {
    seconds: f64,
    sources: Vec<String>,
}

fn figures() -> &'static Figures {
    const TEXT: &str = include_str!("../../data/step_durations.json");
    static FIGURES: LazyLock<Figures> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());
    &FIGURES
}

/// Seconds for a number of bytes at a rate; 0 for a rate of 0.
fn seconds(bytes: u64, rate: f64) -> f64 {
    if rate > 0.0 { bytes as f64 / rate } else { 0.0 }
}

/// The seconds in which an image is downloaded and unpacked.
pub fn pull_seconds(image: &Image) -> f64 {
    let figures = figures();
    let bytes = image.size().at_least();
    let compressed = image.base.as_ref().and_then(|facts| facts.compressed);
    let compressed = compressed.unwrap_or((bytes as f64 * figures.compressed_share) as u64);
    seconds(compressed, figures.download_bytes_per_second) + seconds(bytes, figures.unpack_bytes_per_second)
}

/// The seconds of a step that is not taken from the cache: at least.
pub fn step_seconds(step: &Step) -> f64 {
    let figures = figures();
    let written = step.layer.as_ref().map_or(0, |layer| layer.size.at_least());
    if step.keyword != "RUN" {
        return seconds(written, figures.write_bytes_per_second);
    }
    // Packages are downloaded, and writing them is a part of the time for a package.
    let installed = step.layer.as_ref().map(|layer| layer.unlisted.as_slice()).unwrap_or_default();
    let packages: u64 = installed.iter().map(|(_, size)| size.at_least()).sum();
    let downloaded = (packages as f64 * figures.compressed_share) as u64;
    figures.container_seconds
        + installed.len() as f64 * figures.package_seconds
        + seconds(downloaded, figures.download_bytes_per_second)
        + seconds(written.saturating_sub(packages), figures.write_bytes_per_second)
        + step.commands.iter().map(|argv| compile_seconds(figures, argv)).sum::<f64>()
}

/// The seconds of a compiler for the source files among its arguments.
fn compile_seconds(figures: &Figures, argv: &[String]) -> f64 {
    let name = argv.first().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let Some(compiler) = figures.compilers.get(name) else { return 0.0 };
    let is_source = |word: &&String| {
        word.rsplit_once('.').is_some_and(|(_, ending)| compiler.sources.iter().any(|known| known == ending))
    };
    argv.iter().skip(1).filter(is_source).count() as f64 * compiler.seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_is_read() {
        let figures: Figures = serde_json::from_str(include_str!("../../data/step_durations.json")).unwrap();
        assert!(figures.download_bytes_per_second > 0.0 && figures.compilers.len() > 3);
    }

    #[test]
    fn a_compiler_takes_time_for_each_source() {
        let argv = |text: &str| text.split(' ').map(str::to_string).collect::<Vec<_>>();
        let of = |text: &str| compile_seconds(figures(), &argv(text));
        assert_eq!(of("/usr/bin/gcc -O2 a.c b.c -o a"), 2.0 * of("gcc a.c"));
        assert_eq!((of("gcc a.o -o a"), of("echo a.c")), (0.0, 0.0));
    }
}
