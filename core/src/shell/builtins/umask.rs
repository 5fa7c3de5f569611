//! `umask`.

use crate::shell::Shell;
use crate::shell::builtins::export_readonly::refuse;
use crate::shell::language::Language;

pub(crate) fn umask(shell: &mut Shell, argv: &[String]) -> i32 {
    let Some(text) = argv.get(1) else {
        shell.out(format!("{:04o}\n", shell.umask));
        return 0;
    };
    // Symbolic modes tell what is let through.
    let through = 0o777 & !shell.umask;
    if text == "-S" {
        let letters = |shift: u32| -> String {
            let bits = through >> shift;
            [(4, 'r'), (2, 'w'), (1, 'x')].iter().filter(|(bit, _)| bits & bit != 0).map(|(_, letter)| letter).collect()
        };
        shell.out(format!("u={},g={},o={}\n", letters(6), letters(3), letters(0)));
        return 0;
    }
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let mask = match digits {
        true => u32::from_str_radix(text, 8).ok().filter(|mask| *mask <= 0o777),
        false => crate::fs::parse_mode(text, through, false, 0).map(|mode| 0o777 & !mode),
    };
    let Some(mask) = mask else {
        let words = match (shell.language(), digits) {
            (Language::Bash, true) => format!("{text}: octal number out of range"),
            (Language::Bash, false) => {
                let letter: String = text.chars().take(1).collect();
                format!("`{letter}': invalid symbolic mode operator")
            }
            (Language::Dash, true) => format!("Illegal number: {text}"),
            (Language::Dash, false) => format!("Illegal mode: {text}"),
            (Language::Ash, _) => format!("illegal mode: {text}"),
        };
        let prefix = shell.builtin_prefix("umask");
        return refuse(shell, format!("{prefix}: {words}"));
    };
    shell.umask = mask;
    0
}
