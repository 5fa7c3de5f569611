//! Functions that gawk has and POSIX's awk has not.

use super::interpreter::{MAX_TEXT, Machine};
use super::parser::Expr;
use super::value::Value;
use crate::shell::strftime;

/// The names of those that are modelled.
const NAMES: [&str; 12] =
    ["gensub", "asort", "asorti", "and", "or", "xor", "lshift", "rshift", "compl", "strtonum", "strftime", "match"];

impl Machine<'_> {
    /// A function of gawk's; `None` for what is none, or not in this form.
    pub(crate) fn call_gnu(&mut self, name: &str, arguments: &[Expr]) -> Option<Value> {
        if !self.is_gnu || !NAMES.contains(&name) {
            return None;
        }
        match (name, arguments) {
            ("gensub", [pattern, with, how, text @ ..]) => Some(self.gensub(pattern, with, how, text.first())),
            ("match", [text, pattern, Expr::Variable(array)]) => Some(self.matched(text, pattern, Some(array))),
            ("asort" | "asorti", [Expr::Variable(from)]) => Some(self.sort(name, from, from)),
            ("asort" | "asorti", [Expr::Variable(from), Expr::Variable(to)]) => Some(self.sort(name, from, to)),
            ("strftime", [format, time, ..]) => {
                let (format, time) = (self.eval(format).text(), self.eval(time).number());
                strftime::print(time as i64, 0, &format).ok().map(Value::Text)
            }
            ("strtonum", [text]) => {
                let text = self.eval(text);
                let shown = text.text();
                let digits = |radix, rest: &str| u64::from_str_radix(rest, radix).map_or(0.0, |number| number as f64);
                Some(Value::Number(match shown.strip_prefix("0x").or(shown.strip_prefix("0X")) {
                    Some(rest) => digits(16, rest),
                    None if shown.len() > 1 && shown.starts_with('0') && shown.bytes().all(|b| b.is_ascii_digit()) => {
                        digits(8, &shown)
                    }
                    None => text.number(),
                }))
            }
            ("compl", [number]) => {
                // gawk's numbers hold 53 bits.
                Some(Value::Number((!(self.eval(number).number() as u64) & ((1 << 53) - 1)) as f64))
            }
            ("lshift" | "rshift", [number, by]) => {
                let (number, by) = (self.eval(number).number() as u64, self.eval(by).number() as u32);
                let moved = if name == "lshift" { number.checked_shl(by) } else { number.checked_shr(by) };
                Some(Value::Number(moved.unwrap_or(0) as f64))
            }
            ("and" | "or" | "xor", [first, more @ ..]) if !more.is_empty() => {
                let mut result = self.eval(first).number() as u64;
                for one in more {
                    let one = self.eval(one).number() as u64;
                    result = match name {
                        "and" => result & one,
                        "or" => result | one,
                        _ => result ^ one,
                    };
                }
                Some(Value::Number(result as f64))
            }
            _ => None,
        }
    }

    /// `gensub(PATTERN, WITH, "g" or which one, TEXT)`: the changed text; `\\0` to `\\9` are what the groups took.
    fn gensub(&mut self, pattern: &Expr, with: &Expr, how: &Expr, text: Option<&Expr>) -> Value {
        let pattern = self.pattern(pattern);
        let with = self.eval(with).text();
        let how = self.eval(how).text();
        let text = match text {
            Some(text) => self.eval(text).text(),
            None => self.whole(),
        };
        let wanted = match how.starts_with(['g', 'G']) {
            true => None,
            false => Some(how.trim().parse::<f64>().map_or(1, |number| number.max(1.0) as usize)),
        };
        let Some(regex) = self.regex(&pattern) else { return Value::Text(text) };
        let (mut out, mut at) = (String::new(), 0);
        for (count, found) in regex.captures_iter(&text).enumerate() {
            let Some(all) = found.get(0) else { continue };
            if wanted.is_some_and(|wanted| wanted != count + 1) {
                continue;
            }
            out.push_str(text.get(at..all.start()).unwrap_or(""));
            let mut chars = with.chars();
            while let Some(c) = chars.next() {
                match c {
                    '&' => out.push_str(all.as_str()),
                    '\\' => match chars.next() {
                        Some(digit) if digit.is_ascii_digit() => {
                            let group = digit as usize - '0' as usize;
                            out.push_str(found.get(group).map_or("", |part| part.as_str()));
                        }
                        Some(other) => out.push(other),
                        None => out.push('\\'),
                    },
                    c => out.push(c),
                }
            }
            at = all.end();
            if wanted.is_some() || out.len() > MAX_TEXT {
                break;
            }
        }
        out.push_str(text.get(at..).unwrap_or(""));
        Value::Text(out)
    }

    /// `match(TEXT, PATTERN)`; gawk's array gets the whole and what the groups took.
    pub(crate) fn matched(&mut self, text: &Expr, pattern: &Expr, array: Option<&str>) -> Value {
        let text = self.eval(text).text();
        let pattern = self.pattern(pattern);
        let regex = self.regex(&pattern);
        let count = |end: usize| text.get(..end).unwrap_or("").chars().count() as f64;
        let (mut start, mut len) = (0.0, -1.0);
        let mut parts = std::collections::BTreeMap::new();
        if let Some(found) = regex.as_ref().and_then(|regex| regex.captures(&text)) {
            for group in 0..found.len() {
                let Some(part) = found.get(group) else { continue };
                let (from, long) = (count(part.start()) + 1.0, count(part.end()) - count(part.start()));
                if group == 0 {
                    (start, len) = (from, long);
                }
                // The separator of indices in several dimensions.
                parts.insert(format!("{group}\u{1c}start"), Value::Number(from));
                parts.insert(format!("{group}\u{1c}length"), Value::Number(long));
                parts.insert(group.to_string(), Value::Input(part.as_str().to_string()));
            }
        }
        if let Some(array) = array {
            let name = self.array_name(array);
            self.arrays.insert(name, parts.into_iter().collect());
        }
        self.globals.insert("RSTART".into(), Value::Number(start));
        self.globals.insert("RLENGTH".into(), Value::Number(len));
        Value::Number(start)
    }

    /// `asort` orders an array's values, numbers before text, `asorti` its indices as text.
    fn sort(&mut self, name: &str, from: &str, to: &str) -> Value {
        let (from, to) = (self.array_name(from), self.array_name(to));
        let all = self.arrays.get(&from).cloned().unwrap_or_default();
        let mut values: Vec<Value> = match name {
            "asort" => all.into_values().collect(),
            _ => all.into_keys().map(Value::Text).collect(),
        };
        let key = |value: &Value| (value.as_number().is_none(), value.as_number(), value.text());
        values.sort_by(|one, two| {
            let ((a, b, c), (d, e, f)) = (key(one), key(two));
            a.cmp(&d).then_with(|| b.partial_cmp(&e).unwrap_or(std::cmp::Ordering::Equal)).then_with(|| c.cmp(&f))
        });
        let count = values.len();
        let numbered = values.into_iter().enumerate().map(|(at, value)| ((at + 1).to_string(), value));
        self.arrays.insert(to, numbered.collect());
        Value::Number(count as f64)
    }
}
