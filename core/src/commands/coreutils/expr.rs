//! expr: sums, comparisons and matches, one word each.

use crate::shell::{Effort, Shell};

/// Brackets within brackets.
const MAX_DEPTH: u32 = 50;

pub(crate) fn expr(shell: &mut Shell, argv: &[String]) -> i32 {
    let words = argv.get(1..).unwrap_or(&[]);
    let words = words.strip_prefix(&["--".to_string()]).unwrap_or(words);
    let mut reader = Reader { words: words.iter().peekable(), effort: &shell.effort };
    let result = reader.any(0).and_then(|value| match reader.words.next() {
        None => Ok(value),
        Some(word) => Err(ExprError::Syntax(format!("unexpected argument '{word}'"))),
    });
    let busybox = shell.dialect() == "ash";
    let text = match result {
        Ok(value) => {
            let is_null = is_null(&value);
            shell.out(format!("{value}\n"));
            return i32::from(is_null);
        }
        Err(ExprError::Unknown) => {
            shell.gap("unmodelled-option", format!("expr {}", words.join(" ")));
            return 2;
        }
        Err(_) if words.is_empty() && busybox => "too few arguments".to_string(),
        Err(ExprError::Syntax(_) | ExprError::Missing) if busybox => "syntax error".into(),
        Err(ExprError::Syntax(what)) => format!("syntax error: {what}"),
        Err(ExprError::Missing) => match words.last() {
            Some(word) => format!("syntax error: missing argument after '{word}'"),
            None => "missing operand\nTry 'expr --help' for more information.".into(),
        },
        Err(ExprError::Number) => "non-integer argument".into(),
        Err(ExprError::Zero) => "division by zero".into(),
    };
    shell.err(format!("expr: {text}\n"));
    2
}

fn is_null(value: &str) -> bool {
    value.is_empty() || value.parse::<i64>() == Ok(0)
}

/// Why there is no answer.
enum ExprError {
    /// No word where one is needed.
    Missing,
    Syntax(String),
    Number,
    Zero,
    /// An expression that cannot be said, or a number that is too large.
    Unknown,
}

struct Reader<'w> {
    words: std::iter::Peekable<std::slice::Iter<'w, String>>,
    effort: &'w Effort,
}

