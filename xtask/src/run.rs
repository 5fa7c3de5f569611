//! Running other programs, and where things are.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What went wrong and what to do.
pub(crate) type Done<T = ()> = Result<T, String>;

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

/// Where the pinned tools are installed.
pub(crate) fn tools() -> PathBuf {
    root().join("target/tools")
}

/// A program in the project's folder, with the pinned tools in front of PATH.
pub(crate) fn command(program: &str) -> Command {
    let mut paths = vec![tools().join("bin"), root().join("node_modules/.bin"), root()];
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let mut command = Command::new(find(program, &paths).unwrap_or_else(|| program.into()));
    command.current_dir(root()).stdin(Stdio::null());
    if let Ok(joined) = std::env::join_paths(paths) {
        command.env("PATH", joined);
    }
    // Cargo's own variables would make a nested cargo build everything anew.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG") || name == "CARGO_MANIFEST_DIR")
    {
        command.env_remove(name);
    }
    command
}

fn find(program: &str, paths: &[PathBuf]) -> Option<PathBuf> {
    paths.iter().map(|path| path.join(program)).find(|place| place.is_file())
}

/// Whether a program can be found.
pub(crate) fn has(program: &str) -> bool {
    let paths: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    find(program, &paths).is_some()
}

/// Runs a command and shows what it prints.
pub(crate) fn run(command: &mut Command) -> Done {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    let shown = words.join(" ").replace(&format!("{}/", root().display()), "");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("failed ({status}): {shown}")),
        Err(error) => Err(format!("cannot run {shown}: {error}")),
    }
}

/// What a command prints, or `None` if it fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

/// Says what is done, does it, and says how long it took.
pub(crate) fn step<T>(what: &str, work: impl FnOnce() -> Done<T>) -> Done<T> {
    println!("==> {what}");
    let start = Instant::now();
    let result = work();
    if result.is_ok() {
        println!("    done in {:.1} s", start.elapsed().as_secs_f64());
    }
    result
}
