//! Word splitting: fields of expanded text, split at the characters of IFS (POSIX, 2.6.5).

use super::Shell;

/// A character and whether it was quoted: quoted ones neither split nor match patterns.
pub(crate) type QuotedChar = (char, bool);

/// Fields under construction.
#[derive(Default)]
pub(crate) struct Fields {
    pub(crate) done: Vec<Vec<QuotedChar>>,
    pub(crate) open: Vec<QuotedChar>,
    /// The current field exists even if it is empty, since there were quotes.
    pub(crate) started: bool,
}

impl Fields {
    pub(crate) fn push(&mut self, text: &str, quoted: bool) {
        self.started |= quoted || !text.is_empty();
        self.open.extend(text.chars().map(|c| (c, quoted)));
    }

    pub(crate) fn cut(&mut self) {
        if self.started {
            self.done.push(std::mem::take(&mut self.open));
        }
        self.started = false;
    }

    /// Ends a field, even an empty one.
    fn end(&mut self) {
        self.started = true;
        self.cut();
    }

    /// Adds the unquoted result of an expansion, split at IFS: at runs of its white space, and at each of its other
    /// characters with the white space around it.
    fn push_split(&mut self, text: &str, ifs: &str) {
        let blank = |c: char| ifs.contains(c) && matches!(c, ' ' | '\t' | '\n');
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if !ifs.contains(c) {
                self.started = true;
                self.open.push((c, false));
                continue;
            }
            let mut parts = !blank(c);
            while let Some(next) = chars.peek().copied() {
                if !blank(next) && (parts || !ifs.contains(next)) {
                    break;
                }
                parts |= !blank(next);
                chars.next();
            }
            if parts {
                self.end();
            } else {
                self.cut();
            }
        }
    }
}

/// Splits a text as the results of expansions are split.
pub(super) fn split(text: &str, ifs: &str) -> Vec<String> {
    let mut fields = Fields::default();
    fields.push_split(text.trim_matches(|c| ifs.contains(c) && matches!(c, ' ' | '\t' | '\n')), ifs);
    fields.cut();
    fields.done.iter().map(|field| field_text(field)).collect()
}

pub(super) fn field_text(field: &[QuotedChar]) -> String {
    field.iter().map(|(c, _)| c).collect()
}

/// A field as a pattern: quoted characters are escaped.
pub(super) fn field_pattern(field: &[QuotedChar]) -> String {
    let mut text = String::new();
    for (c, quoted) in field {
        if *quoted && "*?[\\+@!(|)".contains(*c) {
            text.push('\\');
        }
        text.push(*c);
    }
    text
}

impl Shell {
    /// The value of IFS, or the default if it is not set.
    pub(super) fn ifs(&self) -> String {
        self.var("IFS").unwrap_or(" \t\n").to_string()
    }

    pub(super) fn add(&self, fields: &mut Fields, text: &str, quoted: bool, split: bool) {
        if quoted || !split {
            fields.push(text, quoted);
        } else {
            fields.push_split(text, &self.ifs());
        }
    }

    /// Adds several values: as words of their own, or joined into one (`joined`, as in `$*`).
    pub(super) fn add_all(&self, fields: &mut Fields, values: &[String], joined: bool, quoted: bool, split: bool) {
        let apart = split && !(quoted && joined);
        let between = if joined { self.ifs().chars().take(1).collect() } else { " ".to_string() };
        if quoted && joined {
            fields.started = true;
        }
        for (index, value) in values.iter().enumerate() {
            match index {
                0 => {}
                _ if apart => fields.cut(),
                _ => fields.push(&between, quoted),
            }
            self.add(fields, value, quoted, split);
            fields.started |= quoted;
        }
    }
}
