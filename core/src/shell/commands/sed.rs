//! sed: the commands that Dockerfiles use (s, d, p, q, a, i, c, =, y), with addresses.

use super::filters::write_to;
use super::print::inputs;
use super::{has, options, regex};
use crate::shell::Shell;
use regex_lite::Regex;

/// Where a command applies.
enum Address {
    Line(usize),
    Last,
    Fits(Regex),
}

struct Command {
    from: Option<Address>,
    to: Option<Address>,
    not: bool,
    verb: Verb,
}

enum Verb {
    Substitute { find: Regex, with: Vec<Piece>, all: bool, nth: usize, print: bool },
    Delete,
    Print,
    Quit,
    Append(String),
    Insert(String),
    Change(String),
    Number,
    Group(Vec<Command>),
}

/// A part of a replacement.
enum Piece {
    Text(String),
    Group(usize),
}

/// Reads scripts.
struct Reader<'s> {
    rest: &'s str,
    extended: bool,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..)?;
        Some(c)
    }

    fn skip(&mut self, wanted: &[char]) {
        self.rest = self.rest.trim_start_matches(wanted);
    }

    /// Up to a sign that is not escaped; the escaped sign comes without its backslash.
    fn until(&mut self, end: char) -> Option<String> {
        let mut text = String::new();
        let mut in_class = false;
        loop {
            match self.next()? {
                '\\' => match self.next()? {
                    c if c == end && !"|+?(){}".contains(c) => text.push(c),
                    'n' => text.push_str("\\n"),
                    c => text.extend(['\\', c]),
                },
                c if c == end && !in_class => return Some(text),
                c => {
                    in_class = c == '[' && !in_class || in_class && c != ']';
                    text.push(c);
                }
            }
        }
    }

    fn address(&mut self) -> Option<Option<Address>> {
        let first = self.rest.chars().next();
        match first {
            Some('0'..='9') => {
                let digits = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                let number = self.rest.get(..digits)?.parse().ok()?;
                self.rest = self.rest.get(digits..)?;
                Some(Some(Address::Line(number)))
            }
            Some('$') => {
                self.next();
                Some(Some(Address::Last))
            }
            Some('/') => {
                self.next();
                let pattern = self.until('/')?;
                Some(Some(Address::Fits(regex::compile(&pattern, self.extended, false)?)))
            }
            Some('\\') => {
                self.next();
                let end = self.next()?;
                let pattern = self.until(end)?;
                Some(Some(Address::Fits(regex::compile(&pattern, self.extended, false)?)))
            }
            _ => Some(None),
        }
    }

    fn commands(&mut self, nested: usize) -> Option<Vec<Command>> {
        let mut all = Vec::new();
        loop {
            self.skip(&[' ', '\t', '\n', ';']);
            if self.rest.is_empty() {
                return (nested == 0).then_some(all);
            }
            if self.rest.starts_with('}') {
                self.next();
                return (nested > 0).then_some(all);
            }
            if self.rest.starts_with('#') {
                self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
                continue;
            }
            let from = self.address()?;
            let mut to = None;
            if self.rest.starts_with(',') {
                self.next();
                to = self.address()?;
            }
            self.skip(&[' ']);
            let not = self.rest.starts_with('!');
            self.skip(&['!', ' ']);
            let verb = self.verb(nested)?;
            all.push(Command { from, to, not, verb });
        }
    }

    fn verb(&mut self, nested: usize) -> Option<Verb> {
        Some(match self.next()? {
            's' => {
                let end = self.next()?;
                let pattern = self.until(end)?;
                let with = self.until(end)?;
                let (mut all, mut nth, mut ignore, mut print) = (false, 1, false, false);
                while let Some(c) = self.rest.chars().next().filter(|c| c.is_ascii_alphanumeric()) {
                    match c {
                        'g' => all = true,
                        'i' | 'I' => ignore = true,
                        'p' => print = true,
                        '1'..='9' => nth = c.to_digit(10)? as usize,
                        _ => return None,
                    }
                    self.next();
                }
                let find = regex::compile(&pattern, self.extended, ignore)?;
                Verb::Substitute { find, with: replacement(&with), all, nth, print }
            }
            'd' => Verb::Delete,
            'p' => Verb::Print,
            'q' => Verb::Quit,
            '=' => Verb::Number,
            '{' if nested < 8 => Verb::Group(self.commands(nested + 1)?),
            verb @ ('a' | 'i' | 'c') => {
                self.skip(&[' ', '\t']);
                if self.rest.starts_with("\\\n") {
                    self.rest = self.rest.get(2..)?;
                } else if self.rest.starts_with('\\') {
                    self.next();
                }
                let (text, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
                let text = super::print::unescape(text);
                self.rest = rest;
                match verb {
                    'a' => Verb::Append(text),
                    'i' => Verb::Insert(text),
                    _ => Verb::Change(text),
                }
            }
            _ => return None,
        })
    }
}

