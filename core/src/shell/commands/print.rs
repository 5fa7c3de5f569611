//! Commands that print: echo, printf, cat, head, wc, pwd, basename, dirname, id, uname …

use super::{has, only, options, value};
use crate::exec::Credentials;
use crate::fs::path;
use crate::shell::Shell;
use crate::shell::state::Language;
use std::iter::Peekable;
use std::str::Chars;

pub(super) fn echo(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words = argv.get(1..).unwrap_or(&[]);
    let dash = shell.language() == Language::Dash;
    let (mut newline, mut escapes) = (true, dash);
    while let Some((first, rest)) = words.split_first() {
        let letters = first.strip_prefix('-').filter(|letters| !letters.is_empty()).unwrap_or("?");
        match letters {
            "n" => newline = false,
            _ if !dash && letters.chars().all(|c| "neE".contains(c)) => {
                newline &= !letters.contains('n');
                escapes = letters.rfind('e') > letters.rfind('E') || (escapes && !letters.contains('E'));
            }
            _ => break,
        }
        words = rest;
    }
    let mut text = words.join(" ");
    if escapes {
        // `\c` ends the output.
        if let Some(at) = find_stop(&text) {
            text.truncate(at);
            newline = false;
        }
        text = if dash { unescape(&without_hex(&text)) } else { unescape(&text) };
    }
    if newline {
        text.push('\n');
    }
    shell.out(text);
    0
}

/// A text whose `\x` stands for itself, as in dash.
fn without_hex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '\\'
            && let Some(next) = chars.next()
        {
            if next == 'x' {
                out.push('\\');
            }
            out.push(next);
        }
    }
    out
}

/// Where `\c` stands.
fn find_stop(text: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && chars.next().is_some_and(|(_, next)| next == 'c') {
            return Some(at);
        }
    }
    None
}

/// What a letter behind a backslash stands for, in every tool alike.
pub(super) fn escaped(letter: char) -> Option<char> {
    Some(match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '"' => '"',
        '\\' => '\\',
        _ => return None,
    })
}

/// The character of a number in a base, whose digits so far are `code`, with at most so many more.
pub(super) fn numbered(chars: &mut Peekable<Chars<'_>>, code: Option<u32>, base: u32, most: usize) -> Option<char> {
    let mut code = code;
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(base)) else { break };
        code = Some(code.unwrap_or(0) * base + digit);
        chars.next();
    }
    char::from_u32(code? & 255)
}

/// `\n`, `\t` and the like, as echo and printf read them.
pub(in crate::shell) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('e') => out.push('\u{1b}'),
            Some('\'') => out.push('\''),
            // `\0NNN` and `\NNN`.
            Some(first @ '0'..='7') => {
                out.extend(numbered(&mut chars, first.to_digit(8), 8, if first == '0' { 3 } else { 2 }));
            }
            Some('x') => match numbered(&mut chars, None, 16, 2) {
                Some(c) => out.push(c),
                None => out.push_str("\\x"),
            },
            Some(other) => match escaped(other) {
                Some(c) => out.push(c),
                None => out.extend(['\\', other]),
            },
            None => out.push('\\'),
        }
    }
    out
}

pub(super) fn printf(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words = argv.get(1..).unwrap_or(&[]);
    let mut variable = None;
    match words {
        [flag, name, rest @ ..] if flag == "-v" && shell.language() == Language::Bash => {
            variable = Some(name.clone());
            words = rest;
        }
        [flag, rest @ ..] if flag == "--" => words = rest,
        _ => {}
    }
    let Some((format, arguments)) = words.split_first() else {
        shell.err("printf: usage: printf format [arguments]\n");
        return 2;
    };
    let mut status = 0;
    let mut text = String::new();
    let mut used = 0;
    let format = match shell.language() {
        Language::Dash => unescape(&without_hex(format)),
        _ => unescape(format),
    };
    loop {
        let mut last = used;
        let mut wrong = Vec::new();
        text.push_str(&formatted(&format, |at, kind| {
            last = used + at + 1;
            let argument = arguments.get(used + at).map_or("", String::as_str);
            if "diuxXofFeEgG".contains(kind) && Spec::default().show(kind, argument).is_none() {
                wrong.push(argument.to_string());
                return Some("0".into());
            }
            Some(argument.to_string())
        }));
        for argument in wrong {
            let prefix = shell.message_prefix();
            shell.err(format!("{prefix}: printf: {argument}: expected numeric value\n"));
            status = 1;
        }
        if text.len() > MAX_TEXT {
            shell.gap("too-much-output", "");
            return 1;
        }
        // The format is used again while arguments are left.
        if last == used || last >= arguments.len() {
            break;
        }
        used = last;
    }
    match variable {
        Some(name) => shell.set_var(&name, text, false),
        None => shell.out(text),
    }
    status
}

