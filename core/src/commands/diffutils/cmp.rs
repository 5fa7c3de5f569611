//! `cmp`.

use crate::commands::text_inputs::inputs;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};

/// Bytes compared one by one.
pub(crate) fn cmp(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "n");
    only(shell, "cmp", &flags, &["l", "s", "silent", "quiet", "verbose"]);
    let (all, status) = inputs(shell, "cmp", names.get(..2).unwrap_or(&names));
    let [(one, first), (other, second)] = all.as_slice() else {
        return if status == 0 { 0 } else { 2 };
    };
    let silent = has(&flags, &["s", "silent", "quiet"]);
    let busybox = shell.dialect() == "ash";
    let mut differ = false;
    let mut out = String::new();
    for (at, (a, b)) in first.iter().zip(second).enumerate().filter(|(_, (a, b))| a != b) {
        differ = true;
        if silent {
            return 1;
        }
        if has(&flags, &["l", "verbose"]) {
            let width = if busybox { 0 } else { first.len().max(second.len()).to_string().len() };
            out.push_str(&format!("{:>width$} {a:3o} {b:3o}\n", at + 1));
            continue;
        }
        let line = first.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        // GNU's calls it a byte in other locales than C.
        shell.out(format!("{one} {other} differ: char {}, line {line}\n", at + 1));
        return 1;
    }
    shell.out(out);
    if first.len() == second.len() {
        return i32::from(differ);
    }
    if !silent {
        let (short, name) = if first.len() < second.len() { (first, one) } else { (second, other) };
        let line = short.iter().filter(|byte| **byte == b'\n').count();
        let place = match (busybox, short.last()) {
            (true, _) => String::new(),
            (_, None) => " which is empty".into(),
            (_, Some(b'\n')) => format!(" after byte {}, line {line}", short.len()),
            (_, Some(_)) => format!(" after byte {}, in line {}", short.len(), line + 1),
        };
        shell.err(format!("cmp: EOF on {name}{place}\n"));
    }
    1
}
