//! The command model of `go`.

use super::build::{build, file};
use super::build_cache::{cache_folder, clean};
use super::go_install_and_get::{GET_OUTSIDE, get_unknown, install_remote, outside_of_modules, program_folder};
use super::go_mod::{go_mod, gopath, has_unknown_module, module_cache, module_of};
use crate::elf::Machine;
use crate::shell::Shell;

/// The command model of `go`.
pub(crate) fn go(shell: &mut Shell, argv: &[String]) -> i32 {
    let Some((release, text)) = version(shell) else {
        gap(shell, argv);
        return 0;
    };
    match argv.get(1).map(String::as_str) {
        Some("build") => build(shell, argv.get(2..).unwrap_or(&[]), release, None),
        Some("version") => {
            let arch = if shell.machine == Machine::Aarch64 { "arm64" } else { "amd64" };
            shell.out(format!("go version go{text} linux/{arch}\n"));
            0
        }
        Some("mod") if release >= (1, 11) => go_mod(shell, argv, release, &text),
        Some("get") if release >= (1, 18) && outside_of_modules(shell) => {
            shell.err(GET_OUTSIDE);
            1
        }
        Some("get" | "install") if argv.iter().any(|word| word.contains('@')) => install_remote(shell, argv, release),
        Some("install") => {
            let folder = program_folder(shell);
            build(shell, argv.get(2..).unwrap_or(&[]), release, Some(&folder))
        }
        Some("get") if release < (1, 18) && module_of(shell, &shell.cwd).is_none() => {
            // Sources and programs go into GOPATH, since Go 1.16 the programs alone.
            let sources = format!("{}/src", gopath(shell));
            for place in [module_cache(shell), cache_folder(shell), program_folder(shell), sources, ".".to_string()] {
                shell.make_partial_tree(&place);
            }
            shell.gap("unknown-files", argv.get(..2).unwrap_or(&[]).join(" "));
            0
        }
        Some("get") if release >= (1, 18) && has_unknown_module(shell, &shell.cwd.clone()) => get_unknown(shell),
        Some("get" | "work") if release >= (1, 11) => {
            for place in [module_cache(shell), cache_folder(shell), ".".to_string()] {
                shell.make_partial_folder(&place);
            }
            shell.gap("unknown-files", argv.get(..2).unwrap_or(&[]).join(" "));
            0
        }
        Some("test" | "vet" | "generate") => {
            shell.make_partial_folder(&cache_folder(shell));
            shell.gap("unknown-output", argv.get(..2).unwrap_or(&[]).join(" "));
            0
        }
        Some("clean") => clean(shell, argv),
        Some("env" | "list" | "fmt" | "tool" | "help" | "doc") => {
            shell.gap("unknown-output", argv.get(..2).unwrap_or(&[]).join(" "));
            0
        }
        _ => {
            gap(shell, argv);
            0
        }
    }
}

/// The release of the image's Go, as (major, minor) and text.
fn version(shell: &Shell) -> Option<((u32, u32), String)> {
    let root = shell.var("GOROOT").unwrap_or("/usr/local/go").to_string();
    let bytes = file(shell, &format!("{root}/VERSION"))?;
    let text = String::from_utf8_lossy(&bytes).lines().next()?.trim().trim_start_matches("go").to_string();
    let mut parts = text.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    Some(((parts.next()?, parts.next().unwrap_or(0)), text))
}

pub(crate) fn gap(shell: &mut Shell, argv: &[String]) {
    let what = argv.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(" ");
    match argv.get(1).map(String::as_str) {
        // They only print.
        Some("version" | "env" | "list" | "help" | "doc") => {
            shell.gaps.push(crate::shell::Gap { code: "unmodelled-command", what });
        }
        _ => shell.gap("unmodelled-command", what),
    }
}