/// A format with values in it. `argument` gives the one with a number, for a letter; a format that is
/// cut short stands for itself.
pub(super) fn formatted(format: &str, mut argument: impl FnMut(usize, char) -> Option<String>) -> String {
    let mut text = String::new();
    let mut next = 0;
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        let mut spec = Spec::default();
        while let Some(flag) = chars.next_if(|c| "-0+ #".contains(*c)) {
            spec.flags.push(flag);
        }
        let mut number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            if chars.next_if_eq(&'*').is_some() {
                next += 1;
                return argument(next - 1, 'd').and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
            }
            let mut digits = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            digits.parse().unwrap_or(0)
        };
        spec.width = number(&mut chars).min(MAX_WIDTH);
        if chars.next_if_eq(&'.').is_some() {
            spec.precision = Some(number(&mut chars).min(MAX_WIDTH));
        }
        match chars.next() {
            None | Some('%') => text.push('%'),
            // bash's dates: `%(%F)T`.
            Some('(') if chars.clone().collect::<String>().contains(")T") => {
                let date: String = chars.by_ref().take_while(|c| *c != ')').collect();
                chars.next();
                next += 1;
                let seconds = argument(next - 1, 'T').and_then(|text| text.parse().ok()).unwrap_or(0);
                let date = if date.is_empty() { "%T".to_string() } else { date };
                let date = super::dates::print(seconds, 0, &date).unwrap_or_default();
                text.push_str(&spec.show('s', &date).unwrap_or_default());
            }
            Some(kind) => {
                next += 1;
                let value = argument(next - 1, kind).unwrap_or_default();
                text.push_str(&spec.show(kind, &value).unwrap_or_default());
            }
        }
        if text.len() > MAX_TEXT {
            break;
        }
    }
    text
}

/// Widest field, and most that one printf prints, in bytes.
const MAX_WIDTH: usize = 1000;
const MAX_TEXT: usize = 1 << 20;

/// What stands between `%` and its letter.
#[derive(Default)]
struct Spec {
    flags: String,
    width: usize,
    precision: Option<usize>,
}

