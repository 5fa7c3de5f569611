//! Go source files: package clause, imports, and the errors that can be found without a compiler.

use super::cgo_preamble::{self, Preamble};

/// One import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) path: String,
    /// The name under which it is used; `_` and `.` as written.
    pub(crate) name: String,
    /// The file gives it that name.
    pub(crate) is_named: bool,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) package: String,
    pub(crate) imports: Vec<Import>,
    /// The text with comments replaced by blanks.
    pub(crate) code: String,
    /// Of a file with `import "C"`: its preamble.
    pub(crate) preamble: Option<Preamble>,
}

/// An error and its position, in the compiler's wording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourceError {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
}

/// Reads a file.
pub(crate) fn read(text: &str) -> Result<Source, SourceError> {
    let code = blank_comments(text);
    balanced(&code)?;
    let mut rest = code.trim_start();
    let at = |rest: &str| -> (usize, usize) {
        let offset = code.len() - rest.len();
        let before = code.get(..offset).unwrap_or("");
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
        (before.matches('\n').count() + 1, column)
    };
    let Some(after) = rest.strip_prefix("package").filter(|after| after.starts_with(char::is_whitespace)) else {
        let (line, column) = at(rest);
        let found = rest.split_whitespace().next().unwrap_or("'EOF'");
        return Err(SourceError { line, column, message: format!("expected 'package', found {found}") });
    };
    rest = after.trim_start();
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let package = rest.get(..end).unwrap_or("").to_string();
    rest = rest.get(end..).unwrap_or("").trim_start_matches([' ', '\t', '\n', '\r', ';']);
    let mut imports = Vec::new();
    while let Some(after) =
        rest.strip_prefix("import").filter(|after| after.starts_with([' ', '\t', '(', '"', '`', '\n']))
    {
        let after = after.trim_start();
        let (block, tail) = match after.strip_prefix('(') {
            Some(inside) => inside.split_once(')').unwrap_or((inside, "")),
            None => after.split_at(after.find('\n').unwrap_or(after.len())),
        };
        let mut specs = block;
        while let Some(open) = specs.find(['"', '`']) {
            let name = specs.get(..open).unwrap_or("").rsplit(['\n', ';']).next().unwrap_or("").trim().to_string();
            let quoted = specs.get(open + 1..).unwrap_or("");
            let close = quoted.find(['"', '`']).unwrap_or(quoted.len());
            let path = quoted.get(..close).unwrap_or("").to_string();
            // Both are slices of `code`: their distance from its end gives the place.
            let (line, column) = at_offset(&code, quoted.as_ptr() as usize - code.as_ptr() as usize - 1);
            let is_named = !name.is_empty();
            let used = if is_named { name } else { last_element(&path) };
            imports.push(Import { path, name: used, is_named, line, column });
            specs = quoted.get(close + 1..).unwrap_or("");
        }
        rest = tail.trim_start_matches([' ', '\t', '\n', '\r', ';', ')']);
    }
    let preamble = imports.iter().any(|import| import.path == "C").then(|| cgo_preamble::read(text));
    Ok(Source { package, imports, code, preamble })
}

fn at_offset(code: &str, offset: usize) -> (usize, usize) {
    let before = code.get(..offset).unwrap_or("");
    (before.matches('\n').count() + 1, before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1)
}

/// The name under which a package is used: its last element, a major version left out.
fn last_element(path: &str) -> String {
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or(path);
    let is_version = last.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()));
    if is_version { parts.next().unwrap_or(last) } else { last }.to_string()
}

impl Source {
    /// Imports that nothing in the file uses: the compiler refuses them. `is_named` says whether the name of an imported
    /// package is known, which need not be the last part of its path.
    pub(crate) fn unused(&self, is_named: impl Fn(&Import) -> bool) -> impl Iterator<Item = &Import> {
        self.imports.iter().filter(move |import| {
            is_named(import)
                && import.name != "_"
                && import.name != "."
                && import.path != "C"
                && !self.code.contains(&format!("{}.", import.name))
        })
    }

