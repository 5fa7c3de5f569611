//! `groupadd`.

use super::next_free_id::ids;
use super::passwd_and_group_files::{GROUP, has_name, text_of};
use crate::commands::accounts::next_free_id::next_free_of_shadow_utils;
use crate::commands::accounts::shadow_utils::{LONG, add_group};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value, with_long_values};

pub(crate) fn groupadd(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &LONG), "gKpRP");
    only(shell, "groupadd", &flags, &["g", "gid", "r", "system", "f", "force", "o", "non-unique"]);
    let (Some(name), Some(groups)) = (names.first(), text_of(shell, GROUP)) else { return 2 };
    if has_name(&groups, name) {
        if has(&flags, &["f", "force"]) {
            return 0;
        }
        shell.err(format!("groupadd: group '{name}' already exists\n"));
        return 9;
    }
    let wanted = value(&flags, &["g", "gid"]).and_then(|text| text.parse().ok());
    if let Some(gid) = wanted.filter(|gid| ids(&groups).contains(gid) && !has(&flags, &["o", "non-unique"])) {
        shell.err(format!("groupadd: GID '{gid}' already exists\n"));
        return 4;
    }
    let gid = wanted.unwrap_or_else(|| next_free_of_shadow_utils(&ids(&groups), has(&flags, &["r", "system"])));
    add_group(shell, name, gid);
    0
}
