//! Requirements (PEP 508): words of a command line, and files such as requirements.txt in pip's format.

use super::environment_markers as marker;
use super::install_packages::Requirement;
use super::package_name::canonical_name;
use crate::fs::path;
use crate::shell::Shell;

/// The deepest nesting of `-r` in requirements files.
const MAX_NESTING: u32 = 8;
/// The number of requirements of one installation, at most.
const MAX_REQUIREMENTS: usize = 2_000;

/// The requirements of one installation.
#[derive(Debug, Default)]
pub(crate) struct Requirements {
    /// The packages from an index.
    pub(crate) packages: Vec<Requirement>,
    /// Direct references, which are in no index: paths and addresses.
    pub(crate) direct_references: Vec<String>,
    /// Requirements files that do not exist.
    pub(crate) missing_files: Vec<String>,
}

/// The mark of a wheel among the unlisted files of a folder, behind the name of its package.
pub(crate) const WHEEL: &str = ".whl";

/// The name of the package of a wheel.
fn wheel_name(what: &str) -> Option<&str> {
    what.strip_suffix(WHEEL)
}

impl Requirements {
    /// Adds one requirement: `flask`, `Flask==2.0`, `uvicorn[standard]>=0.2; python_version < "4"`, `./local`,
    /// `git+https://…`.
    pub(crate) fn add(&mut self, shell: &Shell, word: &str) {
        let (word, condition) = word.split_once(';').unwrap_or((word, ""));
        if self.packages.len() >= MAX_REQUIREMENTS
            || !marker::marker_holds(condition, &marker::MarkerEnvironment::of(shell), &[])
        {
            return;
        }
        let word = word.trim();
        if word.contains(['/', '@', ':']) || word == "." || word.ends_with(".whl") || word.ends_with(".tar.gz") {
            self.direct_references.push(word.to_string());
            return;
        }
        let end = word.find(['=', '<', '>', '~', '!', ' ', '(']).unwrap_or(word.len());
        let (name, rest) = word.split_at(end);
        let (name, extra) =
            name.split_once('[').map_or((name, ""), |(name, extra)| (name, extra.trim_end_matches(']')));
        let name = canonical_name(name.trim());
        let name = if extra.is_empty() { name } else { format!("{name}[{extra}]") };
        let pinned = rest.trim().strip_prefix("==").map(|version| version.trim_start_matches('=').trim().to_string());
        self.packages.push((name, pinned));
    }

    /// Takes the packages of `FOLDER/*` for requirements, if the wheels of a folder are recorded by package.
    pub(crate) fn take_kept_wheels(&mut self, shell: &Shell) {
        for word in std::mem::take(&mut self.direct_references) {
            let folder = word.strip_suffix("/*").or(word.strip_suffix("/*.whl"));
            let node = folder.and_then(|folder| shell.fs.stat(&shell.cwd, folder).ok()).map(|(_, node)| node);
            let held = node.and_then(|node| node.unlisted()).filter(|held| held.is_whole());
            let names: Vec<&str> =
                held.into_iter().flat_map(|held| held.parts()).filter_map(|(name, _)| wheel_name(name)).collect();
            if held.is_none_or(|held| held.parts().count() != names.len()) || names.is_empty() {
                self.direct_references.push(word);
                continue;
            }
            self.packages.extend(names.into_iter().map(|name| (name.to_string(), None)));
        }
    }

    /// Takes what version control has (`git+https://…`) for packages that no index has.
    pub(crate) fn take_repositories(&mut self) {
        let is_repository = |word: &String| word.split(['@', ' ']).any(|part| part.starts_with("git+"));
        let (repositories, others) = std::mem::take(&mut self.direct_references).into_iter().partition(is_repository);
        self.direct_references = others;
        let repositories: Vec<String> = repositories;
        self.packages.extend(repositories.into_iter().map(|address| (address, None)));
    }

    /// Adds the requirements of a file.
    pub(crate) fn add_file(&mut self, shell: &Shell, file: &str) {
        self.add_nested(shell, file, 0);
    }

    fn add_nested(&mut self, shell: &Shell, file: &str, depth: u32) {
        if depth > MAX_NESTING {
            return;
        }
        let text = match shell.read(file) {
            Ok(Some(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
            Ok(None) => return self.direct_references.push(file.to_string()),
            Err(_) if shell.fs.may_hide(&shell.cwd, file) => return self.direct_references.push(file.to_string()),
            Err(_) => return self.missing_files.push(file.to_string()),
        };
        // A backslash at the end of a line continues it.
        for line in text.replace("\\\n", " ").lines() {
            let line = line.split(" #").next().unwrap_or("").trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(inner) = line.strip_prefix("-r ").or(line.strip_prefix("--requirement ")) {
                let inner = path::join(&format!("/{}", path::parent(&path::join(&shell.cwd, file))), inner.trim());
                self.add_nested(shell, &inner, depth + 1);
            } else if let Some(local) = line.strip_prefix("-e ") {
                self.direct_references.push(local.trim().to_string());
            } else if !line.starts_with('-') {
                // Hashes do not change which package it is.
                self.add(shell, line.split(" --").next().unwrap_or(line));
            }
        }
    }
}
