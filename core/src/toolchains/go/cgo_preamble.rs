//! The C part of Go files with `import "C"`: what its comment includes, and the libraries that it links
//! (documentation of cmd/cgo).

/// What the preamble of a file asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preamble {
    /// `-l` of `#cgo LDFLAGS`, in order.
    pub(crate) libraries: Vec<String>,
    /// `-L` of `#cgo LDFLAGS`.
    pub(crate) folders: Vec<String>,
    /// `#cgo pkg-config`: the names.
    pub(crate) pkg_config: Vec<String>,
    /// `#include <NAME>` with line and column of the directive's argument in the file.
    pub(crate) includes: Vec<(String, usize, usize)>,
}

/// Reads the preamble from the text of a file.
pub(crate) fn read(text: &str) -> Preamble {
    let mut found = Preamble::default();
    for (at, line) in text.lines().enumerate() {
        if line.trim() == "import \"C\"" {
            break;
        }
        let start = line.trim_start().trim_start_matches('/').trim_start();
        if let Some(directive) = start.strip_prefix("#cgo ") {
            let Some((condition, value)) = directive.split_once(':') else { continue };
            // A directive for another system or processor.
            let mut conditions = condition.split_whitespace().collect::<Vec<_>>();
            let name = conditions.pop().unwrap_or_default();
            let others = ["windows", "darwin", "freebsd", "netbsd", "openbsd", "arm64", "arm", "386", "!linux"];
            if !conditions.is_empty() && conditions.iter().all(|word| others.iter().any(|other| word.contains(other))) {
                continue;
            }
            match name {
                "LDFLAGS" => {
                    let words = || value.split_whitespace();
                    found.libraries.extend(words().filter_map(|word| word.strip_prefix("-l")).map(str::to_string));
                    found.folders.extend(words().filter_map(|word| word.strip_prefix("-L")).map(str::to_string));
                }
                "pkg-config" => found
                    .pkg_config
                    .extend(value.split_whitespace().filter(|word| !word.starts_with('-')).map(str::to_string)),
                _ => {}
            }
        } else if let Some(rest) = start.strip_prefix("#include")
            && let Some(name) = rest.trim().strip_prefix('<').and_then(|rest| rest.split_once('>'))
        {
            // The compiler gets the comment without its `//`.
            let mark = if line.trim_start().starts_with("//") { 2 } else { 0 };
            let column = line.find('<').map_or(1, |column| column + 1 - mark);
            found.includes.push((name.0.to_string(), at + 1, column));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_of_the_comment_are_read() {
        let text = "package main\n\n// #cgo LDFLAGS: -L/opt/lib -lsqlite3 -lm\n// #cgo windows LDFLAGS: -lws2\n// #cgo pkg-config: gtk4\n// #include <sqlite3.h>\n/*\n#include <stdio.h>\n*/\nimport \"C\"\n\n// #cgo LDFLAGS: -lno\n";
        let found = read(text);
        assert_eq!(
            (found.libraries, found.folders),
            (vec!["sqlite3".into(), "m".into()], vec!["/opt/lib".to_string()])
        );
        assert_eq!(found.pkg_config, ["gtk4"]);
        assert_eq!(found.includes, [("sqlite3.h".to_string(), 6, 11), ("stdio.h".to_string(), 8, 10)]);
    }
}
