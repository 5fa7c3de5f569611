//! The ways in which `-regex` may be written.

/// The syntax of `-regex`, Emacs' if nothing else is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    Emacs,
    Basic,
    Extended,
}

impl Syntax {
    pub(crate) fn named(name: &str) -> Option<Syntax> {
        Some(match name {
            "emacs" | "findutils-default" => Syntax::Emacs,
            "posix-basic" | "ed" | "sed" | "grep" | "posix-minimal-basic" => Syntax::Basic,
            "posix-extended" | "egrep" | "posix-egrep" | "awk" | "posix-awk" | "gnu-awk" => Syntax::Extended,
            _ => return None,
        })
    }

    /// An expression for a whole path, and whether it is one of the extended ones.
    pub(crate) fn whole(self, pattern: &str) -> (String, bool) {
        match self {
            Syntax::Basic => (format!("^\\({pattern}\\)$"), false),
            Syntax::Extended => (format!("^({pattern})$"), true),
            // `+` and `?` repeat as in the extended ones; groups, alternatives and bounds have a backslash.
            Syntax::Emacs => {
                let mut out = String::new();
                let mut chars = pattern.chars();
                while let Some(c) = chars.next() {
                    match c {
                        '\\' => match chars.next() {
                            Some(c @ ('(' | ')' | '|')) => out.push(c),
                            Some(c) => out.extend(['\\', c]),
                            None => out.push_str("\\\\"),
                        },
                        '(' | ')' | '|' | '{' | '}' => out.extend(['\\', c]),
                        c => out.push(c),
                    }
                }
                (format!("^({out})$"), true)
            }
        }
    }
}
