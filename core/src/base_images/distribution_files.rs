//! What every image of a distribution's release has: users and groups, folders and links.

use super::accounts::Accounts;
use super::dotted_version::DottedVersion;
use super::family_files::alternatives;
use super::listed_folder::ListedFolder;
use crate::image::BaseFacts;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What `data/rootfs/distribution_files.json` holds.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Distributions {
    distributions: Vec<ReleaseFiles>,
}

/// What some releases of some distributions have; sets apply in their order.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ReleaseFiles {
    /// `ID` of /etc/os-release.
    distro: Vec<String>,
    /// The first release that has it.
    since: Option<String>,
    /// The first release that does not have it any more.
    until: Option<String>,
    /// Lines of /etc/passwd; a line takes the place of an earlier one with the same name.
    passwd: Vec<String>,
    /// Lines of /etc/group, likewise.
    group: Vec<String>,
    /// Users with a home that was made for them.
    homes: Vec<String>,
    /// As [`ListedFolder::read`] reads them; `{a,b}` stands for both.
    folders: Vec<String>,
    /// Symbolic links with their targets.
    links: BTreeMap<String, String>,
}

/// What an image has of its distribution's release.
#[derive(Debug, Default)]
pub(crate) struct DistributionFiles {
    pub(crate) accounts: Accounts,
    pub(crate) folders: Vec<ListedFolder>,
    /// Path and target.
    pub(crate) links: Vec<(String, String)>,
}

impl Distributions {
    pub(crate) fn builtin() -> Self {
        // A test proves that it can be read.
        serde_json::from_str(include_str!("../../data/rootfs/distribution_files.json")).unwrap_or_default()
    }

    /// What an image has of its distribution's release. Of the users only root and nobody where the distribution is
    /// not known; an image without a shell has no folders, only root, and `nonroot` if it is one of distroless or
    /// Chainguard.
    pub(crate) fn of(&self, facts: &BaseFacts) -> DistributionFiles {
        let id = facts.distro.get("id").map_or("", String::as_str);
        let release = DottedVersion::read(facts.distro.get("version").map_or("", String::as_str));
        let mut files = DistributionFiles::default();
        if facts.shell.is_none() {
            files.accounts = accounts_without_shell(facts);
            return files;
        }
        for set in self.distributions.iter().filter(|set| set.distro.iter().any(|own| own == id)) {
            if release.is_within(set.since.as_deref(), set.until.as_deref()) {
                set.passwd.iter().for_each(|line| files.accounts.add_user(line));
                set.group.iter().for_each(|line| files.accounts.add_group(line));
                set.homes.iter().for_each(|user| files.accounts.add_home(user));
                let folders = set.folders.iter().flat_map(|line| alternatives(line, facts, &release));
                files.folders.extend(folders.map(|line| ListedFolder::read(&line)));
                files.links.extend(set.links.iter().map(|(path, target)| (path.clone(), target.clone())));
            }
        }
        if files.accounts.is_empty() {
            let shell = if facts.bash { "/bin/bash" } else { "/bin/sh" };
            files.accounts.add_user(&format!("root:x:0:0:root:/root:{shell}"));
            files.accounts.add_user("nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin");
            files.accounts.add_group("root:x:0:");
            files.accounts.add_group("nobody:x:65534:");
        }
        files
    }
}

fn accounts_without_shell(facts: &BaseFacts) -> Accounts {
    let mut accounts = Accounts::default();
    accounts.add_user("root:x:0:0:root:/root:/sbin/nologin");
    accounts.add_group("root:x:0:");
    if facts.name.contains("distroless") || facts.name.contains("chainguard") {
        accounts.add_user("nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin");
        accounts.add_user("nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin");
        accounts.add_group("nobody:x:65534:");
        accounts.add_group("nonroot:x:65532:");
    }
    accounts
}
