//! The packages of a program that are at hand: those of its own module, of folders that go.mod names, and of `vendor`.

use super::build_constraints::{Target, is_compiled};
use super::go_mod::{Module, gopath, may_hide_source};
use super::imports::{self, Import, Source};
use super::measured_sizes::facts;
use crate::fs::path;
use crate::shell::Shell;
use std::collections::{BTreeMap, BTreeSet};

/// The number of packages of one program that are read, at most.
const MAX_PACKAGES: usize = 3_000;

/// A package with the files that are compiled.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its import path.
    pub(crate) path: String,
    /// Its files: their paths, as messages show them, and what they hold.
    pub(crate) files: Vec<(String, Source)>,
    /// It comes from `vendor`: nothing but its imports is looked at.
    is_vendored: bool,
}

impl Package {
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.files.iter().map(|(_, source)| source)
    }

    pub(crate) fn is_own(&self) -> bool {
        !self.is_vendored
    }
}

/// The packages of a program.
#[derive(Debug)]
pub(crate) struct Packages {
    /// The packages that were read; the program's own, `main`, is the first.
    pub(crate) read: Vec<Package>,
    /// Import paths of packages that are not at hand.
    pub(crate) elsewhere: BTreeSet<String>,
    /// Those among them whose folder is known.
    unread: BTreeSet<String>,
}

impl Packages {
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.read.iter().flat_map(Package::sources)
    }

    /// Whether a package is the program's own.
    pub(crate) fn is_main(&self, package: &Package) -> bool {
        self.read.first().is_some_and(|main| std::ptr::eq(main, package))
    }

    /// Whether a package is one of the module of which the files are not known.
    pub(crate) fn is_unread(&self, path: &str) -> bool {
        self.unread.contains(path)
    }

    /// The names by the package clauses of what was read, by import path.
    fn names(&self) -> BTreeMap<&str, &str> {
        self.read
            .iter()
            .filter_map(|package| Some((package.path.as_str(), package.sources().next()?.package.as_str())))
            .collect()
    }

    /// Whether the name under which an import is used is known.
    pub(crate) fn name_is_known(&self) -> impl Fn(&Import) -> bool {
        let names = self.names();
        move |import| {
            let is_standard = facts().is_some_and(|facts| facts.std.contains(&import.path));
            import.is_named || is_standard || names.get(import.path.as_str()) == Some(&import.name.as_str())
        }
    }
}

/// Why a program cannot be compiled: what `go build` prints.
pub(crate) struct Refused(pub(crate) String);

/// The files of a package that are compiled; `None` if not all of its files are known.
///
/// # Errors
/// A syntax error.
pub(crate) fn read_files(
    shell: &mut Shell,
    names: &[(String, String)],
    target: &Target,
) -> Result<Option<Vec<(String, Source)>>, Refused> {
    let mut files = Vec::new();
    for (place, shown) in names {
        let Ok(Some(bytes)) = shell.read(place) else { return Ok(None) };
        let text = String::from_utf8_lossy(&bytes);
        shell.effort.spend(text.len());
        if !is_compiled(path::file_name(place), &text, target) {
            continue;
        }
        match imports::read(&text) {
            // A file with C code is left out without cgo.
            Ok(source) if source.preamble.is_some() && !target.cgo => {}
            Ok(source) => files.push((shown.clone(), source)),
            Err(mistake) => {
                let shown = shown.trim_start_matches("./");
                return Err(Refused(format!("{shown}:{}:{}: {}\n", mistake.line, mistake.column, mistake.message)));
            }
        }
    }
    Ok(Some(files))
}

