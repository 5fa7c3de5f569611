//! The command model of `cargo`.

use super::cargo_build::build;
use super::cargo_install::{install, install_named};
use super::cargo_new;
use super::cargo_request::{CargoError, Request, parse_request};
use super::workspace::Project;
use crate::fs::path;
use crate::packages::language_managers::run_language_manager;
use crate::shell::Shell;

/// The command model of `cargo`.
pub(crate) fn cargo(shell: &mut Shell, argv: &[String]) -> i32 {
    let request = parse_request(argv);
    let compiles = matches!(request.verb.as_str(), "build" | "b" | "run" | "r" | "clean")
        || request.verb == "install" && request.path.is_some();
    if compiles && Project::is_unknown(shell, &request) {
        return build_unknown(shell, argv, &request);
    }
    let done = match request.verb.as_str() {
        "build" | "b" => build(shell, &request).map(|_| ()),
        "run" | "r" => run(shell, &request),
        "install" if request.path.is_some() => install(shell, &request),
        "install" => return install_named(shell, argv, &request),
        "new" | "init" => cargo_new::create_package(shell, argv, &request),
        "clean" => clean(shell, &request),
        "check" | "c" | "test" | "t" | "bench" | "clippy" | "doc" | "d" | "fetch" | "chef" | "vendor" | "rustc"
        | "fmt" | "add" | "metadata" | "tree" | "--version" | "-V" | "--help" | "" | "help" | "version" | "update"
        | "generate-lockfile" | "audit" | "deny" | "component" | "remove" | "publish" | "package" | "search"
        | "login" | "--list" => return run_language_manager(shell, argv),
        verb => {
            // A program beside cargo is one of its commands.
            if shell.which(&format!("cargo-{verb}")) != (None, false) {
                return run_language_manager(shell, argv);
            }
            Err((
                format!(
                    "error: no such command: `{verb}`\n\nhelp: view all installed commands with `cargo --list`\nhelp: find a package to install `{verb}` with `cargo search cargo-{verb}`\n"
                ),
                101,
            ))
        }
    };
    match done {
        Ok(()) => 0,
        Err((words, status)) => {
            shell.err(words);
            status
        }
    }
}

pub(crate) fn cargo_home(shell: &Shell) -> String {
    shell.var("CARGO_HOME").map_or_else(|| format!("{}/.cargo", shell.var("HOME").unwrap_or("/root")), str::to_string)
}

/// A build of a package whose manifest is not known: what it compiles is not known.
fn build_unknown(shell: &mut Shell, argv: &[String], request: &Request) -> i32 {
    let folder = request.target_folder.clone().or_else(|| shell.var("CARGO_TARGET_DIR").map(str::to_string));
    shell.make_partial_tree(folder.as_deref().unwrap_or("target"));
    if let Some(root) = &request.root {
        shell.make_partial_folder(&format!("{root}/bin"));
    }
    run_language_manager(shell, argv)
}

/// `cargo run`: builds, then runs the only program there is.
fn run(shell: &mut Shell, request: &Request) -> Result<(), CargoError> {
    let built = build(shell, request)?;
    let [program] = built.as_slice() else {
        return Err(("error: `cargo run` could not determine which binary to run. Use the `--bin` option to specify a binary, or the `default-run` manifest key.\n".into(), 101));
    };
    let status = shell.call(std::slice::from_ref(&program.place));
    if status == 0 { Ok(()) } else { Err((String::new(), status)) }
}

/// `cargo clean`: the folder goes.
fn clean(shell: &mut Shell, request: &Request) -> Result<(), CargoError> {
    let project = Project::find(shell, request)?;
    let folder = request.target_folder.clone().or_else(|| shell.var("CARGO_TARGET_DIR").map(str::to_string));
    let folder = folder.map_or_else(|| path::join(&project.root, "target"), |folder| path::join(&shell.cwd, &folder));
    let _ = shell.fs.remove(&folder);
    Ok(())
}
