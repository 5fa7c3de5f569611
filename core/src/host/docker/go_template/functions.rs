//! The functions of Docker's templates (docker/cli, `templates/templates.go`) and of `text/template`.

use super::value::Value;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Their names.
const NAMES: [&str; 23] = [
    "and", "eq", "ge", "gt", "index", "join", "json", "le", "len", "lower", "lt", "ne", "not", "or", "pad", "print",
    "printf", "println", "slice", "split", "title", "truncate", "upper",
];

/// The longest text that a function makes, in bytes.
const MAX_TEXT: usize = 1 << 16;

pub(super) fn names() -> BTreeSet<&'static str> {
    NAMES.into_iter().collect()
}

/// Calls a function. In the head of a table the functions of texts return the text as it is.
///
/// # Errors
/// Go's message behind `error calling NAME: `.
pub(super) fn call(name: &str, args: &[Value], is_header: bool, escape: bool) -> Result<Value, String> {
    let missing = || format!("wrong number of args for {name}");
    let first = args.first();
    if is_header && matches!(name, "json" | "split" | "join" | "title" | "lower" | "upper" | "truncate") {
        return first.cloned().ok_or_else(missing);
    }
    let text = |at: usize| match args.get(at) {
        Some(Value::Text(text)) => Ok(text.clone()),
        Some(other) => Err(format!("wrong type for value; expected string; got {}", type_name(other))),
        None => Err(missing()),
    };
    let number = |at: usize| match args.get(at) {
        Some(Value::Int(number)) => Ok(*number),
        Some(other) => Err(format!("wrong type for value; expected int; got {}", type_name(other))),
        None => Err(missing()),
    };
    let compare = |wanted: &[Ordering]| -> Result<Value, String> {
        let (Some(one), Some(two)) = (args.first(), args.get(1)) else { return Err(missing()) };
        Ok(Value::Bool(wanted.contains(&order(one, two)?)))
    };
    Ok(match name {
        "json" => Value::Text(first.ok_or_else(missing)?.json(escape)),
        "upper" => Value::Text(text(0)?.to_uppercase()),
        "lower" => Value::Text(text(0)?.to_lowercase()),
        "title" => Value::Text(title(&text(0)?)),
        "split" => {
            let (whole, separator) = (text(0)?, text(1)?);
            let parts: Vec<Value> = match separator.as_str() {
                "" => whole.chars().map(|letter| Value::Text(letter.to_string())).collect(),
                separator => whole.split(separator).map(Value::text).collect(),
            };
            Value::List(parts)
        }
        "join" => match first {
            Some(Value::List(items)) => {
                let items: Vec<String> = items.iter().map(Value::print).collect();
                Value::Text(items.join(&text(1)?))
            }
            Some(Value::NilList) => Value::text(""),
            Some(other) => return Err(format!("wrong type for value; expected []string; got {}", type_name(other))),
            None => return Err(missing()),
        },
        "pad" => {
            let whole = text(0)?;
            let blanks = |number: i64| " ".repeat(usize::try_from(number).unwrap_or(0).min(MAX_TEXT));
            match whole.as_str() {
                "" => Value::text(""),
                whole => Value::Text(format!("{}{whole}{}", blanks(number(1)?), blanks(number(2)?))),
            }
        }
        "truncate" => {
            let length = usize::try_from(number(1)?).unwrap_or(0);
            Value::Text(text(0)?.chars().take(length).collect())
        }
        "len" => match first.ok_or_else(missing)? {
            Value::Text(text) => length(text.len()),
            Value::List(items) => length(items.len()),
            Value::Map(map) => length(map.len()),
            Value::NilList | Value::NilMap => Value::Int(0),
            Value::Nil => return Err("len of nil pointer".into()),
            other => return Err(format!("len of type {}", type_name(other))),
        },
        "index" => {
            let mut item = first.ok_or_else(missing)?.clone();
            for key in args.iter().skip(1) {
                item = index(&item, key)?;
            }
            item
        }
        "slice" => {
            let bounds = |len: usize| -> Result<(usize, usize), String> {
                let bound = |at: usize, other: usize| match args.get(at) {
                    None => Ok(other),
                    Some(_) => usize::try_from(number(at)?)
                        .map_err(|_| format!("index out of range: {}", number(at).unwrap_or(0))),
                };
                let (start, end) = (bound(1, 0)?, bound(2, len)?);
                match end > len || start > end {
                    true => Err(format!("index out of range: {end}")),
                    false => Ok((start, end)),
                }
            };
            match first.ok_or_else(missing)? {
                Value::Text(text) => {
                    let (start, end) = bounds(text.len())?;
                    Value::text(text.get(start..end).unwrap_or(""))
                }
                Value::List(items) => {
                    let (start, end) = bounds(items.len())?;
                    Value::List(items.get(start..end).unwrap_or(&[]).to_vec())
                }
                other => return Err(format!("can't slice item of type {}", type_name(other))),
            }
        }
        "print" => Value::Text(print(args)),
        "println" => {
            let words: Vec<String> = args.iter().map(Value::print).collect();
            Value::Text(words.join(" ") + "\n")
        }
        "printf" => Value::Text(printf(&text(0)?, args.get(1..).unwrap_or(&[]))),
        "not" => Value::Bool(!first.ok_or_else(missing)?.is_true()),
        "and" => args.iter().find(|value| !value.is_true()).or(args.last()).cloned().ok_or_else(missing)?,
        "or" => args.iter().find(|value| value.is_true()).or(args.last()).cloned().ok_or_else(missing)?,
        "eq" => {
            let one = first.filter(|_| args.len() > 1).ok_or_else(missing)?;
            let mut equal = false;
            for other in args.iter().skip(1) {
                equal |= order(one, other)? == Ordering::Equal;
            }
            Value::Bool(equal)
        }
        "ne" => compare(&[Ordering::Less, Ordering::Greater])?,
        "lt" => compare(&[Ordering::Less])?,
        "le" => compare(&[Ordering::Less, Ordering::Equal])?,
        "gt" => compare(&[Ordering::Greater])?,
        "ge" => compare(&[Ordering::Greater, Ordering::Equal])?,
        _ => return Err(format!("function {name:?} not defined")),
    })
}