    /// Whether the file has a `main` function.
    pub(crate) fn has_main(&self) -> bool {
        self.main_body().is_some()
    }
}

/// Replaces comments by blanks, so that positions stay the same.
fn blank_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut quote: Option<char> = None;
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('"' | '\''), '\\') => {
                out.push(c);
                out.extend(chars.next());
                continue;
            }
            (Some(open), c) if c == open || (c == '\n' && open != '`') => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`' | '\'') => quote = Some(c),
            (None, '/') if chars.peek() == Some(&'/') => {
                out.push(' ');
                while let Some(next) = chars.next_if(|next| *next != '\n') {
                    out.extend(std::iter::repeat_n(' ', next.len_utf8()));
                }
                continue;
            }
            (None, '/') if chars.peek() == Some(&'*') => {
                out.push(' ');
                let mut last = ' ';
                for next in chars.by_ref() {
                    if next == '\n' {
                        out.push('\n');
                    } else {
                        out.extend(std::iter::repeat_n(' ', next.len_utf8()));
                    }
                    if last == '*' && next == '/' {
                        break;
                    }
                    last = next;
                }
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

/// Checks that brackets close in order.
fn balanced(code: &str) -> Result<(), SourceError> {
    let mut open: Vec<char> = Vec::new();
    let mut quote: Option<char> = None;
    let mut skip = false;
    for (offset, c) in code.char_indices() {
        if std::mem::take(&mut skip) {
            continue;
        }
        match (quote, c) {
            (Some('"' | '\''), '\\') => skip = true,
            (Some(mark), c) if c == mark || (c == '\n' && mark != '`') => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => open.push(c),
            (None, ')' | ']' | '}') => {
                let wanted = match c {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                if open.pop() != Some(wanted) {
                    let (line, column) = at_offset(code, offset);
                    return Err(SourceError { line, column, message: format!("syntax error: unexpected {c}") });
                }
            }
            _ => {}
        }
    }
    if open.is_empty() {
        return Ok(());
    }
    let (line, column) = at_offset(code, code.len());
    Err(SourceError { line, column, message: "syntax error: unexpected EOF, expecting }".into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = r#"// A comment with "quotes" {
package main

import (
	"fmt"
	h "net/http" // server
)

func main() {
	h.HandleFunc("/", func(w h.ResponseWriter, r *h.Request) {
		fmt.Fprintln(w, "hi }")
	})
	fmt.Println("one")
	fmt.Printf("port %d\n", 1111)
	h.ListenAndServe(":1111", nil)
	fmt.Println("never")
}
"#;

    #[test]
    fn imports_have_names_and_places() {
        let source = read(SERVER).unwrap();
        assert_eq!(source.package, "main");
        let imports: Vec<(&str, &str, usize)> =
            source.imports.iter().map(|i| (i.path.as_str(), i.name.as_str(), i.line)).collect();
        assert_eq!(imports, [("fmt", "fmt", 5), ("net/http", "h", 6)]);
        assert_eq!(source.unused(|_| true).count(), 0);
    }

    #[test]
    fn a_server_prints_and_then_serves() {
        let does = read(&SERVER.replace("h.HandleFunc", "http.HandleFunc")).unwrap().behaviour();
        assert_eq!((does.stdout.as_str(), does.serves, does.known), ("one\nport 1111\n", true, true));
    }

    #[test]
    fn mistakes_have_places() {
        assert_eq!(read("func main() {}").unwrap_err().message, "expected 'package', found func");
        assert!(read("package main\nfunc main() {").unwrap_err().message.contains("EOF"));
        assert_eq!(
            read("package main\nimport \"os\"\nfunc main() {}").unwrap().unused(|_| true).next().unwrap().line,
            2
        );
        for text in ["", "package", "import", "package main\nimport (", "package main\nimport \"", "/*", "\""] {
            let _ = read(text);
        }
    }
}
