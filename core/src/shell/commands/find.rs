//! find and xargs.

use super::{has, only, options, value};
use crate::fs::{FsError, Kind, Node, Special, Time, Tree, path};
use crate::shell::Shell;

/// Words of one command that xargs or `-exec … +` makes.
const MOST_WORDS: usize = 5_000;

/// A test or an action of find.
enum Part {
    Name(String, bool),
    Path(String),
    Type(char),
    Perm(u32, char),
    Empty,
    /// Units, bytes of a unit, and `+`, `-` or `=`: sizes are rounded up to units.
    Size(u64, u64, char),
    /// By name or number.
    User(String),
    Group(String),
    /// Who runs find may read (4), write (2) or execute (1) it.
    May(u32),
    Links(u64),
    Regex(Box<super::regex::Regex>),
    /// What a symbolic link leads to.
    Target(String),
    Printf(Vec<Piece>),
    Quit,
    Always,
    Print(&'static str),
    Delete,
    Exec(Vec<String>),
    /// As `Exec`, if somebody agrees.
    Ask(Vec<String>),
    ExecAll(Vec<String>),
    Prune,
    Never,
    /// Written to after this.
    Newer(Time),
    /// Count, seconds of a unit, and `+`, `-` or `=`: ages are rounded down to units.
    Age(i64, i64, char),
    /// Under the same number.
    Same(u64),
    /// Nobody has the owner's or the group's number.
    Nobody(&'static str),
}

/// A part of a `-printf` format: text, or what is told of the file.
enum Piece {
    Text(String),
    Field(char),
    /// The time of modification in a format of strftime.
    Date(String),
}

/// Reads a format; `None` for fields that are not modelled.
fn pieces(format: &str) -> Option<Vec<Piece>> {
    let mut all = Vec::new();
    let mut text = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '%' { chars.next() } else { None }) {
            ('%', Some('%')) => text.push('%'),
            ('%', Some(field @ ('t' | 'T'))) => {
                all.push(Piece::Text(super::unescape(&std::mem::take(&mut text))));
                all.push(Piece::Date(match (field, if field == 'T' { chars.next()? } else { ' ' }) {
                    ('t', _) => "%a %b %e %H:%M:%S.%N0 %Y".into(),
                    (_, '@') => "%s.%N0".into(),
                    (_, '+') => "%Y-%m-%d+%H:%M:%S.%N0".into(),
                    (_, second @ ('S' | 'T' | 'X')) => format!("%{second}.%N0"),
                    (_, other) => format!("%{other}"),
                }));
            }
            ('%', Some(field)) => {
                all.push(Piece::Text(super::unescape(&std::mem::take(&mut text))));
                all.push(Piece::Field(Some(field).filter(|field| "pPfhsmuUgGyldin".contains(*field))?));
            }
            (c, _) => text.push(c),
        }
    }
    all.push(Piece::Text(super::unescape(&text)));
    Some(all)
}

/// What find is asked, as a tree.
enum Expr {
    Part(Part),
    Not(Box<Expr>),
    All(Vec<Expr>),
    Any(Vec<Expr>),
}

impl Expr {
    /// Whether something is done with what is found, so that it is not printed by itself.
    fn acts(&self) -> bool {
        match self {
            Expr::Part(part) => matches!(
                part,
                Part::Print(_)
                    | Part::Printf(_)
                    | Part::Delete
                    | Part::Exec(_)
                    | Part::Ask(_)
                    | Part::ExecAll(_)
                    | Part::Quit
            ),
            Expr::Not(inner) => inner.acts(),
            Expr::All(all) | Expr::Any(all) => all.iter().any(Expr::acts),
        }
    }
}

