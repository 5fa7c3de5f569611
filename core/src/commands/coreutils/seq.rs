//! `seq`.

use crate::shell::Shell;

/// Most lines that seq and yes print: a reader takes no more from a pipe here.
pub(crate) const MAX_LINES: usize = 8_192;

pub(crate) fn seq(shell: &mut Shell, argv: &[String]) -> i32 {
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
        _ if shell.dialect() != "ash" && words.iter().any(|word| word.parse::<f64>().is_err()) => {
            let wrong = words.iter().find(|word| word.parse::<f64>().is_err()).map_or("", String::as_str);
            shell.err(format!(
                "seq: invalid floating point argument: '{wrong}'\nTry 'seq --help' for more information.\n"
            ));
            return 1;
        }
        _ => {
            shell.gap("unmodelled-option", format!("seq {}", words.join(" ")));
            return 1;
        }
    };
    let mut all = Vec::new();
    let mut at = first;
    while (step > 0 && at <= last || step < 0 && at >= last) && all.len() < MAX_LINES {
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
