//! What a started Rust program does, as far as its `main` tells: what it prints, its exit code, and whether it serves.

use super::rust_source::Source;
use crate::shell::Behaviour;

/// Calls after which a program serves until it is stopped, of the standard library and of frameworks.
const SERVES: [&str; 9] = [
    ".incoming()",
    ".accept()",
    "axum::serve(",
    "axum::Server::",
    "HttpServer::new(",
    "warp::serve(",
    "Server::bind(",
    "rocket::build()",
    ".launch()",
];

impl Source {
    /// The behaviour of a `main` that prints literals, exits or serves. `foreign`: external crates are used.
    pub(crate) fn behaviour(&self, foreign: bool) -> Behaviour {
        let Some(code) = &self.main else { return Behaviour::default() };
        let calls_https = code.contains("https://");
        let mut does = Behaviour { known: true, calls_https, ..Behaviour::default() };
        let Some(body) = code.split_once("fn main").and_then(|(_, rest)| rest.split_once('{')).map(|(_, body)| body)
        else {
            return Behaviour::default();
        };
        // `use` lines and bindings print nothing; a framework's may do anything.
        let mut depth = 0_i32;
        for statement in statements(body) {
            let inside = depth > 0;
            let opens = statement.matches('{').count() as i32 - statement.matches('}').count() as i32;
            // Braces of a format are in a literal.
            if !statement.contains('"') {
                depth += opens;
            }
            if depth < 0 {
                break;
            }
            if SERVES.iter().any(|call| statement.contains(call)) {
                does.serves = true;
                return does;
            }
            if inside {
                does.known = false;
                continue;
            }
            if let Some(text) = literal(&statement, "println!") {
                does.stdout.push_str(&(text + "\n"));
            } else if let Some(text) = literal(&statement, "print!") {
                does.stdout.push_str(&text);
            } else if literal(&statement, "eprintln!").or_else(|| literal(&statement, "eprint!")).is_some()
                || is_quiet(&statement)
            {
            } else if let Some(code) = exit_code(&statement) {
                does.exit_code = code;
                return does;
            } else if statement.starts_with("panic!(") {
                does.exit_code = 101;
                return does;
            } else if statement.starts_with("return") {
                return does;
            } else {
                does.known = false;
            }
        }
        does.known &= !foreign || !does.stdout.is_empty();
        does
    }
}

/// Statements that neither print nor end a program: bindings of what waits for nothing.
fn is_quiet(statement: &str) -> bool {
    let is_call = |name: &str| statement.contains(name);
    statement.is_empty()
        || statement == "Ok(())"
        || statement.starts_with("use ")
        || statement.starts_with("let ") && (is_call("TcpListener::bind(") || !statement.contains('('))
}

fn exit_code(statement: &str) -> Option<i32> {
    let rest = statement.strip_prefix("std::").unwrap_or(statement);
    let code = rest.strip_prefix("process::exit(").or(rest.strip_prefix("exit("))?.strip_suffix(')')?;
    code.trim().parse::<i32>().ok().map(|code| code & 255)
}

/// The text of `name!("…")` that has nothing to fill in.
fn literal(statement: &str, name: &str) -> Option<String> {
    let inside = statement.strip_prefix(name)?.trim_start().strip_prefix('(')?.trim_end().strip_suffix(')')?.trim();
    if inside.is_empty() {
        return Some(String::new());
    }
    let text = inside.trim_end_matches(',').strip_prefix('"')?.strip_suffix('"')?;
    if text.replace("\\\"", "").contains('"') {
        return None;
    }
    let bare = text.replace("{{", "").replace("}}", "");
    let text = text.replace("{{", "{").replace("}}", "}");
    (!bare.contains(['{', '}'])).then(|| crate::shell::escapes::unescape(&text))
}

/// Splits at `;`, and behind braces of blocks, outside of literals.
fn statements(body: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut quoted = false;
    let mut escaped = false;
    for c in body.chars() {
        let Some(last) = all.last_mut() else { break };
        match c {
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        match c {
            ';' if !quoted => all.push(String::new()),
            '{' | '}' if !quoted => {
                last.push(c);
                all.push(String::new());
            }
            c => last.push(c),
        }
    }
    all.iter().map(|statement| statement.trim().to_string()).filter(|statement| !statement.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_main_of_literals_is_followed_to_its_end() {
        let does = read("// fn main() {}\nfn main() {\n  println!(\"a {{}}\\t\\\"b\\\"\"); /* no */ print!(\"c\");\n std::process::exit(3);\n}\n").behaviour(false);
        assert_eq!((does.stdout.as_str(), does.exit_code, does.known), ("a {}\t\"b\"\nc", 3, true));
        let does = read("fn main() { let x = 3; println!(\"{x}\"); }").behaviour(false);
        assert!(!does.known);
        let does = read("fn main() { if true { println!(\"x\"); } }").behaviour(false);
        assert!(!does.known);
    }

    #[test]
    fn a_server_serves() {
        let text = "use std::net::TcpListener;\nfn main() {\n let l = TcpListener::bind(\"0.0.0.0:80\").unwrap();\n println!(\"up\");\n for s in l.incoming() { handle(s); }\n}\n";
        let does = read(text).behaviour(false);
        assert_eq!((does.stdout.as_str(), does.serves), ("up\n", true));
    }

    fn read(text: &str) -> Source {
        Source::read([Some(text.as_bytes().to_vec())])
    }
}