pub(super) fn find(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words = argv.get(1..).unwrap_or(&[]);
    let mut links = Links::Never;
    while let Some((word, rest)) = words.split_first() {
        links = match word.as_str() {
            "-L" => Links::All,
            "-H" => Links::Named,
            "-P" => Links::Never,
            _ => break,
        };
        words = rest;
    }
    let split = words.iter().position(|word| word.starts_with(['-', '(', '!'])).unwrap_or(words.len());
    let mut tops: Vec<String> = words.get(..split).unwrap_or(&[]).to_vec();
    if tops.is_empty() {
        tops.push(".".into());
    }
    let mut reader = Reader {
        shell,
        words: words.get(split..).unwrap_or(&[]).iter().peekable(),
        min: 0,
        max: usize::MAX,
        syntax: Syntax::Emacs,
        wrong: None,
    };
    let read = reader.any(0).filter(|_| reader.words.peek().is_none());
    let (min, max, wrong) = (reader.min, reader.max, reader.wrong);
    if let Some(Wrong::NotThere(name, error)) = wrong {
        let what = if shell.dialect() == "ash" { name } else { format!("‘{name}’") };
        return shell.complain("find", &what, &error);
    }
    let Some(asked) = read else {
        return match wrong {
            // busybox shows all its help beside it.
            Some(Wrong::Unknown(word)) if shell.dialect() != "ash" => {
                shell.err(format!("find: unknown predicate `{word}'\n"));
                1
            }
            Some(Wrong::Lonely(word)) => {
                shell.err(match shell.dialect() {
                    "ash" => format!("find: {word} requires an argument\n"),
                    _ => format!("find: missing argument to `{word}'\n"),
                });
                1
            }
            _ => {
                shell.gap("unmodelled-option", format!("find {}", words.join(" ")));
                0
            }
        };
    };
    let acts = asked.acts();
    let mut status = 0;
    let mut quits = false;
    let mut out = String::new();
    let mut gathered: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for top in &tops {
        let real = match shell.fs.lstat(&shell.cwd, top) {
            Ok((real, node)) => {
                if matches!(node.kind, Kind::Dir { partial: true }) {
                    shell.gap("partial-listing", top);
                }
                real
            }
            Err(_) if shell.fs.may_hide(&shell.cwd, top) => {
                shell.gap("unlisted-file", top);
                continue;
            }
            Err(error) => {
                let what = if shell.dialect() == "ash" { top.to_string() } else { format!("‘{top}’") };
                status = shell.complain("find", &what, &error);
                continue;
            }
        };
        let mut found = Vec::new();
        collect(&shell.fs, &real, top, 0, links, &mut Vec::new(), &mut found);
        if words.iter().any(|word| word == "-depth" || word == "-delete") {
            // What is in a folder comes before it.
            found.sort_by_key(|(key, ..)| format!("{key}/\u{10ffff}"));
        }
        let mut pruned: Vec<String> = Vec::new();
        for (key, shown, depth) in found {
            if depth < min || depth > max || pruned.iter().any(|above| path::is_within(&key, above)) {
                continue;
            }
            let follows = links == Links::All || links == Links::Named && depth == 0;
            let seen = shell.fs.stat("/", &key).ok().filter(|_| follows).map(|(_, node)| node);
            let Some(node) = seen.or_else(|| shell.fs.get(&key)).cloned().filter(|_| !quits) else { continue };
            let mut turn = Turn {
                shell: &mut *shell,
                key: &key,
                shown: &shown,
                node: &node,
                out: &mut out,
                gathered: &mut gathered,
                pruned: &mut pruned,
                depth,
                top,
                quits: &mut quits,
            };
            if turn.matches(&asked) && !acts {
                out.push_str(&format!("{shown}\n"));
            }
        }
    }
    // What was printed comes before what -exec … + prints at the end.
    shell.out(out);
    for (command, paths) in gathered {
        for piece in paths.chunks(MOST_WORDS) {
            let argv: Vec<String> = command.iter().cloned().chain(piece.iter().cloned()).collect();
            if shell.run_argv(&argv) != 0 {
                status = 1;
            }
        }
    }
    status
}

/// Which links find follows: `-P`, `-H`, `-L`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    Never,
    Named,
    All,
}

/// Most paths that are looked at where links are followed: they may lead to the same folders again and again.
const MOST_FOLLOWED: usize = 200_000;

/// The paths at and below one: where each is, as it is shown, and how deep.
fn collect(
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
    let Some(folder) = folder.filter(|folder| !above.contains(folder) && found.len() < MOST_FOLLOWED) else { return };
    let names: Vec<String> = fs.children(&folder).iter().map(|(name, _)| (*name).to_string()).collect();
    above.push(folder.clone());
    for name in names {
        let below = format!("{}/{name}", shown.trim_end_matches('/'));
        let below = if shown == "/" { format!("/{name}") } else { below };
        collect(fs, &path::join(&folder, &name), &below, depth + 1, links, above, found);
    }
    above.pop();
}

/// The syntax of `-regex`, Emacs' if nothing else is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Syntax {
    Emacs,
    Basic,
    Extended,
}

impl Syntax {
    fn named(name: &str) -> Option<Syntax> {
        Some(match name {
            "emacs" | "findutils-default" => Syntax::Emacs,
            "posix-basic" | "ed" | "sed" | "grep" | "posix-minimal-basic" => Syntax::Basic,
            "posix-extended" | "egrep" | "posix-egrep" | "awk" | "posix-awk" | "gnu-awk" => Syntax::Extended,
            _ => return None,
        })
    }

