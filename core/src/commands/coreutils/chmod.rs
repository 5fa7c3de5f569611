//! `chmod`.

use crate::commands::coreutils::recursive_operands::reference;
use crate::commands::coreutils::recursive_operands::targets;
use crate::fs::Node;
use crate::fs::parse_mode;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

pub(crate) fn chmod(shell: &mut Shell, argv: &[String]) -> i32 {
    // A mode may look like an option: `chmod -x f`.
    let is_mode = |word: &str| word.chars().skip(1).all(|c| "rwxXst,+=-".contains(c)) && !word.starts_with("--");
    let words: Vec<String> = argv
        .iter()
        .enumerate()
        .map(|(i, word)| {
            if i > 0 && word.starts_with('-') && is_mode(word) && word.len() > 1 {
                format!("a{word}")
            } else {
                word.clone()
            }
        })
        .collect();
    let (flags, names) = options(&words, "");
    only(shell, "chmod", &flags, &["R", "v", "f", "c", "recursive", "reference"]);
    let (talks, on_change) = (has(&flags, &["v"]), has(&flags, &["c"]));
    let mut names = names;
    match reference(shell, "chmod", &flags) {
        Ok(Some(node)) => names.insert(0, format!("{:o}", node.mode)),
        Ok(None) => {}
        Err(status) => return status,
    }
    let Some((mode, names)) = names.split_first().filter(|(_, names)| !names.is_empty()) else {
        shell.err("chmod: missing operand\n");
        return 1;
    };
    let mut status = 0;
    for name in names {
        match targets(shell, "chmod", name, has(&flags, &["R", "recursive"]), false) {
            Ok(paths) => {
                for place in paths {
                    let Some(node) = shell.fs.get(&place) else {
                        continue;
                    };
                    let Some(new) = parse_mode(mode, node.mode, node.is_dir(), shell.umask) else {
                        shell.err(match shell.dialect() {
                            "ash" => format!("chmod: invalid mode '{mode}'\n"),
                            _ => format!("chmod: invalid mode: ‘{mode}’\nTry 'chmod --help' for more information.\n"),
                        });
                        return 1;
                    };
                    if shell.user.uid != 0 && shell.user.uid != node.uid {
                        shell.err(format!("chmod: changing permissions of '{name}': Operation not permitted\n"));
                        status = 1;
                        continue;
                    }
                    if let Err(error) = shell.fs.writable(&place) {
                        status = shell.complain("chmod", &format!("changing permissions of '{name}'"), &error);
                        continue;
                    }
                    let (old, before) = (node.mode, letters(node));
                    shell.fs.chmod(&place, new);
                    if (talks || on_change && old != new) && shell.dialect() != "ash" {
                        let shown = shown_below(shell, name, &place);
                        let after = shell.fs.get(&place).map(letters).unwrap_or_default();
                        shell.out(match old == new {
                            true => format!("mode of '{shown}' retained as {new:04o} ({after})\n"),
                            false => {
                                format!("mode of '{shown}' changed from {old:04o} ({before}) to {new:04o} ({after})\n")
                            }
                        });
                    }
                }
            }
            Err(code) => status = code,
        }
    }
    status
}

/// `rwxr-xr-x`.
pub(crate) fn letters(node: &Node) -> String {
    crate::commands::coreutils::stat::mode_text(node).get(1..).unwrap_or("").to_string()
}

/// A path below an operand, as the operand names it.
pub(crate) fn shown_below(shell: &Shell, name: &str, place: &str) -> String {
    let top = shell.fs.resolve(&shell.cwd, name, true).unwrap_or_default();
    format!("{name}{}", place.strip_prefix(&top).unwrap_or(""))
}

/// The mode that `-m` asks for, applied to `old`.
pub(crate) fn wanted_mode(shell: &Shell, flags: &[(String, Option<String>)], old: u32, is_dir: bool) -> Option<u32> {
    parse_mode(value(flags, &["m", "mode"])?, old, is_dir, shell.umask)
}
