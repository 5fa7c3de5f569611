//! dpkg-divert: a package's file under another name.

use crate::fs::Content;
use crate::fs::shell_matches;
use crate::shell::Shell;
use crate::shell::getopt::{has, options, value, with_long_values};

const LIST: &str = "/var/lib/dpkg/diversions";

/// A file that dpkg puts elsewhere.
struct Diversion {
    old: String,
    new: String,
    /// The package whose own file stays where it is; `:` for none.
    package: String,
}

impl Diversion {
    fn description(&self) -> String {
        match self.package.as_str() {
            ":" => format!("local diversion of {} to {}", self.old, self.new),
            package => format!("diversion of {} to {} by {package}", self.old, self.new),
        }
    }
}

/// `dpkg-divert [--add|--remove|--list|--truename] [--rename] [--divert NEW] [--package NAME|--local] OLD`.
pub(crate) fn divert(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &["divert", "package", "admindir", "root", "instdir"]), "");
    let mut all = diversions(shell);
    let name = names.first().map(String::as_str);
    if has(&flags, &["list"]) {
        let pattern = name.unwrap_or("*");
        let fits =
            |one: &&Diversion| [&one.old, &one.new, &one.package].iter().any(|text| shell_matches(pattern, text));
        let lines: Vec<String> = all.iter().filter(fits).map(|one| format!("{}\n", one.description())).collect();
        shell.out(lines.concat());
        return 0;
    }
    let Some(old) = name.map(str::to_string) else {
        shell.err("dpkg-divert: error: --add needs a single argument\n\nUse --help for help about diverting files.\n");
        return 2;
    };
    let known = all.iter().position(|one| one.old == old);
    if has(&flags, &["truename"]) {
        let shown = known.and_then(|at| all.get(at)).map_or(old, |one| one.new.clone());
        shell.out(format!("{shown}\n"));
        return 0;
    }
    if has(&flags, &["listpackage"]) {
        if let Some(one) = known.and_then(|at| all.get(at)) {
            let shown = if one.package == ":" { "LOCAL" } else { &one.package };
            shell.out(format!("{shown}\n"));
        }
        return 0;
    }
    let is_quiet = has(&flags, &["quiet"]);
    let renames = has(&flags, &["rename"]);
    if has(&flags, &["remove"]) {
        let Some(at) = known else {
            if !is_quiet {
                shell.out(format!("No diversion '{}', none removed.\n", any_of(&flags, &old)));
            }
            return 0;
        };
        let one = all.remove(at);
        if !is_quiet {
            shell.out(format!("Removing '{}'\n", one.description()));
        }
        if renames {
            rename(shell, &one.new, &one.old);
        }
        write(shell, &all);
        return 0;
    }
    let new = value(&flags, &["divert"]).map_or_else(|| format!("{old}.distrib"), str::to_string);
    let package = if has(&flags, &["local"]) { ":" } else { value(&flags, &["package"]).unwrap_or(":") };
    let one = Diversion { old, new, package: package.to_string() };
    if let Some(other) = known.and_then(|at| all.get(at)) {
        if other.new == one.new && other.package == one.package {
            if !is_quiet {
                shell.out(format!("Leaving '{}'\n", one.description()));
            }
            return 0;
        }
        shell.err(format!("dpkg-divert: error: '{}' clashes with '{}'\n", one.description(), other.description()));
        return 2;
    }
    if !is_quiet {
        shell.out(format!("Adding '{}'\n", one.description()));
    }
    if renames {
        rename(shell, &one.old, &one.new);
    }
    all.push(one);
    write(shell, &all);
    0
}

/// What a removal looks for, as it is named when there is none.
fn any_of(flags: &[(String, Option<String>)], old: &str) -> String {
    if has(flags, &["local"]) { format!("local diversion of {old}") } else { format!("any diversion of {old}") }
}

fn rename(shell: &mut Shell, from: &str, to: &str) {
    if let Ok((place, _)) = shell.fs.lstat("/", from) {
        let _ = shell.fs.rename(&place, to);
    }
}

fn diversions(shell: &Shell) -> Vec<Diversion> {
    let text = shell.read(LIST).ok().flatten().unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    let read = |three: &[&str]| match three {
        [old, new, package] => Some(Diversion { old: (*old).into(), new: (*new).into(), package: (*package).into() }),
        _ => None,
    };
    lines.chunks(3).filter_map(read).collect()
}

/// Writes the list anew; the one before stays beside it.
fn write(shell: &mut Shell, all: &[Diversion]) {
    let text: String = all.iter().map(|one| format!("{}\n{}\n{}\n", one.old, one.new, one.package)).collect();
    if let Some(node) = shell.fs.get(LIST) {
        let (content, mode) = (node.content().cloned(), node.mode);
        if let Some(content) = content {
            let _ = shell.fs.write(&format!("{LIST}-old"), content, mode, 0, 0);
        }
    }
    shell.replace_as_root(LIST, Content::inline(text.into_bytes()), 0o644);
}