    /// An expression for a whole path, and whether it is one of the extended ones.
    fn whole(self, pattern: &str) -> (String, bool) {
        match self {
            Syntax::Basic => (format!("^\\({pattern}\\)$"), false),
            Syntax::Extended => (format!("^({pattern})$"), true),
            // `+` and `?` repeat as in the extended ones; groups, alternatives and bounds have a backslash.
            Syntax::Emacs => {
                let mut out = String::new();
                let mut chars = pattern.chars();
                while let Some(c) = chars.next() {
                    match c {
                        '\\' => match chars.next() {
                            Some(c @ ('(' | ')' | '|')) => out.push(c),
                            Some(c) => out.extend(['\\', c]),
                            None => out.push_str("\\\\"),
                        },
                        '(' | ')' | '|' | '{' | '}' => out.extend(['\\', c]),
                        c => out.push(c),
                    }
                }
                (format!("^({out})$"), true)
            }
        }
    }
}

/// Bytes that are gathered before they are printed.
const FLUSH: usize = 1 << 16;
/// Brackets within brackets.
const MAX_NESTING: u32 = 30;

/// Why find does not begin.
enum Wrong {
    /// A file that is named and not there.
    NotThere(String, FsError),
    /// A word that asks for nothing.
    Unknown(String),
    /// A word without the one that belongs to it.
    Lonely(String),
}

/// Words that ask with the help of the next one.
const WITH_ARGUMENT: &str = "-newer -newermm -newermt -samefile -mtime -mmin -name -iname -path -wholename -type -perm \
    -size -uid -user -gid -group -links -lname -regextype -regex -iregex -printf -maxdepth -mindepth -exec";
/// Words that GNU's find has and that have no model.
const NOT_MODELLED: &str = "-amin -anewer -atime -cmin -cnewer -context -ctime -daystart -execdir -files0-from -fls \
    -follow -fprint -fprint0 -fprintf -fstype -ilname -inum -ipath -iwholename -ls -noleaf -nowarn -okdir -used \
    -warn -xtype -ignore_readdir_race -noignore_readdir_race -help --help -version --version";

/// Reads what find is asked. `None` for what is not modelled.
struct Reader<'w> {
    shell: &'w Shell,
    words: std::iter::Peekable<std::slice::Iter<'w, String>>,
    min: usize,
    max: usize,
    /// How expressions are written.
    syntax: Syntax,
    /// What find itself would refuse.
    wrong: Option<Wrong>,
}

