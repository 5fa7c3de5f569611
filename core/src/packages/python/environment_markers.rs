//! Environment markers (PEP 508): whether a requirement applies to CPython on Linux x86-64.

use super::interpreter::python_version;
use crate::shell::Shell;
use std::cmp::Ordering;

/// The deepest nesting of parentheses.
const MAX_DEPTH: u32 = 32;

/// The values of the variables in markers.
pub(crate) struct MarkerEnvironment {
    /// Python's major and minor number.
    version: String,
}

impl MarkerEnvironment {
    pub(crate) fn of(shell: &Shell) -> MarkerEnvironment {
        MarkerEnvironment { version: python_version(shell) }
    }

    fn value(&self, name: &str) -> Option<&str> {
        Some(match name {
            "python_version" | "python_full_version" | "implementation_version" => &self.version,
            "sys_platform" => "linux",
            "platform_system" => "Linux",
            "os_name" => "posix",
            "platform_machine" => "x86_64",
            "platform_python_implementation" => "CPython",
            "implementation_name" => "cpython",
            _ => return None,
        })
    }
}

/// Whether a marker holds if these extras are requested. An empty marker holds, and so does one that cannot be
/// parsed.
pub(crate) fn marker_holds(text: &str, environment: &MarkerEnvironment, extras: &[&str]) -> bool {
    let mut reader = Reader { rest: text, environment, extras };
    text.trim().is_empty() || reader.or_expression(0).unwrap_or(true)
}

struct Reader<'a> {
    rest: &'a str,
    environment: &'a MarkerEnvironment,
    extras: &'a [&'a str],
}

impl<'a> Reader<'a> {
    fn or_expression(&mut self, depth: u32) -> Option<bool> {
        let mut holds = self.and_expression(depth)?;
        while self.take("or") {
            holds |= self.and_expression(depth)?;
        }
        Some(holds)
    }

    fn and_expression(&mut self, depth: u32) -> Option<bool> {
        let mut holds = self.comparison(depth)?;
        while self.take("and") {
            holds &= self.comparison(depth)?;
        }
        Some(holds)
    }

    fn comparison(&mut self, depth: u32) -> Option<bool> {
        if self.take("(") {
            let holds = if depth < MAX_DEPTH { self.or_expression(depth + 1) } else { None };
            return self.take(")").then_some(holds?);
        }
        let (left, left_name) = self.operand()?;
        let operator = self.operator()?;
        let (right, right_name) = self.operand()?;
        // `extra` is compared with each of the requested extras.
        if left_name == Some("extra") || right_name == Some("extra") {
            let requirements = if left_name == Some("extra") { right } else { left };
            let is_asked = self.extras.contains(&requirements);
            return Some(if operator == "!=" { !is_asked } else { is_asked });
        }
        let is_version = [left_name, right_name].iter().flatten().any(|name| name.ends_with("version"));
        Some(match operator {
            "in" => right.contains(left),
            "not in" => !right.contains(left),
            "==" if is_version => fits(left, right),
            "!=" if is_version => !fits(left, right),
            "==" | "===" => left == right,
            "!=" => left != right,
            "<" => order(left, right).is_lt(),
            "<=" => order(left, right).is_le(),
            ">" => order(left, right).is_gt(),
            ">=" => order(left, right).is_ge(),
            "~=" => order(left, right).is_ge() && fits(left, &format!("{}.*", right.rsplit_once('.')?.0)),
            _ => return None,
        })
    }

    /// A quoted string, or a variable's value with its name.
    fn operand(&mut self) -> Option<(&'a str, Option<&'a str>)> {
        self.rest = self.rest.trim_start();
        let quote = self.rest.chars().next()?;
        if quote == '"' || quote == '\'' {
            let (text, rest) = self.rest.get(1..)?.split_once(quote)?;
            self.rest = rest;
            return Some((text, None));
        }
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_.".contains(c));
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        let value = if name == "extra" { "" } else { self.environment.value(name)? };
        Some((value, Some(name)))
    }

    fn operator(&mut self) -> Option<&'static str> {
        if self.take("not") {
            return self.take("in").then_some("not in");
        }
        ["===", "==", "!=", "<=", ">=", "~=", "<", ">", "in"].into_iter().find(|operator| self.take(operator))
    }

    /// Takes a word or an operator, if it comes next.
    fn take(&mut self, what: &str) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(what).filter(|rest| {
            let is_word = what.ends_with(|c: char| c.is_ascii_alphabetic());
            !is_word || !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        });
        if let Some(rest) = rest {
            self.rest = rest;
        }
        rest.is_some()
    }
}

/// The order of two versions by their numbers. The patch number is not known and counts as 0.
fn order(one: &str, two: &str) -> Ordering {
    let numbers = |text: &str| -> Vec<u64> {
        let mut numbers: Vec<u64> = text.split('.').map_while(|part| part.parse().ok()).collect();
        numbers.resize(4, 0);
        numbers
    };
    numbers(one).cmp(&numbers(two))
}

/// Whether a version matches: `3.11` matches `3.11`, `3.11.*` and `3.*`.
fn fits(version: &str, wanted: &str) -> bool {
    match wanted.strip_suffix(".*") {
        Some(start) => version == start || version.starts_with(&format!("{start}.")),
        None => order(version, wanted).is_eq(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_asked_of_the_machine_at_work() {
        let environment = MarkerEnvironment { version: "3.11".into() };
        let ask = |text: &str| marker_holds(text, &environment, &["db"]);
        for text in [
            "",
            "sys_platform == 'linux'",
            "python_version >= \"3.8\" and python_version < '4'",
            "python_full_version < '3.15'",
            "sys_platform == 'win32' or (os_name == 'posix' and implementation_name != 'pypy')",
            "extra == 'db'",
            "platform_machine in 'x86_64 aarch64'",
            "python_version ~= '3.9'",
            "python_version == '3.*'",
            "'linux' in sys_platform",
            // What cannot be read leaves the requirement as it is.
            "what is this",
            "((((",
        ] {
            assert!(ask(text), "{text}");
        }
        for text in [
            "sys_platform == 'win32'",
            "python_version < '3.10'",
            "extra == 'docs' and sys_platform == 'linux'",
            "platform_system not in 'Linux'",
            "platform_python_implementation == 'PyPy' or python_version == '2.7'",
        ] {
            assert!(!ask(text), "{text}");
        }
    }
}
