//! bash's `shopt`.

use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};

/// Sets and queries options. Options that do not change what a script does are accepted silently.
pub(crate) fn shopt(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "shopt", &flags, &["s", "u", "q", "o"]);
    let set = if has(&flags, &["s"]) { Some(true) } else { has(&flags, &["u"]).then_some(false) };
    let mut status = 0;
    for name in &names {
        let option = match name.as_str() {
            "nullglob" => &mut shell.options.nullglob,
            "dotglob" => &mut shell.options.dotglob,
            "globstar" => &mut shell.options.globstar,
            // Groups are always read; the others are for people at a terminal.
            "extglob" | "expand_aliases" | "checkwinsize" | "histappend" | "cmdhist" | "sourcepath" | "huponexit" => {
                continue;
            }
            other => {
                let other = other.to_string();
                shell.gap("unmodelled-option", format!("shopt {other}"));
                continue;
            }
        };
        match set {
            Some(on) => *option = on,
            None => {
                let on = *option;
                status |= i32::from(!on);
                if !has(&flags, &["q"]) {
                    shell.out(format!("{name:<15}\t{}\n", if on { "on" } else { "off" }));
                }
            }
        }
    }
    status
}