impl Spec {
    /// A value in its form; nothing if it should be a number and is none.
    fn show(&self, kind: char, argument: &str) -> Option<String> {
        let integer = || -> Option<i64> {
            let argument = argument.trim_start();
            if let Some(rest) = argument.strip_prefix(['\'', '"']) {
                return Some(rest.chars().next().map_or(0, |c| i64::from(u32::from(c))));
            }
            let (sign, digits) = argument.strip_prefix('-').map_or((1, argument), |rest| (-1, rest));
            let digits = digits.strip_prefix('+').unwrap_or(digits);
            let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
                Some(hex) => i64::from_str_radix(hex, 16).ok()?,
                None if digits.len() > 1 && digits.starts_with('0') => i64::from_str_radix(digits, 8).ok()?,
                None if digits.is_empty() => 0,
                None => digits.parse().ok()?,
            };
            Some(sign * value)
        };
        let float = || if argument.is_empty() { Some(0.0) } else { argument.trim().parse::<f64>().ok() };
        let sign = |negative: bool| match negative {
            true => "-",
            false if self.flags.contains('+') => "+",
            false if self.flags.contains(' ') => " ",
            false => "",
        };
        let digits = |text: String| match self.precision {
            Some(precision) if text.len() < precision => format!("{text:0>precision$}"),
            _ => text,
        };
        let prefix = |text: &'static str| if self.flags.contains('#') { text } else { "" };
        let (lead, body) = match kind {
            'd' | 'i' => {
                let value = integer()?;
                (sign(value < 0), digits(value.unsigned_abs().to_string()))
            }
            'u' => ("", digits((integer()? as u64).to_string())),
            'x' => (prefix("0x"), digits(format!("{:x}", integer()?))),
            'X' => (prefix("0X"), digits(format!("{:X}", integer()?))),
            'o' => (prefix("0"), digits(format!("{:o}", integer()?))),
            'f' | 'F' | 'e' | 'E' | 'g' | 'G' => {
                let value = float()?;
                let shown = float_text(kind, value.abs(), self.precision.unwrap_or(6));
                (sign(value.is_sign_negative()), shown)
            }
            'c' => ("", argument.chars().take(1).collect()),
            'b' => ("", self.cut(unescape(argument))),
            'q' => ("", shell_quoted(argument)),
            _ => ("", self.cut(argument.to_string())),
        };
        let is_number = "diuxXofFeEgG".contains(kind);
        let width = self.width.saturating_sub(lead.chars().count());
        Some(if self.flags.contains('-') {
            format!("{lead}{body:<width$}")
        } else if self.flags.contains('0') && is_number && (self.precision.is_none() || "fFeEgG".contains(kind)) {
            format!("{lead}{body:0>width$}")
        } else {
            let whole = format!("{lead}{body}");
            let width = self.width;
            format!("{whole:>width$}")
        })
    }

    fn cut(&self, text: String) -> String {
        match self.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text,
        }
    }
}

/// A number as C prints it with `%f`, `%e` or `%g`.
pub(super) fn float_text(kind: char, value: f64, precision: usize) -> String {
    let exponential = |value: f64, precision: usize| {
        let text = format!("{value:.precision$e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        (mantissa.to_string(), exponent)
    };
    let joined = |mantissa: &str, exponent: i32| {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:02}", exponent.abs())
    };
    let text = match kind.to_ascii_lowercase() {
        'f' => format!("{value:.precision$}"),
        'e' => {
            let (mantissa, exponent) = exponential(value, precision);
            joined(&mantissa, exponent)
        }
        _ => {
            let precision = precision.max(1);
            let (mantissa, exponent) = exponential(value, precision - 1);
            let trim = |text: &str| match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
                false => text.to_string(),
            };
            if exponent < -4 || exponent >= precision as i32 {
                joined(&trim(&mantissa), exponent)
            } else {
                let places = (precision as i32 - 1 - exponent).max(0) as usize;
                trim(&format!("{value:.places$}"))
            }
        }
    };
    if kind.is_ascii_uppercase() { text.to_uppercase() } else { text }
}

/// A word as a shell can read it again.
fn shell_quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%^".contains(c);
    match word {
        "" => "''".into(),
        _ => word.chars().flat_map(|c| (!plain(c)).then_some('\\').into_iter().chain([c])).collect(),
    }
}

/// What the named files hold, or standard input; files that cannot be read are complained about.
pub(super) fn inputs(shell: &mut Shell, command: &str, names: &[String]) -> (Vec<(String, Vec<u8>)>, i32) {
    let mut status = 0;
    let mut all = Vec::new();
    if names.is_empty() {
        return (vec![("-".into(), std::mem::take(&mut shell.stdin))], 0);
    }
    for name in names {
        if name == "-" {
            all.push((name.clone(), std::mem::take(&mut shell.stdin)));
            continue;
        }
        if name == "/dev/null" {
            all.push((name.clone(), Vec::new()));
            continue;
        }
        match shell.read(name) {
            Ok(Some(bytes)) => all.push((name.clone(), bytes)),
            Ok(None) => shell.gap("unknown-content", name),
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => shell.gap("unlisted-file", name),
            Err(error) => status = shell.complain(command, name, &error),
        }
    }
    (all, status)
}

