//! What the compiler refuses: packages that do not exist, unused imports, a missing `main`.

use super::imports::{Import, Source};
use super::measured_sizes::facts;
use super::packages::Packages;
use crate::shell::Shell;

/// The exit code of `go build` after errors of the compiler.
fn status(release: (u32, u32)) -> i32 {
    if release >= (1, 20) { 1 } else { 2 }
}

/// Reports what the compiler refuses; the exit code, if it does. `title`: the name of the program's own package.
pub(crate) fn report(shell: &mut Shell, packages: &Packages, title: &str, release: (u32, u32)) -> Option<i32> {
    let facts = facts()?;
    let own = || packages.read.iter().filter(|package| package.is_own());
    // Packages are looked for before anything is compiled.
    for (name, source) in own().flat_map(|package| &package.files) {
        for import in source.imports.iter().filter(|import| packages.elsewhere.contains(&import.path)) {
            let first = import.path.split('/').next().unwrap_or("");
            if first.contains('.') || packages.is_unread(&import.path) {
                let what = format!("go build: package {}", import.path);
                shell.gaps.push(crate::shell::Gap { code: "unmodelled-package", what });
            } else if !facts.std.contains(&import.path) {
                let root = "/usr/local/go/src";
                let shown = name.trim_start_matches("./");
                let text = if release >= (1, 21) { "std" } else { "GOROOT" };
                shell.err(format!(
                    "{shown}:{}:{}: package {} is not in {text} ({root}/{})\n",
                    import.line, import.column, import.path, import.path
                ));
                return Some(1);
            }
        }
    }
    let is_known = packages.name_is_known();
    // The packages that a program needs are compiled before it.
    for package in own().skip(1).chain(own().take(1)) {
        let unused: String =
            package.files.iter().map(|(name, source)| unused(name, source, &is_known, release)).collect();
        if !unused.is_empty() {
            let title = if packages.is_main(package) { title } else { &package.path };
            shell.err(format!("# {title}\n{unused}"));
            return Some(status(release));
        }
    }
    let main = packages.read.first().filter(|main| main.sources().any(|source| source.package == "main"))?;
    if !main.sources().any(Source::has_main) {
        shell.err(format!("# {title}\nruntime.main_main·f: function main is undeclared in the main package\n"));
        return Some(status(release));
    }
    None
}

/// The messages for the unused imports of a file.
fn unused(name: &str, source: &Source, is_known: &impl Fn(&Import) -> bool, release: (u32, u32)) -> String {
    let message = |import: &Import| {
        let (line, column, path) = (import.line, import.column, &import.path);
        if release >= (1, 20) {
            format!("{name}:{line}:{column}: {path:?} imported and not used\n")
        } else {
            format!("{name}:{line}:{column}: imported and not used: {path:?}\n")
        }
    };
    source.unused(is_known).map(message).collect()
}
