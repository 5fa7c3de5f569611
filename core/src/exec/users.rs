//! Who starts a program: names and groups from the root's own passwd and group files.

use super::root::{Root, look_up};
use crate::fs::Node;
use std::sync::Arc;

/// As whom a program is started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// Supplementary groups.
    pub groups: Arc<[u32]>,
}

impl Credentials {
    /// A user with one group.
    pub fn new(uid: u32, gid: u32) -> Self {
        Credentials { uid, gid, groups: Arc::from([]) }
    }

    /// Whether they may do with a node what `bit` (4 read, 2 write, 1 execute) stands for.
    pub fn may(&self, node: &Node, bit: u32) -> bool {
        let gid = if self.groups.contains(&node.gid) { node.gid } else { self.gid };
        node.allows(self.uid, gid, bit)
    }

    /// What `USER` and `--user` mean: `name`, `uid`, either with `:group`; nothing is root.
    ///
    /// As runc's `GetExecUser`: a number need not be in passwd, a name must; without `:group` the
    /// user's own group and the groups that list them count.
    ///
    /// # Errors
    /// The name that passwd or group does not have.
    pub fn of(root: &dyn Root, user: &str) -> Result<Self, String> {
        let (name, group) = user.split_once(':').map_or((user, None), |(name, group)| (name, Some(group)));
        let passwd = text(root, "/etc/passwd");
        let line = |wanted: &str| passwd.lines().map(fields).find(|line| is(line, wanted));
        let wanted = if name.is_empty() { "0" } else { name };
        let entry = line(wanted);
        let number = |index: usize| entry.as_ref().and_then(|line| line.get(index)?.parse().ok());
        let uid = wanted.parse().ok().or_else(|| number(2)).ok_or_else(|| name.to_string())?;
        let own_group = if name.is_empty() { 0 } else { number(3).unwrap_or(0) };
        let table = text(root, "/etc/group");
        if let Some(group) = group {
            let listed = table.lines().map(fields).find(|line| is(line, group));
            let gid = listed.and_then(|line| line.get(2)?.parse().ok()).or_else(|| group.parse().ok());
            return Ok(Credentials::new(uid, gid.ok_or_else(|| group.to_string())?));
        }
        let own_name = entry.as_ref().and_then(|line| line.first().copied()).unwrap_or("");
        let member = |line: &Vec<&str>| line.get(3).is_some_and(|list| list.split(',').any(|one| one == own_name));
        let groups = table.lines().map(fields).filter(|line| !own_name.is_empty() && member(line));
        let groups = groups.filter_map(|line| line.get(2)?.parse().ok()).collect();
        Ok(Credentials { uid, gid: own_group, groups })
    }

    /// The same with the user's own group among the others.
    pub(crate) fn with_primary_group(mut self) -> Self {
        if !self.groups.contains(&self.gid) {
            self.groups = std::iter::once(self.gid).chain(self.groups.iter().copied()).collect();
        }
        self
    }

    /// The home directory that an engine sets: from passwd, else `/`, `/root` for root.
    pub fn home(&self, root: &dyn Root) -> String {
        let passwd = text(root, "/etc/passwd");
        let uid = self.uid.to_string();
        let entry = passwd.lines().map(fields).find(|line| line.get(2) == Some(&uid.as_str()));
        let home = entry.and_then(|line| line.get(5).copied()).filter(|home| !home.is_empty());
        home.unwrap_or(if self.uid == 0 { "/root" } else { "/" }).to_string()
    }
}

fn fields(line: &str) -> Vec<&str> {
    line.split(':').collect()
}

/// A line of passwd or group, by its name or its number.
fn is(line: &[&str], wanted: &str) -> bool {
    line.first() == Some(&wanted) || line.get(2) == Some(&wanted)
}

/// A small text file; empty if it cannot be read.
pub(super) fn text(root: &dyn Root, path: &str) -> String {
    const MAX: usize = 1 << 20;
    let found = look_up(root, &Credentials::default(), "/", path);
    let bytes = found.ok().and_then(|(_, node)| node.content().map(|content| content.read_at(0, MAX).into_owned()));
    String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
}
