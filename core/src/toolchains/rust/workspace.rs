//! A cargo workspace or a single package: its members, their programs, and their dependencies.

use super::cargo_request::{CargoError, Request};
use super::cargo_toml::Manifest;
use super::rust_source::Source;
use crate::fs::path;
use crate::shell::Shell;
use std::collections::BTreeSet;

/// The number of packages of one build, at most.
const MAX_PACKAGES: usize = 500;
/// The number of source files that are read of one package, at most.
const MAX_SOURCES: usize = 500;

/// A package with its folder.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) folder: String,
    pub(crate) manifest: Manifest,
}

/// A package alone, or a workspace.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) root: String,
    pub(crate) manifest: Manifest,
    pub(crate) members: Vec<Member>,
}

/// The programs to build of one package.
#[derive(Debug)]
pub(crate) struct BuildJob<'a> {
    pub(crate) member: &'a Member,
    /// Names of programs and the files with `main`.
    pub(crate) programs: Vec<(String, String)>,
    /// External crates.
    pub(crate) foreign: BTreeSet<String>,
}

impl Project {
    /// The folder in which the search for a manifest begins.
    fn start(shell: &Shell, request: &Request) -> String {
        match (&request.manifest, &request.path) {
            (Some(file), _) => path::parent(&path::join(&shell.cwd, file)).to_string(),
            (None, Some(folder)) => path::join(&shell.cwd, folder),
            (None, None) => shell.cwd.clone(),
        }
    }

    /// Whether the manifest that a request finds, or one of a member of its workspace, is not known.
    pub(crate) fn is_unknown(shell: &Shell, request: &Request) -> bool {
        let start = Self::start(shell, request);
        let mut folder = start.as_str();
        loop {
            if shell.is_unknown_file(&path::join(folder, "Cargo.toml")) {
                return true;
            }
            let found = Manifest::read(shell, folder);
            if let Some(Ok(manifest)) = &found
                && let Some(workspace) = &manifest.workspace
            {
                let is_unknown = |member: &String| {
                    let place = path::join(folder, member);
                    match member.find(['*', '?', '[']) {
                        Some(at) => {
                            let top = path::parent(&path::join(folder, member.get(..=at).unwrap_or(""))).to_string();
                            shell.fs.may_hide("/", &path::join(&top, "unlisted"))
                        }
                        None => shell.is_unknown_file(&path::join(&place, "Cargo.toml")),
                    }
                };
                return workspace.members.iter().any(is_unknown);
            }
            if found.is_some() || folder == "/" {
                return false;
            }
            folder = path::parent(folder);
        }
    }

    /// Finds the package or workspace of a folder.
    pub(crate) fn find(shell: &mut Shell, request: &Request) -> Result<Project, CargoError> {
        let start = Self::start(shell, request);
        let mut folder = start.as_str();
        let manifest = loop {
            if let Some(manifest) = Self::at(shell, folder)? {
                break manifest;
            }
            if folder == "/" {
                let words = format!("error: could not find `Cargo.toml` in `{start}` or any parent directory\n");
                return Err((words, 101));
            }
            folder = path::parent(folder);
        };
        let folder = folder.to_string();
        if manifest.package.is_none() && manifest.workspace.is_none() {
            let at = path::join(&folder, "Cargo.toml");
            let why = "manifest is missing either a `[package]` or a `[workspace]`";
            return Err((format!("error: failed to parse manifest at `{at}`\n\nCaused by:\n  {why}\n"), 101));
        }
        let (mut root, mut top) = (folder.clone(), manifest.clone());
        if manifest.workspace.is_none() {
            // The workspace above, if it counts this package as its own.
            let mut above = folder.as_str();
            while above != "/" {
                above = path::parent(above);
                if let Some(Ok(found)) = Manifest::read(shell, above)
                    && let Some(workspace) = &found.workspace
                {
                    let inside = folder.get(above.trim_end_matches('/').len() + 1..).unwrap_or("");
                    if workspace
                        .members
                        .iter()
                        .any(|member| crate::fs::shell_matches(member.trim_end_matches('/'), inside))
                    {
                        (root, top) = (above.to_string(), found);
                    }
                    break;
                }
            }
        }
        let mut project = Project { root, manifest: top, members: Vec::new() };
        project.gather(shell, &folder, manifest)?;
        Ok(project)
    }

    /// A folder's manifest, if it has one.
    fn at(shell: &mut Shell, folder: &str) -> Result<Option<Manifest>, CargoError> {
        match Manifest::read(shell, folder) {
            Some(Ok(manifest)) => Ok(Some(manifest)),
            Some(Err(words)) => Err((format!("error: {}\n", words.trim_end()), 101)),
            None => Ok(None),
        }
    }

