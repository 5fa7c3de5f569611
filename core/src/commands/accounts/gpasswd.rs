//! `gpasswd`.

use crate::commands::accounts::shadow_utils::members;
use crate::shell::Shell;
use crate::shell::getopt::{only, options, value};

pub(crate) fn gpasswd(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "adMA");
    only(shell, "gpasswd", &flags, &["a", "d", "add", "delete"]);
    let Some(group) = names.last().cloned() else { return 2 };
    for (letter, on, words) in [("a", true, ("Adding", "to")), ("d", false, ("Removing", "from"))] {
        if let Some(user) = value(&flags, &[letter]).map(str::to_string) {
            shell.out(format!("{} user {user} {} group {group}\n", words.0, words.1));
            members(shell, &user, &[&group], on);
        }
    }
    0
}
