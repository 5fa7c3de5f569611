//! Evaluates the expression of `find` for one path: tests and actions.

use super::parse_expression::{Expr, Part, Piece};
use crate::fs::{Kind, Node, Special, Time, path};
use crate::shell::Shell;

/// The number of bytes that are buffered before they are printed.
const FLUSH: usize = 1 << 16;

/// A path that find visits.
pub(crate) struct FoundPath<'t> {
    pub(crate) shell: &'t mut Shell,
    pub(crate) key: &'t str,
    pub(crate) shown: &'t str,
    pub(crate) node: &'t Node,
    pub(crate) out: &'t mut String,
    pub(crate) gathered: &'t mut Vec<(Vec<String>, Vec<String>)>,
    pub(crate) pruned: &'t mut Vec<String>,
    pub(crate) depth: usize,
    /// The argument below which it was found.
    pub(crate) top: &'t str,
    pub(crate) quits: &'t mut bool,
}

impl FoundPath<'_> {
    /// Whether a name or number means this id.
    fn is_id(&self, id: u32, file: &str, name: &str) -> bool {
        crate::exec::id_of_name(&self.shell.fs, file, name).or_else(|| name.parse().ok()) == Some(id)
    }

    fn field(&self, field: char) -> String {
        let name = |file: &str, id: u32| {
            crate::commands::coreutils::id::name_of(self.shell, file, id).unwrap_or_else(|| id.to_string())
        };
        let below = self.shown.strip_prefix(self.top).unwrap_or(self.shown).trim_start_matches('/');
        match (field, &self.node.kind) {
            ('p', _) => self.shown.into(),
            ('P', _) => below.into(),
            ('f', _) => path::file_name(self.shown.trim_end_matches('/')).into(),
            ('h', _) => self.shown.rsplit_once('/').map_or(".", |(folder, _)| folder).into(),
            ('s', Kind::File(content)) if content.len_known => content.len.to_string(),
            ('s', Kind::File(_)) => "?".into(),
            ('s', Kind::Symlink(target)) => target.len().to_string(),
            // A folder's size is its file system's matter: a block of ext4's stands in.
            ('s', _) => "4096".into(),
            ('m', _) => format!("{:o}", self.node.mode),
            ('u', _) => name("/etc/passwd", self.node.uid),
            ('U', _) => self.node.uid.to_string(),
            ('g', _) => name("/etc/group", self.node.gid),
            ('G', _) => self.node.gid.to_string(),
            ('y', Kind::File(_)) => "f".into(),
            ('y', Kind::Dir { .. }) => "d".into(),
            ('y', Kind::Symlink(_)) => "l".into(),
            ('y', Kind::Special(Special::Fifo)) => "p".into(),
            ('y', Kind::Special(Special::CharDevice)) => "c".into(),
            ('y', Kind::Special(Special::BlockDevice)) => "b".into(),
            ('l', Kind::Symlink(target)) => target.to_string(),
            ('d', _) => self.depth.to_string(),
            ('i', _) => self.node.ino().to_string(),
            ('n', _) => self.node.links().to_string(),
            _ => String::new(),
        }
    }

    pub(crate) fn matches(&mut self, asked: &Expr) -> bool {
        match asked {
            Expr::Part(part) => self.holds(part),
            Expr::Not(inner) => !self.matches(inner),
            Expr::All(all) => all.iter().all(|one| self.matches(one)),
            Expr::Any(any) => any.iter().any(|one| self.matches(one)),
        }
    }

    fn holds(&mut self, part: &Part) -> bool {
        let name = path::file_name(self.shown.trim_end_matches('/'));
        match part {
            Part::Name(pattern, fold) => {
                let name = if *fold { name.to_lowercase() } else { name.to_string() };
                crate::fs::shell_matches(pattern, &name)
            }
            // A star of -path goes over slashes.
            Part::Path(pattern) => {
                crate::fs::shell_matches(&pattern.replace('/', "\u{1}"), &self.shown.replace('/', "\u{1}"))
            }
            Part::Type(kind) => matches!(
                (kind, &self.node.kind),
                ('f', Kind::File(_))
                    | ('d', Kind::Dir { .. })
                    | ('l', Kind::Symlink(_))
                    | ('p' | 'c' | 'b', Kind::Special(_))
            ),
            Part::Perm(bits, '=') => self.node.mode == *bits,
            Part::Perm(bits, '-') => self.node.mode & bits == *bits,
            Part::Perm(bits, _) => self.node.mode & bits != 0,
            Part::User(name) => self.is_id(self.node.uid, "/etc/passwd", name),
            Part::Group(name) => self.is_id(self.node.gid, "/etc/group", name),
            Part::May(bit) => {
                // A link is asked for what it leads to.
                let real = self.shell.fs.stat("/", self.key);
                real.is_ok_and(|(_, node)| self.shell.user.may(node, *bit))
            }
            Part::Links(count) => u64::from(self.node.links()) == *count,
            Part::Regex(regex) => regex.is_match(self.shown),
            Part::Target(pattern) => match &self.node.kind {
                Kind::Symlink(target) => crate::fs::shell_matches(pattern, target),
                _ => false,
            },
            Part::Printf(format) => {
                let text: String = format
                    .iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => text.clone(),
                        Piece::Field(field) => self.field(*field),
                        Piece::Date(format) => {
                            crate::shell::file_dates::shown(self.shell, self.node.modified, format, "find -printf")
                        }
                    })
                    .collect();
                self.out.push_str(&text);
                // The shell bounds what is printed.
                if self.out.len() > FLUSH {
                    let printed = std::mem::take(self.out);
                    self.shell.out(printed);
                }
                true
            }
            Part::Quit => {
                *self.quits = true;
                true
            }
            Part::Empty => match &self.node.kind {
                Kind::Dir { partial } => !partial && self.shell.fs.children(self.key).is_empty(),
                Kind::File(content) => content.len_known && content.len == 0,
                _ => false,
            },
            Part::Size(count, unit, sign) => {
                let size = self.node.content().map_or(0, |content| content.len).div_ceil(*unit);
                match sign {
                    '+' => size > *count,
                    '-' => size < *count,
                    _ => size == *count,
                }
            }
            Part::Print(end) => {
                self.out.push_str(&format!("{}{end}", self.shown));
                true
            }
            Part::Delete => self.key != "/" && self.shell.fs.remove(self.key).is_ok(),
            Part::Prune => {
                self.pruned.push(self.key.to_string());
                true
            }
            Part::Exec(command) => {
                let argv: Vec<String> = command.iter().map(|word| word.replace("{}", self.shown)).collect();
                // What the command prints comes behind what was printed before.
                let before = std::mem::take(self.out);
                self.shell.out(before);
                self.shell.run_argv(&argv) == 0
            }
            Part::Ask(command) => {
                // Nobody answers.
                let argv: Vec<&str> = command.iter().map(String::as_str).collect();
                self.shell.err(format!("< {} ... {} > ? ", argv.first().unwrap_or(&""), self.shown));
                false
            }
            Part::ExecAll(command) => {
                match self.gathered.iter_mut().find(|(known, _)| known == command) {
                    Some((_, paths)) => paths.push(self.shown.to_string()),
                    None => self.gathered.push((command.clone(), vec![self.shown.to_string()])),
                }
                true
            }
            Part::Always => true,
            Part::Never => false,
            Part::Newer(than) => self.node.modified > *than,
            Part::Age(count, unit, sign) => {
                let age = crate::shell::file_dates::least_age(self.node.modified);
                // A longer age than the least one may change the answer, unless it was written just now.
                let certain = matches!(self.node.modified, Time::Now(_))
                    || age.is_some_and(|age| *sign != '=' && age / unit > *count);
                if !certain {
                    self.shell.gap("no-clock", "find");
                }
                let age = age.map_or(i64::MAX, |age| age / unit);
                match sign {
                    '+' => age > *count,
                    '-' => age < *count,
                    _ => age == *count,
                }
            }
            Part::Same(ino) => self.node.ino() == *ino,
            Part::Nobody(file) => {
                let id = if *file == "/etc/passwd" { self.node.uid } else { self.node.gid };
                crate::commands::coreutils::id::name_of(self.shell, file, id).is_none()
            }
        }
    }
}