fn length(len: usize) -> Value {
    Value::Int(i64::try_from(len).unwrap_or(i64::MAX))
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Nil => "nil",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Text(_) => "string",
        Value::List(_) | Value::NilList => "[]string",
        Value::Map(_) | Value::NilMap => "map[string]interface {}",
        Value::Struct(_) => "struct",
    }
}

fn order(one: &Value, two: &Value) -> Result<Ordering, String> {
    match (one, two) {
        (Value::Text(one), Value::Text(two)) => Ok(one.cmp(two)),
        (Value::Int(one), Value::Int(two)) => Ok(one.cmp(two)),
        (Value::Bool(one), Value::Bool(two)) => Ok(one.cmp(two)),
        (Value::Nil, Value::Nil) => Ok(Ordering::Equal),
        (Value::Nil, _) | (_, Value::Nil) => Ok(Ordering::Less),
        _ => Err("incompatible types for comparison".into()),
    }
}

fn index(item: &Value, key: &Value) -> Result<Value, String> {
    match (item, key) {
        (Value::List(items), Value::Int(at)) => usize::try_from(*at)
            .ok()
            .and_then(|at| items.get(at))
            .cloned()
            .ok_or_else(|| format!("index out of range: {at}")),
        (Value::Map(map), Value::Text(key)) => Ok(map.get(key).cloned().unwrap_or(Value::Nil)),
        (Value::NilMap, Value::Text(_)) => Ok(Value::Nil),
        (Value::NilList, Value::Int(at)) => Err(format!("index out of range: {at}")),
        (Value::Nil, _) => Err("index of untyped nil".into()),
        (Value::List(_) | Value::NilList, _) => Err(format!("cannot index slice/array with type {}", type_name(key))),
        (Value::Map(_) | Value::NilMap, _) => Err(format!("value has type {}; should be string", type_name(key))),
        _ => Err(format!("can't index item of type {}", type_name(item))),
    }
}

