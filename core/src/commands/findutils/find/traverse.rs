//! Traverses the file tree for `find`, and follows symbolic links as requested.

use crate::fs::{Tree, path};

/// Which links find follows: `-P`, `-H`, `-L`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    Never,
    Named,
    All,
}

/// The number of paths that are visited while links are followed, at most, since links may lead to the same folders
/// again.
const MAX_FOLLOWED: usize = 200_000;

/// The paths at and below a starting point: the real path, the displayed path, and the depth.
pub(crate) fn collect(
    fs: &Tree,
    key: &str,
    shown: &str,
    depth: usize,
    links: Links,
    above: &mut Vec<String>,
    found: &mut Vec<(String, String, usize)>,
) {
    found.push((key.to_string(), shown.to_string(), depth));
    let follows = links == Links::All || links == Links::Named && depth == 0;
    let folder = match follows {
        true => fs.stat("/", key).ok().filter(|(_, node)| node.is_dir()).map(|(real, _)| real),
        false => fs.get(key).filter(|node| node.is_dir()).map(|_| key.to_string()),
    };
    let Some(folder) = folder.filter(|folder| !above.contains(folder) && found.len() < MAX_FOLLOWED) else { return };
    let names: Vec<String> = fs.children(&folder).iter().map(|(name, _)| (*name).to_string()).collect();
    above.push(folder.clone());
    for name in names {
        let below = format!("{}/{name}", shown.trim_end_matches('/'));
        let below = if shown == "/" { format!("/{name}") } else { below };
        collect(fs, &path::join(&folder, &name), &below, depth + 1, links, above, found);
    }
    above.pop();
}
