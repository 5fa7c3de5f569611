//! Modules: go.mod, `go mod`, and the module cache.

use super::build::file;
use super::command::gap;
use super::estimated_caches::write_modules;
use crate::fs::{Content, Doubt, path};
use crate::shell::Shell;

pub(crate) fn gopath(shell: &Shell) -> String {
    let home = || format!("{}/go", shell.var("HOME").unwrap_or("/root"));
    shell.var("GOPATH").map_or_else(home, str::to_string)
}

/// The module cache.
pub(crate) fn module_cache(shell: &Shell) -> String {
    shell.var("GOMODCACHE").map_or_else(|| format!("{}/pkg/mod", gopath(shell)), str::to_string)
}

/// `go mod init`, `go mod download` and `go mod tidy`. The latter two do nothing without dependencies, and otherwise
/// fill the module cache.
pub(crate) fn go_mod(shell: &mut Shell, argv: &[String], release: (u32, u32), version: &str) -> i32 {
    let place = path::join(&shell.cwd, "go.mod");
    let known = file(shell, &place).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    match (argv.get(2).map(String::as_str), known) {
        (Some("init"), Some(_)) => {
            shell.err(format!("go: {place} already exists\n"));
            1
        }
        (Some("init"), None) => {
            let Some(name) = argv.get(3) else {
                shell.err("go: cannot determine module path for source directory (outside GOPATH, module path must be specified)\n");
                return 1;
            };
            // Since Go 1.21 the line names the whole release.
            let parts = if release >= (1, 21) { 3 } else { 2 };
            let language = version.split('.').take(parts).collect::<Vec<_>>().join(".");
            let (uid, gid) = (shell.user.uid, shell.user.gid);
            let text = format!("module {name}\n\ngo {language}\n");
            if shell.fs.write(&place, Content::inline(text.into_bytes()), 0o644, uid, gid).is_err() {
                shell.err(format!("go: cannot write {place}\n"));
                return 1;
            }
            shell.err(format!("go: creating new go.mod: module {name}\n"));
            0
        }
        (Some("download" | "tidy"), Some(text)) if !text.contains("require") => 0,
        // What it fetches goes into one folder; `tidy` may change go.mod and go.sum, `vendor` fills a folder.
        (Some(verb @ ("download" | "tidy" | "verify" | "vendor")), known)
            if known.is_some() || has_unknown_module(shell, &shell.cwd) =>
        {
            let what = format!("go mod {verb}");
            let is_recorded = match known {
                // The modules are known by name, and their sizes are not.
                Some(_) => {
                    shell.make_partial_folder(&module_cache(shell));
                    false
                }
                None => write_modules(shell, ""),
            };
            if verb == "vendor" {
                shell.make_partial_folder("vendor");
            } else if is_recorded {
                shell.recorded_sizes.insert(what.clone());
            }
            shell.gap("unknown-files", what);
            0
        }
        (Some("download" | "tidy" | "verify"), None) => {
            shell
                .err("go: go.mod file not found in current directory or any parent directory; see 'go help modules'\n");
            1
        }
        _ => {
            gap(shell, argv);
            0
        }
    }
}

/// Whether an unlisted source may exist at an absolute path. Packages of the distribution bring sources below /usr only.
pub(crate) fn may_hide_source(shell: &Shell, place: &str) -> bool {
    if !matches!(shell.fs.doubt(), Doubt::Packages | Doubt::PackageData) || path::is_within(place, "/usr") {
        return shell.fs.may_hide("/", place);
    }
    let mut listed = shell.fs.clone();
    listed.set_doubt(Doubt::None);
    listed.may_hide("/", place)
}

/// Whether a source exists whose content is not known, or may exist unlisted.
pub(crate) fn is_unknown_source(shell: &Shell, place: &str) -> bool {
    match shell.read(place) {
        Ok(content) => content.is_none(),
        Err(_) => may_hide_source(shell, place),
    }
}

/// Whether a go.mod whose content is not known, or which is not listed, may be the one of a directory.
pub(crate) fn has_unknown_module(shell: &Shell, directory: &str) -> bool {
    let mut at = directory.to_string();
    loop {
        let place = path::join(&at, "go.mod");
        if file(shell, &place).is_some() || at == "/" {
            return is_unknown_source(shell, &place);
        }
        if is_unknown_source(shell, &place) {
            return true;
        }
        at = path::parent(&at).to_string();
    }
}

/// A module: where its go.mod is, its name, and the modules that it takes from folders of its own.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    pub(crate) root: String,
    pub(crate) name: String,
    /// `replace NAME => ./FOLDER`: name and folder.
    pub(crate) replaced: Vec<(String, String)>,
}

impl Module {
    /// The folder of a package of this module, or of one that it replaces by a folder; `None` for any other package.
    pub(crate) fn folder_of(&self, import: &str) -> Option<String> {
        let own = (self.name.as_str(), self.root.as_str());
        let all = self.replaced.iter().map(|(name, folder)| (name.as_str(), folder.as_str())).chain([own]);
        all.filter_map(|(name, folder)| {
            let rest = import.strip_prefix(name)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| (name.len(), format!("{folder}{rest}")))
        })
        .max_by_key(|(len, _)| *len)
        .map(|(_, folder)| folder)
    }
}

/// The module of a directory, from the nearest go.mod.
pub(crate) fn module_of(shell: &Shell, directory: &str) -> Option<Module> {
    let mut at = directory.to_string();
    loop {
        if let Some(bytes) = file(shell, &path::join(&at, "go.mod")) {
            return read_module(&String::from_utf8_lossy(&bytes), &at);
        }
        if at == "/" {
            return None;
        }
        at = path::parent(&at).to_string();
    }
}

/// Reads a go.mod; `None` without a module's name.
fn read_module(text: &str, root: &str) -> Option<Module> {
    let mut module = Module { root: root.trim_end_matches('/').to_string(), name: String::new(), replaced: Vec::new() };
    let mut block = "";
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        let (verb, rest) = match block {
            "" => line.split_once(char::is_whitespace).unwrap_or((line, "")),
            block => (block, line),
        };
        match (verb, rest.trim()) {
            (verb @ ("require" | "replace" | "exclude" | "retract" | "use"), "(") => block = verb,
            (_, ")") => block = "",
            ("module", name) => module.name = name.trim_matches('"').to_string(),
            ("replace", rule) => {
                let Some((old, new)) = rule.split_once("=>") else { continue };
                let (old, new) = (old.split_whitespace().next().unwrap_or_default(), new.trim().trim_matches('"'));
                if new.starts_with(['.', '/']) {
                    module.replaced.push((old.trim_matches('"').to_string(), path::join(root, new)));
                }
            }
            _ => {}
        }
    }
    (!module.name.is_empty()).then_some(module)
}
