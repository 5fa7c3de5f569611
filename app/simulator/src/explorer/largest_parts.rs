//! The largest parts of an image that only a build needs: compilers, headers, caches, a base image with a whole toolchain.
//!
//! They are known by their names, and only those are told whose size the simulation knows.

use super::layer_rows::LayerSteps;
use stageplay_core::fs::path::is_within;
use stageplay_core::image::{Image, Reference};
use stageplay_core::image_start::command;
use stageplay_core::measure::Size;
use stageplay_core::report::{self, say_phrase};
use stageplay_core::words::Language;
use stageplay_protocol::LargePart;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most parts that are told.
const MAX_PARTS: usize = 8;
/// A part below so many bytes, or below a hundredth of the image, is not worth a line.
const LEAST_BYTES: u64 = 1_000_000;
const LEAST_SHARE: u64 = 100;

/// Official images that bring a whole toolchain.
const TOOLCHAIN_IMAGES: [&str; 9] =
    ["golang", "rust", "gcc", "maven", "gradle", "haskell", "swift", "buildpack-deps", "mcr.microsoft.com/dotnet/sdk"];
/// Programs of a toolchain: an image that starts one of these needs it.
const TOOLS: [&str; 10] = ["go", "cargo", "rustc", "mvn", "gradle", "make", "gcc", "dotnet", "swift", "stack"];
/// Packages of compilers and of what they call, by their names without a version.
const TOOL_PACKAGES: [&str; 25] = [
    "alpine-sdk",
    "autoconf",
    "automake",
    "binutils",
    "build-base",
    "build-essential",
    "bison",
    "cargo",
    "clang",
    "cmake",
    "cpp",
    "fakeroot",
    "flex",
    "g++",
    "gcc",
    "gfortran",
    "go",
    "golang",
    "llvm",
    "make",
    "maven",
    "meson",
    "ninja-build",
    "rust",
    "rustc",
];
/// Folders of caches that nothing reads when the program runs.
const CACHES: [&str; 13] = [
    "/root/.cache",
    "/root/.npm",
    "/root/.m2",
    "/root/.gradle",
    "/root/.cargo/registry",
    "/root/go/pkg/mod",
    "/go/pkg/mod",
    "/usr/local/cargo/registry",
    "/usr/local/share/.cache",
    "/var/cache/apt",
    "/var/cache/apk",
    "/var/lib/apt/lists",
    "/var/cache/yum",
];

