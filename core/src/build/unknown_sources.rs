//! Sources of COPY and ADD of which nothing is known but a path, and what they make of the destination.

use super::assumed_context::{self, is_pattern};
use super::file_type_by_name::{FileType, file_type_by_name};
use super::stage_state::StageState;
use super::state::BuildState;
use crate::fs::{self, Content, CopyOptions, Doubt, FsError, Ignore, Node, Tree, path};
use crate::measure::{
    ContextKind, Size, TypicalSize, Way, typical_context_size, typical_pattern_size, typical_tool_size,
};

/// A source of COPY or ADD that may be there and is not listed.
#[derive(Clone, Debug)]
pub(super) struct UnknownSource {
    /// Its absolute path, or a pattern that may match unlisted files.
    pub(super) path: String,
    /// What its name says of its type.
    pub(super) file_type: FileType,
    /// It is a file or directory of the context.
    pub(super) in_context: bool,
    /// With `--parents`: its path below the destination. Otherwise empty.
    pub(super) below: String,
}

impl UnknownSource {
    pub(super) fn new(place: &str, written: &str, in_context: bool) -> Self {
        UnknownSource {
            path: place.to_string(),
            file_type: file_type_by_name(written),
            in_context,
            below: String::new(),
        }
    }

    /// Its typical size, if that can be estimated: of a file of the context by its name, of a file of a stage by what is
    /// recorded there.
    fn estimate(&self, from: &Tree, way: Way) -> Option<Size> {
        if !self.in_context {
            let weighed = from.weighed_unknown_type(&self.path).cloned();
            let typical = || Some(self.typical_output(from)?.size_of(&self.path, way));
            let package = || whole_package(from, &self.path);
            return weighed.or_else(package).or_else(typical).or_else(|| part_of_weighed(from, &self.path));
        }
        self.typical_context().map(|typical| typical.size_of(self.shown_path(), way))
    }

    /// The typical size of a path or pattern of the context.
    fn typical_context(&self) -> Option<TypicalSize> {
        let name = path::file_name(&self.path);
        match self.file_type {
            _ if is_java_archive(name) => typical_tool_size("java-build").cloned(),
            _ if is_pattern(&self.path) => typical_pattern_size(name, &|file| fs::shell_matches(name, file)),
            FileType::Regular => typical_context_file(name).cloned(),
            FileType::Directory => typical_context_size(ContextKind::Directory, name).cloned(),
            FileType::Unknown => typical_context_size(ContextKind::FileOrDirectory, name).cloned(),
        }
    }

    /// What a build tool usually writes to the path in a stage: the archive of a Java program, the programs of go and cargo,
    /// the output of a web application's build beside its `node_modules`; or a file or directory of the project, which is
    /// as large as those of other contexts.
    fn typical_output(&self, from: &Tree) -> Option<&'static TypicalSize> {
        let (parent, name) = (path::parent(&self.path), path::file_name(&self.path));
        if is_java_archive(name) {
            return typical_tool_size("java-build");
        }
        if is_pattern(&self.path) {
            return None;
        }
        if let Some(id) = installed_packages(path::file_name(parent), name) {
            return typical_tool_size(id);
        }
        let (is_unknown, folder) = (self.file_type == FileType::Unknown, path::file_name(parent));
        let has_cargo = || from.get("/usr/local/cargo/bin/cargo").is_some();
        if is_unknown && folder == "release" && (parent.contains("/target/") || has_cargo()) {
            return typical_tool_size("cargo-build");
        }
        let has_go = ["/usr/local/go/bin/go", "/usr/lib/go/bin/go"].iter().any(|go| from.get(go).is_some());
        if is_unknown && has_go && (folder == "bin" || folder == name) {
            return typical_tool_size("go-build");
        }
        if matches!(name, "dist" | "build") && has_node_modules(from, parent) {
            return typical_tool_size("web-build");
        }
        // Files of the system come from the base image or its packages.
        if SYSTEM_FOLDERS.iter().any(|system| path::is_within(parent, system)) {
            return None;
        }
        match self.file_type {
            FileType::Regular => typical_context_size(ContextKind::File, name),
            _ if PROJECT_FOLDERS.contains(&name) => typical_context_size(ContextKind::Directory, name),
            _ => None,
        }
    }

    /// Its path for people: in the context without the leading slash.
    pub(super) fn shown_path(&self) -> &str {
        if self.in_context { self.path.trim_start_matches('/') } else { &self.path }
    }
}

