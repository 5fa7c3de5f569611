//! `--chown` and `--chmod` of COPY and ADD: the user and group that a name or a number means, which modes are refused,
//! and what a mode in letters such as `u=rwX` makes of a file's own.

use super::{BuildError, Request, engine_messages, old_frontend};
use crate::exec::{id_of_name as id, lists_accounts};
use crate::fs::{Node, Tree, parse_mode};

/// The umask that BuildKit applies to a symbolic `--chmod` without a user class, such as `+x` (umask 022).
const UMASK: u32 = 0o022;

/// What `--chmod` says.
pub(super) enum CopyMode {
    /// Octal digits: the mode of every file.
    Octal(u32),
    /// chmod's letters, which change the mode that a file has.
    Symbolic(String),
}

/// Resolves `--chown` to user and group id. Names are looked up in the image that is copied into.
///
/// # Errors
/// `strict`: the classic builder's message for a name that does not exist. BuildKit takes 0 for it.
pub(super) fn resolve_owner(tree: &Tree, owner: &str, strict: bool) -> Result<(u32, u32), String> {
    let (user, group) = owner.split_once(':').map_or((owner, None), |(user, group)| (user, Some(group)));
    let find = |file: &str, name: &str, word: &str| -> Result<u32, String> {
        match id(tree, file, name) {
            Some(number) => Ok(number),
            None if !lists_accounts(tree) => Ok(0),
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

/// Reads `--chmod`. `None` for a mode that an old frontend ignores.
///
/// # Errors
/// The builder's message for a mode that is neither octal digits nor chmod's letters.
pub(super) fn resolve_mode(mode: String, request: &Request, line: usize) -> Result<Option<CopyMode>, BuildError> {
    match parse_mode(&mode, 0o644, false, UMASK) {
        Some(bits) if mode.starts_with(|c: char| c.is_ascii_digit()) => Ok(Some(CopyMode::Octal(bits))),
        // Frontends before Docker 23 ignore a mode that is not an octal number.
        _ if old_frontend::is_old_frontend(request) => Ok(None),
        Some(_) => Ok(Some(CopyMode::Symbolic(mode))),
        None => Err(engine_messages::invalid_chmod(&mode, request, line)),
    }
}

/// The mode of a file after chmod's letters.
pub(super) fn symbolic_mode(mode: &str, node: &Node) -> Option<u32> {
    parse_mode(mode, node.mode, node.is_dir(), UMASK)
}