impl Reader<'_> {
    /// The file that the next word names.
    fn file(&mut self) -> Option<&Node> {
        let name = self.words.next()?;
        match self.shell.fs.stat(&self.shell.cwd, name) {
            Ok((_, node)) => Some(node),
            Err(error) => {
                self.wrong = Some(Wrong::NotThere(name.clone(), error));
                None
            }
        }
    }

    /// `+N`, `-N` or `N`, the next word.
    fn count(&mut self) -> Option<(i64, char)> {
        let word = self.words.next()?;
        let sign = word.chars().next().filter(|c| "+-".contains(*c));
        Some((word.trim_start_matches(['+', '-']).parse().ok()?, sign.unwrap_or('=')))
    }

    /// Alternatives, up to a closing bracket or the end.
    fn any(&mut self, depth: u32) -> Option<Expr> {
        if depth > MAX_NESTING {
            return None;
        }
        let mut any = Vec::new();
        let mut all = Vec::new();
        loop {
            match self.words.peek().map(|word| word.as_str()) {
                None | Some(")") => break,
                Some("-o" | "-or") => {
                    self.words.next();
                    any.push(Expr::All(std::mem::take(&mut all)));
                }
                Some("-a" | "-and") => {
                    self.words.next();
                }
                Some(_) => all.push(self.one(depth)?),
            }
        }
        any.push(Expr::All(all));
        Some(Expr::Any(any))
    }

    fn one(&mut self, depth: u32) -> Option<Expr> {
        match self.words.peek().map(|word| word.as_str())? {
            "!" | "-not" if depth <= MAX_NESTING => {
                self.words.next();
                Some(Expr::Not(Box::new(self.one(depth + 1)?)))
            }
            "(" => {
                self.words.next();
                let inner = self.any(depth + 1)?;
                (self.words.next().map(String::as_str) == Some(")")).then_some(inner)
            }
            _ => self.part().map(Expr::Part),
        }
    }

    fn part(&mut self) -> Option<Part> {
        let word = self.words.next()?;
        let is_of = |list: &str| list.split_whitespace().any(|known| known == word);
        if is_of(WITH_ARGUMENT) && self.words.peek().is_none() {
            self.wrong = Some(Wrong::Lonely(word.clone()));
            return None;
        }
        match word.as_str() {
            "-newer" | "-newermm" => return self.file().map(|node| Part::Newer(node.modified)),
            "-samefile" => return self.file().map(|node| Part::Same(node.ino())),
            "-mtime" => return self.count().map(|(count, sign)| Part::Age(count, 86_400, sign)),
            "-mmin" => return self.count().map(|(count, sign)| Part::Age(count, 60, sign)),
            _ => {}
        }
        let words = &mut self.words;
        Some(match word.as_str() {
            "-newermt" => match super::dates::read(words.next()?) {
                super::dates::Read::At(time) => Part::Newer(time),
                _ => return None,
            },
            "-nouser" => Part::Nobody("/etc/passwd"),
            "-nogroup" => Part::Nobody("/etc/group"),
            "-false" => Part::Never,
            "-name" => Part::Name(words.next()?.clone(), false),
            "-iname" => Part::Name(words.next()?.to_lowercase(), true),
            "-path" | "-wholename" => Part::Path(words.next()?.clone()),
            "-type" => Part::Type(words.next()?.chars().next()?),
            "-perm" => {
                let text = words.next()?;
                let kind = text.chars().next().filter(|c| "-/+".contains(*c)).unwrap_or('=');
                Part::Perm(u32::from_str_radix(text.trim_start_matches(['-', '/', '+']), 8).ok()?, kind)
            }
            "-empty" => Part::Empty,
            "-size" => {
                let text = words.next()?;
                let (sign, rest) = match text.chars().next()? {
                    sign @ ('+' | '-') => (sign, text.get(1..)?),
                    _ => ('=', text.as_str()),
                };
                let digits = rest.trim_end_matches(|c: char| c.is_ascii_alphabetic());
                let unit = match rest.get(digits.len()..)? {
                    "" | "b" => 512,
                    "c" => 1,
                    "w" => 2,
                    "k" => 1 << 10,
                    "M" => 1 << 20,
                    "G" => 1 << 30,
                    _ => return None,
                };
                Part::Size(digits.parse().ok()?, unit, sign)
            }
            "-uid" | "-user" => Part::User(words.next()?.clone()),
            "-gid" | "-group" => Part::Group(words.next()?.clone()),
            "-executable" => Part::May(1),
            "-writable" => Part::May(2),
            "-readable" => Part::May(4),
            "-links" => Part::Links(words.next()?.parse().ok()?),
            "-lname" => Part::Target(words.next()?.clone()),
            "-regextype" => {
                self.syntax = Syntax::named(words.next()?)?;
                Part::Always
            }
            "-regex" | "-iregex" => {
                let pattern = words.next()?;
                // busybox has POSIX's basic ones.
                let syntax = if self.shell.dialect() == "ash" { Syntax::Basic } else { self.syntax };
                let (whole, extended) = syntax.whole(pattern);
                let fold = word == "-iregex";
                Part::Regex(Box::new(super::regex::compile(&whole, extended, fold)?))
            }
            "-printf" => Part::Printf(pieces(words.next()?)?),
            "-quit" => Part::Quit,
            "-maxdepth" => {
                self.max = words.next()?.parse().ok()?;
                Part::Always
            }
            "-mindepth" => {
                self.min = words.next()?.parse().ok()?;
                Part::Always
            }
            "-xdev" | "-mount" | "-depth" | "-true" => Part::Always,
            "-print" => Part::Print("\n"),
            "-print0" => Part::Print("\0"),
            "-delete" => Part::Delete,
            "-prune" => Part::Prune,
            "-exec" | "-ok" => {
                let asks = word == "-ok";
                let mut command = Vec::new();
                loop {
                    let word = words.next()?;
                    if word == ";" {
                        break if asks { Part::Ask(command) } else { Part::Exec(command) };
                    }
                    if word == "+" && command.last().is_some_and(|last| last == "{}") {
                        command.pop();
                        break Part::ExecAll(command);
                    }
                    command.push(word.clone());
                }
            }
            _ => {
                if !is_of(NOT_MODELLED) && !word.starts_with("-newer") {
                    self.wrong = Some(Wrong::Unknown(word.clone()));
                }
                return None;
            }
        })
    }
}

