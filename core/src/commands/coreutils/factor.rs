//! `factor`.

use crate::shell::Shell;

/// The prime factors of numbers.
pub(crate) fn factor(shell: &mut Shell, argv: &[String]) -> i32 {
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