/// Whether a folder has the packages of Node.js, or one above it that is not the root: a part of a workspace takes those of
/// the whole.
fn has_node_modules(from: &Tree, folder: &str) -> bool {
    let mut at = folder;
    loop {
        if from.get(&path::join(at, "node_modules")).is_some_and(Node::is_dir) {
            return true;
        }
        at = path::parent(at);
        if at == "/" {
            return false;
        }
    }
}

/// Folders of the system, whose files are not those of a project.
const SYSTEM_FOLDERS: [&str; 9] = ["/bin", "/etc", "/lib", "/lib64", "/opt", "/root", "/sbin", "/usr", "/var/lib"];

/// Folders that a project has as they are, whatever is built of it.
const PROJECT_FOLDERS: [&str; 18] = [
    "META-INF",
    "application",
    "classes",
    "snapshot-dependencies",
    "spring-boot-loader",
    "src",
    "config",
    "conf",
    "docs",
    "drizzle",
    "i18n",
    "locales",
    "migrations",
    "prisma",
    "public",
    "scripts",
    "templates",
    "views",
];

/// The size of a folder that holds all files of one package, if that is installed.
fn whole_package(from: &Tree, folder: &str) -> Option<Size> {
    const FOLDERS: [(&str, &str); 1] = [("/usr/share/zoneinfo", "tzdata")];
    let (_, package) = FOLDERS.iter().find(|(place, _)| *place == folder)?;
    from.weighed("/", package).cloned()
}

/// The typical size of a file of the context by its name. The archive of a Java program was built there.
pub(super) fn typical_context_file(name: &str) -> Option<&'static TypicalSize> {
    let is_archive = is_java_archive(path::file_name(name));
    typical_context_size(ContextKind::File, name).or_else(|| typical_tool_size("java-build").filter(|_| is_archive))
}

/// Whether a name, or all names of a pattern, are those of a Java program's archive.
fn is_java_archive(name: &str) -> bool {
    [".jar", ".war"].iter().any(|end| name.ends_with(end))
}

/// The figure of a folder that holds packages, by its name and that of the folder above: those of Python and Node.js, and
/// the libraries of an unpacked Java archive, in the folders that Spring Boot names.
fn installed_packages(above: &str, name: &str) -> Option<&'static str> {
    match (above, name) {
        (_, ".venv" | "venv") => Some("pip-install"),
        (_, "node_modules") => Some("npm-install"),
        ("BOOT-INF" | "WEB-INF", "lib") | ("extracted" | "dependency" | "application" | "layers", "dependencies") => {
            Some("java-build")
        }
        _ => None,
    }
}

/// The size of an unlisted file of a directory of which the size of all unlisted files is recorded: at most that.
pub(super) fn part_of_weighed(from: &Tree, place: &str) -> Option<Size> {
    let mut at = path::parent(place);
    while from.get(at).is_none() && at != "/" {
        at = path::parent(at);
    }
    loop {
        let held = from.get(at)?.unlisted().filter(|held| held.is_whole())?;
        if held.parts().next().is_some() {
            let whole: Size = held.parts().map(|(_, size)| size.clone()).sum();
            return Some(whole.at_most());
        }
        if at == "/" {
            return None;
        }
        at = path::parent(at);
    }
}

/// What unknown files may have replaced in a tree.
pub(super) struct Overlay {
    /// The files of the base image. They are taken to stay.
    base: Tree,
    /// The patterns of the context's `.dockerignore`.
    ignore: Ignore,
}

impl Overlay {
    pub(super) fn new(state: &BuildState, stage: &StageState) -> Self {
        let ignore = state.assumed.as_ref().map(|assumed| assumed.ignore.clone()).unwrap_or_default();
        Overlay { base: stage.base.clone(), ignore }
    }

