//! JSON arrays of strings, as Go's `encoding/json` reads them.

/// Why a text is not an array of strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotStrings {
    /// It is not JSON, or not an array: the text has another form.
    NotArray,
    /// It is an array that holds something else.
    OtherItems,
}

/// One string: its bytes in the text if they stand there as they are, else decoded.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    Slice(usize, usize),
    Decoded(String),
}

/// Deepest nesting that Go accepts.
const MAX_DEPTH: usize = 10_000;

/// Reads an array of strings.
pub(super) fn strings(text: &str) -> Result<Vec<Item>, NotStrings> {
    let mut reader = Reader { text, at: 0 };
    reader.blanks();
    if !reader.eat(b'[') {
        return Err(NotStrings::NotArray);
    }
    let mut items = Vec::new();
    let mut others = false;
    reader.blanks();
    if !reader.eat(b']') {
        loop {
            reader.blanks();
            match reader.peek() {
                Some(b'"') => items.push(reader.string().ok_or(NotStrings::NotArray)?),
                _ => {
                    others = true;
                    reader.value().ok_or(NotStrings::NotArray)?;
                }
            }
            reader.blanks();
            if reader.eat(b']') {
                break;
            }
            if !reader.eat(b',') {
                return Err(NotStrings::NotArray);
            }
        }
    }
    reader.blanks();
    match (reader.peek(), others) {
        (Some(_), _) => Err(NotStrings::NotArray),
        (None, true) => Err(NotStrings::OtherItems),
        (None, false) => Ok(items),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Option<Item> {
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(Item::Slice(start, self.at - 1));
                }
                b'\\' => break,
                0..=0x1f => return None,
                _ => self.at += 1,
            }
        }
        let mut decoded = self.text.get(start..self.at)?.to_string();
        loop {
            let from = self.at;
            while !matches!(self.peek()?, b'"' | b'\\' | 0..=0x1f) {
                self.at += 1;
            }
            decoded.push_str(self.text.get(from..self.at)?);
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' => return Some(Item::Decoded(decoded)),
                b'\\' => decoded.push(self.escape()?),
                _ => return None,
            }
        }
    }

    /// What follows a backslash; half of a surrogate pair becomes U+FFFD, as in Go.
    fn escape(&mut self) -> Option<char> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex()?;
                if !(0xd800..0xdc00).contains(&high) {
                    return Some(char::from_u32(high).unwrap_or('\u{fffd}'));
                }
                let before = self.at;
                if self.eat(b'\\') && self.eat(b'u') {
                    let low = self.hex()?;
                    if (0xdc00..0xe000).contains(&low) {
                        return char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                    }
                }
                self.at = before;
                '\u{fffd}'
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    /// Skips one value of any kind; without recursion, however deep it nests.
    fn value(&mut self) -> Option<()> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            self.blanks();
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'[' => {
                    self.at += 1;
                    self.blanks();
                    if !self.eat(b']') {
                        open.push(b']');
                        if open.len() >= MAX_DEPTH {
                            return None;
                        }
                        continue;
                    }
                }
                b'{' => {
                    self.at += 1;
                    self.blanks();
                    if !self.eat(b'}') {
                        open.push(b'}');
                        if open.len() >= MAX_DEPTH {
                            return None;
                        }
                        self.key()?;
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => self.number()?,
                _ => {
                    let rest = self.text.get(self.at..)?;
                    let name = ["true", "false", "null"].into_iter().find(|name| rest.starts_with(name))?;
                    self.at += name.len();
                }
            }
            loop {
                let Some(close) = open.last().copied() else {
                    return Some(());
                };
                self.blanks();
                if self.eat(close) {
                    open.pop();
                    continue;
                }
                if !self.eat(b',') {
                    return None;
                }
                if close == b'}' {
                    self.key()?;
                }
                break;
            }
        }
    }

    fn key(&mut self) -> Option<()> {
        self.blanks();
        if self.peek()? != b'"' {
            return None;
        }
        self.string()?;
        self.blanks();
        self.eat(b':').then_some(())
    }

    fn number(&mut self) -> Option<()> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        // Go refuses numbers that no float can hold.
        let value: f64 = self.text.get(start..self.at)?.parse().ok()?;
        value.is_finite().then_some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, NotStrings> {
        let item = |item| match item {
            Item::Slice(from, to) => text[from..to].to_string(),
            Item::Decoded(text) => text,
        };
        strings(text).map(|items| items.into_iter().map(item).collect())
    }

    #[test]
    fn strings_are_read_and_decoded() {
        assert_eq!(read(" [ \"a\" , \"b\\u00e9\\n\" ] ").unwrap(), ["a", "bé\n"]);
        assert_eq!(read("[\"\\ud83d\\ude00\", \"\\ud83d\"]").unwrap(), ["😀", "\u{fffd}"]);
        assert_eq!(read("[]").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn arrays_of_other_things_are_told_from_what_is_no_json() {
        for text in ["[1]", "[\"a\", null]", "[{\"a\": [1, {}]}]", "[[]]"] {
            assert_eq!(read(text), Err(NotStrings::OtherItems), "{text}");
        }
        for text in ["['a']", "[\"a\"", "[\"a\"] x", "[\"a\",]", "[\"\t\"]", "[01]", "[1e999]", "x", "[1, \"a]"] {
            assert_eq!(read(text), Err(NotStrings::NotArray), "{text}");
        }
        assert_eq!(read(&"[".repeat(1 << 20)), Err(NotStrings::NotArray));
    }
}
