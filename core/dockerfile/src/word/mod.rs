//! Word expansion as BuildKit's `shell.Lex` does it: quotes, escapes, `$name` and `${name…}`.

mod pattern;

use super::budget::Budget;
use crate::text::go_quote;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Where values of variables come from.
pub trait Variables {
    /// The value of a variable, if it is set.
    fn get(&self, name: &str) -> Option<&str>;
}

impl Variables for std::collections::BTreeMap<String, String> {
    fn get(&self, name: &str) -> Option<&str> {
        self.get(name).map(String::as_str)
    }
}

/// No variable is set.
#[derive(Debug)]
pub struct NoVariables;

impl Variables for NoVariables {
    fn get(&self, _: &str) -> Option<&str> {
        None
    }
}

/// A word after expansion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion<'w> {
    /// The text with variables replaced and quotes removed.
    pub text: Cow<'w, str>,
    /// The names it asked for that are set; each once.
    pub matched: Vec<String>,
    /// The names it asked for that are not set; each once.
    pub unmatched: Vec<String>,
}

/// Why a word has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordError {
    /// BuildKit's words.
    pub message: String,
    /// The names it had asked for before, that are not set.
    pub unmatched: Vec<String>,
}

/// Longest text that one word may expand to, in bytes: `ENV A=$A$A` doubles at each step.
const MAX_WORD: usize = 1 << 20;
/// Deepest nesting of `${a:-${b:-…}}` that is followed.
const MAX_DEPTH: usize = 64;

/// Adds what a variable or a quoted part came to.
///
/// # Errors
/// The word would be longer than [`MAX_WORD`].
fn append(text: &mut String, part: &str) -> Result<(), String> {
    if text.len() + part.len() > MAX_WORD {
        return Err(format!("a word expands to more than {MAX_WORD} bytes"));
    }
    text.push_str(part);
    Ok(())
}

/// How words are read. The fields are those of BuildKit's `Lex`.
#[derive(Clone, Copy, Debug)]
pub struct Lex {
    /// `\` or the backtick.
    pub escape: char,
    /// Quotes stay.
    pub raw_quotes: bool,
    /// Escapes stay.
    pub raw_escapes: bool,
    /// Quotes mean nothing.
    pub skip_quotes: bool,
    /// Variables that are not set stay as they are written.
    pub skip_unset: bool,
}

impl Lex {
    /// Reads words as most instructions have them read.
    pub fn new(escape: char) -> Self {
        Lex { escape, raw_quotes: false, raw_escapes: false, skip_quotes: false, skip_unset: false }
    }

    /// Expands one word.
    ///
    /// # Errors
    /// BuildKit's message, for example `failed to process "${": syntax error: missing '}'`; or what the budget says.
    pub fn word<'w>(
        &self,
        word: &'w str,
        variables: &dyn Variables,
        budget: &Budget,
    ) -> Result<Expansion<'w>, WordError> {
        let escape = self.escape as u8;
        let special = |byte: u8| matches!(byte, b'$' | b'\'' | b'"') || byte == escape;
        if !word.bytes().any(special) {
            return Ok(Expansion { text: Cow::Borrowed(word), ..Expansion::default() });
        }
        let mut reader = Reader::new(*self, word, variables, budget);
        match reader.whole() {
            Ok((text, _)) => {
                Ok(Expansion { text: Cow::Owned(text), matched: reader.matched, unmatched: reader.unmatched })
            }
            Err(reason) => {
                let message = reader.failure(word, reason);
                Err(WordError { message, unmatched: reader.unmatched })
            }
        }
    }

    /// Expands a text, and then splits it at blanks outside quotes.
    ///
    /// # Errors
    /// As for [`Lex::word`].
    pub fn words(&self, text: &str, variables: &dyn Variables, budget: &Budget) -> Result<Vec<String>, String> {
        let mut reader = Reader::new(*self, text, variables, budget);
        let result = reader.whole();
        result.map(|(_, words)| words).map_err(|reason| reader.failure(text, reason))
    }
}

struct Reader<'a> {
    lex: Lex,
    rest: std::str::Chars<'a>,
    variables: &'a dyn Variables,
    budget: &'a Budget,
    raw_escapes: bool,
    /// The word being split off. Shared by all nesting, which loses what stood before a `${…}`
    /// with a default: so it is in BuildKit.
    buffer: String,
    matched: Vec<String>,
    unmatched: Vec<String>,
    /// The names of both.
    asked: BTreeSet<String>,
    depth: usize,
}

/// Words split off so far.
#[derive(Default)]
struct Words {
    list: Vec<String>,
    inside: bool,
}