/// What cannot be seen, in signs: `^M`, `M-C`. Tabs stay.
fn visible(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        let low = byte & 0x7f;
        if byte != low {
            out.push_str("M-");
        }
        match low {
            b'\t' if byte == low => out.push('\t'),
            0..32 => out.extend(['^', char::from(low + 64)]),
            127 => out.push_str("^?"),
            _ => out.push(char::from(low)),
        }
    }
    out
}

pub(super) fn cat(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    const LONG: [(&str, &str); 7] = [
        ("show-nonprinting", "v"),
        ("number", "n"),
        ("number-nonblank", "b"),
        ("squeeze-blank", "s"),
        ("show-ends", "E"),
        ("show-tabs", "T"),
        ("show-all", "A"),
    ];
    let known = ["u", "n", "b", "s", "E", "T", "A", "v", "e", "t"].into_iter().chain(LONG.map(|(long, _)| long));
    only(shell, "cat", &flags, &known.collect::<Vec<_>>());
    let set = |letters: &[&str]| {
        has(&flags, letters) || LONG.iter().any(|(long, short)| letters.contains(short) && has(&flags, &[long]))
    };
    let (all, status) = inputs(shell, "cat", &names);
    if flags.iter().all(|(flag, _)| flag == "u") {
        for (_, bytes) in all {
            shell.out(bytes);
        }
        return status;
    }
    let bytes: Vec<u8> = all.into_iter().flat_map(|(_, bytes)| bytes).collect();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (mut number, mut was_empty) = (0, false);
    for line in text.split_inclusive('\n') {
        let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
        let is_empty = body.is_empty();
        if is_empty && std::mem::replace(&mut was_empty, is_empty) && set(&["s"]) {
            continue;
        }
        was_empty = is_empty;
        let counts = set(&["b"]) && !is_empty || set(&["n"]) && !set(&["b"]);
        number += usize::from(counts);
        let start = if counts { format!("{number:>6}\t") } else { String::new() };
        let body = if set(&["v", "A", "e", "t"]) { visible(body) } else { body.to_string() };
        let body = if set(&["T", "A", "t"]) { body.replace('\t', "^I") } else { body };
        let mark = if set(&["E", "A", "e"]) && !end.is_empty() { "$" } else { "" };
        shell.out(format!("{start}{body}{mark}{end}"));
    }
    status
}

/// `-5` is `-n 5`.
pub(super) fn counted(argv: &[String]) -> Vec<String> {
    let number = |word: &String| {
        let digits = word.strip_prefix('-')?;
        (!digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())).then(|| format!("-n{digits}"))
    };
    let takes = |before: Option<&String>| before.is_some_and(|word| word == "-n" || word == "-c");
    let before = std::iter::once(None).chain(argv.iter().map(Some));
    let word = |(word, before): (&String, Option<&String>)| {
        number(word).filter(|_| !takes(before)).unwrap_or_else(|| word.clone())
    };
    argv.iter().zip(before).map(word).collect()
}

pub(super) fn head(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = counted(argv);
    let (flags, names) = options(&argv, "nc");
    only(shell, "head", &flags, &["n", "c", "q", "lines", "bytes"]);
    let bytewise = value(&flags, &["c", "bytes"]).map(str::to_string);
    let wanted = bytewise.clone().or_else(|| value(&flags, &["n", "lines"]).map(str::to_string));
    let wanted = wanted.unwrap_or_else(|| "10".into());
    // A device without an end gives just what is asked for.
    if let ([device], Some(count)) = (names.as_slice(), bytewise.as_ref().and_then(|text| text.parse::<usize>().ok())) {
        match device.as_str() {
            "/dev/zero" => {
                shell.out(vec![0; count.min(MAX_TEXT)]);
                return 0;
            }
            "/dev/urandom" | "/dev/random" => {
                shell.gap("unknown-output", format!("head {device}"));
                return 0;
            }
            _ => {}
        }
    }
    let (all, status) = inputs(shell, "head", &names);
    let many = all.len() > 1 && !has(&flags, &["q"]);
    for (index, (name, bytes)) in all.into_iter().enumerate() {
        if many {
            shell.out(format!("{}==> {name} <==\n", if index > 0 { "\n" } else { "" }));
        }
        let pieces: Vec<&[u8]> = match bytewise {
            Some(_) => bytes.chunks(1).collect(),
            None => bytes.split_inclusive(|byte| *byte == b'\n').collect(),
        };
        let count = match wanted.strip_prefix('-') {
            Some(less) => pieces.len().saturating_sub(less.parse().unwrap_or(0)),
            None => wanted.parse().unwrap_or(10),
        };
        let kept = pieces.get(..count.min(pieces.len())).unwrap_or(&[]).concat();
        shell.out(kept);
    }
    status
}

