//! Helpers that several tests share.

pub mod docker;
mod process;

pub use process::program;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The project's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the project's folder").to_path_buf()
}

/// The `stageplay` program, built from what is there now, as tests are or as benchmarks are.
///
/// `cargo test` does not build another package's program by itself; `cargo xtask test` did, and says
/// so by `STAGEPLAY_BUILT`.
pub fn stageplay() -> Command {
    // Test programs are in target/PROFILE/deps; the program is one folder up.
    let mut path = std::env::current_exe().expect("a test knows where it is");
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        if std::env::var_os("STAGEPLAY_BUILT").is_some() {
            return;
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "-p", "stageplay"]).current_dir(root());
        // What cargo says of this very test would make build scripts run anew, and half of it all compile.
        let own = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        for (name, _) in std::env::vars().filter(|(name, _)| own(name)) {
            build.env_remove(name);
        }
        if path.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().is_ok_and(|status| status.success()), "cargo build -p stageplay failed");
    });
    process::with_own_home(path.join(format!("stageplay{}", std::env::consts::EXE_SUFFIX)))
}

/// What a program printed to standard output.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A folder for one test, empty.
pub fn folder(name: &str) -> PathBuf {
    process::isolate();
    let path = root().join("target/test-work").join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("target/ can be written");
    path
}

/// Bytes of the files below a folder.
pub fn bytes(place: &Path) -> u64 {
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => bytes(&entry.path()),
            Ok(about) if about.is_file() => about.len(),
            _ => 0,
        })
        .sum()
}

/// Writes files into a folder.
pub fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("folder");
        std::fs::write(path, text).expect("file");
    }
}

/// A program of those that `tests/peers.txt` names, if they were installed.
pub fn peer(name: &str) -> Option<Command> {
    let place = root().join("target/peers/bin").join(name);
    place.exists().then(|| program(place))
}

/// Says visibly that a test did not run, and why.
pub fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

/// Says visibly that a part of a test did not run, and why.
pub fn skipped_in_part(why: &str) {
    eprintln!("skipped in part: {why}");
}