/// The parts, the largest first.
pub(crate) fn largest_parts(image: &Image, steps: &LayerSteps, language: Language) -> Vec<LargePart> {
    let starts = command(image, &[]);
    let names_tool = |word: &String| TOOLS.iter().any(|tool| word.rsplit('/').next() == Some(tool));
    let needs_tools =
        starts.iter().flat_map(|word| word.split_whitespace().map(str::to_string)).any(|word| names_tool(&word));
    let mut parts: Vec<(Size, LargePart)> = Vec::new();
    let mut add = |name: &str, kind: &str, line: Option<usize>, size: Size| {
        let said = report::Size::said(&size, language);
        let part = LargePart { name: say_phrase(language, name), kind: kind.to_string(), line, size: said };
        parts.push((size, part));
    };
    let of_base = |index: usize| steps.base.is_some() && steps.step(index).is_none();
    if let Some(base) = steps.base.as_ref().filter(|base| !needs_tools && is_toolchain_image(base)) {
        let layers = image.layers.iter().enumerate().filter(|(index, _)| of_base(*index));
        add(base, "base", None, layers.map(|(_, layer)| layer.size.clone()).sum());
    }
    let mut packages: BTreeMap<&Arc<str>, Size> = BTreeMap::new();
    let mut caches: BTreeMap<&str, Size> = BTreeMap::new();
    let line_of = |has: &dyn Fn(usize) -> bool| {
        let layer = (0..image.layers.len()).rev().find(|index| has(*index))?;
        steps.step(layer).map(|step| step.line)
    };
    for (path, node) in image.tree.walk("/") {
        let cache = CACHES.iter().find(|cache| is_within(path, cache));
        let unlisted = node.unlisted().into_iter().flat_map(|unlisted| unlisted.parts());
        match cache {
            Some(cache) => {
                let held = caches.entry(cache).or_insert(Size::ZERO);
                *held += unlisted.map(|(_, size)| size.clone()).sum::<Size>();
                *held += node.content().map_or(Size::ZERO, |content| content.size());
            }
            None => unlisted.filter(|(name, _)| package_kind(name).is_some()).for_each(|(name, size)| {
                *packages.entry(name).or_insert(Size::ZERO) += size.clone();
            }),
        }
    }
    for (cache, size) in caches {
        let writes = |index: usize| {
            image.layers.get(index).is_some_and(|layer| layer.entries.iter().any(|one| is_within(&one.path, cache)))
        };
        add(cache, "cache", line_of(&writes), size);
    }
    for (name, size) in packages.into_iter().filter(|_| !needs_tools) {
        let line = line_of(&|index| {
            let layer = image.layers.get(index);
            layer.is_some_and(|layer| layer.unlisted.iter().any(|(known, _)| known.as_str() == &**name))
        });
        // What the base image brings goes with the base image.
        if line.is_some() {
            add(name, package_kind(name).unwrap_or("tool"), line, size);
        }
    }
    let least = (image.size().bounds().best / LEAST_SHARE).max(LEAST_BYTES);
    parts.retain(|(size, _)| size.at_least() >= least);
    parts.sort_by_key(|(size, _)| Reverse(size.at_least()));
    parts.into_iter().take(MAX_PARTS).map(|(_, part)| part).collect()
}

fn is_toolchain_image(base: &str) -> bool {
    Reference::parse(base).is_ok_and(|reference| {
        let name = reference.repository.trim_start_matches("docker.io/").trim_start_matches("library/");
        TOOLCHAIN_IMAGES.contains(&name)
    })
}

/// `tool` for a compiler or build tool, `headers` for a package that is there to compile against; by its name.
fn package_kind(name: &str) -> Option<&'static str> {
    // A phrase about what a command brings is no package, and programs run on the libraries of a compiler.
    if name.contains(' ') || name.ends_with("-libs") {
        return None;
    }
    if name.ends_with("-dev") || name.ends_with("-devel") || name.starts_with("linux-headers") {
        return Some("headers");
    }
    let is_version =
        |rest: &str| rest.is_empty() || rest.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
    let is_tool = |tool: &str| name.strip_prefix(tool).is_some_and(is_version);
    let is_jdk = name.starts_with("openjdk") && name.contains("jdk") && !name.contains("jre") && name.contains("-jdk");
    (TOOL_PACKAGES.iter().any(|tool| is_tool(tool)) || is_jdk).then_some("tool")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_that_only_a_build_needs_are_known_by_their_names() {
        for name in
            ["gcc", "gcc-12", "llvm14", "clang14", "g++", "openjdk17-jdk", "openjdk-17-jdk-headless", "golang-1.22"]
        {
            assert_eq!(package_kind(name), Some("tool"), "{name}");
        }
        for name in ["postgresql-dev", "zlib1g-dev", "openssl-devel", "linux-headers"] {
            assert_eq!(package_kind(name), Some("headers"), "{name}");
        }
        for name in [
            "libgcc-s1",
            "curl",
            "gcompat",
            "openjdk17-jre",
            "gnupg",
            "git-lfs",
            "makepasswd",
            "python3",
            "what npm brings",
            "llvm16-libs",
        ] {
            assert_eq!(package_kind(name), None, "{name}");
        }
        assert!(is_toolchain_image("golang:1.22") && is_toolchain_image("mcr.microsoft.com/dotnet/sdk:8.0"));
        assert!(!is_toolchain_image("node:20") && !is_toolchain_image("someone/golang:1"));
    }
}
