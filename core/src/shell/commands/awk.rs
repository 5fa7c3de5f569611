//! awk, as far as one-liners go: patterns, `print` and `printf` of fields, `-F` and `-v`.

use super::filters::lines;
use super::print::inputs;
use super::{options, regex};
use crate::shell::Shell;
use regex_lite::Regex;
use std::collections::BTreeMap;

/// When a rule applies.
enum When {
    Always,
    Begin,
    End,
    Fits(Regex),
    Compare(Value, String, Value),
    FieldFits(Value, Regex, bool),
}

/// A word of an expression.
enum Value {
    Text(String),
    Number(f64),
    Field(Box<Value>),
    Variable(String),
}

/// What a rule prints: expressions, commas told apart from joining.
struct Print {
    parts: Vec<Vec<Value>>,
}

struct Rule {
    when: When,
    prints: Vec<Print>,
}

pub(super) fn awk(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut operands) = options(argv, "Fvf");
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    for (flag, value) in &flags {
        match (flag.as_str(), value.as_deref().unwrap_or("")) {
            ("F", separator) => {
                variables.insert("FS".into(), super::print::unescape(separator));
            }
            ("v", pair) => {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                variables.insert(name.into(), super::print::unescape(value));
            }
            (other, _) => shell.gap("unmodelled-option", format!("awk -{other}")),
        }
    }
    if operands.is_empty() {
        shell.err("awk: no program\n");
        return 1;
    }
    let program = operands.remove(0);
    let Some(rules) = parse(&program) else {
        shell.gap("unmodelled-option", format!("awk: the program {program}"));
        return 0;
    };
    let (all, status) = inputs(shell, "awk", &operands);
    let mut out = String::new();
    let fire = |rules: &[Rule], wanted: fn(&When) -> bool, line: &Line, out: &mut String| {
        for rule in rules.iter().filter(|rule| wanted(&rule.when)) {
            print(rule, line, out);
        }
    };
    let none = Line { fields: vec![String::new()], number: 0, variables: &variables };
    fire(&rules, |when| matches!(when, When::Begin), &none, &mut out);
    let mut number = 0;
    for (_, bytes) in &all {
        for text in lines(bytes) {
            number += 1;
            let line =
                Line { fields: split(&text, variables.get("FS").map(String::as_str)), number, variables: &variables };
            for rule in rules.iter().filter(|rule| line.meets(&rule.when)) {
                print(rule, &line, &mut out);
            }
        }
    }
    let last = Line { fields: vec![String::new()], number, variables: &variables };
    fire(&rules, |when| matches!(when, When::End), &last, &mut out);
    shell.out(out);
    status
}

/// Field 0 is the line itself.
fn split(text: &str, separator: Option<&str>) -> Vec<String> {
    let mut fields = vec![text.to_string()];
    match separator {
        None | Some(" ") => fields.extend(text.split_whitespace().map(str::to_string)),
        Some(separator) => {
            let regex = if separator.chars().count() > 1 { regex::compile(separator, true, false) } else { None };
            match regex {
                Some(regex) => fields.extend(regex.split(text).map(str::to_string)),
                None => fields.extend(text.split(separator).map(str::to_string)),
            }
        }
    }
    fields
}

struct Line<'l> {
    fields: Vec<String>,
    number: usize,
    variables: &'l BTreeMap<String, String>,
}

impl Line<'_> {
    fn value(&self, value: &Value) -> String {
        match value {
            Value::Text(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Field(index) => {
                let index = self.value(index).parse::<usize>().ok();
                index.and_then(|index| self.fields.get(index)).cloned().unwrap_or_default()
            }
            Value::Variable(name) => match name.as_str() {
                "NR" | "FNR" => self.number.to_string(),
                "NF" => (self.fields.len() - 1).to_string(),
                name => self.variables.get(name).cloned().unwrap_or_default(),
            },
        }
    }

    fn meets(&self, when: &When) -> bool {
        match when {
            When::Always => true,
            When::Begin | When::End => false,
            When::Fits(regex) => regex.is_match(self.fields.first().map_or("", String::as_str)),
            When::FieldFits(value, regex, wanted) => regex.is_match(&self.value(value)) == *wanted,
            When::Compare(a, operator, b) => {
                let (a, b) = (self.value(a), self.value(b));
                let order = match (a.trim().parse::<f64>(), b.trim().parse::<f64>()) {
                    (Ok(a), Ok(b)) => a.total_cmp(&b),
                    _ => a.cmp(&b),
                };
                match operator.as_str() {
                    "==" => order.is_eq(),
                    "!=" => order.is_ne(),
                    "<" => order.is_lt(),
                    ">" => order.is_gt(),
                    "<=" => order.is_le(),
                    _ => order.is_ge(),
                }
            }
        }
    }
}

