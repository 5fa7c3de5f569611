//! awk's values: text that may be a number, and numbers that may be text.

use super::parser::number_end;
use crate::shell::builtins::printf::float_text;

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Value {
    /// Never set: empty, and 0.
    #[default]
    Unset,
    Number(f64),
    Text(String),
    /// Text from outside; where it looks like a number it is compared as one.
    Input(String),
}

impl Value {
    pub(crate) fn truth(truth: bool) -> Self {
        Value::Number(f64::from(u8::from(truth)))
    }

    pub(crate) fn number(&self) -> f64 {
        match self {
            Value::Unset => 0.0,
            Value::Number(number) => *number,
            Value::Text(text) | Value::Input(text) => leading_number(text).0,
        }
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Value::Unset => String::new(),
            Value::Number(number) => number_text(*number),
            Value::Text(text) | Value::Input(text) => text.clone(),
        }
    }

    pub(crate) fn is_true(&self) -> bool {
        match self {
            Value::Unset => false,
            Value::Number(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::Input(text) => match self.as_number() {
                Some(number) => number != 0.0,
                None => !text.is_empty(),
            },
        }
    }

    /// What it is as a number in a comparison, if it is one.
    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Value::Unset => Some(0.0),
            Value::Number(number) => Some(*number),
            Value::Text(_) => None,
            Value::Input(text) => {
                let (number, rest) = leading_number(text);
                (!text.trim().is_empty() && rest.trim().is_empty()).then_some(number)
            }
        }
    }
}

/// `%d` for what is whole, else `%.6g`.
pub(crate) fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf".into() } else { "-inf".into() };
    }
    if number.fract() == 0.0 && number.abs() < 1e16 {
        return format!("{}", number as i64);
    }
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{}", float_text('g', number.abs(), 6))
}

/// The number that a text starts with, and what is left.
fn leading_number(text: &str) -> (f64, &str) {
    let start = text.trim_start();
    let sign = usize::from(start.starts_with(['-', '+']));
    let body = start.get(sign..).unwrap_or("");
    if !body.strip_prefix('.').unwrap_or(body).starts_with(|c: char| c.is_ascii_digit()) {
        return (0.0, text);
    }
    let end = sign + number_end(body);
    let number = start.get(..end).and_then(|text| text.trim_end_matches('.').parse().ok()).unwrap_or(0.0);
    (number, start.get(end..).unwrap_or(""))
}
