//! What the maintainer scripts (postinst) of packages do when a package is installed: users, alternatives, generated
//! files.
//!
//! They are observed, not run: `data/packages/scripts.json` names the packages and the dates.

use super::root_file::write_root_file;
use crate::fs::{Content, path};
use crate::shell::Shell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// This path among a package's files says that its maintainer scripts add users or groups.
pub(crate) const PASSWD: &str = "/etc/passwd";

/// What the scripts of one package create.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Scripts {
    /// Lines of /etc/passwd without the password, `NAME:UID:GID:COMMENT:HOME:SHELL`. A UID is a number,
    /// `*` (the first free one from 100 up) or `-` (from 999 down); a GID may be `@GROUP`.
    users: Vec<String>,
    /// `NAME:GID`, where GID takes the same forms.
    groups: Vec<String>,
    /// Folders that are not among the package's own files.
    folders: Vec<String>,
    /// Symbolic links: path and target.
    links: BTreeMap<String, String>,
    /// Files and their lengths in bytes.
    files: BTreeMap<String, u64>,
}

#[derive(Debug, Default, serde::Deserialize)]
struct Observed {
    packages: BTreeMap<String, Scripts>,
}

fn observed() -> &'static Observed {
    static OBSERVED: OnceLock<Observed> = OnceLock::new();
    // A test proves that it can be read.
    OBSERVED.get_or_init(|| serde_json::from_str(include_str!("../../data/packages/scripts.json")).unwrap_or_default())
}

/// The placeholder for the version in a package's name, such as 17 in `openjdk-17-jdk`.
const VERSION: &str = "{version}";

/// What the scripts of a package do, and the version in its name.
fn scripts_of(package: &str) -> Option<(&'static Scripts, &str)> {
    let packages = &observed().packages;
    if let Some(scripts) = packages.get(package) {
        return Some((scripts, ""));
    }
    let start = package.find(|c: char| c.is_ascii_digit())?;
    let tail = package.get(start..)?;
    let end = tail.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(tail.len());
    let (version, rest) = tail.split_at_checked(end)?;
    let name = format!("{}{VERSION}{rest}", package.get(..start)?);
    packages.get(&name).map(|scripts| (scripts, version))
}

/// Whether it is known what a package's scripts do.
pub(crate) fn is_known(package: &str) -> bool {
    scripts_of(package).is_some()
}

/// Carries out what the scripts of new packages do.
pub(crate) fn run_postinst(shell: &mut Shell, packages: &[&str]) {
    for (scripts, version) in packages.iter().filter_map(|name| scripts_of(name)) {
        append_accounts(shell, "/etc/group", &scripts.groups);
        append_accounts(shell, PASSWD, &scripts.users);
        for folder in &scripts.folders {
            let _ = shell.fs.mkdir_all(folder, 0o755, 0, 0);
        }
        for (place, target) in &scripts.links {
            let target = &target.replace(VERSION, version);
            let folder = path::parent(place).to_string();
            let is_there = shell.fs.lstat("/", place).is_ok();
            if !is_there && let Ok(folder) = shell.fs.mkdir_all(&folder, 0o755, 0, 0) {
                let _ = shell.fs.symlink(target, &path::join(&folder, path::file_name(place)), 0, 0);
            }
        }
        for (place, bytes) in &scripts.files {
            let content = Content::modelled([], *bytes, "as the package's script made it on Debian 12");
            write_root_file(shell, place, content);
        }
    }
}

/// Adds lines to /etc/passwd or /etc/group for names that are not in the file.
fn append_accounts(shell: &mut Shell, place: &str, lines: &[String]) {
    let Some(known) = shell.read(place).ok().flatten().filter(|_| !lines.is_empty()) else { return };
    let groups = shell.read("/etc/group").ok().flatten().unwrap_or_default();
    let groups = String::from_utf8_lossy(&groups).into_owned();
    let mut text = String::from_utf8_lossy(&known).into_owned();
    let before = text.len();
    for line in lines {
        let fields: Vec<&str> = line.split(':').collect();
        let Some((name, [id, rest @ ..])) = fields.split_first() else { continue };
        if id_of(&text, name).is_some() {
            continue;
        }
        let taken: Vec<&str> = text.lines().filter_map(|line| line.split(':').nth(2)).collect();
        let is_free = |id: &u32| !taken.contains(&id.to_string().as_str());
        let id = match *id {
            "*" => (100..1000).find(is_free).unwrap_or(999).to_string(),
            "-" => (100..1000).rev().find(is_free).unwrap_or(100).to_string(),
            fixed => fixed.to_string(),
        };
        let rest: Vec<&str> = rest
            .iter()
            .map(|field| field.strip_prefix('@').map_or(*field, |group| id_of(&groups, group).unwrap_or("65534")))
            .collect();
        // The only further field of a group is its list of members, which is empty.
        let new = format!("{name}:x:{id}:{}\n", rest.join(":"));
        text.push_str(&new);
    }
    if text.len() > before {
        let _ = shell.fs.write(place, Content::inline(text.into_bytes()), 0o644, 0, 0);
    }
}

/// The third field of a name's line.
fn id_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .map(|line| line.split(':'))
        .find_map(|mut fields| (fields.next() == Some(name)).then(|| fields.nth(1))?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_was_observed_is_read() {
        let text = include_str!("../../data/packages/scripts.json");
        let observed: super::Observed = serde_json::from_str(text).unwrap();
        assert!(observed.packages.len() > 10);
    }
}
