//! GNU make: rules, variables, patterns; recipes run in the shell.
//!
//! A target that is there is up to date, unless something that it needs is newer. `vpath`, `eval` and variables of a target are not followed; that is told.

mod conditions;
mod functions;
mod makefile;
mod update_targets;

use crate::commands::configure_make_estimate::estimate_build;
use crate::shell::Shell;
use makefile::{BUILT_IN, Makefile};
use std::collections::{BTreeMap, BTreeSet};
use update_targets::{MakeRun, TargetResult};

/// The header of makefiles that the model of cmake writes.
pub(crate) const GENERATED_MAKEFILE_HEADER: &str =
    "# CMAKE generated file: DO NOT EDIT!\n# Its rules are Stageplay's.\n";

/// A parsed command line.
#[derive(Debug, Default)]
struct MakeRequest {
    file: Option<String>,
    folder: Option<String>,
    targets: Vec<String>,
    /// `NAME=value`: these take precedence over the makefile's.
    variables: Vec<(String, String)>,
    silent: bool,
    keep_going: bool,
    dry: bool,
    always: bool,
    quiet_folders: bool,
}

pub(crate) fn make(shell: &mut Shell, argv: &[String]) -> i32 {
    let Some(request) = read(shell, argv) else { return 0 };
    let (cwd, who) = (shell.cwd.clone(), name(shell));
    if let Some(folder) = &request.folder {
        match shell.fs.stat(&shell.cwd, folder) {
            Ok((real, node)) if node.is_dir() => shell.cwd = real,
            _ => {
                shell.err(format!("{who}: *** {folder}: No such file or directory.  Stop.\n"));
                return 2;
            }
        }
    }
    let told = request.folder.is_some() && !request.silent && !request.quiet_folders;
    let here = shell.cwd.clone();
    if told {
        shell.out(format!("{who}: Entering directory '{here}'\n"));
    }
    let status = in_folder(shell, &request);
    if told {
        shell.out(format!("{who}: Leaving directory '{here}'\n"));
    }
    shell.cwd = cwd;
    status
}

/// The name in messages: `make`, with the level of recursion in brackets.
fn name(shell: &Shell) -> String {
    match shell.var("MAKELEVEL").and_then(|level| level.parse::<u32>().ok()).unwrap_or(0) {
        0 => "make".into(),
        level => format!("make[{level}]"),
    }
}

fn read(shell: &mut Shell, argv: &[String]) -> Option<MakeRequest> {
    let mut request = MakeRequest::default();
    // What the make that called this one was told.
    let inherited = shell.var("MAKEFLAGS").unwrap_or("").to_string();
    let letters = inherited.split(' ').next().filter(|word| !word.starts_with('-')).unwrap_or("");
    (request.silent, request.keep_going) = (letters.contains('s'), letters.contains('k'));
    (request.dry, request.always) = (letters.contains('n'), letters.contains('B'));
    request.quiet_folders = inherited.contains("--no-print-directory");
    let mut words = argv.iter().skip(1).peekable();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-f" | "--file" | "--makefile" => request.file = words.next().cloned(),
            "-C" | "--directory" => request.folder = words.next().cloned(),
            "-s" | "--silent" | "--quiet" => request.silent = true,
            "-k" | "--keep-going" => request.keep_going = true,
            "-n" | "--dry-run" => request.dry = true,
            "-B" | "--always-make" => request.always = true,
            "-v" | "--version" => {
                shell.gap("unknown-output", "make --version");
                return None;
            }
            "-j" | "-l" => {
                words.next_if(|next| next.parse::<u32>().is_ok());
            }
            "--no-print-directory" => request.quiet_folders = true,
            "-w" | "-r" | "-R" => {}
            word if word.starts_with("-j") || word.starts_with("-O") || word.starts_with("--jobs") => {}
            word if word.starts_with("-C") => request.folder = word.get(2..).map(str::to_string),
            word if word.starts_with('-') => shell.gap("unmodelled-option", format!("make {word}")),
            word => match word.split_once('=') {
                Some((name, value)) => {
                    request.variables.push((name.trim_end_matches([':', '?', '+']).to_string(), value.to_string()));
                }
                None => request.targets.push(word.to_string()),
            },
        }
    }
    Some(request)
}

