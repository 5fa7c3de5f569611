//! `getent`.

use crate::commands::accounts::passwd_and_group_files::GROUP;
use crate::commands::accounts::passwd_and_group_files::GSHADOW;
use crate::commands::accounts::passwd_and_group_files::PASSWD;
use crate::commands::accounts::passwd_and_group_files::SHADOW;
use crate::commands::accounts::passwd_and_group_files::is_unlisted_account;
use crate::commands::accounts::passwd_and_group_files::text_of;
use crate::shell::Shell;

/// `getent passwd|group [names or ids]`: lines as they are.
pub(crate) fn getent(shell: &mut Shell, argv: &[String]) -> i32 {
    let words: Vec<&String> = argv.iter().skip(1).filter(|word| !word.starts_with('-')).collect();
    let Some((database, keys)) = words.split_first() else { return 1 };
    let file = match database.as_str() {
        "passwd" => PASSWD,
        "group" => GROUP,
        "shadow" => SHADOW,
        "gshadow" => GSHADOW,
        other => {
            shell.gap("unknown-output", format!("getent {other}"));
            return 0;
        }
    };
    let Some(text) = text_of(shell, file) else { return 0 };
    if keys.is_empty() {
        shell.out(text);
        return 0;
    }
    let mut status = 0;
    for key in keys {
        let fits = |line: &&str| {
            let mut fields = line.split(':');
            fields.next() == Some(key.as_str()) || key.parse::<u32>().is_ok() && fields.nth(1) == Some(key.as_str())
        };
        match text.lines().find(fits) {
            Some(line) => shell.out(format!("{line}\n")),
            None => {
                // The account may exist: a failure of the step is then not certain.
                is_unlisted_account(shell, file, key);
                status = 2;
            }
        }
    }
    status
}
