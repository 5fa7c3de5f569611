//! `python FILE` and `python -m MODULE`. Messages and exit codes are those of Python 3.6 to 3.13, which were asked.

use super::{Message, MissingFile, full, is_missing};
use crate::fs::{Errno, path};
use crate::shell::Shell;

/// Options without a value, which may be joined: `-uB`.
const FLAGS: &str = "bBdEiIOPqRsSuvx";

/// The minor version from which on messages name the file by its full path.
const FULL_PATH_SINCE: u32 = 9;

/// What Python is asked to run.
enum Program<'a> {
    File(&'a str),
    Module(&'a str),
}

/// The file that is run, and no module.
pub(super) fn main_file(argv: &[String]) -> Option<&str> {
    match program(argv)? {
        Program::File(word) => Some(word),
        Program::Module(_) => None,
    }
}

pub(super) fn missing_file(shell: &Shell, argv: &[String]) -> Option<MissingFile> {
    let name = argv.first()?;
    match program(argv)? {
        Program::File(word) => missing_script(shell, name, word),
        Program::Module(module) => missing_module(shell, name, module),
    }
}

fn program(argv: &[String]) -> Option<Program<'_>> {
    let mut at = 1;
    loop {
        let word = argv.get(at)?.as_str();
        let Some(option) = word.strip_prefix('-') else {
            return (!word.is_empty()).then_some(Program::File(word));
        };
        let next = argv.get(at + 1).map(String::as_str);
        match option {
            "" => return None,
            "m" => return next.map(Program::Module),
            "W" | "X" | "-check-hash-based-pycs" => at += 2,
            _ if option.starts_with(['W', 'X']) => at += 1,
            // `-um MODULE`
            _ => match option.strip_suffix('m') {
                Some(flags) if flags.chars().all(|c| FLAGS.contains(c)) => return next.map(Program::Module),
                None if option.chars().all(|c| FLAGS.contains(c)) => at += 1,
                _ => return None,
            },
        }
    }
}

fn missing_script(shell: &Shell, name: &str, word: &str) -> Option<MissingFile> {
    let place = full(shell, word);
    // Python joins the words as they are: `./x.py` is `/app/./x.py`.
    let shown = match minor_version(shell).is_none_or(|minor| minor >= FULL_PATH_SINCE) {
        true if !word.starts_with('/') => format!("{}/{word}", shell.cwd.trim_end_matches('/')),
        _ => word.to_string(),
    };
    match shell.fs.stat("/", &place) {
        Ok((_, node)) if node.is_dir() => {
            if !is_missing(shell, &path::join(&place, "__main__.py"))
                || !is_missing(shell, &path::join(&place, "__main__.pyc"))
            {
                return None;
            }
            let message = format!("{}: can't find '__main__' module in '{shown}'\n", full_name(shell, name)?);
            Some(MissingFile { path: place, message: Some(Message::Stderr(message)), status: 1 })
        }
        Err(error) if error.errno == Errno::Enoent && is_missing(shell, &place) => {
            let message = format!("{name}: can't open file '{shown}': [Errno 2] No such file or directory\n");
            Some(MissingFile { path: place, message: Some(Message::Stderr(message)), status: 2 })
        }
        _ => None,
    }
}

/// A module of a package that the working directory has. Of others the image may have a copy that is not listed.
fn missing_module(shell: &Shell, name: &str, module: &str) -> Option<MissingFile> {
    let parts: Vec<&str> = module.split('.').collect();
    if parts.iter().any(|part| part.is_empty() || part.contains('/')) || shell.var("PYTHONPATH").is_some() {
        return None;
    }
    let exists = |place: &str| shell.fs.stat("/", place).is_ok();
    // Each package on the way has an __init__.py: without one, a package elsewhere comes first.
    let (last, packages) = parts.split_last()?;
    let mut folder = shell.cwd.clone();
    for package in packages {
        folder = path::join(&folder, package);
        if !exists(&path::join(&folder, "__init__.py")) {
            return None;
        }
    }
    let place = path::join(&folder, last);
    if exists(&path::join(&place, "__init__.py")) {
        if ["py", "pyc"].iter().any(|end| !is_missing(shell, &format!("{place}/__main__.{end}"))) {
            return None;
        }
        let message = format!(
            "{}: No module named {module}.__main__; '{module}' is a package and cannot be directly executed\n",
            full_name(shell, name)?
        );
        let path = path::join(&place, "__main__.py");
        return Some(MissingFile { path, message: Some(Message::Stderr(message)), status: 1 });
    }
    // The file of a module may have any of several endings: source, compiled, or a shared library.
    let may_be = ["/", ".py", ".pyc", ".so"].iter().any(|end| !is_missing(shell, &format!("{place}{end}")));
    if packages.is_empty() || may_be || has_extension_module(shell, &folder, last) {
        return None;
    }
    let message = format!("{}: No module named {module}\n", full_name(shell, name)?);
    Some(MissingFile { path: format!("{place}.py"), message: Some(Message::Stderr(message)), status: 1 })
}

/// `sys.executable`, by which `-m` and folders name the interpreter.
fn full_name(shell: &Shell, name: &str) -> Option<String> {
    if name.contains('/') { Some(full(shell, name)) } else { shell.which(name).0 }
}

fn has_extension_module(shell: &Shell, folder: &str, name: &str) -> bool {
    let start = format!("{name}.");
    shell.fs.children(folder).iter().any(|(child, _)| child.starts_with(&start))
}

/// The N of Python 3.N, after the variable of official images or the names of programs.
fn minor_version(shell: &Shell) -> Option<u32> {
    let minor = |version: &str| version.split('.').nth(1)?.parse().ok();
    shell.var("PYTHON_VERSION").and_then(minor).or_else(|| {
        let mut names = ["/usr/local/bin", "/usr/bin"].iter().flat_map(|folder| shell.fs.children(folder));
        names.find_map(|(name, _)| name.strip_prefix("python3.")?.parse().ok())
    })
}
