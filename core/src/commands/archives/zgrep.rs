//! zgrep, zegrep, zfgrep: grep in what gzip and others have packed.

use crate::archive;
use crate::commands::grep::grep;
use crate::commands::text_inputs::inputs;
use crate::shell::Shell;
use crate::shell::getopt::options;

pub(crate) fn zgrep(shell: &mut Shell, argv: &[String]) -> i32 {
    let (_, operands) = options(argv, "efmABC");
    let has_pattern = argv.iter().skip(1).any(|word| word.starts_with("-e") || word.starts_with("-f"));
    let names: Vec<String> = operands.iter().skip(usize::from(!has_pattern)).cloned().collect();
    // Everything but the files is grep's.
    let mut asked: Vec<String> = Vec::new();
    let mut left = names.clone();
    for word in argv.iter().skip(1).rev() {
        match left.last() {
            Some(name) if name == word => {
                left.pop();
            }
            _ => asked.insert(0, word.clone()),
        }
    }
    let command = match argv.first().map_or("", |name| crate::fs::path::file_name(name)) {
        "zegrep" => "egrep",
        "zfgrep" => "fgrep",
        _ => "grep",
    };
    let mut status = 1;
    for name in if names.is_empty() { vec!["-".to_string()] } else { names.clone() } {
        let (mut all, missed) = inputs(shell, "zcat", std::slice::from_ref(&name));
        if missed != 0 {
            // Of what cannot be read nothing is looked at, and that is told like the rest.
            status = 2;
            all.push((name.clone(), Vec::new()));
        }
        let Some((_, bytes)) = all.pop() else { continue };
        shell.stdin = archive::unpack_all(&bytes, shell.effort.unpackable_bytes()).unwrap_or(bytes);
        shell.effort.spend_unpacked(shell.stdin.len() as u64);
        let mut words = vec![command.to_string()];
        words.extend(asked.iter().cloned());
        let mut found = 1;
        let text = shell.capture(|shell| found = grep(shell, &words));
        if found == 0 && status == 1 {
            status = 0;
        }
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if names.len() > 1 && !asked.iter().any(|word| word == "-h") {
                shell.out(format!("{name}:"));
            }
            shell.out(line);
        }
    }
    status
}
