//! Modules: go.mod, `go mod`, `go get`, `go install PATH@VERSION`, and the module cache.

use super::build::file;
use super::build_cache::cache_folder;
use super::command::gap;
use crate::fs::{Content, Doubt, path};
use crate::measure::typical_tool_size;
use crate::shell::Shell;

fn gopath(shell: &Shell) -> String {
    let home = || format!("{}/go", shell.var("HOME").unwrap_or("/root"));
    shell.var("GOPATH").map_or_else(home, str::to_string)
}

/// The module cache.
pub(crate) fn module_cache(shell: &Shell) -> String {
    shell.var("GOMODCACHE").map_or_else(|| format!("{}/pkg/mod", gopath(shell)), str::to_string)
}

/// The folder into which `go install` writes programs.
pub(crate) fn program_folder(shell: &Shell) -> String {
    shell.var("GOBIN").map_or_else(|| format!("{}/bin", gopath(shell)), str::to_string)
}

/// `go install PATH@VERSION`: writes a program of a known name into GOPATH/bin. `go get` downloads modules.
pub(crate) fn install_remote(shell: &mut Shell, argv: &[String]) -> i32 {
    let (go_mod, compiled) = (module_cache(shell), cache_folder(shell));
    shell.make_partial_folder(&go_mod);
    for word in argv.iter().skip(2).filter(|word| !word.starts_with('-')) {
        let path = word.split('@').next().unwrap_or(word);
        let is_version = |part: &str| part.strip_prefix('v').is_some_and(|rest| rest.parse::<u32>().is_ok());
        let name = path.rsplit('/').find(|part| !is_version(part)).unwrap_or(path);
        if argv.get(1).is_some_and(|verb| verb == "install") && !path.ends_with("...") {
            shell.make_partial_folder(&compiled);
            let folder = program_folder(shell);
            let (uid, gid) = (shell.user.uid, shell.user.gid);
            if let Ok(real) = shell.fs.mkdir_all(&path::join(&shell.cwd, &folder), 0o755, uid, gid) {
                let content = Content::unknown("a program that go install fetched and compiled");
                let content = content.estimated(typical_tool_size("go-build"));
                let _ = shell.fs.write(&format!("{real}/{name}"), content, 0o755, uid, gid);
            }
        }
    }
    shell.gap("unknown-files", argv.get(..3).unwrap_or(argv).join(" "));
    0
}

/// `go mod init`, `go mod download` and `go mod tidy`. The latter two do nothing without dependencies, and otherwise
/// fill the module cache.
pub(crate) fn go_mod(shell: &mut Shell, argv: &[String], release: (u32, u32), version: &str) -> i32 {
    let place = path::join(&shell.cwd, "go.mod");
    let known = file(shell, &place).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    match (argv.get(2).map(String::as_str), known) {
        (Some("init"), Some(_)) => {
            shell.err(format!("go: {place} already exists\n"));
            1
        }
        (Some("init"), None) => {
            let Some(name) = argv.get(3) else {
                shell.err("go: cannot determine module path for source directory (outside GOPATH, module path must be specified)\n");
                return 1;
            };
            // Since Go 1.21 the line names the whole release.
            let parts = if release >= (1, 21) { 3 } else { 2 };
            let language = version.split('.').take(parts).collect::<Vec<_>>().join(".");
            let (uid, gid) = (shell.user.uid, shell.user.gid);
            let text = format!("module {name}\n\ngo {language}\n");
            if shell.fs.write(&place, Content::inline(text.into_bytes()), 0o644, uid, gid).is_err() {
                shell.err(format!("go: cannot write {place}\n"));
                return 1;
            }
            shell.err(format!("go: creating new go.mod: module {name}\n"));
            0
        }
        (Some("download" | "tidy"), Some(text)) if !text.contains("require") => 0,
        // What it fetches goes into one folder; `tidy` may change go.mod and go.sum, `vendor` fills a folder.
        (Some(verb @ ("download" | "tidy" | "verify" | "vendor")), known)
            if known.is_some() || has_unknown_module(shell, &shell.cwd) =>
        {
            shell.make_partial_folder(&module_cache(shell));
            if verb == "vendor" {
                shell.make_partial_folder("vendor");
            }
            shell.gap("unknown-files", format!("go mod {verb}"));
            0
        }
        (Some("download" | "tidy" | "verify"), None) => {
            shell
                .err("go: go.mod file not found in current directory or any parent directory; see 'go help modules'\n");
            1
        }
        _ => {
            gap(shell, argv);
            0
        }
    }
}

/// Whether an unlisted source may exist at an absolute path. Packages of the distribution bring sources below /usr only.
pub(crate) fn may_hide_source(shell: &Shell, place: &str) -> bool {
    if shell.fs.doubt() != Doubt::Packages || path::is_within(place, "/usr") {
        return shell.fs.may_hide("/", place);
    }
    let mut listed = shell.fs.clone();
    listed.set_doubt(Doubt::None);
    listed.may_hide("/", place)
}

/// Whether a source exists whose content is not known, or may exist unlisted.
pub(crate) fn is_unknown_source(shell: &Shell, place: &str) -> bool {
    match shell.read(place) {
        Ok(content) => content.is_none(),
        Err(_) => may_hide_source(shell, place),
    }
}

/// Whether a go.mod whose content is not known, or which is not listed, may be the one of a directory.
pub(crate) fn has_unknown_module(shell: &Shell, directory: &str) -> bool {
    let mut at = directory.to_string();
    loop {
        let place = path::join(&at, "go.mod");
        if file(shell, &place).is_some() || at == "/" {
            return is_unknown_source(shell, &place);
        }
        if is_unknown_source(shell, &place) {
            return true;
        }
        at = path::parent(&at).to_string();
    }
}

/// The module of a directory, from the nearest go.mod.
pub(crate) fn module_name(shell: &Shell, directory: &str) -> Option<String> {
    let mut at = directory.to_string();
    loop {
        if let Some(bytes) = file(shell, &path::join(&at, "go.mod")) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            return text
                .lines()
                .find_map(|line| line.trim().strip_prefix("module "))
                .map(|name| name.trim().to_string());
        }
        if at == "/" {
            return None;
        }
        at = path::parent(&at).to_string();
    }
}
