//! Users and groups of a root, from its /etc/passwd and /etc/group, as runc reads them.

use super::credentials::Credentials;
use super::pathname_resolution::{look_up, read_text};
use super::root::Root;

impl Credentials {
    /// The credentials of `USER` and `--user`: `name` or `uid`, either with `:group`; empty for root.
    ///
    /// As runc's `GetExecUser`: a name must be in passwd, a number need not. Without `:group` the user gets its primary
    /// group and the groups that list it. An invalid number in passwd counts as 0, and of a number of more than 32 bits the
    /// lower 32 bits count.
    ///
    /// # Errors
    /// The name that passwd or group lacks, or the number that is out of range.
    pub fn of(root: &dyn Root, user: &str) -> Result<Self, String> {
        let mut words = user.split(':');
        let (name, group) = (words.next().unwrap_or(""), words.next().filter(|group| !group.is_empty()));
        let passwd = read_text(root, "/etc/passwd");
        // Without a user it is user 0.
        let number = if name.is_empty() { Some(0) } else { name.parse::<i64>().ok() };
        let entry = find(&passwd, name, number);
        let in_range = |number: i64, said: &str| {
            u32::try_from(number).ok().filter(|id| *id < 1 << 31).ok_or_else(|| said.to_string())
        };
        let (uid, own_group) = match (&entry, number) {
            (Some(entry), _) => (id(entry, 2), id(entry, 3)),
            (None, Some(number)) => (in_range(number, name)?, 0),
            (None, None) => return Err(name.to_string()),
        };
        let table = read_text(root, "/etc/group");
        if let Some(group) = group {
            let number = group.parse::<i64>().ok();
            let gid = match (find(&table, group, number), number) {
                (Some(listed), _) => id(&listed, 2),
                (None, Some(number)) => in_range(number, group)?,
                (None, None) => return Err(group.to_string()),
            };
            return Ok(Credentials::new(uid, gid));
        }
        let own_name = entry.as_ref().and_then(|line| line.first().copied()).unwrap_or("");
        let member = |line: &Vec<&str>| line.get(3).is_some_and(|list| list.split(',').any(|one| one == own_name));
        let groups = lines(&table).filter(|line| !own_name.is_empty() && member(line));
        let groups = groups.map(|line| id(&line, 2)).collect();
        Ok(Credentials { uid, gid: own_group, groups })
    }

    /// The home directory that an engine sets: from passwd, else `/`, `/root` for root.
    pub fn home(&self, root: &dyn Root) -> String {
        let passwd = read_text(root, "/etc/passwd");
        let uid = self.uid.to_string();
        let entry = passwd.lines().map(fields).find(|line| line.get(2) == Some(&uid.as_str()));
        let home = entry.and_then(|line| line.get(5).copied()).filter(|home| !home.is_empty());
        home.unwrap_or(if self.uid == 0 { "/root" } else { "/" }).to_string()
    }
}

fn fields(line: &str) -> Vec<&str> {
    line.split(':').collect()
}

/// The lines of passwd or group as runc reads them.
fn lines(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table.lines().map(str::trim).filter(|line| !line.is_empty()).map(fields)
}

/// The first line of that number, or of that name if it is no number.
fn find<'t>(table: &'t str, name: &str, number: Option<i64>) -> Option<Vec<&'t str>> {
    lines(table).find(|line| match number {
        Some(number) => integer(line, 2) == number,
        None => line.first() == Some(&name),
    })
}

/// A field as runc's `parseLine` reads it: 0 if it is no number, the nearest one if it is too large.
fn integer(line: &[&str], index: usize) -> i64 {
    use std::num::IntErrorKind;
    let read = line.get(index).map_or(Ok(0), |field| field.parse::<i64>());
    read.unwrap_or_else(|error| match error.kind() {
        IntErrorKind::PosOverflow => i64::MAX,
        IntErrorKind::NegOverflow => i64::MIN,
        _ => 0,
    })
}

/// A field as the number of a user or group: an engine keeps the lower 32 bits.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as the engine does")]
fn id(line: &[&str], index: usize) -> u32 {
    integer(line, index) as u32
}

/// Whether /etc/passwd and /etc/group of a root list all users and groups.
pub(crate) fn lists_accounts(root: &dyn Root) -> bool {
    lists_all_accounts(root, "/etc/passwd") && lists_all_accounts(root, "/etc/group")
}

/// Whether an account file of a root, /etc/passwd or /etc/group, lists all users or groups: its content is known, and
/// neither something without a model nor a file of the image that is not listed may have added one.
pub(crate) fn lists_all_accounts(root: &dyn Root, file: &str) -> bool {
    let is_known = match look_up(root, &Credentials::default(), "/", file) {
        Ok((_, node)) => node.content().is_some_and(|content| content.bytes().is_some()),
        Err(_) => !root.may_hide(file),
    };
    root.is_listed_in_full() && is_known
}

/// The id of a user or group: a number, or a name from /etc/passwd or /etc/group.
pub(crate) fn id_of_name(fs: &crate::fs::Tree, file: &str, name: &str) -> Option<u32> {
    if let Ok(number) = name.parse() {
        return Some(number);
    }
    let (_, node) = fs.stat("/", file).ok()?;
    let text = String::from_utf8_lossy(node.content()?.bytes()?).into_owned();
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1).and_then(|id| id.parse().ok())).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{Content, Tree};

    #[test]
    fn users_are_read_as_an_engine_reads_them() {
        let mut tree = Tree::new();
        tree.mkdir("/etc", 0o755, 0, 0).unwrap();
        let passwd = "root:x:0:0::/root:/bin/sh\n  toor:x:0:0\nword:x:zero:9\nshort\nbig:x:4294967296:4294967297\n\
                      huge:x:99999999999999999999:1\n7:x:8:8\nplain:x:1000:1001::/home:/bin/sh\n";
        tree.write("/etc/passwd", Content::inline(passwd.as_bytes()), 0o644, 0, 0).unwrap();
        let group = "wheel:x:0:plain\ncrew:x:20:plain,toor\nodd:x:none:\n";
        tree.write("/etc/group", Content::inline(group.as_bytes()), 0o644, 0, 0).unwrap();
        let of = |user: &str| Credentials::of(&tree, user).map(|who| (who.uid, who.gid));
        for (user, ids) in [
            ("", (0, 0)),
            (":", (0, 0)),
            ("00", (0, 0)),
            ("+0", (0, 0)),
            ("-0", (0, 0)),
            ("00:00", (0, 0)),
            ("toor", (0, 0)),
            ("word", (0, 9)),
            ("short", (0, 0)),
            ("big", (0, 1)),
            ("huge", (u32::MAX, 1)),
            ("plain", (1000, 1001)),
            ("plain:", (1000, 1001)),
            ("plain:wheel", (1000, 0)),
            ("plain:odd", (1000, 0)),
            ("1000", (1000, 1001)),
            ("+1000:20:x", (1000, 20)),
            ("7", (7, 0)),
            ("8:5", (8, 5)),
        ] {
            assert_eq!(of(user), Ok(ids), "{user:?}");
        }
        for user in ["nobody", " 0", "0x0", "-1", "2147483648", "plain:none", "4294967297"] {
            assert!(of(user).is_err(), "{user:?}: {:?}", of(user));
        }
        assert_eq!(&*Credentials::of(&tree, "plain").unwrap().groups, [0, 20]);
    }
}