pub(super) fn wc(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    // In the order in which the counts are shown.
    let all = ["l", "w", "m", "c", "L"];
    let long = ["lines", "words", "chars", "bytes", "max-line-length"];
    only(shell, "wc", &flags, &[all, long].concat());
    let wanted = all.map(|flag| has(&flags, &[flag]) || flags.is_empty() && ["l", "w", "c"].contains(&flag));
    let wanted: Vec<bool> = wanted.into_iter().zip(long).map(|(short, long)| short || has(&flags, &[long])).collect();
    let (texts, status) = inputs(shell, "wc", &names);
    let in_characters = shell.is_utf8();
    let counts = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let characters = if in_characters { text.chars().count() } else { bytes.len() };
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        [text.matches('\n').count(), text.split_whitespace().count(), characters, bytes.len(), longest]
    };
    let mut rows: Vec<(String, [usize; 5])> = texts.into_iter().map(|(name, bytes)| (name, counts(&bytes))).collect();
    let total =
        rows.iter().fold([0; 5], |[a, b, c, d, e], (_, [l, w, m, z, x])| [a + l, b + w, c + m, d + z, e.max(*x)]);
    if names.len() > 1 {
        rows.push(("total".into(), total));
    }
    // Several counts stand in columns: busybox's are fixed, GNU's as wide as the files' sizes.
    let several = names.len() > 1 || wanted.iter().filter(|wanted| **wanted).count() > 1;
    let width = match (several, shell.dialect()) {
        (false, _) => 0,
        (_, "ash") => 9,
        // What is no file may become large.
        _ if rows.iter().any(|(name, _)| name == "-") && shell.stdin_file.is_none() => 7,
        _ if names.is_empty() => shell.stdin_file.unwrap_or(0).to_string().len(),
        _ => total[3].to_string().len(),
    };
    for (name, counts) in rows {
        let shown = counts.into_iter().zip(&wanted).filter(|(_, wanted)| **wanted);
        let shown: Vec<String> = shown.map(|(count, _)| format!("{count:>width$}")).collect();
        let label = if name == "-" && names.is_empty() { String::new() } else { format!(" {name}") };
        shell.out(format!("{}{label}\n", shown.join(" ")));
    }
    status
}

pub(super) fn pwd(shell: &mut Shell, _: &[String]) -> i32 {
    let text = format!("{}\n", shell.cwd);
    shell.out(text);
    0
}

pub(super) fn basename(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut names) = options(argv, "s");
    only(shell, "basename", &flags, &["a", "s", "multiple", "suffix"]);
    let mut suffix = value(&flags, &["s", "suffix"]).map(str::to_string);
    // Without a flag the second word is what is cut off.
    if flags.is_empty() && names.len() > 1 {
        suffix = names.get(1).cloned();
        names.truncate(1);
    }
    for name in &names {
        if name.starts_with('/') && name.trim_end_matches('/').is_empty() {
            shell.out("/\n");
            continue;
        }
        let base = path::file_name(name.trim_end_matches('/'));
        let cut = suffix.as_ref().and_then(|suffix| base.strip_suffix(suffix.as_str())).filter(|cut| !cut.is_empty());
        shell.out(format!("{}\n", cut.unwrap_or(base)));
    }
    0
}

pub(super) fn dirname(shell: &mut Shell, argv: &[String]) -> i32 {
    for name in argv.iter().skip(1).filter(|word| *word != "--") {
        let rooted = name.starts_with('/');
        let name = name.trim_end_matches('/');
        let parent = match name.rsplit_once('/') {
            Some((parent, _)) => parent.trim_end_matches('/'),
            None if rooted => "",
            None => ".",
        };
        shell.out(format!("{}\n", if parent.is_empty() { "/" } else { parent }));
    }
    0
}

