//! `printf`, and its formats, which awk, find, stat and seq use as well.

use super::echo::without_hex;
use crate::shell::Shell;
use crate::shell::escapes::{raw, unescape};
use crate::shell::language::Language;

/// The first `%q` of a format, with its flags and width. Only bash has it.
fn quoting_directive(format: &str) -> Option<&str> {
    let mut rest = format;
    while let Some((_, behind)) = rest.split_once('%') {
        let width = behind.len() - behind.trim_start_matches(|c: char| c.is_ascii_digit() || "-+ #.".contains(c)).len();
        if behind.get(width..)?.starts_with('q') {
            let start = rest.len() - behind.len() - 1;
            return rest.get(start..start + width + 2);
        }
        rest = behind.get(width..)?;
        rest = rest.strip_prefix('%').unwrap_or(rest);
    }
    None
}

pub(crate) fn printf(shell: &mut Shell, argv: &[String]) -> i32 {
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
    if shell.language() != Language::Bash
        && let Some(directive) = quoting_directive(format)
    {
        let text = match shell.language() {
            Language::Dash => format!("{}: printf: {directive}: invalid directive\n", shell.message_prefix()),
            _ => format!("sh: {directive}: invalid format\n"),
        };
        shell.err(text);
        return if shell.language() == Language::Dash { 2 } else { 1 };
    }
    let mut status = 0;
    let ash = shell.language() == Language::Ash;
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
            let is_number = "diuxXofFeEgG".contains(kind);
            // For busybox nothing is no number.
            let is_empty = ash && argument.is_empty();
            if is_number && (is_empty || Spec::default().show(kind, argument).is_none()) {
                wrong.push(argument.to_string());
                return Some("0".into());
            }
            Some(argument.to_string())
        }));
        for argument in wrong {
            let prefix = shell.message_prefix();
            shell.err(match shell.language() {
                Language::Ash => format!("sh: invalid number '{argument}'\n"),
                Language::Bash => format!("{prefix}: printf: {argument}: invalid number\n"),
                Language::Dash => format!("{prefix}: printf: {argument}: expected numeric value\n"),
            });
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
        None => shell.out(raw(&text)),
    }
    status
}

/// Fills values into a format. `argument` returns the value with a number, for a conversion letter. A format that is
/// cut short stays as it is.
pub(crate) fn formatted(format: &str, mut argument: impl FnMut(usize, char) -> Option<String>) -> String {
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
                let date = crate::shell::strftime::print(seconds, 0, &date).unwrap_or_default();
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

/// The widest field, and the longest output of one printf, in bytes.
const MAX_WIDTH: usize = 1000;

pub(crate) const MAX_TEXT: usize = 1 << 20;

/// A conversion specification: what is between `%` and its letter.
#[derive(Default)]
struct Spec {
    flags: String,
    width: usize,
    precision: Option<usize>,
}

impl Spec {
    /// A value in this format; `None` if it should be a number and is not.
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
pub(crate) fn float_text(kind: char, value: f64, precision: usize) -> String {
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

/// A word in a form that the shell can read again.
fn shell_quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%^".contains(c);
    match word {
        "" => "''".into(),
        _ => word.chars().flat_map(|c| (!plain(c)).then_some('\\').into_iter().chain([c])).collect(),
    }
}
