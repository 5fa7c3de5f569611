//! Users and groups of a base image: those of its distribution's release, and those that its family adds.

use super::dotted_version::DottedVersion;
use crate::image::BaseFacts;
use serde::Deserialize;

/// What `data/rootfs/accounts.json` holds.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct DistributionAccounts {
    distributions: Vec<ReleaseAccounts>,
}

/// The accounts of some releases of some distributions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseAccounts {
    /// `ID` of /etc/os-release.
    distro: Vec<String>,
    /// The first release that has them.
    since: Option<String>,
    /// The first release that does not have them any more.
    until: Option<String>,
    /// Lines of /etc/passwd.
    #[serde(default)]
    passwd: Vec<String>,
    /// Lines of /etc/group.
    #[serde(default)]
    group: Vec<String>,
    /// Users with a home that was made for them.
    #[serde(default)]
    homes: Vec<String>,
}

/// The lines of /etc/passwd and /etc/group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accounts {
    passwd: Vec<String>,
    group: Vec<String>,
    homes: Vec<String>,
}

impl DistributionAccounts {
    pub(crate) fn builtin() -> Self {
        // A test proves that it can be read.
        serde_json::from_str(include_str!("../../data/rootfs/accounts.json")).unwrap_or_default()
    }

    /// The accounts of the release that an image is built on; only root and nobody where the distribution is not
    /// known, and beside them `nonroot` in an image without a shell.
    pub(crate) fn of(&self, facts: &BaseFacts) -> Accounts {
        let id = facts.distro.get("id").map_or("", String::as_str);
        let release = DottedVersion::read(facts.distro.get("version").map_or("", String::as_str));
        let has_no_shell = facts.shell.is_none();
        let id = if has_no_shell { "" } else { id };
        let mut accounts = Accounts::default();
        for set in self.distributions.iter().filter(|set| set.distro.iter().any(|own| own == id)) {
            if release.is_within(set.since.as_deref(), set.until.as_deref()) {
                set.passwd.iter().for_each(|line| accounts.add_user(line));
                set.group.iter().for_each(|line| accounts.add_group(line));
                accounts.homes.extend(set.homes.iter().cloned());
            }
        }
        if accounts.passwd.is_empty() {
            let shell = match (has_no_shell, facts.bash) {
                (true, _) => "/sbin/nologin",
                (false, true) => "/bin/bash",
                (false, false) => "/bin/sh",
            };
            accounts.add_user(&format!("root:x:0:0:root:/root:{shell}"));
            accounts.add_user("nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin");
            accounts.add_group("root:x:0:");
            accounts.add_group("nobody:x:65534:");
        }
        if has_no_shell {
            accounts.add_user("nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin");
            accounts.add_group("nonroot:x:65532:");
        }
        accounts
    }
}

impl Accounts {
    /// Adds a line of /etc/passwd, in the place of an account with the same name.
    pub(crate) fn add_user(&mut self, line: &str) {
        add(&mut self.passwd, line);
    }

    /// Adds a line of /etc/group, in the place of a group with the same name.
    pub(crate) fn add_group(&mut self, line: &str) {
        add(&mut self.group, line);
    }

    /// Removes a user and the group of the same name.
    pub(crate) fn remove(&mut self, name: &str) {
        self.passwd.retain(|line| field(line, 0) != Some(name));
        self.group.retain(|line| field(line, 0) != Some(name));
        self.homes.retain(|own| own != name);
    }

    /// A home is made for a user as the distribution's tool makes it.
    pub(crate) fn add_home(&mut self, name: &str) {
        self.homes.push(name.to_string());
    }

    /// Users whose homes were made as the distribution's tool makes them.
    pub(crate) fn homes(&self) -> &[String] {
        &self.homes
    }

    /// The number, the group's number and the home of a user.
    pub(crate) fn user(&self, name: &str) -> Option<(u32, u32, &str)> {
        let line = self.passwd.iter().find(|line| field(line, 0) == Some(name))?;
        Some((field(line, 2)?.parse().ok()?, field(line, 3)?.parse().ok()?, field(line, 5)?))
    }

    /// The number of a group.
    pub(crate) fn group(&self, name: &str) -> Option<u32> {
        let line = self.group.iter().find(|line| field(line, 0) == Some(name))?;
        field(line, 2)?.parse().ok()
    }

    /// The numbers of an owner as `chown` is given it: `node`, `node:staff`, `1000:0`. A name alone stands for its
    /// user and that user's group.
    pub(crate) fn owner(&self, text: &str) -> Option<(u32, u32)> {
        let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
        let (uid, own_group) = match user.parse() {
            Ok(uid) => (uid, 0),
            Err(_) => self.user(user).map(|(uid, gid, _)| (uid, gid))?,
        };
        let gid = match group {
            Some(group) => group.parse().ok().or_else(|| self.group(group))?,
            None => own_group,
        };
        Some((uid, gid))
    }

    /// The text of /etc/passwd.
    pub(crate) fn passwd_text(&self) -> String {
        self.passwd.iter().map(|line| format!("{line}\n")).collect()
    }

    /// The text of /etc/group.
    pub(crate) fn group_text(&self) -> String {
        self.group.iter().map(|line| format!("{line}\n")).collect()
    }
}

fn field(line: &str, index: usize) -> Option<&str> {
    line.split(':').nth(index)
}

fn add(lines: &mut Vec<String>, line: &str) {
    match lines.iter_mut().find(|own| field(own, 0) == field(line, 0)) {
        Some(own) => *own = line.to_string(),
        None => lines.push(line.to_string()),
    }
}
