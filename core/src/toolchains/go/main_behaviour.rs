//! What a Go program does: follows a `main` that prints literals, exits or serves.

use super::imports::Source;
use crate::shell::Behaviour;

impl Source {
    /// The statements of `func main`, as texts.
    pub(crate) fn main_body(&self) -> Option<&str> {
        let at = self.code.find("func main()")?;
        let open = at + self.code.get(at..)?.find('{')?;
        let body = self.code.get(open + 1..)?;
        let mut depth = 1usize;
        let mut quote: Option<char> = None;
        let mut skip = false;
        for (index, c) in body.char_indices() {
            if std::mem::take(&mut skip) {
                continue;
            }
            match (quote, c) {
                (Some('"' | '\''), '\\') => skip = true,
                (Some(open), c) if c == open => quote = None,
                (Some(_), _) => {}
                (None, '"' | '`' | '\'') => quote = Some(c),
                (None, '{') => depth += 1,
                (None, '}') => {
                    depth -= 1;
                    if depth == 0 {
                        return body.get(..index);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The behaviour of the program, as far as `main` can be followed line by line.
    pub(crate) fn behaviour(&self) -> Behaviour {
        let imports = |path: &str| self.imports.iter().any(|import| import.path == path);
        let calls_https = self.code.contains("https://") || imports("crypto/tls");
        let mut does = Behaviour { known: true, calls_https, ..Behaviour::default() };
        let mut depth = 0i32;
        for line in self.main_body().unwrap_or("").lines() {
            let line = line.trim();
            let opens = line.matches('{').count() as i32 - line.matches('}').count() as i32;
            let inside = depth > 0;
            depth += opens;
            if line.is_empty() || inside {
                continue;
            }
            if line.contains("ListenAndServe") || line.starts_with("select {") || line.starts_with("for {") {
                does.serves = true;
                return does;
            }
            if let Some(arguments) =
                call(line, "fmt.Println").or_else(|| call(line, "fmt.Printf")).or_else(|| call(line, "fmt.Print"))
            {
                match literals(arguments) {
                    Some(words) if line.starts_with("fmt.Println") => does.stdout.push_str(&(words.join(" ") + "\n")),
                    Some(words) if line.starts_with("fmt.Printf") => does.stdout.push_str(&format_verbs(&words)),
                    Some(words) => does.stdout.push_str(&words.concat()),
                    None => does.known = false,
                }
            } else if let Some(code) = call(line, "os.Exit") {
                does.exit_code = code.trim().parse().unwrap_or(1);
                return does;
            } else if line.starts_with("panic(") {
                does.exit_code = 2;
                return does;
            } else if line.starts_with("return") {
                return does;
            } else if !(line.starts_with("http.Handle")
                || line.starts_with("//")
                || line.starts_with("})")
                || line == "}"
                || line.starts_with("_ ="))
            {
                // Something that may print, wait or end: not followed.
                does.known = false;
            }
        }
        does
    }
}

/// The arguments of a call that is a whole statement.
fn call<'a>(line: &'a str, function: &str) -> Option<&'a str> {
    line.strip_prefix(function)?.trim_start().strip_prefix('(')?.trim_end_matches(';').strip_suffix(')')
}

/// String and number literals, separated by commas; `None` if anything else is there.
fn literals(arguments: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = arguments.trim();
    while !rest.is_empty() {
        let (word, after) = match rest.chars().next()? {
            '"' => {
                let mut text = String::new();
                let mut chars = rest.char_indices().skip(1);
                let end = loop {
                    let (at, c) = chars.next()?;
                    match c {
                        '"' => break at + 1,
                        '\\' => text.push(match chars.next()?.1 {
                            'n' => '\n',
                            't' => '\t',
                            other => other,
                        }),
                        c => text.push(c),
                    }
                };
                (text, rest.get(end..)?)
            }
            '`' => rest.get(1..)?.split_once('`').map(|(text, after)| (text.to_string(), after))?,
            _ => {
                let end = rest.find(',').unwrap_or(rest.len());
                let number: f64 = rest.get(..end)?.trim().parse().ok()?;
                (number.to_string(), rest.get(end..)?)
            }
        };
        words.push(word);
        rest = after.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    Some(words)
}

fn format_verbs(words: &[String]) -> String {
    let mut rest = words.iter().skip(1);
    let mut out = String::new();
    let mut chars = words.first().map_or("", String::as_str).chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => match chars.next() {
                Some('%') | None => out.push('%'),
                Some(_) => out.push_str(rest.next().map_or("", String::as_str)),
            },
            c => out.push(c),
        }
    }
    out
}
