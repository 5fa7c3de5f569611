//! `cargo new` and `cargo init`: the files of a new package.

use super::cargo_request::{CargoError, Request};
use crate::fs::{Content, path};
use crate::measure::Size;
use crate::shell::Shell;

/// Creates the requested package.
///
/// # Errors
/// It is there already.
pub(crate) fn create_package(shell: &mut Shell, argv: &[String], request: &Request) -> Result<(), CargoError> {
    let is_new = request.verb == "new";
    let library = argv.iter().any(|word| word == "--lib");
    let folder = match (request.names.first(), is_new) {
        (Some(folder), _) => path::join(&shell.cwd, folder),
        (None, false) => shell.cwd.clone(),
        (None, true) => return Err(("error: the following required arguments were not provided:\n  <PATH>\n\nUsage: cargo new <PATH>\n\nFor more information, try '--help'.\n".into(), 1)),
    };
    let value = |name: &str| argv.iter().position(|word| word == name).and_then(|at| argv.get(at + 1));
    let glued =
        |name: &str| argv.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('=').map(str::to_string));
    let name =
        value("--name").cloned().or_else(|| glued("--name")).unwrap_or_else(|| path::file_name(&folder).to_string());
    let edition = value("--edition").cloned().or_else(|| glued("--edition")).unwrap_or_else(|| "2024".into());
    let kind = if library { "library" } else { "binary (application)" };
    if is_new && shell.fs.stat("/", &folder).is_ok() {
        let folder = match request.names.first() {
            Some(name) if !name.starts_with('/') => format!("{}/{name}", shell.cwd.trim_end_matches('/')),
            _ => folder,
        };
        return Err((
            format!(
                "    Creating {kind} `{name}` package\nerror: destination `{folder}` already exists\n\nUse `cargo init` to initialize the directory\n"
            ),
            101,
        ));
    }
    if shell.fs.stat("/", &format!("{folder}/Cargo.toml")).is_ok() {
        return Err((
            format!(
                "    Creating {kind} package\nerror: `cargo init` cannot be run on existing Cargo packages\nhelp: use `cargo new` to create a package in a new subdirectory\n"
            ),
            101,
        ));
    }
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
    let main = if library {
        ("src/lib.rs", "pub fn add(left: u64, right: u64) -> u64 {\n    left + right\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn it_works() {\n        let result = add(2, 2);\n        assert_eq!(result, 4);\n    }\n}\n".to_string())
    } else {
        ("src/main.rs", "fn main() {\n    println!(\"Hello, world!\");\n}\n".to_string())
    };
    let manifest =
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"{edition}\"\n\n[dependencies]\n");
    let mut files = vec![("Cargo.toml", manifest), main];
    let vcs = value("--vcs").cloned().or_else(|| glued("--vcs"));
    let inside = || {
        let mut above = folder.as_str();
        while above != "/" && shell.fs.stat("/", &format!("{above}/.git")).is_err() {
            above = path::parent(above);
        }
        above != "/"
    };
    let git = vcs.as_deref() != Some("none") && !inside();
    if git {
        files.push((".gitignore", "/target\n".into()));
    }
    let _ = shell.fs.mkdir_all(&format!("{folder}/src"), shell.folder_mode(), uid, gid);
    for (file, text) in files {
        let place = format!("{folder}/{file}");
        if shell.fs.stat("/", &place).is_err() {
            let _ = shell.fs.write(&place, Content::inline(text.into_bytes()), mode, uid, gid);
        }
    }
    if git {
        let place = format!("{folder}/.git");
        let _ = shell.fs.mkdir_all(&place, shell.folder_mode(), uid, gid);
        let size = Size::modelled(GIT_REPOSITORY_BYTES, "what git 2.39's templates make of an empty repository");
        shell.fs.weigh_whole(&place, "an empty repository", size);
    }
    let shown = if is_new { format!(" `{name}`") } else { String::new() };
    shell.err(format!("    Creating {kind}{shown} package\nnote: see more `Cargo.toml` keys and their definitions at https://doc.rust-lang.org/cargo/reference/manifest.html\n"));
    Ok(())
}

/// The size of an empty git repository in bytes.
const GIT_REPOSITORY_BYTES: u64 = 23_941;