impl Words {
    fn add(&mut self, buffer: &mut String, c: char) {
        if !c.is_whitespace() {
            self.add_raw(buffer, c);
        } else if self.inside && !buffer.is_empty() {
            self.list.push(std::mem::take(buffer));
            self.inside = false;
        }
    }

    fn add_raw(&mut self, buffer: &mut String, c: char) {
        buffer.push(c);
        self.inside = true;
    }

    fn finish(mut self, buffer: &mut String) -> Vec<String> {
        if !buffer.is_empty() {
            self.list.push(std::mem::take(buffer));
        }
        self.list
    }
}

impl<'a> Reader<'a> {
    fn new(lex: Lex, text: &'a str, variables: &'a dyn Variables, budget: &'a Budget) -> Self {
        Reader {
            lex,
            rest: text.chars(),
            variables,
            budget,
            raw_escapes: lex.raw_escapes,
            buffer: String::new(),
            matched: Vec::new(),
            unmatched: Vec::new(),
            asked: BTreeSet::new(),
            depth: 0,
        }
    }

    /// Reads the whole text.
    fn whole(&mut self) -> Result<(String, Vec<String>), String> {
        self.budget.spend(self.rest.as_str().len())?;
        let read = self.until(None, self.lex.raw_escapes)?;
        self.budget.make(read.0.len())?;
        Ok(read)
    }

