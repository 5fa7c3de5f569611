//! Build tools whose input is not known: `configure`, make, cmake, ninja and their like in a source tree of which
//! nothing is listed. What they write is as large as it is for the sources of other projects.

use crate::fs::path;
use crate::measure::{Way, typical_tool_size};
use crate::shell::Shell;

/// Programs that prepare or run a build in the working directory.
const BUILDS: [&str; 22] = [
    "configure",
    "Configure",
    "config",
    "autogen.sh",
    "bootstrap",
    "bootstrap.sh",
    "buildconf",
    "autoreconf",
    "autoconf",
    "autoheader",
    "automake",
    "aclocal",
    "libtoolize",
    "qmake",
    "meson",
    "cmake",
    "make",
    "gmake",
    "ninja",
    "samu",
    "scons",
    "phpize",
];

/// Compilers of other languages than C: with one of them in the image, what is built is not known.
const OTHER_COMPILERS: [&str; 8] = ["go", "cargo", "node", "mvn", "gradle", "dotnet", "ghc", "javac"];

/// Runs a build tool whose input is not known. Returns whether the command is one.
pub(crate) fn estimate_build(shell: &mut Shell, argv: &[String]) -> bool {
    let name = path::file_name(argv.first().map_or("", String::as_str)).to_string();
    if !BUILDS.contains(&name.as_str()) || OTHER_COMPILERS.iter().any(|other| shell.which(other).0.is_some()) {
        return false;
    }
    let words = argv.get(1..).unwrap_or(&[]);
    let folder = words.iter().position(|word| word == "-C" || word == "--build" || word == "--install");
    let folder = folder.and_then(|at| words.get(at + 1)).map_or(".", String::as_str);
    let folder = path::join(&shell.cwd, folder);
    if folder == "/" || !weigh_once(shell, &folder, &format!("the build in {folder}"), "build-tree") {
        return false;
    }
    let installs = |word: &String| word == "install" || word.starts_with("install-") || word == "--install";
    if words.iter().any(installs) {
        let place = install_folder(shell, words);
        if !weigh_once(shell, &place, &format!("the installation from {folder}"), "make-install") {
            return false;
        }
    }
    shell.gap("estimated-command", argv.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(" "));
    true
}

/// Records the size of what a build writes into a folder; a second call adds nothing.
fn weigh_once(shell: &mut Shell, folder: &str, what: &str, figure: &str) -> bool {
    let Some(typical) = typical_tool_size(figure) else { return false };
    let (mode, uid, gid) = (shell.folder_mode(), shell.user.uid, shell.user.gid);
    let Ok(real) = shell.fs.mkdir_all(folder, mode, uid, gid) else { return false };
    if shell.fs.weighed(&real, what).is_none() {
        shell.fs.weigh_whole(&real, what, typical.size_of(what, Way::RealBuild));
    }
    true
}

/// Where an installation goes: below DESTDIR, in the prefix that this or an earlier command names.
fn install_folder(shell: &Shell, words: &[String]) -> String {
    const PREFIXES: [&str; 5] = ["--prefix=", "PREFIX=", "prefix=", "-DCMAKE_INSTALL_PREFIX=", "-Dprefix="];
    let prefix_in = |words: &[String]| {
        words.iter().find_map(|word| PREFIXES.iter().find_map(|prefix| word.strip_prefix(prefix)).map(str::to_string))
    };
    let earlier = || shell.called.iter().rev().find_map(|argv| prefix_in(argv));
    let prefix = prefix_in(words).or_else(earlier).filter(|prefix| prefix.starts_with('/'));
    let prefix = prefix.unwrap_or_else(|| "/usr/local".into());
    let below = words.iter().find_map(|word| word.strip_prefix("DESTDIR=")).or_else(|| shell.var("DESTDIR"));
    match below.filter(|below| !below.is_empty()) {
        Some(below) => path::join(&path::join(&shell.cwd, below), prefix.trim_start_matches('/')),
        None => prefix,
    }
}
