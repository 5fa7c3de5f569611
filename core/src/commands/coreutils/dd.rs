//! `dd`: copies blocks of bytes.

use crate::commands::coreutils::byte_sizes::size;
use crate::commands::coreutils::byte_sizes::zeros;
use crate::fs::Content;
use crate::shell::Shell;

/// A number of bytes or blocks; GNU's takes products such as `2x512`.
fn read_number(shell: &Shell, text: &str) -> Option<u64> {
    match shell.dialect() {
        "ash" => size(text),
        _ => text.split('x').try_fold(1_u64, |product, factor| product.checked_mul(size(factor)?)),
    }
}

/// What is said of a number that is none, or of one in a unit that is not known here.
fn invalid_number(shell: &mut Shell, text: &str) -> i32 {
    let is_ash = shell.dialect() == "ash";
    let ends_in_large_unit =
        text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(['P', 'E', 'Z', 'Y', 'R', 'Q']);
    if ends_in_large_unit {
        shell.gap("unmodelled-option", format!("dd {text}"));
        return 1;
    }
    let words = match (is_ash, text.trim_start_matches('0').is_empty() && !text.is_empty()) {
        (true, true) => format!("dd: number {text} is not in 1..9223372036854775807 range\n"),
        (true, false) => format!("dd: invalid number '{text}'\n"),
        (false, _) => format!("dd: invalid number: ‘{text}’\n"),
    };
    shell.err(words);
    1
}

pub(crate) fn dd(shell: &mut Shell, argv: &[String]) -> i32 {
    let of = |name: &str| argv.iter().rev().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let mut numbers = [None, None];
    for (number, name) in numbers.iter_mut().zip(["bs", "count"]) {
        let Some(text) = of(name) else { continue };
        match read_number(shell, text).filter(|number| name == "count" || *number > 0) {
            Some(known) => *number = Some(known),
            None => return invalid_number(shell, text),
        }
    }
    let (block, count) = (numbers[0].unwrap_or(512), numbers[1]);
    let output = of("of").map(str::to_string);
    let most = count.and_then(|count| count.checked_mul(block));
    for word in argv.iter().skip(1) {
        if !["if=", "of=", "bs=", "count=", "status=", "conv="].iter().any(|known| word.starts_with(known)) {
            shell.gap("unmodelled-option", format!("dd {word}"));
        }
    }
    let content = match of("if") {
        Some("/dev/zero" | "/dev/urandom" | "/dev/random") => match most {
            Some(len) => zeros(len),
            None => {
                shell.gap("never-ends", "dd");
                return 1;
            }
        },
        Some(name) => {
            let name = name.to_string();
            match shell.fs.stat(&shell.cwd, &name) {
                Ok((_, node)) => node.content().cloned().unwrap_or_else(|| zeros(0)),
                Err(error) => return shell.complain("dd", &format!("failed to open '{name}'"), &error),
            }
        }
        None => {
            let bytes = std::mem::take(&mut shell.stdin);
            match output.as_ref().filter(|_| bytes.is_empty()).and_then(|_| shell.claim_download()) {
                Some(address) => Content::download(&address),
                None => Content::inline(bytes),
            }
        }
    };
    let content = match most.filter(|most| *most < content.len) {
        Some(most) => {
            let kept = usize::try_from(most).unwrap_or(usize::MAX).min(content.head().len());
            Content::partial(content.head().get(..kept).unwrap_or(&[]), most)
        }
        None => content,
    };
    let blocks = (content.len / block.max(1), u64::from(content.len % block.max(1) != 0));
    match output {
        Some(name) => {
            if let Err(error) = shell.put_file(&name, content) {
                return shell.complain("dd", &format!("failed to open '{name}'"), &error);
            }
        }
        None => {
            let bytes = content.bytes().map(<[u8]>::to_vec);
            shell.out(bytes.unwrap_or_default());
        }
    }
    shell.err(format!("{0}+{1} records in\n{0}+{1} records out\n", blocks.0, blocks.1));
    0
}
