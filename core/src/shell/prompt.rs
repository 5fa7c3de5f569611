//! The prompt of a shell at a terminal: `PS1` with `\u`, `\h` and `\w`, what an image's shell shows where it is not
//! set, and "I have no name!".

use super::Shell;
use super::language::Language;

impl Shell {
    /// The name of the user in /etc/passwd; what bash says where there is none.
    fn login_name(&self) -> String {
        let passwd = self.fs.stat("/", "/etc/passwd").ok().and_then(|(_, node)| node.content()?.bytes());
        let passwd = String::from_utf8_lossy(passwd.unwrap_or(&[])).into_owned();
        let uid = self.user.uid.to_string();
        let is_own = |line: &&str| line.split(':').nth(2) == Some(uid.as_str());
        match passwd.lines().find(is_own).and_then(|line| line.split(':').next()) {
            Some(name) => name.to_string(),
            None if self.user.uid == 0 => "root".into(),
            None => "I have no name!".into(),
        }
    }

    /// The prompt: PS1 if it is set, or else what the shell of the image shows. `release` is the ID of os-release.
    pub(crate) fn prompt(&self, release: &str) -> String {
        let is_root = self.user.uid == 0;
        let usual = match (self.language(), release) {
            // /etc/bash.bashrc of Debian and Ubuntu, /etc/bashrc of Red Hat's family; bash's own has its version.
            (Language::Bash, "debian" | "ubuntu") => "\\u@\\h:\\w\\$ ",
            (Language::Bash, "fedora" | "rhel" | "centos" | "almalinux" | "rocky" | "amzn" | "ol") => {
                "[\\u@\\h \\W]\\$ "
            }
            (Language::Bash, _) => "\\s\\$ ",
            (Language::Ash, _) => "\\w \\$ ",
            (Language::Dash, _) if is_root => "# ",
            (Language::Dash, _) => "$ ",
        };
        let template = self.var("PS1").unwrap_or(usual);
        let expands = self.language() != Language::Dash;
        let home = self.var("HOME").filter(|home| home.len() > 1).unwrap_or("");
        let folder = match self.cwd.strip_prefix(home) {
            Some(rest) if !home.is_empty() && (rest.is_empty() || rest.starts_with('/')) => format!("~{rest}"),
            _ => self.cwd.clone(),
        };
        let mut prompt = String::new();
        let mut letters = template.chars();
        while let Some(letter) = letters.next() {
            if letter != '\\' || !expands {
                prompt.push(letter);
                continue;
            }
            match letters.next() {
                Some('u') => prompt.push_str(&self.login_name()),
                Some('h' | 'H') => prompt.push_str(self.hostname.as_deref().unwrap_or("localhost")),
                Some('w') => prompt.push_str(&folder),
                Some('W') => prompt.push_str(match folder.rsplit('/').next() {
                    Some("") | None => "/",
                    Some(last) => last,
                }),
                Some('s') => prompt.push_str(self.name.rsplit('/').next().unwrap_or("bash")),
                Some('$') => prompt.push(if is_root { '#' } else { '$' }),
                Some('n') => prompt.push('\n'),
                Some('[' | ']' | 'e' | 'a') | None => {}
                Some(other) => prompt.push(other),
            }
        }
        prompt
    }
}