    /// What is said of a word that has no value. A word that was too much is not repeated.
    fn failure(&self, word: &str, reason: String) -> String {
        match self.budget.is_used_up() {
            true => reason,
            false => format!("failed to process {}: {reason}", go_quote(word)),
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn next(&mut self) -> Option<char> {
        self.rest.next()
    }

    /// Reads to the end, or up to and including `stop`: the text, and its words.
    fn until(&mut self, stop: Option<char>, raw_escapes: bool) -> Result<(String, Vec<String>), String> {
        let before = std::mem::replace(&mut self.raw_escapes, raw_escapes);
        let result = self.until_inner(stop);
        self.raw_escapes = before;
        result
    }

    fn until_inner(&mut self, stop: Option<char>) -> Result<(String, Vec<String>), String> {
        let mut text = String::new();
        let mut words = Words::default();
        self.buffer.clear();
        while let Some(c) = self.peek() {
            if Some(c) == stop {
                self.next();
                return Ok((text, words.finish(&mut self.buffer)));
            }
            match c {
                '$' => {
                    let value = self.dollar()?;
                    append(&mut text, &value)?;
                    value.chars().for_each(|c| words.add(&mut self.buffer, c));
                }
                '<' => {
                    let part = self.heredoc_sign();
                    text.push_str(&part);
                    part.chars().for_each(|c| words.add_raw(&mut self.buffer, c));
                }
                '\'' | '"' if !self.lex.skip_quotes => {
                    let part = if c == '"' { self.double_quoted()? } else { self.single_quoted()? };
                    append(&mut text, &part)?;
                    self.buffer.push_str(&part);
                    words.inside = true;
                }
                _ if c == self.lex.escape => {
                    self.next();
                    if self.raw_escapes {
                        words.add_raw(&mut self.buffer, c);
                        text.push(c);
                    }
                    let Some(next) = self.next() else {
                        break;
                    };
                    words.add_raw(&mut self.buffer, next);
                    text.push(next);
                }
                _ => {
                    self.next();
                    words.add(&mut self.buffer, c);
                    text.push(c);
                }
            }
        }
        match stop {
            Some(stop) => Err(format!("unexpected end of statement while looking for matching {stop}")),
            None => Ok((text, words.finish(&mut self.buffer))),
        }
    }

    fn single_quoted(&mut self) -> Result<String, String> {
        let mut text = String::new();
        let open = self.next();
        text.extend(open.filter(|_| self.lex.raw_quotes));
        loop {
            match self.next() {
                None => return Err("unexpected end of statement while looking for matching single-quote".into()),
                Some('\'') => {
                    text.extend(open.filter(|_| self.lex.raw_quotes));
                    return Ok(text);
                }
                Some(c) => text.push(c),
            }
        }
    }

    fn double_quoted(&mut self) -> Result<String, String> {
        let mut text = String::new();
        let open = self.next();
        text.extend(open.filter(|_| self.lex.raw_quotes));
        loop {
            match self.peek() {
                None => return Err("unexpected end of statement while looking for matching double-quote".into()),
                Some('"') => {
                    self.next();
                    text.extend(open.filter(|_| self.lex.raw_quotes));
                    return Ok(text);
                }
                Some('$') => append(&mut text, &self.dollar()?)?,
                Some(c) => {
                    self.next();
                    if c != self.lex.escape {
                        text.push(c);
                        continue;
                    }
                    if self.raw_escapes {
                        text.push(c);
                    }
                    match self.peek() {
                        None => {}
                        Some(next) if next == '"' || next == '$' || next == self.lex.escape => {
                            self.next();
                            text.push(next);
                        }
                        Some(_) => text.push(c),
                    }
                }
            }
        }
    }

    /// `<<` keeps the blanks behind it: the word of a here-document may follow after some.
    fn heredoc_sign(&mut self) -> String {
        self.next();
        if self.peek() != Some('<') {
            return "<".into();
        }
        self.next();
        let mut sign = String::from("<<");
        while let Some(c @ (' ' | '\t' | '\r')) = self.peek() {
            sign.push(c);
            self.next();
        }
        sign
    }

    fn value(&mut self, name: &str) -> Option<&'a str> {
        let value = self.variables.get(name);
        if !self.asked.contains(name) {
            self.asked.insert(name.to_string());
            let list = if value.is_some() { &mut self.matched } else { &mut self.unmatched };
            list.push(name.to_string());
        }
        value
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        match self.peek() {
            // All digits of `$12` are its name.
            Some(c) if c.is_numeric() && c.is_ascii_digit() => {
                while let Some(c) = self.peek().filter(char::is_ascii_digit) {
                    name.push(c);
                    self.next();
                }
                return name;
            }
            Some(c @ ('@' | '*' | '#' | '?' | '-' | '$' | '!')) => {
                self.next();
                return c.to_string();
            }
            _ => {}
        }
        while let Some(c) = self.peek().filter(|c| c.is_alphanumeric() || *c == '_') {
            name.push(c);
            self.next();
        }
        name
    }

    fn dollar(&mut self) -> Result<String, String> {
        let value = self.substitution()?;
        self.budget.spend(value.len())?;
        Ok(value)
    }

    fn substitution(&mut self) -> Result<String, String> {
        self.next();
        if self.peek() != Some('{') {
            let name = self.name();
            if name.is_empty() {
                return Ok("$".into());
            }
            return Ok(match self.value(&name) {
                None if self.lex.skip_unset => format!("${name}"),
                value => value.unwrap_or("").to_string(),
            });
        }
        self.next();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("substitutions are nested more than {MAX_DEPTH} deep"));
        }
        let result = self.braces();
        self.depth -= 1;
        result
    }

    /// What stands between the braces of `${…}`.
    fn braces(&mut self) -> Result<String, String> {
        match self.peek() {
            None => return Err("syntax error: missing '}'".into()),
            Some('{' | '}' | ':') => return Err("syntax error: bad substitution".into()),
            _ => {}
        }
        let name = self.name();
        let sign = self.next();
        // Go prints the end of the text as this character.
        let shown = |sign: Option<char>| sign.unwrap_or('\u{fffd}');
        match sign {
            Some('}') => Ok(match self.value(&name) {
                None if self.lex.skip_unset => format!("${{{name}}}"),
                value => value.unwrap_or("").to_string(),
            }),
            Some(':') => {
                let operator = self.next();
                self.operator(&name, operator, true, &format!(":{}", shown(operator)))
            }
            Some('+' | '-' | '?' | '#' | '%') => self.operator(&name, sign, false, &shown(sign).to_string()),
            Some('/') => self.replace(&name),
            _ => Err(format!("unsupported modifier ({}) in substitution", shown(sign))),
        }
    }

    /// Reads up to `stop` inside braces.
    fn part(&mut self, stop: char, raw_escapes: bool, missing: &str) -> Result<String, String> {
        match self.until(Some(stop), raw_escapes) {
            Ok((text, _)) => Ok(text),
            Err(_) if self.peek().is_none() => Err(format!("syntax error: missing {missing}")),
            Err(message) => Err(message),
        }
    }

    fn operator(
        &mut self,
        name: &str,
        operator: Option<char>,
        null_is_unset: bool,
        written: &str,
    ) -> Result<String, String> {
        let is_pattern = matches!(operator, Some('#' | '%'));
        if null_is_unset && is_pattern {
            return Err(format!("unsupported modifier ({written}) in substitution"));
        }
        let word = self.part('}', is_pattern, "'}'")?;
        let value = self.value(name);
        if self.lex.skip_unset && value.is_none() {
            return Ok(format!("${{{name}{written}{word}}}"));
        }
        let usable = value.filter(|text| !(null_is_unset && text.is_empty()));
        match operator {
            Some('-') => Ok(usable.map_or(word, str::to_string)),
            Some('+') => Ok(usable.map(|_| word).unwrap_or_default()),
            Some('?') => match usable {
                Some(text) => Ok(text.to_string()),
                None if !word.is_empty() => Err(format!("{name}: {word}")),
                None if value.is_some() => Err(format!("{name}: is not allowed to be empty")),
                None => Err(format!("{name}: is not allowed to be unset")),
            },
            Some(sign @ ('#' | '%')) => {
                let value = value.unwrap_or("");
                let (greedy, word) = match word.strip_prefix(sign) {
                    Some(rest) => (true, rest),
                    None => (false, word.as_str()),
                };
                let cut = if sign == '#' { pattern::trim_prefix } else { pattern::trim_suffix };
                cut(word, value, greedy, self.budget)
            }
            _ => Err(format!("unsupported modifier ({written}) in substitution")),
        }
    }

    /// `${name/pattern/replacement}`, with two slashes everywhere.
    fn replace(&mut self, name: &str) -> Result<String, String> {
        let all = self.peek() == Some('/');
        if all {
            self.next();
        }
        let pattern = self.part('/', true, "'/' in ${}")?;
        let replacement = self.part('}', true, "'}'")?;
        let value = self.value(name);
        if self.lex.skip_unset && value.is_none() {
            return Ok(format!("${{{name}/{pattern}/{replacement}}}"));
        }
        pattern::replace(&pattern, value.unwrap_or(""), &replacement, all, self.budget)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sample;

    impl Variables for Sample {
        fn get(&self, name: &str) -> Option<&str> {
            match name {
                "A" => Some("x.tar.gz"),
                "E" => Some(""),
                "P" => Some("a/b/a"),
                _ => None,
            }
        }
    }

    fn expand(word: &str) -> Result<String, String> {
        Lex::new('\\')
            .word(word, &Sample, &Budget::default())
            .map(|expansion| expansion.text.into_owned())
            .map_err(|error| error.message)
    }

    #[test]
    fn words_expand_as_buildkit_expands_them() {
        for (word, expected) in [
            ("$A", "x.tar.gz"),
            ("${A}y", "x.tar.gzy"),
            ("'$A'", "$A"),
            ("\"$A b\"", "x.tar.gz b"),
            ("\\$A", "$A"),
            ("${U:-d}", "d"),
            ("${E:-d}", "d"),
            ("${E-d}", ""),
            ("${A:+yes}", "yes"),
            ("${U:+yes}", ""),
            ("${U:-${A}}", "x.tar.gz"),
            ("${A%.*}", "x.tar"),
            ("${A%%.*}", "x"),
            ("${A#*.}", "tar.gz"),
            ("${A##*.}", "gz"),
            ("${P/a/z}", "z/b/a"),
            ("${P//a/z}", "z/b/z"),
            ("${P//\\//-}", "a-b-a"),
            ("a$", "a$"),
            ("a\\", "a"),
        ] {
            assert_eq!(expand(word).as_deref(), Ok(expected), "{word}");
        }
    }

    #[test]
    fn what_is_not_set_is_told_once() {
        let expansion = Lex::new('\\').word("$U-$U-$A", &Sample, &Budget::default()).unwrap();
        assert_eq!((expansion.unmatched, expansion.matched), (vec!["U".to_string()], vec!["A".to_string()]));
    }

    #[test]
    fn mistakes_are_told_in_buildkits_words() {
        for (bad, message) in [
            ("${", "syntax error: missing '}'"),
            ("${A:-", "syntax error: missing '}'"),
            ("${}", "syntax error: bad substitution"),
            ("${A:x}", "unsupported modifier (:x) in substitution"),
            ("${U:?gone}", "U: gone"),
            ("${U?}", "U: is not allowed to be unset"),
            ("'", "unexpected end of statement while looking for matching single-quote"),
            ("\"", "unexpected end of statement while looking for matching double-quote"),
        ] {
            assert_eq!(expand(bad), Err(format!("failed to process {}: {message}", go_quote(bad))));
        }
    }

    #[test]
    fn texts_split_into_words_behind_the_expansion() {
        let words = Lex::new('\\').words("80 '1 2' $P\\ x $E", &Sample, &Budget::default()).unwrap();
        assert_eq!(words, ["80", "1 2", "a/b/a x"]);
    }

    #[test]
    fn patterns_without_number_are_refused_without_a_word_of_them() {
        let budget = Budget::of_steps(10_000);
        let error = Lex::new('\\').word(&"${A//*a/}".repeat(1_000), &Sample, &budget).unwrap_err();
        assert!(error.message.starts_with("the words and settings of this file take more than"), "{}", error.message);
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert!(expand(&"${U:-".repeat(100_000)).unwrap_err().contains("nested"));
    }
}