/// One path and what may be done with it.
struct Turn<'t> {
    shell: &'t mut Shell,
    key: &'t str,
    shown: &'t str,
    node: &'t Node,
    out: &'t mut String,
    gathered: &'t mut Vec<(Vec<String>, Vec<String>)>,
    pruned: &'t mut Vec<String>,
    depth: usize,
    /// The argument below which it was found.
    top: &'t str,
    quits: &'t mut bool,
}

impl Turn<'_> {
    /// Whether a name or number means this id.
    fn is_id(&self, id: u32, file: &str, name: &str) -> bool {
        super::ownership::id(&self.shell.fs, file, name).or_else(|| name.parse().ok()) == Some(id)
    }

    fn field(&self, field: char) -> String {
        let name =
            |file: &str, id: u32| super::identity::name_of(self.shell, file, id).unwrap_or_else(|| id.to_string());
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

    fn matches(&mut self, asked: &Expr) -> bool {
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
                            super::dates::shown(self.shell, self.node.modified, format, "find -printf")
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
                let age = super::dates::least_age(self.node.modified);
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
                super::identity::name_of(self.shell, file, id).is_none()
            }
        }
    }
}

/// Words of xargs' input: quotes and backslashes keep blanks.
fn quoted_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(mark), c) if c == mark => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

pub(super) fn xargs(shell: &mut Shell, argv: &[String]) -> i32 {
    // Options end where the command begins: its own options are not xargs'.
    let takes = "nIPLsda";
    let mut end = 1;
    while let Some(word) = argv.get(end).filter(|word| word.starts_with('-') && word.len() > 1) {
        let last = word.chars().last().unwrap_or(' ');
        let takes_next = takes.contains(last) && word.chars().count() == 2;
        end += if takes_next { 2 } else { 1 };
    }
    let (flags, _) = options(argv.get(..end).unwrap_or(argv), takes);
    only(shell, "xargs", &flags, &["n", "I", "r", "0", "P", "t", "L", "no-run-if-empty", "null", "d", "a"]);
    let mut command: Vec<String> = argv.get(end..).unwrap_or(&[]).to_vec();
    if command.is_empty() {
        command.push("echo".into());
    }
    let input = match value(&flags, &["a"]) {
        None => std::mem::take(&mut shell.stdin),
        Some(name) => match super::streams::inputs(shell, "xargs", &[name.to_string()]) {
            (all, status) if all.is_empty() => return status,
            (all, _) => all.into_iter().flat_map(|(_, bytes)| bytes).collect(),
        },
    };
    let text = String::from_utf8_lossy(&input).into_owned();
    let mark = value(&flags, &["I"]).map(str::to_string);
    let words: Vec<String> = match (has(&flags, &["0", "null"]), &mark, value(&flags, &["d"])) {
        (true, ..) => text.split('\0').filter(|word| !word.is_empty()).map(str::to_string).collect(),
        (_, _, Some(end)) => {
            let end = super::printf::unescape(end);
            text.trim_end_matches(&*end).split(&*end).map(str::to_string).collect()
        }
        (_, Some(_), _) => {
            text.lines().map(|line| line.trim_start().to_string()).filter(|line| !line.is_empty()).collect()
        }
        _ => quoted_words(&text),
    };
    if words.is_empty()
        && (has(&flags, &["r", "no-run-if-empty"]) || mark.is_some() || shell.dialect() == "ash" && has(&flags, &["r"]))
    {
        return 0;
    }
    let most = value(&flags, &["n"]).and_then(|text| text.parse().ok()).unwrap_or(MOST_WORDS).max(1);
    let calls: Vec<Vec<String>> = match &mark {
        Some(mark) => {
            words.iter().map(|word| command.iter().map(|part| part.replace(mark.as_str(), word)).collect()).collect()
        }
        None if words.is_empty() => vec![command],
        None => words.chunks(most).map(|piece| command.iter().chain(piece).cloned().collect()).collect(),
    };
    let mut status = 0;
    for argv in calls {
        if has(&flags, &["t"]) {
            shell.err(format!("{}\n", argv.join(" ")));
        }
        let name = argv.first().map_or("", String::as_str);
        if super::lookup::is_missing(shell, name) {
            shell.err(format!("xargs: {name}: No such file or directory\n"));
            return 127;
        }
        match shell.run_argv(&argv) {
            0 => {}
            code @ (126 | 127) => return code,
            // What a command ends with to stop it.
            255 => {
                shell.err(format!("xargs: {name}: exited with status 255; aborting\n"));
                return 124;
            }
            _ => status = 123,
        }
    }
    status
}