fn replacement(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let group = match c {
            '&' => Some(0),
            '\\' => match chars.next() {
                Some(digit @ '0'..='9') => digit.to_digit(10).map(|digit| digit as usize),
                Some('n') => {
                    plain.push('\n');
                    None
                }
                Some('t') => {
                    plain.push('\t');
                    None
                }
                Some(other) => {
                    plain.push(other);
                    None
                }
                None => None,
            },
            c => {
                plain.push(c);
                None
            }
        };
        if let Some(group) = group {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(Piece::Group(group));
        }
    }
    pieces.push(Piece::Text(plain));
    pieces
}

/// One line on its way through the script.
struct Line {
    text: String,
    number: usize,
    is_last: bool,
    deleted: bool,
    quit: bool,
    before: String,
    after: String,
    printed: String,
}

/// Whether each range command is inside its range, by the command's place.
type Inside = std::collections::BTreeMap<*const Command, bool>;

fn applies(command: &Command, line: &Line, inside: &mut Inside) -> bool {
    let fits = |address: &Address| match address {
        Address::Line(number) => *number == line.number,
        Address::Last => line.is_last,
        Address::Fits(regex) => regex.is_match(&line.text),
    };
    let found = match (&command.from, &command.to) {
        (None, _) => true,
        (Some(from), None) => fits(from),
        (Some(from), Some(to)) => {
            let key: *const Command = command;
            if inside.get(&key).copied().unwrap_or(false) {
                inside.insert(key, !fits(to));
                true
            } else if fits(from) {
                let over = matches!(to, Address::Line(end) if *end <= line.number);
                inside.insert(key, !over);
                true
            } else {
                false
            }
        }
    };
    found != command.not
}

fn run(commands: &[Command], line: &mut Line, inside: &mut Inside) {
    for command in commands {
        if line.deleted || line.quit || !applies(command, line, inside) {
            continue;
        }
        match &command.verb {
            Verb::Substitute { find, with, all, nth, print } => {
                if let Some(text) = substitute(&line.text, find, with, *all, *nth) {
                    line.text = text;
                    if *print {
                        line.printed.push_str(&format!("{}\n", line.text));
                    }
                }
            }
            Verb::Delete => line.deleted = true,
            Verb::Print => line.printed.push_str(&format!("{}\n", line.text)),
            Verb::Quit => line.quit = true,
            Verb::Number => line.before.push_str(&format!("{}\n", line.number)),
            Verb::Append(text) => line.after.push_str(&format!("{text}\n")),
            Verb::Insert(text) => line.before.push_str(&format!("{text}\n")),
            Verb::Change(text) => {
                line.before.push_str(&format!("{text}\n"));
                line.deleted = true;
            }
            Verb::Group(commands) => run(commands, line, inside),
        }
    }
}

