//! The values that a Go template sees, and how Go prints them (`fmt` and `encoding/json`).

use std::collections::BTreeMap;

/// A value. Of a structure the fields keep their order, as `encoding/json` writes them.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::host::docker) enum Value {
    /// `nil`, or a key that a map does not have.
    Nil,
    /// A slice that is nil: `[]` in text, `null` in JSON.
    NilList,
    /// A map that is nil: `map[]` in text, `null` in JSON.
    NilMap,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Value>),
    /// A map by name: a key that is missing is [`Value::Nil`].
    Map(BTreeMap<String, Value>),
    /// A structure: a field that is missing is an error.
    Struct(Vec<(String, Value)>),
}

impl Value {
    pub(in crate::host::docker) fn text(text: impl Into<String>) -> Self {
        Value::Text(text.into())
    }

    /// A list of texts; nil if there is none.
    pub(in crate::host::docker) fn texts<'a>(all: impl IntoIterator<Item = &'a String>) -> Self {
        Value::List(all.into_iter().map(|text| Value::Text(text.clone())).collect())
    }

    /// A structure.
    pub(in crate::host::docker) fn structure<'a>(fields: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        Value::Struct(fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
    }

    /// Whether `if` takes it as true (text/template: false, zero, nil, and what is empty are false).
    pub(super) fn is_true(&self) -> bool {
        match self {
            Value::Nil | Value::NilList | Value::NilMap => false,
            Value::Bool(bool) => *bool,
            Value::Int(number) => *number != 0,
            Value::Text(text) => !text.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Map(map) => !map.is_empty(),
            Value::Struct(_) => true,
        }
    }

    /// As `fmt` prints it with `%v`.
    pub(super) fn print(&self) -> String {
        let mut text = String::new();
        self.print_to(&mut text);
        text
    }

    fn print_to(&self, out: &mut String) {
        let list = |items: &mut dyn Iterator<Item = &Value>, out: &mut String| {
            for (index, item) in items.enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                item.print_to(out);
            }
        };
        match self {
            Value::Nil => out.push_str("<nil>"),
            Value::NilList => out.push_str("[]"),
            Value::NilMap => out.push_str("map[]"),
            Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
            Value::Int(number) => out.push_str(&number.to_string()),
            Value::Text(text) => out.push_str(text),
            Value::List(items) => {
                out.push('[');
                list(&mut items.iter(), out);
                out.push(']');
            }
            Value::Struct(fields) => {
                out.push('{');
                list(&mut fields.iter().map(|(_, value)| value), out);
                out.push('}');
            }
            Value::Map(map) => {
                out.push_str("map[");
                for (index, (key, value)) in map.iter().enumerate() {
                    out.push_str(if index > 0 { " " } else { "" });
                    out.push_str(key);
                    out.push(':');
                    value.print_to(out);
                }
                out.push(']');
            }
        }
    }

    /// As JSON on one line. `escape` writes `<`, `>` and `&` as `json.Marshal` does.
    pub(in crate::host::docker) fn json(&self, escape: bool) -> String {
        let mut out = String::new();
        self.json_to(&mut out, None, escape);
        out
    }

    /// As JSON with four blanks for each level, as `docker inspect` prints it.
    pub(in crate::host::docker) fn json_indented(&self) -> String {
        let mut out = String::new();
        self.json_to(&mut out, Some(0), false);
        out
    }

    fn json_to(&self, out: &mut String, level: Option<usize>, escape: bool) {
        let line = |out: &mut String, level: Option<usize>| {
            if let Some(level) = level {
                out.push('\n');
                out.extend(std::iter::repeat_n("    ", level));
            }
        };
        let deeper = level.map(|level| level + 1);
        let object = |fields: &mut dyn Iterator<Item = (&String, &Value)>, out: &mut String| {
            let mut is_first = true;
            out.push('{');
            for (name, value) in fields {
                out.push_str(if is_first { "" } else { "," });
                line(out, deeper);
                is_first = false;
                quote(name, out, escape);
                out.push_str(if level.is_some() { ": " } else { ":" });
                value.json_to(out, deeper, escape);
            }
            if !is_first {
                line(out, level);
            }
            out.push('}');
        };
        match self {
            Value::Nil | Value::NilList | Value::NilMap => out.push_str("null"),
            Value::Bool(_) | Value::Int(_) => self.print_to(out),
            Value::Text(text) => quote(text, out, escape),
            Value::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    line(out, deeper);
                    item.json_to(out, deeper, escape);
                }
                if !items.is_empty() {
                    line(out, level);
                }
                out.push(']');
            }
            Value::Map(map) => object(&mut map.iter(), out),
            Value::Struct(fields) => object(&mut fields.iter().map(|(name, value)| (name, value)), out),
        }
    }
}

/// A text as a JSON string in the form of `encoding/json`.
fn quote(text: &str, out: &mut String, escape: bool) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' if escape => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            control if u32::from(control) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}