fn print(rule: &Rule, line: &Line, out: &mut String) {
    for print in &rule.prints {
        let parts: Vec<String> =
            print.parts.iter().map(|part| part.iter().map(|value| line.value(value)).collect()).collect();
        let text = if print.parts.is_empty() {
            line.fields.first().cloned().unwrap_or_default()
        } else {
            parts.join(line.variables.get("OFS").map_or(" ", String::as_str))
        };
        out.push_str(&text);
        out.push('\n');
    }
}

/// `None` for what is more than patterns and prints.
fn parse(program: &str) -> Option<Vec<Rule>> {
    let mut rules = Vec::new();
    let mut rest = program.trim();
    while !rest.is_empty() {
        let (pattern, body, after) = match rest.find('{').filter(|_| !rest.starts_with('/') || closes(rest)) {
            Some(open) => {
                let close = rest.find('}')?;
                (rest.get(..open)?.trim(), rest.get(open + 1..close)?, rest.get(close + 1..)?)
            }
            None => (rest, "print", ""),
        };
        let mut prints = Vec::new();
        for statement in body.split(';').map(str::trim).filter(|text| !text.is_empty()) {
            let arguments =
                statement.strip_prefix("print").filter(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))?;
            let arguments = arguments.trim();
            let arguments = arguments.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(arguments);
            let parts = if arguments.is_empty() {
                Vec::new()
            } else {
                commas(arguments)?.iter().map(|part| values(part)).collect::<Option<_>>()?
            };
            prints.push(Print { parts });
        }
        rules.push(Rule { when: when(pattern)?, prints });
        rest = after.trim_start_matches([';', '\n', ' ', '\t']);
    }
    Some(rules)
}

/// Whether a pattern `/…/` ends before the first brace.
fn closes(text: &str) -> bool {
    let end = text.get(1..).and_then(|rest| rest.find('/')).map_or(usize::MAX, |at| at + 1);
    text.find('{').is_some_and(|open| end < open)
}

fn when(pattern: &str) -> Option<When> {
    match pattern {
        "" => return Some(When::Always),
        "BEGIN" => return Some(When::Begin),
        "END" => return Some(When::End),
        _ => {}
    }
    if let Some(inside) = pattern.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
        return Some(When::Fits(regex::compile(inside, true, false)?));
    }
    for (operator, wanted) in [("!~", false), ("~", true)] {
        if let Some((value, expression)) = pattern.split_once(operator) {
            let inside = expression.trim().strip_prefix('/')?.strip_suffix('/')?;
            let value = values(value.trim())?.into_iter().next()?;
            return Some(When::FieldFits(value, regex::compile(inside, true, false)?, wanted));
        }
    }
    for operator in ["==", "!=", "<=", ">=", "<", ">"] {
        if let Some((a, b)) = pattern.split_once(operator) {
            let one = |text: &str| values(text.trim()).and_then(|all| all.into_iter().next());
            return Some(When::Compare(one(a)?, operator.to_string(), one(b)?));
        }
    }
    None
}

/// Splits at commas outside of quotes.
fn commas(text: &str) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut()?.push(c);
    }
    (!quoted).then_some(parts)
}

/// Words that stand side by side are joined.
fn values(text: &str) -> Option<Vec<Value>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        match first {
            '"' => {
                let end = rest.get(1..)?.find('"')? + 1;
                found.push(Value::Text(super::print::unescape(rest.get(1..end)?)));
                rest = rest.get(end + 1..)?.trim_start();
            }
            '$' => {
                let end = rest.get(1..)?.find(|c: char| !c.is_ascii_alphanumeric()).map_or(rest.len(), |at| at + 1);
                let inner = values(rest.get(1..end)?)?.into_iter().next()?;
                found.push(Value::Field(Box::new(inner)));
                rest = rest.get(end..)?.trim_start();
            }
            c if c.is_ascii_digit() => {
                let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
                found.push(Value::Number(rest.get(..end)?.parse().ok()?));
                rest = rest.get(end..)?.trim_start();
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                found.push(Value::Variable(rest.get(..end)?.to_string()));
                rest = rest.get(end..)?.trim_start();
                if rest.starts_with(['(', '=', '+', '[']) {
                    return None;
                }
            }
            _ => return None,
        }
    }
    Some(found)
}
