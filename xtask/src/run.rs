//! Running other programs, and where things are.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What went wrong and what to do.
pub(crate) type Done<T = ()> = Result<T, String>;

/// The variable that names the section of the tests for which a program runs.
const SECTION: &str = "STAGEPLAY_SECTION";

thread_local! {
    /// Where the output of this thread goes instead of the terminal.
    static LOG: RefCell<Option<File>> = const { RefCell::new(None) };
    /// The section of the tests that this thread works for.
    static OWNER: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Writes what `work` prints, and what the programs print that it runs, to a file.
pub(crate) fn logged<T>(file: File, work: impl FnOnce() -> T) -> T {
    LOG.set(Some(file));
    let result = work();
    LOG.set(None);
    result
}

/// Works for a section of the tests: the programs that are started can be found by its id.
pub(crate) fn within_section<T>(id: &'static str, work: impl FnOnce() -> T) -> T {
    OWNER.set(Some(id));
    let result = work();
    OWNER.set(None);
    result
}

/// The same, with the output in a file if there is one.
pub(crate) fn in_section<T>(id: &'static str, file: Option<File>, work: impl FnOnce() -> T) -> T {
    within_section(id, || match file {
        Some(file) => logged(file, work),
        None => work(),
    })
}

/// The processes that run for a section, on Linux: by the variable that they inherited.
pub(crate) fn processes_of(id: &str) -> Vec<String> {
    let mark = format!("{SECTION}={id}");
    let has_mark = |process: &String| {
        let variables = std::fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        variables.split(|byte| *byte == 0).any(|one| one == mark.as_bytes())
    };
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).filter(has_mark).collect()
}

/// Kills the processes that run for a section.
pub(crate) fn end_all_of(id: &str) {
    let processes = processes_of(id);
    if !processes.is_empty() {
        let _ = Command::new("kill").arg("-9").args(processes).status();
    }
}

/// Prints a line, or writes it to the log of this thread.
pub(crate) fn say(line: &str) {
    LOG.with_borrow_mut(|log| match log {
        Some(file) => {
            let _ = writeln!(file, "{line}");
        }
        None => println!("{line}"),
    });
}

/// A second handle of this thread's log, if it has one.
fn log() -> Option<File> {
    LOG.with_borrow(|log| log.as_ref().and_then(|file| file.try_clone().ok()))
}

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
    if let Some(id) = OWNER.get() {
        command.env(SECTION, id);
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

/// A command as a person would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    words.join(" ").replace(&format!("{}/", root().display()), "")
}

/// Runs a command and shows what it prints, or writes it to the log of this thread.
pub(crate) fn run(command: &mut Command) -> Done {
    if let (Some(out), Some(err)) = (log(), log()) {
        command.stdout(out).stderr(err);
    }
    let shown = shown(command);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("failed ({status}): {shown}")),
        Err(error) => Err(format!("cannot run {shown}: {error}")),
    }
}

/// Runs a command as [`run`] does, and hands each line of its standard error over while it runs.
pub(crate) fn log_lines(command: &mut Command, mut read: impl FnMut(&str) -> Option<()>) -> Done {
    let mut child = command.stderr(Stdio::piped()).spawn().map_err(|error| format!("cannot run cargo: {error}"))?;
    let lines = child.stderr.take().map(|stderr| BufReader::new(stderr).lines());
    for line in lines.into_iter().flatten().map_while(Result::ok) {
        read(&line);
        say(&line);
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("failed ({status}): {}", shown(command))),
        Err(error) => Err(error.to_string()),
    }
}

/// Runs a command without showing what it prints; the error is its standard error.
pub(crate) fn quietly(command: &mut Command) -> Done {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_string()),
        Err(error) => Err(format!("cannot run {}: {error}", shown(command))),
    }
}

/// What a command prints, or `None` if it fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

/// Says what is done, does it, and says how long it took.
pub(crate) fn step<T>(what: &str, work: impl FnOnce() -> Done<T>) -> Done<T> {
    say(&format!("==> {what}"));
    let start = Instant::now();
    let result = work();
    if result.is_ok() {
        say(&format!("    done in {:.1} s", start.elapsed().as_secs_f64()));
    }
    result
}
