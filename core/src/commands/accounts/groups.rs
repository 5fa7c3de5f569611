//! `groups`.

use crate::commands::accounts::passwd_and_group_files::GROUP;
use crate::commands::accounts::passwd_and_group_files::PASSWD;
use crate::commands::accounts::passwd_and_group_files::field;
use crate::commands::accounts::passwd_and_group_files::is_unlisted_account;
use crate::commands::accounts::passwd_and_group_files::name_of;
use crate::commands::accounts::passwd_and_group_files::text_of;
use crate::shell::Shell;

/// `groups [user]`: the names of a user's groups, the first one first.
pub(crate) fn groups(shell: &mut Shell, argv: &[String]) -> i32 {
    let (users, all) = (text_of(shell, PASSWD).unwrap_or_default(), text_of(shell, GROUP).unwrap_or_default());
    let uid = shell.user.uid;
    let own = name_of(&users, uid).map_or_else(|| uid.to_string(), str::to_string);
    let named = argv.get(1).cloned();
    let user = named.clone().unwrap_or(own);
    let Some(gid) = field(&users, &user, 3).and_then(|text| text.parse::<u32>().ok()) else {
        if is_unlisted_account(shell, PASSWD, &user) {
            return 0;
        }
        shell.err(format!("groups: '{user}': no such user\n"));
        return 1;
    };
    let first = name_of(&all, gid).map_or_else(|| gid.to_string(), str::to_string);
    let more = all.lines().filter(|line| line.rsplit(':').next().unwrap_or("").split(',').any(|one| one == user));
    let more = more.filter_map(|line| line.split(':').next()).filter(|name| *name != first);
    let names = std::iter::once(first.as_str()).chain(more).collect::<Vec<_>>().join(" ");
    // GNU's says whose they are.
    let text =
        if named.is_some() && shell.dialect() != "ash" { format!("{user} : {names}\n") } else { format!("{names}\n") };
    shell.out(text);
    0
}