fn user_name(shell: &Shell) -> String {
    super::inspect::name_of(shell, "/etc/passwd", shell.user.uid).unwrap_or_default()
}

pub(super) fn whoami(shell: &mut Shell, _: &[String]) -> i32 {
    let name = user_name(shell);
    if name.is_empty() {
        let uid = shell.user.uid;
        shell.err(format!("whoami: cannot find name for user ID {uid}\n"));
        return 1;
    }
    shell.out(format!("{name}\n"));
    0
}

pub(super) fn id(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "id", &flags, &["u", "g", "G", "n", "r"]);
    let who = match names.first() {
        None => shell.user.clone(),
        // Only a name that passwd has: `id 5` is refused, too.
        Some(name) => match Credentials::of(&shell.fs, name).map(Credentials::with_primary_group) {
            Ok(who) if super::inspect::name_of(shell, "/etc/passwd", who.uid).is_some() => who,
            _ => {
                let text = match shell.dialect() {
                    "ash" => format!("id: unknown user {name}\n"),
                    _ => format!("id: '{name}': no such user\n"),
                };
                shell.err(text);
                return 1;
            }
        },
    };
    let (uid, gid) = (who.uid, who.gid);
    let name = super::inspect::name_of(shell, "/etc/passwd", uid).unwrap_or_default();
    let text = match (has(&flags, &["u"]), has(&flags, &["g"]), has(&flags, &["n"])) {
        (true, _, true) => name,
        (true, _, false) => uid.to_string(),
        (_, true, true) => super::inspect::name_of(shell, "/etc/group", gid).unwrap_or_else(|| gid.to_string()),
        (_, true, false) => gid.to_string(),
        (_, _, named) if has(&flags, &["G"]) => {
            let others = who.groups.iter().copied().filter(|other| *other != gid);
            let all = std::iter::once(gid).chain(others).map(|id| {
                let name = super::inspect::name_of(shell, "/etc/group", id).filter(|_| named);
                name.unwrap_or_else(|| id.to_string())
            });
            all.collect::<Vec<_>>().join(" ")
        }
        _ => {
            let named = |file: &str, id: u32| {
                super::inspect::name_of(shell, file, id).map_or_else(|| id.to_string(), |name| format!("{id}({name})"))
            };
            let (user, group) = (named("/etc/passwd", uid), named("/etc/group", gid));
            // GNU's id lists the own group first, busybox's what the kernel says.
            let busybox = shell.dialect() == "ash";
            let all = who.groups.iter().copied();
            let others: Vec<u32> = all.filter(|other| busybox || *other != gid).collect();
            let own = (!busybox).then(|| group.clone());
            let groups: Vec<String> =
                own.into_iter().chain(others.into_iter().map(|other| named("/etc/group", other))).collect();
            match groups.is_empty() {
                true => format!("uid={user} gid={group}"),
                false => format!("uid={user} gid={group} groups={}", groups.join(",")),
            }
        }
    };
    shell.out(format!("{text}\n"));
    0
}

pub(super) fn uname(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, _) = options(argv, "");
    let machine = if shell.machine == crate::elf::Machine::Aarch64 { "aarch64" } else { "x86_64" };
    if has(&flags, &["a", "r", "v"]) {
        shell.gap("unmodelled-option", "uname: the kernel's release");
    }
    let text = if has(&flags, &["m", "p"]) { machine } else { "Linux" };
    shell.out(format!("{text}\n"));
    0
}

/// `arch`, which is `uname -m`.
pub(super) fn arch(shell: &mut Shell, _: &[String]) -> i32 {
    uname(shell, &["uname".into(), "-m".into()])
}

pub(super) fn hostname(shell: &mut Shell, _: &[String]) -> i32 {
    let name = shell.hostname.clone().or_else(|| shell.var("HOSTNAME").map(str::to_string));
    if name.is_none() {
        shell.gap("unknown-output", "hostname");
    }
    shell.out(format!("{}\n", name.unwrap_or_else(|| "localhost".into())));
    0
}