/// The first letter of each word as a capital.
fn title(text: &str) -> String {
    let mut starts = true;
    text.chars()
        .map(|letter| {
            let upper = starts && letter.is_alphabetic();
            starts = !(letter.is_alphanumeric() || letter == '_' || letter == '\'');
            if upper { letter.to_uppercase().next().unwrap_or(letter) } else { letter }
        })
        .collect()
}

/// `fmt.Sprint`: a blank between two operands of which neither is a string.
fn print(args: &[Value]) -> String {
    let mut text = String::new();
    let mut was_text = true;
    for (index, arg) in args.iter().enumerate() {
        let is_text = matches!(arg, Value::Text(_));
        if index > 0 && !is_text && !was_text {
            text.push(' ');
        }
        text.push_str(&arg.print());
        was_text = is_text;
    }
    text
}

/// `fmt.Sprintf` with `%s`, `%d`, `%v`, `%q`, `%t`, `%x` and their widths.
fn printf(format: &str, args: &[Value]) -> String {
    let mut text = String::new();
    let mut args = args.iter();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        if text.len() > MAX_TEXT {
            break;
        }
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let mut flags = String::new();
        while let Some(flag) = letters.next_if(|c| "-+0 #".contains(*c)) {
            flags.push(flag);
        }
        let mut width = 0_usize;
        while let Some(digit) = letters.next_if(char::is_ascii_digit) {
            width = width.saturating_mul(10).saturating_add(digit.to_digit(10).unwrap_or(0) as usize).min(1024);
        }
        let mut precision = None;
        if letters.next_if_eq(&'.').is_some() {
            let mut number = 0_usize;
            while let Some(digit) = letters.next_if(char::is_ascii_digit) {
                number = number.saturating_mul(10).saturating_add(digit.to_digit(10).unwrap_or(0) as usize).min(1024);
            }
            precision = Some(number);
        }
        let Some(verb) = letters.next() else {
            text.push_str("%!(NOVERB)");
            break;
        };
        if verb == '%' {
            text.push('%');
            continue;
        }
        let Some(arg) = args.next() else {
            text.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        let printed = match (verb, arg) {
            ('s', Value::Int(_) | Value::Bool(_)) => format!("%!s({}={})", type_name(arg), arg.print()),
            ('d', Value::Text(_) | Value::Bool(_)) => format!("%!d({}={})", type_name(arg), arg.print()),
            ('q', Value::Text(inner)) => format!("{inner:?}"),
            ('x', Value::Int(number)) => format!("{number:x}"),
            ('x', Value::Text(inner)) => inner.bytes().map(|byte| format!("{byte:02x}")).collect(),
            ('s' | 'v' | 'd' | 't', _) => arg.print(),
            _ => format!("%!{verb}({}={})", type_name(arg), arg.print()),
        };
        let printed: String = match precision {
            Some(limit) if matches!(arg, Value::Text(_)) => printed.chars().take(limit).collect(),
            _ => printed,
        };
        let fill = width.saturating_sub(printed.chars().count());
        if flags.contains('-') {
            text.push_str(&printed);
            text.extend(std::iter::repeat_n(' ', fill));
        } else {
            let zero = flags.contains('0') && matches!(arg, Value::Int(_));
            text.extend(std::iter::repeat_n(if zero { '0' } else { ' ' }, fill));
            text.push_str(&printed);
        }
    }
    for arg in args {
        text.push_str(&format!("%!(EXTRA {}={})", type_name(arg), arg.print()));
    }
    text
}
