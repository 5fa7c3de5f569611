//! `COPY --chown` and `ADD --chown`: the user and group that a name or a number means.

use crate::exec::{Root, id_of_name as id};
use crate::fs::Tree;

/// Resolves `--chown` to user and group id. Names are looked up in the image that is copied into.
///
/// # Errors
/// `strict`: the classic builder's message for a name that does not exist. BuildKit takes 0 for it.
pub(super) fn resolve_owner(tree: &Tree, owner: &str, strict: bool) -> Result<(u32, u32), String> {
    // A user that is not listed may exist.
    let strict = strict && tree.is_listed_in_full();
    let (user, group) = owner.split_once(':').map_or((owner, None), |(user, group)| (user, Some(group)));
    let find = |file: &str, name: &str, word: &str| -> Result<u32, String> {
        match id(tree, file, name) {
            Some(number) => Ok(number),
            None if strict => Err(format!(
                "unable to convert uid/gid chown string to host mapping: can't find {word} for {} {name}: no such {}: {name}",
                if word == "uid" { "user" } else { "group" },
                if word == "uid" { "user" } else { "group" },
            )),
            None => Ok(0),
        }
    };
    // The classic builder also looks up an empty name.
    let uid = if user.is_empty() && !strict { 0 } else { find("/etc/passwd", user, "uid")? };
    let gid = match group {
        Some(group) => find("/etc/group", group, "gid")?,
        // Without a group the group has the number of the user.
        None => uid,
    };
    Ok((uid, gid))
}