impl Reader<'_> {
    /// One of some operators, if it is next.
    fn operator(&mut self, of: &[&str]) -> Option<String> {
        self.words.next_if(|word| of.contains(&word.as_str())).cloned()
    }

    /// `|`
    fn any(&mut self, depth: u32) -> Result<String, ExprError> {
        let mut value = self.all(depth)?;
        while self.operator(&["|"]).is_some() {
            let other = self.all(depth)?;
            if is_null(&value) {
                value = if is_null(&other) { "0".into() } else { other };
            }
        }
        Ok(value)
    }

    /// `&`
    fn all(&mut self, depth: u32) -> Result<String, ExprError> {
        let mut value = self.compared(depth)?;
        while self.operator(&["&"]).is_some() {
            let other = self.compared(depth)?;
            if is_null(&value) || is_null(&other) {
                value = "0".into();
            }
        }
        Ok(value)
    }

    fn compared(&mut self, depth: u32) -> Result<String, ExprError> {
        let mut value = self.sum(depth)?;
        while let Some(operator) = self.operator(&["<", "<=", "=", "==", "!=", ">=", ">"]) {
            let other = self.sum(depth)?;
            let order = match (value.parse::<i64>(), other.parse::<i64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                _ => value.cmp(&other),
            };
            let holds = match operator.as_str() {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                "!=" => order.is_ne(),
                ">=" => order.is_ge(),
                ">" => order.is_gt(),
                _ => order.is_eq(),
            };
            value = i64::from(holds).to_string();
        }
        Ok(value)
    }

    fn sum(&mut self, depth: u32) -> Result<String, ExprError> {
        let mut value = self.product(depth)?;
        while let Some(operator) = self.operator(&["+", "-"]) {
            let other = self.product(depth)?;
            let (a, b) = (number(&value)?, number(&other)?);
            let result = if operator == "+" { a.checked_add(b) } else { a.checked_sub(b) };
            value = result.ok_or(ExprError::Unknown)?.to_string();
        }
        Ok(value)
    }

    fn product(&mut self, depth: u32) -> Result<String, ExprError> {
        let mut value = self.matched(depth)?;
        while let Some(operator) = self.operator(&["*", "/", "%"]) {
            let other = self.matched(depth)?;
            let (a, b) = (number(&value)?, number(&other)?);
            if b == 0 && operator != "*" {
                return Err(ExprError::Zero);
            }
            let result = match operator.as_str() {
                "*" => a.checked_mul(b),
                "/" => a.checked_div(b),
                _ => a.checked_rem(b),
            };
            value = result.ok_or(ExprError::Unknown)?.to_string();
        }
        Ok(value)
    }

    /// `TEXT : EXPRESSION`
    fn matched(&mut self, depth: u32) -> Result<String, ExprError> {
        let mut value = self.word(depth)?;
        while self.operator(&[":"]).is_some() {
            let pattern = self.word(depth)?;
            value = matched(self.effort, &value, &pattern).ok_or(ExprError::Unknown)?;
        }
        Ok(value)
    }

    fn word(&mut self, depth: u32) -> Result<String, ExprError> {
        let Some(word) = self.words.next().cloned() else { return Err(ExprError::Missing) };
        // Alone or before an operator a keyword is a word like others.
        let is_keyword = |reader: &mut Self, more: usize| reader.words.clone().count() >= more;
        match word.as_str() {
            "(" if depth < MAX_DEPTH => {
                let value = self.any(depth + 1)?;
                match self.words.next() {
                    Some(word) if word == ")" => Ok(value),
                    Some(word) => Err(ExprError::Syntax(format!("expecting ')' instead of '{word}'"))),
                    None => Err(ExprError::Syntax(format!("expecting ')' after '{value}'"))),
                }
            }
            "(" => Err(ExprError::Unknown),
            "+" if is_keyword(self, 1) => self.words.next().cloned().ok_or(ExprError::Missing),
            "length" if is_keyword(self, 1) => Ok(self.word(depth)?.chars().count().to_string()),
            "match" if is_keyword(self, 2) => {
                let (text, pattern) = (self.word(depth)?, self.word(depth)?);
                matched(self.effort, &text, &pattern).ok_or(ExprError::Unknown)
            }
            "index" if is_keyword(self, 2) => {
                let (text, letters) = (self.word(depth)?, self.word(depth)?);
                Ok(text.chars().position(|c| letters.contains(c)).map_or(0, |at| at + 1).to_string())
            }
            "substr" if is_keyword(self, 3) => {
                let (text, start, count) = (self.word(depth)?, self.word(depth)?, self.word(depth)?);
                let positive = |text: &str| text.parse::<usize>().ok().filter(|number| *number > 0);
                Ok(match (positive(&start), positive(&count)) {
                    (Some(start), Some(count)) => text.chars().skip(start - 1).take(count).collect(),
                    _ => String::new(),
                })
            }
            ")" | "|" | "&" | "<" | "<=" | "=" | "!=" | ">=" | ">" | "*" | "/" | "%" | ":"
                if self.words.peek().is_some() || word == ")" =>
            {
                Err(ExprError::Syntax(format!("unexpected argument '{word}'")))
            }
            _ => Ok(word),
        }
    }
}

fn number(text: &str) -> Result<i64, ExprError> {
    text.parse().map_err(|_| ExprError::Number)
}

/// What the first group has, or how long the match at the start is.
fn matched(effort: &Effort, text: &str, pattern: &str) -> Option<String> {
    let regex = crate::shell::regex::compile(effort, &format!("^{}", pattern.trim_start_matches('^')), false, false)?;
    let found = regex.captures(text);
    let has_group = regex.captures_len() > 1;
    Some(match (found, has_group) {
        (Some(found), true) => found.get(1).map_or(String::new(), |group| group.as_str().to_string()),
        (Some(found), false) => found.get(0).map_or(0, |whole| whole.as_str().chars().count()).to_string(),
        (None, true) => String::new(),
        (None, false) => "0".into(),
    })
}
