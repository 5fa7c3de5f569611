//! seq, yes, mktemp, nproc: commands that make words.

use super::{has, only, options, value};
use crate::shell::Shell;

/// Most lines that seq and yes print: a reader takes no more from a pipe here.
const MOST: usize = 8_192;

pub(super) fn seq(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words: Vec<String> = argv.get(1..).unwrap_or(&[]).to_vec();
    let mut separator = "\n".to_string();
    let mut wide = false;
    while let Some(word) = words.first().cloned() {
        if word == "-w" {
            wide = true;
        } else if let Some(rest) = word.strip_prefix("-s") {
            separator = match rest {
                "" if words.len() > 1 => words.remove(1),
                rest => rest.to_string(),
            };
        } else {
            break;
        }
        words.remove(0);
    }
    let numbers: Option<Vec<i64>> = words.iter().map(|word| word.parse().ok()).collect();
    let (first, step, last) = match numbers.as_deref() {
        Some([last]) => (1, 1, *last),
        Some([first, last]) => (*first, 1, *last),
        Some([first, step, last]) if *step != 0 => (*first, *step, *last),
        _ => {
            shell.gap("unmodelled-option", format!("seq {}", words.join(" ")));
            return 1;
        }
    };
    let mut all = Vec::new();
    let mut at = first;
    while (step > 0 && at <= last || step < 0 && at >= last) && all.len() < MOST {
        all.push(at.to_string());
        let Some(next) = at.checked_add(step) else { break };
        at = next;
    }
    if wide {
        let width = all.iter().map(String::len).max().unwrap_or(0);
        all.iter_mut().for_each(|text| *text = format!("{text:0>width$}"));
    }
    let mut text = all.join(&separator);
    if !text.is_empty() {
        text.push('\n');
    }
    shell.out(text);
    0
}

pub(super) fn yes(shell: &mut Shell, argv: &[String]) -> i32 {
    let line = if argv.len() > 1 { argv.get(1..).unwrap_or(&[]).join(" ") } else { "y".into() };
    // It ends when nobody reads any more.
    shell.out(format!("{line}\n").repeat(MOST.min((64 << 10) / (line.len() + 1))));
    0
}

/// Names are drawn in order, not by chance: the same script gives the same layer.
pub(super) fn mktemp(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, operands) = options(argv, "pt");
    only(shell, "mktemp", &flags, &["d", "p", "t", "q", "u", "directory"]);
    let template = operands.first().cloned().unwrap_or_else(|| "tmp.XXXXXXXXXX".into());
    let place = match value(&flags, &["p"]) {
        Some(folder) => format!("{folder}/{template}"),
        None if operands.is_empty() || has(&flags, &["t"]) => {
            format!("{}/{template}", shell.var("TMPDIR").unwrap_or("/tmp"))
        }
        None => template,
    };
    let marks = place.chars().rev().take_while(|c| *c == 'X').count();
    let stem = place.get(..place.len() - marks).unwrap_or(&place).to_string();
    let taken = |shell: &Shell, name: &str| shell.fs.lstat(&shell.cwd, name).is_ok();
    let name = (0..1_000_u32).map(|count| format!("{stem}{count:0>marks$}")).find(|name| !taken(shell, name));
    let Some(name) = name else { return 1 };
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let made = shell.destination(&name).and_then(|place| match has(&flags, &["d", "directory"]) {
        true => shell.fs.mkdir(&place, 0o700, uid, gid),
        false => shell.fs.write(&place, crate::fs::Content::inline([]), 0o600, uid, gid),
    });
    match made {
        Ok(()) => {
            shell.out(format!("{name}\n"));
            0
        }
        Err(error) => shell.complain("mktemp", &name, &error),
    }
}

/// The prime factors of numbers.
pub(super) fn factor(shell: &mut Shell, argv: &[String]) -> i32 {
    for word in argv.iter().skip(1) {
        let Ok(number) = word.parse::<u64>().map_err(|_| ()).and_then(|n| if n < 1 << 40 { Ok(n) } else { Err(()) })
        else {
            shell.err(format!("factor: '{word}' is not a valid positive integer\n"));
            return 1;
        };
        let (mut rest, mut by, mut text) = (number, 2, format!("{number}:"));
        while rest > 1 {
            if by * by > rest {
                by = rest;
            }
            while rest % by == 0 {
                text.push_str(&format!(" {by}"));
                rest /= by;
            }
            by += 1;
        }
        shell.out(text + "\n");
    }
    0
}