    /// The package itself and the members of its workspace.
    fn gather(&mut self, shell: &mut Shell, folder: &str, own: Manifest) -> Result<(), CargoError> {
        if own.package.is_some() {
            self.members.push(Member { folder: folder.to_string(), manifest: own });
        }
        let Some(workspace) = self.manifest.workspace.clone() else { return Ok(()) };
        for pattern in &workspace.members {
            let is_pattern = pattern.contains(['*', '?', '[']);
            let folders =
                if is_pattern { matching(shell, &self.root, pattern) } else { vec![path::join(&self.root, pattern)] };
            for folder in folders {
                if workspace.exclude.iter().any(|out| path::join(&self.root, out) == folder)
                    || self.members.iter().any(|member| member.folder == folder)
                    || self.members.len() >= MAX_PACKAGES
                {
                    continue;
                }
                match Self::at(shell, &folder)? {
                    Some(manifest) => self.members.push(Member { folder, manifest }),
                    None if is_pattern || shell.is_unknown_file(&format!("{folder}/Cargo.toml")) => {}
                    None => {
                        return Err((
                            format!(
                                "error: failed to load manifest for workspace member `{folder}`\nreferenced by workspace at `{0}`\n\nCaused by:\n  failed to read `{folder}/Cargo.toml`\n\nCaused by:\n  No such file or directory (os error 2)\n",
                                path::join(&self.root, "Cargo.toml")
                            ),
                            101,
                        ));
                    }
                }
            }
        }
        Ok(())
    }

    /// The packages that a command selects.
    pub(crate) fn chosen(&self, shell: &Shell, request: &Request) -> Result<Vec<&Member>, CargoError> {
        let name =
            |member: &&Member| member.manifest.package.as_ref().map_or("", |package| package.name.as_str()).to_string();
        if let Some(unknown) =
            request.packages.iter().find(|wanted| !self.members.iter().any(|member| name(&member) == **wanted))
        {
            return Err((format!("error: package ID specification `{unknown}` did not match any packages\n"), 101));
        }
        if !request.packages.is_empty() {
            return Ok(self.members.iter().filter(|member| request.packages.contains(&name(member))).collect());
        }
        let defaults = self.manifest.workspace.as_ref().map(|workspace| &workspace.default_members);
        let here = self.members.first().filter(|member| {
            !request.whole
                && (path::is_within(&shell.cwd, &member.folder) || request.path.is_some() || request.manifest.is_some())
                && member.manifest.package.is_some()
                && (member.folder != self.root || self.manifest.package.is_some())
        });
        Ok(match (here, defaults) {
            (Some(member), _) => vec![member],
            (None, Some(defaults)) if !defaults.is_empty() && !request.whole => {
                let is_default =
                    |member: &&Member| defaults.iter().any(|folder| path::join(&self.root, folder) == member.folder);
                self.members.iter().filter(is_default).collect()
            }
            _ => self.members.iter().collect(),
        })
    }

    /// All external crates that a package depends on, directly and through path dependencies.
    ///
    /// # Errors
    /// A crate beside it is not there.
    pub(crate) fn foreign(&self, shell: &mut Shell, member: &Member) -> Result<BTreeSet<String>, CargoError> {
        let mut all = BTreeSet::new();
        let mut seen = BTreeSet::from([member.folder.clone()]);
        let mut open: Vec<(String, Manifest)> = vec![(member.folder.clone(), member.manifest.clone())];
        while let Some((folder, manifest)) = open.pop() {
            all.extend(manifest.foreign(&self.manifest).map(str::to_string));
            for (name, place, shared) in manifest.local(&self.manifest) {
                let place = path::join(if shared { &self.root } else { &folder }, place);
                if !seen.insert(place.clone()) || seen.len() > MAX_PACKAGES {
                    continue;
                }
                match Self::at(shell, &place)? {
                    Some(found) => open.push((place, found)),
                    None if shell.is_unknown_file(&format!("{place}/Cargo.toml")) => {
                        shell.gap("unlisted-file", format!("{place}/Cargo.toml"));
                    }
                    None => {
                        let package = shown(&manifest, &self.manifest, &folder);
                        return Err((
                            format!(
                                "error: failed to get `{name}` as a dependency of package `{package}`\n\nCaused by:\n  failed to load source for dependency `{name}`\n\nCaused by:\n  unable to update {place}\n\nCaused by:\n  failed to read `{place}/Cargo.toml`\n\nCaused by:\n  No such file or directory (os error 2)\n"
                            ),
                            101,
                        ));
                    }
                }
            }
        }
        Ok(all)
    }
}

/// `app v0.1.0 (/app)`, as cargo names a package.
pub(crate) fn shown(manifest: &Manifest, root: &Manifest, folder: &str) -> String {
    manifest
        .package
        .as_ref()
        .map_or_else(String::new, |package| format!("{} v{} ({folder})", package.name, package.version(root)))
}

/// The folders below `root` that match a member's pattern.
fn matching(shell: &Shell, root: &str, pattern: &str) -> Vec<String> {
    let mut folders = vec![root.to_string()];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let below = |folder: &String| {
            let children = shell.fs.children(folder);
            let fits = children.iter().filter(|(name, node)| node.is_dir() && crate::fs::shell_matches(part, name));
            fits.map(|(name, _)| path::join(folder, name)).collect::<Vec<_>>()
        };
        folders = folders.iter().flat_map(below).collect();
    }
    folders
}

/// The sources of a program: the file with `main` first, then what else is in the package's `src`.
pub(crate) fn sources(shell: &Shell, member: &Member, main: &str) -> Source {
    let folder = path::join(&member.folder, "src");
    let others = shell
        .fs
        .walk(&folder)
        .map(|(place, _)| place.to_string())
        .filter(|place| place.ends_with(".rs") && place != main && !place.contains("/bin/"))
        .take(MAX_SOURCES);
    let files: Vec<String> = std::iter::once(main.to_string()).chain(others).collect();
    let unlisted = shell.fs.may_hide("/", &path::join(&folder, "unlisted.rs")).then_some(None);
    Source::read(files.iter().map(|file| shell.read(file).ok().flatten()).chain(unlisted))
}