/// The Go files of a folder, without those of tests: their absolute paths, and their paths in messages.
pub(crate) fn go_files(shell: &Shell, folder: &str) -> Vec<(String, String)> {
    let Ok(real) = shell.fs.resolve("/", folder, true) else { return Vec::new() };
    let children = shell.fs.children(&real);
    let is_go = |name: &str| name.ends_with(".go") && !name.ends_with("_test.go") && !name.starts_with(['_', '.']);
    let names = children.into_iter().filter(|(name, node)| is_go(name) && !node.is_dir()).map(|(name, _)| name);
    names.map(|name| (path::join(&real, name), shown(&shell.cwd, &real, name))).collect()
}

/// The path of a file in messages: relative to the working directory where it is below that.
fn shown(cwd: &str, folder: &str, name: &str) -> String {
    match folder.strip_prefix(cwd).filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some("") => format!("./{name}"),
        Some(rest) => format!("{}/{name}", rest.trim_start_matches('/')),
        None if cwd == "/" => format!("{}/{name}", folder.trim_start_matches('/')),
        None => path::join(folder, name),
    }
}

/// Reads all packages that a program imports, as far as they are at hand.
///
/// # Errors
/// A package that does not exist, or a syntax error.
pub(crate) fn follow(
    shell: &mut Shell,
    main: Package,
    module: Option<&Module>,
    target: &Target,
) -> Result<Packages, Refused> {
    let mut packages = Packages { read: vec![main], elsewhere: BTreeSet::new(), unread: BTreeSet::new() };
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let (mut at, mut left) = (0, MAX_PACKAGES);
    while let Some(package) = packages.read.get(at) {
        at += 1;
        let imports = package.files.iter().flat_map(|(name, source)| source.imports.iter().map(move |one| (name, one)));
        let imports: Vec<(String, Import)> =
            imports.filter(|(_, import)| !is_built_in(import)).map(|(name, one)| (name.clone(), one.clone())).collect();
        for (name, import) in imports {
            if !seen.insert(import.path.clone()) {
                continue;
            }
            left = left.saturating_sub(1);
            let folder = if left > 0 { folder_of(shell, module, &import.path) } else { None };
            let Some((folder, is_vendored)) = folder else {
                packages.elsewhere.insert(import.path);
                continue;
            };
            let names = go_files(shell, &folder);
            if names.is_empty() && !is_vendored && !may_hide_source(shell, &path::join(&folder, "unlisted.go")) {
                return Err(Refused(format!(
                    "{}:{}:{}: no required module provides package {}; to add it:\n\tgo get {}\n",
                    name.trim_start_matches("./"),
                    import.line,
                    import.column,
                    import.path,
                    import.path
                )));
            }
            let is_listed = !may_hide_source(shell, &path::join(&folder, "unlisted.go"));
            match read_files(shell, &names, target)?.filter(|files| is_listed && !files.is_empty()) {
                Some(files) => packages.read.push(Package { path: import.path, files, is_vendored }),
                None => {
                    packages.unread.insert(import.path.clone());
                    packages.elsewhere.insert(import.path);
                }
            }
        }
    }
    Ok(packages)
}

/// Whether a package belongs to Go itself. A name without a dot in its first part is one that must be.
fn is_built_in(import: &Import) -> bool {
    import.path == "C" || import.path == "unsafe" || facts().is_some_and(|facts| facts.std.contains(&import.path))
}

/// The folder of a package that is at hand, and whether it is one of `vendor`. Without a module it is one of GOPATH.
fn folder_of(shell: &Shell, module: Option<&Module>, import: &str) -> Option<(String, bool)> {
    if let Some(folder) = module.and_then(|module| module.folder_of(import)) {
        return Some((folder, false));
    }
    let place = match module {
        Some(module) => format!("{}/vendor/{import}", module.root),
        None => format!("{}/src/{import}", gopath(shell)),
    };
    shell.fs.stat("/", &place).ok().filter(|(_, node)| node.is_dir())?;
    Some((place, true))
}

impl Package {
    pub(crate) fn own(path: &str, files: Vec<(String, Source)>) -> Package {
        Package { path: path.to_string(), files, is_vendored: false }
    }
}