    /// Notes that unlisted files of a directory of the context (`Some`) or of an image went into a directory.
    ///
    /// `weighed`: their size is recorded.
    pub(super) fn apply(&self, tree: &mut Tree, directory: &str, source: &str, context: Option<&str>, weighed: bool) {
        if directory == "/" && tree.stat("/", "/bin/sh").is_err() {
            // The files may be those of a whole distribution.
            tree.doubt_more(Doubt::Anything);
        }
        let mut walk = self.ignore.walk();
        let why = format!("files of {source}, which are not listed, may replace it");
        let base = &self.base;
        tree.overlay_unknown(directory, &why, weighed, &mut |key: &str, node: &Node| {
            if !node.is_dir() && base.get(key) == Some(node) {
                return true;
            }
            let Some(context) = context else { return false };
            let rest = path::join(context, key.get(directory.len()..).unwrap_or("").trim_start_matches('/'));
            let excluded = walk.excludes(rest.trim_start_matches('/')).unwrap_or(false);
            excluded && !(node.is_dir() && self.ignore.brings_back())
        });
    }
}

/// Where unknown sources are copied from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'t> {
    pub(super) tree: &'t Tree,
    /// How the size of its files could be told.
    pub(super) way: Way,
}

/// Puts an unknown source of an origin at its destination. Returns whether its size is recorded there.
///
/// `into`: the destination is a directory, as it ends with a slash or there are several sources.
///
/// # Errors
/// A part of the destination's path is a file.
pub(super) fn put(
    overlay: &Overlay,
    Origin { tree: from, way }: Origin<'_>,
    tree: &mut Tree,
    source: &UnknownSource,
    target: &str,
    into: bool,
    options: &CopyOptions,
) -> Result<bool, FsError> {
    let (uid, gid) = options.owner.unwrap_or((0, 0));
    let target = path::join(target, source.below.trim_start_matches('/'));
    let is_dir = |tree: &Tree| tree.stat("/", &target).is_ok_and(|(_, node)| node.is_dir());
    let into = into || !source.below.is_empty() || is_dir(tree);
    let pattern = is_pattern(&source.path);
    let why = format!("{} is not listed", source.path);
    let estimate = source.estimate(from, way);
    if source.file_type == FileType::Directory || into && (pattern || source.file_type == FileType::Unknown) {
        let place = tree.mkdir_all(&target, 0o755, uid, gid)?;
        let context = (source.in_context && !pattern).then_some(source.path.as_str());
        overlay.apply(tree, &place, &source.path, context, estimate.is_some());
        if let Some(size) = &estimate {
            tree.weigh(&place, source.shown_path(), size.clone());
        }
        let named = path::join(&place, path::file_name(&source.path));
        if source.file_type == FileType::Unknown && tree.stat("/", &named).is_ok_and(|(_, node)| !node.is_dir()) {
            tree.put_unknown_type(&named, &why);
        }
        return Ok(estimate.is_some());
    }
    let place = if into { path::join(&target, path::file_name(&source.path)) } else { target };
    let parent = tree.mkdir_all(path::parent(&place), 0o755, uid, gid)?;
    let place = path::join(&parent, path::file_name(&place));
    let place = tree.resolve("/", &place, true).unwrap_or(place);
    // A directory cannot be copied onto a file.
    let is_onto_file = !into && tree.get(&place).is_some_and(|node| node.content().is_some());
    let is_regular = (source.file_type == FileType::Regular || is_onto_file) && !tree.is_unknown_type(&place);
    if !is_regular || tree.get(&place).is_some_and(Node::is_dir) {
        return Ok(match estimate {
            Some(size) => tree.put_weighed_unknown_type(&place, &why, size),
            None => {
                tree.put_unknown_type(&place, &why);
                false
            }
        });
    }
    let _ = tree.remove(&place);
    let typical = match source.in_context {
        true => source.typical_context(),
        false => source.typical_output(from).cloned(),
    };
    let content = Content::unknown(why).told_by_origin(way, source.shown_path()).estimated(typical.as_ref());
    tree.write(&place, content, options.mode.unwrap_or(0o755), uid, gid).map(|()| typical.is_some())
}

/// Whether a pattern may match files that are not listed.
pub(super) fn may_match_unlisted(tree: &Tree, pattern: &str) -> bool {
    tree.may_hide("/", &path::join(assumed_context::directory_of_pattern(pattern), "unlisted"))
}