/// The beginning of a file, as far as it is at hand.
fn head(shell: &Shell, file: &str) -> String {
    let content = shell.fs.stat(&shell.cwd, file).ok().and_then(|(_, node)| node.content());
    content.map_or(String::new(), |content| String::from_utf8_lossy(content.head()).into_owned())
}

fn in_folder(shell: &mut Shell, request: &MakeRequest) -> i32 {
    let who = name(shell);
    let given = request.file.clone();
    let usual = ["GNUmakefile", "makefile", "Makefile"].map(str::to_string);
    let names: Vec<String> = given.clone().map_or_else(|| usual.to_vec(), |file| vec![file]);
    let file = names.iter().find(|name| shell.fs.stat(&shell.cwd, name).is_ok()).cloned();
    let text = match &file {
        Some(file) => match shell.read(file) {
            Ok(Some(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
            // One that cmake wrote: its rules are known, its length is not.
            Ok(None) if head(shell, file).starts_with(GENERATED_MAKEFILE_HEADER) => head(shell, file),
            _ => {
                shell.gap("unknown-content", file);
                return 0;
            }
        },
        None => {
            if names.iter().any(|name| shell.fs.may_hide(&shell.cwd, name)) {
                let variables = request.variables.iter().map(|(name, value)| format!("{name}={value}"));
                let words = std::iter::once("make".to_string()).chain(request.targets.iter().cloned());
                let words: Vec<String> = words.chain(variables).collect();
                if !estimate_build(shell, &words) {
                    shell.gap("unmodelled-command", "make");
                }
                return 0;
            }
            if let Some(given) = given {
                shell.err(format!("{who}: {given}: No such file or directory\n"));
                shell.err(format!("{who}: *** No rule to make target '{given}'.  Stop.\n"));
                return 2;
            }
            String::new()
        }
    };
    let mut makefile = Makefile::default();
    makefile.read(shell, BUILT_IN);
    makefile.end_of_built_in();
    for pair in shell.environment() {
        if let Some((name, value)) = pair.split_once('=') {
            makefile.set(name, value.to_string());
        }
    }
    makefile.pinned = request.variables.iter().cloned().collect();
    makefile.read(shell, &text);
    if let Some((line, why)) = makefile.wrong {
        let name = file.unwrap_or_default();
        shell.err(format!("{name}:{line}: *** {why}.  Stop.\n"));
        return 2;
    }
    if let Some((line, lacked)) = makefile.lacks {
        let name = file.unwrap_or_default();
        shell.err(format!("{name}:{line}: {lacked}: No such file or directory\n"));
        shell.err(format!("{who}: *** No rule to make target '{lacked}'.  Stop.\n"));
        return 2;
    }
    let targets = match (request.targets.is_empty(), makefile.first_target()) {
        (false, _) => request.targets.clone(),
        (true, Some(first)) => vec![first],
        (true, None) => {
            let words = if file.is_some() { "No targets" } else { "No targets specified and no makefile found" };
            shell.err(format!("{who}: *** {words}.  Stop.\n"));
            return 2;
        }
    };
    let mut run =
        MakeRun { makefile, request, made: BTreeMap::new(), open: BTreeSet::new(), file: file.unwrap_or_default() };
    for target in targets {
        match run.make(shell, &target, 0) {
            Ok(TargetResult::Anew) => {}
            Ok(TargetResult::Already { has_recipe }) => {
                let words = match has_recipe {
                    true => format!("{who}: '{target}' is up to date.\n"),
                    false => format!("{who}: Nothing to be done for '{target}'.\n"),
                };
                if !request.silent {
                    shell.out(words);
                }
            }
            Err(status) => return status,
        }
    }
    0
}
