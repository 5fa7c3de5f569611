//! Parses the expression of `find`: tests, actions and operators.

use super::regex_type::RegexType;
use crate::fs::{FsError, Node, Time};
use crate::shell::Shell;

/// A test or an action of find.
pub(crate) enum Part {
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
    Regex(Box<crate::shell::regex::Regex>),
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
pub(crate) enum Piece {
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
                all.push(Piece::Text(crate::shell::escapes::unescape(&std::mem::take(&mut text))));
                all.push(Piece::Date(match (field, if field == 'T' { chars.next()? } else { ' ' }) {
                    ('t', _) => "%a %b %e %H:%M:%S.%N0 %Y".into(),
                    (_, '@') => "%s.%N0".into(),
                    (_, '+') => "%Y-%m-%d+%H:%M:%S.%N0".into(),
                    (_, second @ ('S' | 'T' | 'X')) => format!("%{second}.%N0"),
                    (_, other) => format!("%{other}"),
                }));
            }
            ('%', Some(field)) => {
                all.push(Piece::Text(crate::shell::escapes::unescape(&std::mem::take(&mut text))));
                all.push(Piece::Field(Some(field).filter(|field| "pPfhsmuUgGyldin".contains(*field))?));
            }
            (c, _) => text.push(c),
        }
    }
    all.push(Piece::Text(crate::shell::escapes::unescape(&text)));
    Some(all)
}

/// The expression of find as a tree.
pub(crate) enum Expr {
    Part(Part),
    Not(Box<Expr>),
    All(Vec<Expr>),
    Any(Vec<Expr>),
}

impl Expr {
    /// Whether something is done with what is found, so that it is not printed by itself.
    pub(crate) fn acts(&self) -> bool {
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

/// Brackets within brackets.
const MAX_NESTING: u32 = 30;

/// Why the expression is refused.
pub(crate) enum ParseError {
    /// A file in the expression does not exist.
    NoSuchFile(String, FsError),
    /// An unknown predicate.
    Unknown(String),
    /// A predicate without its argument.
    MissingArgument(String),
}

/// Words that ask with the help of the next one.
const WITH_ARGUMENT: &str = "-newer -newermm -newermt -samefile -mtime -mmin -name -iname -path -wholename -type -perm \
    -size -uid -user -gid -group -links -lname -regextype -regex -iregex -printf -maxdepth -mindepth -exec";
/// Words that GNU's find has and that have no model.
const NOT_MODELLED: &str = "-amin -anewer -atime -cmin -cnewer -context -ctime -daystart -execdir -files0-from -fls \
    -follow -fprint -fprint0 -fprintf -fstype -ilname -inum -ipath -iwholename -ls -noleaf -nowarn -okdir -used \
    -warn -xtype -ignore_readdir_race -noignore_readdir_race -help --help -version --version";

/// The parser of expressions. It returns `None` for what is not modelled.
pub(crate) struct Reader<'w> {
    pub(crate) shell: &'w Shell,
    pub(crate) words: std::iter::Peekable<std::slice::Iter<'w, String>>,
    pub(crate) min: usize,
    pub(crate) max: usize,
    /// How expressions are written.
    pub(crate) syntax: RegexType,
    /// What find itself would refuse.
    pub(crate) parse_error: Option<ParseError>,
}

impl Reader<'_> {
    /// The file that the next word names.
    fn file(&mut self) -> Option<&Node> {
        let name = self.words.next()?;
        match self.shell.fs.stat(&self.shell.cwd, name) {
            Ok((_, node)) => Some(node),
            Err(error) => {
                self.parse_error = Some(ParseError::NoSuchFile(name.clone(), error));
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
    pub(crate) fn any(&mut self, depth: u32) -> Option<Expr> {
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
            self.parse_error = Some(ParseError::MissingArgument(word.clone()));
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
            "-newermt" => match crate::commands::coreutils::parse_datetime::read(words.next()?) {
                crate::commands::coreutils::parse_datetime::ParsedDate::At(time) => Part::Newer(time),
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
                self.syntax = RegexType::named(words.next()?)?;
                Part::Always
            }
            "-regex" | "-iregex" => {
                let pattern = words.next()?;
                // busybox has POSIX's basic ones.
                let syntax = if self.shell.dialect() == "ash" { RegexType::Basic } else { self.syntax };
                let (whole, extended) = syntax.whole(pattern);
                let fold = word == "-iregex";
                Part::Regex(Box::new(crate::shell::regex::compile(&self.shell.effort, &whole, extended, fold)?))
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
                    self.parse_error = Some(ParseError::Unknown(word.clone()));
                }
                return None;
            }
        })
    }
}
