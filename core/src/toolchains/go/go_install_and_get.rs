//! `go install PATH@VERSION` and `go get`: where the program is written (GOBIN, GOPATH/bin), and "go get is no longer
//! supported outside a module".

use super::estimated_caches::{write_compiled, write_modules};
use super::go_mod::{gopath, has_unknown_module, module_cache, module_of};
use crate::fs::{Content, path};
use crate::measure::{ContextKind, Way, typical_context_size, typical_tool_size};
use crate::shell::Shell;

/// The folder into which `go install` writes programs.
pub(crate) fn program_folder(shell: &Shell) -> String {
    shell.var("GOBIN").map_or_else(|| format!("{}/bin", gopath(shell)), str::to_string)
}

/// `go install PATH@VERSION`: writes a program of a known name into GOPATH/bin. `go get` downloads modules.
pub(crate) fn install_remote(shell: &mut Shell, argv: &[String], release: (u32, u32)) -> i32 {
    let what = argv.get(..3).unwrap_or(argv).join(" ");
    let mut is_recorded = true;
    for word in argv.iter().skip(2).filter(|word| !word.starts_with('-')) {
        let path = word.split('@').next().unwrap_or(word);
        let is_version = |part: &str| part.strip_prefix('v').is_some_and(|rest| rest.parse::<u32>().is_ok());
        let name = path.rsplit('/').find(|part| !is_version(part)).unwrap_or(path);
        if argv.get(1).is_some_and(|verb| verb == "install") && !path.ends_with("...") {
            let is_compiled = write_modules(shell, path) && write_compiled(shell, release, path);
            is_recorded = is_recorded && is_compiled;
            let folder = program_folder(shell);
            let (uid, gid) = (shell.user.uid, shell.user.gid);
            if let Ok(real) = shell.fs.mkdir_all(&path::join(&shell.cwd, &folder), 0o755, uid, gid) {
                let content = Content::unknown("a program that go install fetched and compiled");
                let content = content.estimated(typical_tool_size("go-build"));
                let _ = shell.fs.write(&format!("{real}/{name}"), content, 0o755, uid, gid);
            }
        } else {
            shell.make_partial_folder(&module_cache(shell));
            is_recorded = false;
        }
    }
    if is_recorded {
        shell.recorded_sizes.insert(what.clone());
    }
    shell.gap("unknown-files", what);
    0
}

/// `go get` in a module of unknown content: it downloads modules, and may write go.mod and go.sum anew. Since Go 1.18 it
/// compiles nothing.
pub(super) fn get_unknown(shell: &mut Shell) -> i32 {
    const WHAT: &str = "go get";
    let has_modules = write_modules(shell, "");
    let sums = typical_context_size(ContextKind::File, "go.sum").map(|sums| sums.following(0, 0, sums.high));
    let cwd = shell.fs.resolve("/", &shell.cwd, true).unwrap_or_else(|_| shell.cwd.clone());
    match sums {
        Some(sums) if has_modules && shell.fs.weighed(&cwd, WHAT).is_none() => {
            shell.fs.weigh(&cwd, WHAT, sums.size_of(WHAT, Way::RealBuild));
            shell.fs.hold_weighed(&cwd);
            shell.recorded_sizes.insert(WHAT.to_string());
        }
        _ => shell.make_partial_folder("."),
    }
    shell.gap("unknown-files", WHAT);
    0
}

/// What `go get` says outside of a module (Go 1.27.3).
pub(super) const GET_OUTSIDE: &str = "go: go.mod file not found in current directory or any parent directory.
\t'go get' is no longer supported outside a module.
\tTo build and install a command, use 'go install' with a version,
\tlike 'go install example.com/cmd@latest'
\tFor more information, see https://go.dev/doc/go-get-install-deprecation
\tor run 'go help get' or 'go help install'.
";

/// Whether the working directory is known to be in no module.
pub(super) fn outside_of_modules(shell: &Shell) -> bool {
    shell.var("GO111MODULE") != Some("off")
        && module_of(shell, &shell.cwd).is_none()
        && !has_unknown_module(shell, &shell.cwd)
}