fn substitute(text: &str, find: &Regex, with: &[Piece], all: bool, nth: usize) -> Option<String> {
    let mut out = String::new();
    let mut end = 0;
    let mut done = false;
    for (count, found) in find.captures_iter(text).enumerate() {
        let Some(whole) = found.get(0) else { continue };
        if count + 1 < nth || done && !all {
            continue;
        }
        done = true;
        out.push_str(text.get(end..whole.start()).unwrap_or(""));
        for piece in with {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Group(group) => out.push_str(found.get(*group).map_or("", |group| group.as_str())),
            }
        }
        end = whole.end();
    }
    out.push_str(text.get(end..).unwrap_or(""));
    done.then_some(out)
}

pub(super) fn sed(shell: &mut Shell, argv: &[String]) -> i32 {
    // `-i.bak` carries its value in the same word; a bare `-i` takes none.
    let mut backup = None;
    let words: Vec<String> = argv
        .iter()
        .map(|word| match word.strip_prefix("-i").filter(|rest| rest.starts_with('.')) {
            Some(suffix) => {
                backup = Some(suffix.to_string());
                "-i".to_string()
            }
            None => word.clone(),
        })
        .collect();
    let (flags, mut operands) = options(&words, "ef");
    super::only(
        shell,
        "sed",
        &flags,
        &["e", "n", "i", "E", "r", "regexp-extended", "in-place", "expression", "quiet", "s"],
    );
    let mut scripts: Vec<String> = flags
        .iter()
        .filter(|(flag, _)| flag == "e" || flag == "expression")
        .filter_map(|(_, value)| value.clone())
        .collect();
    if scripts.is_empty() {
        if operands.is_empty() {
            shell.err("sed: no script\n");
            return 1;
        }
        scripts.push(operands.remove(0));
    }
    let script = scripts.join("\n");
    let mut reader = Reader { rest: &script, extended: has(&flags, &["E", "r", "regexp-extended"]) };
    let Some(commands) = reader.commands(0) else {
        shell.gap("unmodelled-option", format!("sed: the script {script}"));
        return 0;
    };
    let quiet = has(&flags, &["n", "quiet"]);
    let in_place = has(&flags, &["i", "in-place"]);
    let (all, status) = inputs(shell, "sed", &operands);
    let mut whole: Vec<(String, Vec<u8>)> = all;
    if !in_place && whole.len() > 1 {
        let bytes = whole.into_iter().flat_map(|(_, bytes)| bytes).collect();
        whole = vec![("-".into(), bytes)];
    }
    for (name, bytes) in whole {
        let out = edited(&commands, &bytes, quiet);
        if !in_place {
            shell.out(out);
            continue;
        }
        if let Some(suffix) = &backup {
            write_to(shell, "sed", &format!("{name}{suffix}"), bytes, false);
        }
        replace(shell, &name, out.into_bytes());
    }
    status
}

/// A new file takes the old one's place, with its mode and owner.
fn replace(shell: &mut Shell, name: &str, bytes: Vec<u8>) {
    let Ok((place, node)) = shell.fs.stat(&shell.cwd, name) else { return };
    let (mode, uid, gid) = (node.mode, node.uid, node.gid);
    let _ = shell.fs.remove(&place);
    let _ = shell.fs.write(&place, crate::fs::Content::inline(bytes), mode, uid, gid);
}

fn edited(commands: &[Command], bytes: &[u8], quiet: bool) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    let mut inside = Inside::new();
    let mut out = String::new();
    for (index, text_line) in lines.iter().enumerate() {
        let mut line = Line {
            text: (*text_line).to_string(),
            number: index + 1,
            is_last: index + 1 == lines.len(),
            deleted: false,
            quit: false,
            before: String::new(),
            after: String::new(),
            printed: String::new(),
        };
        run(commands, &mut line, &mut inside);
        out.push_str(&line.before);
        out.push_str(&line.printed);
        if !quiet && !line.deleted {
            out.push_str(&line.text);
            // A last line without its end stays so.
            if !line.is_last || text.ends_with('\n') {
                out.push('\n');
            }
        }
        out.push_str(&line.after);
        if line.quit {
            break;
        }
    }
    out
}
