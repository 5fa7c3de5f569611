//! `wc`.

use crate::commands::text_inputs::inputs;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};

pub(crate) fn wc(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    // In the order in which the counts are shown.
    let all = ["l", "w", "m", "c", "L"];
    let long = ["lines", "words", "chars", "bytes", "max-line-length"];
    only(shell, "wc", &flags, &[all, long].concat());
    let wanted = all.map(|flag| has(&flags, &[flag]) || flags.is_empty() && ["l", "w", "c"].contains(&flag));
    let wanted: Vec<bool> = wanted.into_iter().zip(long).map(|(short, long)| short || has(&flags, &[long])).collect();
    let (mut texts, mut status) = (Vec::new(), 0);
    let mut folders = 0;
    if names.is_empty() {
        (texts, status) = inputs(shell, "wc", &names);
    }
    for name in &names {
        let (read, code) = inputs(shell, "wc", std::slice::from_ref(name));
        // Of a folder that cannot be read nothing is counted, and that is shown.
        if read.is_empty() && shell.fs.stat(&shell.cwd, name).is_ok_and(|(_, node)| node.is_dir()) {
            folders += 1;
            texts.push((name.clone(), Vec::new()));
        }
        texts.extend(read);
        status = status.max(code);
    }
    let in_characters = shell.is_utf8();
    let counts = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let characters = if in_characters { text.chars().count() } else { bytes.len() };
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        [text.matches('\n').count(), text.split_whitespace().count(), characters, bytes.len(), longest]
    };
    let mut rows: Vec<(String, [usize; 5])> = texts.into_iter().map(|(name, bytes)| (name, counts(&bytes))).collect();
    let total =
        rows.iter().fold([0; 5], |[a, b, c, d, e], (_, [l, w, m, z, x])| [a + l, b + w, c + m, d + z, e.max(*x)]);
    if names.len() > 1 {
        rows.push(("total".into(), total));
    }
    // Several counts stand in columns: busybox's are fixed, GNU's as wide as the files' sizes.
    let several = names.len() > 1 || wanted.iter().filter(|wanted| **wanted).count() > 1;
    let width = match (several, shell.dialect()) {
        (false, _) => 0,
        (_, "ash") => 9,
        // What is no file may become large.
        _ if folders > 0 => 7,
        _ if rows.iter().any(|(name, _)| name == "-") && shell.stdin_file.is_none() => 7,
        _ if names.is_empty() => shell.stdin_file.unwrap_or(0).to_string().len(),
        _ => total[3].to_string().len(),
    };
    for (name, counts) in rows {
        let shown = counts.into_iter().zip(&wanted).filter(|(_, wanted)| **wanted);
        let shown: Vec<String> = shown.map(|(count, _)| format!("{count:>width$}")).collect();
        let label = if name == "-" && names.is_empty() { String::new() } else { format!(" {name}") };
        shell.out(format!("{}{label}\n", shown.join(" ")));
    }
    status
}
