//! The users and groups of a base image.

/// The lines of /etc/passwd and /etc/group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accounts {
    passwd: Vec<String>,
    group: Vec<String>,
    homes: Vec<String>,
}

impl Accounts {
    /// Whether there is no user.
    pub(crate) fn is_empty(&self) -> bool {
        self.passwd.is_empty()
    }

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
