//! The types of regular expressions of `find -regextype`.

/// The syntax of `-regex`; Emacs' is the default.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegexType {
    Emacs,
    Basic,
    Extended,
}

impl RegexType {
    pub(crate) fn named(name: &str) -> Option<RegexType> {
        Some(match name {
            "emacs" | "findutils-default" => RegexType::Emacs,
            "posix-basic" | "ed" | "sed" | "grep" | "posix-minimal-basic" => RegexType::Basic,
            "posix-extended" | "egrep" | "posix-egrep" | "awk" | "posix-awk" | "gnu-awk" => RegexType::Extended,
            _ => return None,
        })
    }

    /// An expression for a whole path, and whether it is one of the extended ones.
    pub(crate) fn whole(self, pattern: &str) -> (String, bool) {
        match self {
            RegexType::Basic => (format!("^\\({pattern}\\)$"), false),
            RegexType::Extended => (format!("^({pattern})$"), true),
            // `+` and `?` repeat as in the extended ones; groups, alternatives and bounds have a backslash.
            RegexType::Emacs => {
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
