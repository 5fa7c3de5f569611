//! Build constraints: which files of a package are compiled (`go help buildconstraint`).

/// What a program is compiled for.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) os: String,
    pub(crate) arch: String,
    pub(crate) cgo: bool,
    /// Major and minor number of Go.
    pub(crate) release: (u32, u32),
    pub(crate) tags: Vec<String>,
}

/// The values of GOOS and GOARCH that the names of files may end with (`internal/syslist` of Go 1.27).
const SYSTEMS: [&str; 18] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];
const PROCESSORS: [&str; 14] = [
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64",
    "s390x", "wasm",
];

/// The deepest nesting of parentheses in a constraint.
const MAX_NESTING: usize = 50;

/// Whether a file is compiled, by its name and the constraint above its package clause.
pub(crate) fn is_compiled(name: &str, text: &str, target: &Target) -> bool {
    name_fits(name, target) && constraints_hold(text, target)
}

/// `NAME_linux.go`, `NAME_amd64.go`, `NAME_linux_amd64.go`.
fn name_fits(name: &str, target: &Target) -> bool {
    let mut parts = name.trim_end_matches(".go").split('_').skip(1).collect::<Vec<_>>();
    if let Some(last) = parts.last().copied().filter(|last| PROCESSORS.contains(last)) {
        if last != target.arch {
            return false;
        }
        parts.pop();
    }
    match parts.last().copied().filter(|last| SYSTEMS.contains(last)) {
        Some(system) => system == target.os,
        None => true,
    }
}

fn constraints_hold(text: &str, target: &Target) -> bool {
    let head = || text.lines().map(str::trim).take_while(|line| !line.starts_with("package "));
    if let Some(expression) = head().find_map(|line| line.strip_prefix("//go:build ")) {
        return Expression { rest: expression, target, depth: 0 }.any_of();
    }
    let old = head().filter_map(|line| line.strip_prefix("// +build ").or(line.strip_prefix("//+build ")));
    // Each line is a constraint of its own; spaces mean "or", commas "and".
    let mut old = old;
    old.all(|line| {
        line.split_whitespace().any(|option| {
            option.split(',').all(|term| match term.strip_prefix('!') {
                Some(tag) => !has_tag(tag, target),
                None => has_tag(term, target),
            })
        })
    })
}

/// Whether a tag holds.
fn has_tag(tag: &str, target: &Target) -> bool {
    if let Some(minor) = tag.strip_prefix("go1.") {
        return minor.parse::<u32>().is_ok_and(|minor| target.release >= (1, minor));
    }
    match tag {
        "cgo" => target.cgo,
        "gc" => true,
        "unix" => target.os == "linux",
        tag => tag == target.os || tag == target.arch || target.tags.iter().any(|own| own == tag),
    }
}

/// An expression of `//go:build` that is being read.
struct Expression<'t> {
    rest: &'t str,
    target: &'t Target,
    depth: usize,
}

impl Expression<'_> {
    fn any_of(&mut self) -> bool {
        let mut holds = self.all_of();
        while self.takes("||") {
            holds |= self.all_of();
        }
        holds
    }

    fn all_of(&mut self) -> bool {
        let mut holds = self.term();
        while self.takes("&&") {
            holds &= self.term();
        }
        holds
    }

    fn term(&mut self) -> bool {
        let mut negated = false;
        while self.takes("!") {
            negated = !negated;
        }
        if self.takes("(") {
            self.depth += 1;
            let holds = self.depth <= MAX_NESTING && self.any_of();
            self.takes(")");
            self.depth = self.depth.saturating_sub(1);
            return holds != negated;
        }
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let end = self.rest.find(|c: char| !is_part(c)).unwrap_or(self.rest.len());
        let (tag, rest) = self.rest.split_at(end);
        self.rest = rest;
        has_tag(tag, self.target) != negated
    }

    fn takes(&mut self, sign: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(name: &str, text: &str) -> bool {
        let tags = vec!["prod".to_string()];
        let (os, arch) = ("linux".to_string(), "amd64".to_string());
        is_compiled(name, text, &Target { os, arch, cgo: false, release: (1, 24), tags })
    }

    #[test]
    fn names_and_lines_exclude_files() {
        for name in ["a.go", "linux.go", "a_linux.go", "a_amd64.go", "a_linux_amd64.go", "a_unix.go", "amd64.go"] {
            assert!(compiled(name, "package x"), "{name}");
        }
        for name in ["a_windows.go", "a_arm64.go", "a_linux_arm64.go", "a_darwin_amd64.go"] {
            assert!(!compiled(name, "package x"), "{name}");
        }
        for held in ["linux && !cgo", "windows || (unix && go1.20)", "prod", "!(ignore)", "!!linux"] {
            assert!(compiled("a.go", &format!("// A comment.\n\n//go:build {held}\n\npackage x\n")), "{held}");
        }
        for not in ["ignore", "cgo", "linux && windows", "go1.99", "!prod", "(", &"(".repeat(200)] {
            assert!(!compiled("a.go", &format!("//go:build {not}\n\npackage x\n")), "{not}");
        }
        assert!(compiled("a.go", "// +build linux,!cgo windows\n// +build prod\n\npackage x\n"));
        assert!(!compiled("a.go", "// +build ignore\n\npackage x\n"));
        assert!(compiled("a.go", "package x\n//go:build ignore\n"));
    }
}
