//! sed: a script's commands, and the two spaces that they work in.

mod substitute;

pub(crate) use substitute::Substitution;

use crate::commands::replace_file::change_unknown_content;
use crate::commands::text_inputs::{ended_by, inputs, write_to};
use crate::shell::getopt::{has, options};
use crate::shell::regex;
use crate::shell::regex::Regex;
use crate::shell::{Effort, Shell};
use std::collections::BTreeMap;

/// Where a command applies.
enum Address {
    Line(usize),
    /// So many lines after the first.
    After(usize),
    /// Every so many lines from a first one.
    Step(usize, usize),
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
    Substitute(Substitution),
    Translate(Vec<(char, char)>),
    Delete,
    DeleteFirst,
    Print,
    PrintFirst,
    Quit {
        silently: bool,
        code: i32,
    },
    Next,
    AppendNext,
    Hold,
    HoldMore,
    Get,
    GetMore,
    Exchange,
    Append(String),
    Insert(String),
    Change(String),
    Number,
    Show,
    Read(String),
    Write(String),
    Label(String),
    /// To a label, or to the end; only after a substitution, or only without one.
    Branch(String, Option<bool>),
    /// Up to the command behind its end.
    Group(usize),
    End,
}

/// Reads scripts.
struct Reader<'s> {
    rest: &'s str,
    /// At whose cost expressions are compiled and looked for.
    effort: &'s Effort,
    extended: bool,
    /// The last expression, which an empty one stands for.
    last: Option<Regex>,
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
                if self.rest.starts_with('~') {
                    self.next();
                    return Some(Some(Address::Step(number, self.number()?)));
                }
                Some(Some(Address::Line(number)))
            }
            Some('$') => {
                self.next();
                Some(Some(Address::Last))
            }
            Some('+') => {
                self.next();
                Some(Some(Address::After(self.number()?)))
            }
            Some('/') => {
                self.next();
                let pattern = self.until('/')?;
                self.fits(&pattern)
            }
            Some('\\') => {
                self.next();
                let end = self.next()?;
                let pattern = self.until(end)?;
                self.fits(&pattern)
            }
            _ => Some(None),
        }
    }

    fn fits(&mut self, pattern: &str) -> Option<Option<Address>> {
        let ignore = self.rest.starts_with('I');
        self.skip(&['I']);
        Some(Some(Address::Fits(self.expression(pattern, ignore)?)))
    }

    /// Compiles an expression. An empty one is the last that was used: the one before it in the script.
    fn expression(&mut self, pattern: &str, ignore: bool) -> Option<Regex> {
        if !pattern.is_empty() {
            self.last = Some(regex::compile(self.effort, pattern, self.extended, ignore)?);
        }
        self.last.clone()
    }

    fn number(&mut self) -> Option<usize> {
        let digits = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number = self.rest.get(..digits)?.parse().ok()?;
        self.rest = self.rest.get(digits..)?;
        Some(number)
    }

    /// The rest of a line: a file or a label.
    fn word(&mut self, ends: &[char]) -> String {
        self.skip(&[' ', '\t']);
        let end = self.rest.find(|c| ends.contains(&c)).unwrap_or(self.rest.len());
        let word = self.rest.get(..end).unwrap_or("").trim_end().to_string();
        self.rest = self.rest.get(end..).unwrap_or("");
        word
    }

    /// All commands in a row; a group knows where it ends.
    fn commands(&mut self) -> Option<Vec<Command>> {
        let mut all: Vec<Command> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        loop {
            self.skip(&[' ', '\t', '\n', ';']);
            if self.rest.is_empty() {
                return open.is_empty().then_some(all);
            }
            if self.rest.starts_with('#') {
                self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
                continue;
            }
            let from = self.address()?;
            let mut to = None;
            if self.rest.starts_with(',') {
                self.next();
                self.skip(&[' ']);
                to = self.address()?;
            }
            self.skip(&[' ']);
            let not = self.rest.starts_with('!');
            self.skip(&['!', ' ']);
            let verb = self.verb()?;
            match verb {
                Verb::Group(_) => open.push(all.len()),
                Verb::End => {
                    let (start, end) = (open.pop()?, all.len());
                    if let Some(Command { verb: Verb::Group(place), .. }) = all.get_mut(start) {
                        *place = end;
                    }
                }
                _ => {}
            }
            all.push(Command { from, to, not, verb });
        }
    }

    /// The text of `a`, `i` and `c`, up to the end of the line: a backslash stands before what is meant itself, a
    /// new line among it.
    fn text(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.next().filter(|c| *c != '\n') {
            match c {
                '\\' => match self.next() {
                    Some('t') => text.push('\t'),
                    Some(other) => text.push(other),
                    None => {}
                },
                c => text.push(c),
            }
        }
        text
    }

    fn verb(&mut self) -> Option<Verb> {
        Some(match self.next()? {
            's' => {
                let end = self.next()?;
                let pattern = self.until(end)?;
                let with = self.until(end)?;
                let (mut all, mut nth, mut ignore, mut print, mut file) = (false, 1, false, false, None);
                while let Some(c) = self.rest.chars().next().filter(|c| c.is_ascii_alphanumeric()) {
                    match c {
                        'g' => all = true,
                        'i' | 'I' => ignore = true,
                        'p' => print = true,
                        'w' => {
                            self.next();
                            file = Some(self.word(&['\n']));
                            break;
                        }
                        '1'..='9' => nth = c.to_digit(10)? as usize,
                        _ => return None,
                    }
                    self.next();
                }
                let find = self.expression(&pattern, ignore)?;
                Verb::Substitute(Substitution::new(find, &with, all, nth, print, file))
            }
            'y' => {
                let end = self.next()?;
                let (from, to) = (self.until(end)?, self.until(end)?);
                let plain = |text: String| crate::shell::escapes::unescape(&text).chars().collect::<Vec<char>>();
                let (from, to) = (plain(from), plain(to));
                (from.len() == to.len()).then(|| Verb::Translate(from.into_iter().zip(to).collect()))?
            }
            'd' => Verb::Delete,
            'D' => Verb::DeleteFirst,
            'p' => Verb::Print,
            'P' => Verb::PrintFirst,
            'n' => Verb::Next,
            'N' => Verb::AppendNext,
            'h' => Verb::Hold,
            'H' => Verb::HoldMore,
            'g' => Verb::Get,
            'G' => Verb::GetMore,
            'x' => Verb::Exchange,
            verb @ ('q' | 'Q') => {
                self.skip(&[' ']);
                Verb::Quit { silently: verb == 'Q', code: self.number().unwrap_or(0) as i32 & 255 }
            }
            '=' => Verb::Number,
            'l' => Verb::Show,
            'r' => Verb::Read(self.word(&['\n'])),
            'w' => Verb::Write(self.word(&['\n'])),
            ':' => Verb::Label(self.word(&['\n', ';'])),
            'b' => Verb::Branch(self.word(&['\n', ';', '}']), None),
            't' => Verb::Branch(self.word(&['\n', ';', '}']), Some(true)),
            'T' => Verb::Branch(self.word(&['\n', ';', '}']), Some(false)),
            '{' => Verb::Group(0),
            '}' => Verb::End,
            verb @ ('a' | 'i' | 'c') => {
                self.skip(&[' ', '\t']);
                if self.rest.starts_with("\\\n") {
                    self.rest = self.rest.get(2..)?;
                } else if self.rest.starts_with('\\') {
                    self.next();
                }
                let text = self.text();
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

/// Commands that one run may do: a script can branch for ever.
const MAX_STEPS: u32 = 200_000;
/// Bytes that one run may hold at a time: two commands can double what is held.
const MAX_HELD: usize = 4 << 20;

/// What `l` shows: what cannot be seen as escapes, long lines in pieces.
fn shown(text: &str) -> String {
    const WIDTH: usize = 69;
    let mut out = String::new();
    let mut column = 0;
    for byte in text.bytes() {
        let piece = match byte {
            b'\\' => "\\\\".to_string(),
            7 => "\\a".into(),
            8 => "\\b".into(),
            12 => "\\f".into(),
            b'\n' => "\\n".into(),
            b'\r' => "\\r".into(),
            b'\t' => "\\t".into(),
            11 => "\\v".into(),
            b' '..=b'~' => char::from(byte).to_string(),
            _ => format!("\\{byte:03o}"),
        };
        if column + piece.len() > WIDTH {
            out.push_str("\\\n");
            column = 0;
        }
        column += piece.len();
        out.push_str(&piece);
    }
    out + "$\n"
}

/// A script at work on lines.
struct Editor<'a> {
    commands: &'a [Command],
    lines: Vec<&'a str>,
    /// What lines end with.
    end: char,
    /// How many lines were read.
    number: usize,
    pattern: String,
    hold: String,
    quiet: bool,
    /// Whether the input's last line has its end.
    ends: bool,
    /// For each range whether it is open, and where it began.
    open: BTreeMap<usize, usize>,
    substituted: bool,
    /// What comes behind the line.
    after: String,
    out: String,
    files: BTreeMap<String, String>,
    code: i32,
    steps: u32,
}

/// What comes after a round of the script.
#[derive(PartialEq)]
enum Round {
    Next,
    /// Again, without a new line.
    Again,
    Quit,
}

impl<'a> Editor<'a> {
    fn new(commands: &'a [Command], text: &'a str, quiet: bool, end: char) -> Self {
        Editor {
            commands,
            lines: ended_by(end, text).collect(),
            end,
            number: 0,
            pattern: String::new(),
            hold: String::new(),
            quiet,
            ends: text.ends_with(end),
            open: BTreeMap::new(),
            substituted: false,
            after: String::new(),
            out: String::new(),
            files: BTreeMap::new(),
            code: 0,
            steps: MAX_STEPS,
        }
    }

    fn next_line(&mut self) -> Option<&'a str> {
        let line = self.lines.get(self.number).copied()?;
        self.number += 1;
        Some(line)
    }

    fn is_last(&self) -> bool {
        self.number >= self.lines.len()
    }

    fn applies(&mut self, at: usize, command: &Command) -> bool {
        let fits = |editor: &Self, address: &Address| match address {
            Address::Line(number) => *number == editor.number,
            Address::Step(first, 0) => *first == editor.number,
            Address::Step(first, step) => editor.number >= *first && (editor.number - first).is_multiple_of(*step),
            Address::Last => editor.is_last(),
            Address::Fits(regex) => regex.is_match(&editor.pattern),
            Address::After(_) => false,
        };
        let found = match (&command.from, &command.to) {
            (None, _) => true,
            (Some(from), None) => fits(self, from),
            (Some(from), Some(to)) => match self.open.get(&at).copied() {
                Some(start) => {
                    let over = match to {
                        Address::After(count) => self.number >= start + count,
                        Address::Line(end) => self.number >= *end,
                        other => fits(self, other),
                    };
                    if over {
                        self.open.remove(&at);
                    }
                    // A line number that is past ends a range before this line.
                    !matches!(to, Address::Line(end) if self.number > *end)
                }
                // `0,/expression/` may end on the first line.
                None if matches!(from, Address::Line(0)) && self.number == 1 => {
                    if !fits(self, to) {
                        self.open.insert(at, 1);
                    }
                    true
                }
                None if fits(self, from) => {
                    let over = match to {
                        Address::Line(end) => *end <= self.number,
                        Address::After(count) => *count == 0,
                        _ => false,
                    };
                    if !over {
                        self.open.insert(at, self.number);
                    }
                    true
                }
                None => false,
            },
        };
        found != command.not
    }

    /// Prints the pattern space. A last line without its end stays so.
    fn print(&mut self) {
        self.out.push_str(&self.pattern);
        if !self.is_last() || self.ends {
            self.out.push(self.end);
        }
    }

    fn finish(&mut self) {
        if !self.quiet {
            self.print();
        }
        let after = std::mem::take(&mut self.after);
        self.out.push_str(&after);
    }

    /// Adds the pattern space to what goes to a file.
    fn write(&mut self, file: &str) {
        let line = format!("{}{}", self.pattern, self.end);
        match file {
            "/dev/stdout" => self.out.push_str(&line),
            file => self.files.entry(file.to_string()).or_default().push_str(&line),
        }
    }

    fn round(&mut self, shell: &mut Shell) -> Round {
        let commands = self.commands;
        let mut at = 0;
        while let Some(command) = commands.get(at) {
            let held = self.pattern.len() + self.hold.len();
            if self.steps == 0 || held > MAX_HELD || !shell.effort.spend(held) {
                shell.gap("too-many-steps", "sed");
                return Round::Quit;
            }
            self.steps -= 1;
            let here = at;
            at += 1;
            if !self.applies(here, command) {
                if let Verb::Group(end) = command.verb {
                    at = end + 1;
                }
                continue;
            }
            match &command.verb {
                Verb::Substitute(substitution) => {
                    if let Some(text) = substitution.replace(&self.pattern) {
                        self.pattern = text;
                        self.substituted = true;
                        if substitution.print {
                            self.print();
                        }
                        if let Some(file) = &substitution.file {
                            self.write(file);
                        }
                    }
                }
                Verb::Translate(pairs) => {
                    let other = |c: char| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
                    self.pattern = self.pattern.chars().map(other).collect();
                }
                Verb::Delete => {
                    let after = std::mem::take(&mut self.after);
                    self.out.push_str(&after);
                    return Round::Next;
                }
                Verb::DeleteFirst => {
                    let rest = self.pattern.split_once(self.end).map(|(_, rest)| rest.to_string());
                    match rest {
                        Some(rest) => {
                            self.pattern = rest;
                            return Round::Again;
                        }
                        None => return Round::Next,
                    }
                }
                Verb::Print => {
                    let text = format!("{}{}", self.pattern, self.end);
                    self.out.push_str(&text);
                }
                Verb::PrintFirst => {
                    let first = format!("{}{}", self.pattern.split(self.end).next().unwrap_or(""), self.end);
                    self.out.push_str(&first);
                }
                Verb::Quit { silently, code } => {
                    self.code = *code;
                    if !silently {
                        self.finish();
                    }
                    return Round::Quit;
                }
                Verb::Next => {
                    if self.is_last() {
                        self.finish();
                        return Round::Quit;
                    }
                    self.finish();
                    self.pattern = self.next_line().unwrap_or("").to_string();
                }
                Verb::AppendNext => {
                    let Some(line) = self.next_line() else {
                        self.finish();
                        return Round::Quit;
                    };
                    self.pattern.push(self.end);
                    self.pattern.push_str(line);
                }
                Verb::Hold => self.hold.clone_from(&self.pattern),
                Verb::HoldMore => self.hold = format!("{}{}{}", self.hold, self.end, self.pattern),
                Verb::Get => self.pattern.clone_from(&self.hold),
                Verb::GetMore => self.pattern = format!("{}{}{}", self.pattern, self.end, self.hold),
                Verb::Exchange => std::mem::swap(&mut self.hold, &mut self.pattern),
                Verb::Append(text) => self.after.push_str(&format!("{text}{}", self.end)),
                Verb::Insert(text) => self.out.push_str(&format!("{text}{}", self.end)),
                Verb::Change(text) => {
                    // Of a range only its end shows the text.
                    if command.to.is_none() || !self.open.contains_key(&here) || command.not {
                        self.out.push_str(&format!("{text}{}", self.end));
                    }
                    return Round::Next;
                }
                Verb::Number => {
                    let text = format!("{}\n", self.number);
                    self.out.push_str(&text);
                }
                Verb::Read(name) => match shell.read(name) {
                    Ok(Some(bytes)) => self.after.push_str(&String::from_utf8_lossy(&bytes)),
                    Ok(None) => shell.gap("unknown-content", name),
                    Err(_) => {}
                },
                Verb::Write(name) => self.write(name),
                Verb::Show => {
                    let text = shown(&self.pattern);
                    self.out.push_str(&text);
                }
                Verb::Branch(label, wanted) => {
                    let substituted = self.substituted;
                    if wanted.is_some() {
                        self.substituted = false;
                    }
                    if wanted.is_some_and(|wanted| wanted != substituted) {
                        continue;
                    }
                    let is_it = |command: &Command| matches!(&command.verb, Verb::Label(name) if name == label);
                    at = commands.iter().position(is_it).filter(|_| !label.is_empty()).unwrap_or(commands.len());
                }
                Verb::Label(_) | Verb::Group(_) | Verb::End => {}
            }
        }
        self.finish();
        Round::Next
    }

    /// Edits all lines.
    fn run(&mut self, shell: &mut Shell) {
        while let Some(line) = self.next_line() {
            self.pattern = line.to_string();
            self.substituted = false;
            loop {
                match self.round(shell) {
                    Round::Again => {}
                    Round::Next => break,
                    Round::Quit => return,
                }
            }
        }
    }
}

impl Substitution {
    /// Reads a script that only substitutes, as `tar --transform` takes one.
    pub(crate) fn read(effort: &Effort, script: &str) -> Option<Vec<Self>> {
        let commands = Reader { rest: script, effort, extended: false, last: None }.commands()?;
        let plain = |command: Command| match command {
            Command { from: None, to: None, not: false, verb: Verb::Substitute(one) } => Some(one),
            _ => None,
        };
        commands.into_iter().map(plain).collect()
    }
}

pub(crate) fn sed(shell: &mut Shell, argv: &[String]) -> i32 {
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
    let (mut flags, mut operands) = options(&words, "ef");
    for (flag, value) in &mut flags {
        // `-f file`: the script is there.
        if flag == "f" {
            let file = value.clone().unwrap_or_default();
            *flag = "e".into();
            *value = shell.read(&file).ok().flatten().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    crate::shell::getopt::only(
        shell,
        "sed",
        &flags,
        &[
            "e",
            "n",
            "i",
            "E",
            "r",
            "s",
            "z",
            "u",
            "regexp-extended",
            "in-place",
            "expression",
            "quiet",
            "silent",
            "separate",
            "null-data",
            "unbuffered",
            "posix",
        ],
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
    let extended = has(&flags, &["E", "r", "regexp-extended"]);
    let mut reader = Reader { rest: &script, effort: &shell.effort.clone(), extended, last: None };
    let Some(commands) = reader.commands() else {
        shell.gap("unmodelled-option", format!("sed: the script {script}"));
        return 0;
    };
    let quiet = has(&flags, &["n", "quiet", "silent"]);
    let in_place = has(&flags, &["i", "in-place"]);
    let end = if has(&flags, &["z", "null-data"]) { '\0' } else { '\n' };
    let (all, status) = inputs(shell, "sed", &operands);
    if in_place {
        operands.iter().for_each(|name| change_unknown_content(shell, name));
    }
    let mut whole: Vec<(String, Vec<u8>)> = all;
    if !in_place && whole.len() > 1 {
        let bytes = whole.into_iter().flat_map(|(_, bytes)| bytes).collect();
        whole = vec![("-".into(), bytes)];
    }
    let mut code = status;
    for (name, bytes) in whole {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut editor = Editor::new(&commands, &text, quiet, end);
        editor.run(shell);
        let (out, files) = (std::mem::take(&mut editor.out), std::mem::take(&mut editor.files));
        code = code.max(editor.code);
        for (file, text) in files {
            write_to(shell, "sed", &file, text.into_bytes(), false);
        }
        if !in_place {
            shell.out(out);
            continue;
        }
        if let Some(suffix) = &backup {
            write_to(shell, "sed", &format!("{name}{suffix}"), bytes, false);
        }
        code = code.max(replace(shell, &name, out.into_bytes()));
    }
    code
}

/// A new file takes the old one's place, with its mode and owner.
fn replace(shell: &mut Shell, name: &str, bytes: Vec<u8>) -> i32 {
    let Ok((place, node)) = shell.fs.stat(&shell.cwd, name) else { return 0 };
    let (mode, uid, gid) = (node.mode, node.uid, node.gid);
    let folder = crate::fs::path::parent(&place).to_string();
    let replaced = shell.fs.writable(&folder).and_then(|()| shell.fs.remove(&place));
    if let Err(error) = replaced {
        // Both write beside the file first, under a name that chance decides.
        let words = error.errno.message();
        let busybox = shell.dialect() == "ash";
        shell.err(match (error.errno, busybox) {
            (_, true) if error.errno == crate::fs::Errno::Ebusy => {
                format!("sed: can't move '{place}XXXXXX' to '{place}': {words}\n")
            }
            (_, true) => format!("sed: can't create temp file '{place}XXXXXX': {words}\n"),
            (crate::fs::Errno::Ebusy, _) => format!("sed: cannot rename {folder}/sedXXXXXX: {words}\n"),
            _ => format!("sed: couldn't open temporary file {folder}/sedXXXXXX: {words}\n"),
        });
        return if busybox { 1 } else { 4 };
    }
    let _ = shell.fs.write(&place, crate::fs::Content::inline(bytes), mode, uid, gid);
    0
}
