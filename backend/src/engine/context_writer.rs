//! Writes the tar of a build context, entry by entry. Everything that is written is checked and counted.

use super::build_problems::{server_disk_help, without_path};
use super::dockerfile_policy;
use super::dockerignore::{own_ignore_name, without_ignored};
use super::policy::Policy;
use crate::problem::problem;
use stageplay_core::api::Problem;
use stageplay_core::canonical::{CONTEXT, Canonical};
use stageplay_core::engine;
use std::collections::BTreeMap;
use std::io::{BufWriter, Read};
use tar::{Builder, EntryType, Header};
use tempfile::{NamedTempFile, TempPath};

/// Bytes of a Dockerfile, or of a `.dockerignore`.
const MAX_DOCKERFILE_BYTES: u64 = 1 << 20;
/// Bytes of the two empty blocks that end a tar.
const TAR_END_BYTES: u64 = 1_024;
/// Bytes of a name below the context. The kernel's limit for a path is 4,096.
const MAX_NAME_BYTES: usize = 1_024;

/// A build context, ready to be sent to an engine.
#[derive(Debug)]
pub struct Context {
    /// A tar of the files, without the blocks that end it.
    pub tar: TempPath,
    /// The length of the tar in bytes.
    pub bytes: u64,
    /// The number of entries in the tar.
    pub files: usize,
    /// The path of the Dockerfile in the context.
    pub dockerfile: String,
    /// The text of the Dockerfile.
    pub text: String,
    /// Docker's frontend (`docker/dockerfile`), if `# syntax=` names it.
    pub frontend: Option<String>,
}

/// The last entries of the tar that an engine gets, after the files of the context: the canonical Dockerfile with its
/// files, and the blocks that end the tar.
///
/// # Errors
/// A name does not fit into a tar.
pub(super) fn final_entries(canonical: Option<&Canonical>) -> std::io::Result<Vec<u8>> {
    let mut out = Builder::new(Vec::new());
    let mut add = |name: &str, mode: u32, text: &str| {
        let mut header = ContextWriter::header(EntryType::Regular, mode, text.len() as u64);
        out.append_data(&mut header, name, text.as_bytes())
    };
    if let Some(canonical) = canonical {
        for file in &canonical.files {
            add(&file.path, file.mode, &file.text)?;
        }
        add("Dockerfile", 0o644, &canonical.text)?;
    }
    out.into_inner()
}

/// What a name in the context is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EntryKind {
    /// A folder. `is_explicit` is false if it was only created for its files.
    Folder { is_explicit: bool },
    /// A file with its permission bits.
    File(u32),
    /// A symbolic link.
    Link,
}

/// The modification time of files without one: 2000-01-01, in seconds since 1970. Zip archives cannot store a year
/// before 1980.
pub(super) const DEFAULT_MTIME: u64 = 946_684_800;

/// Writes a context.
pub(super) struct ContextWriter<'p> {
    out: Builder<BufWriter<NamedTempFile>>,
    policy: &'p Policy,
    /// The prefix of every name.
    prefix: String,
    /// The modification time of the next entry, in seconds since 1970.
    pub(super) mtime: u64,
    /// All names so far.
    names: BTreeMap<String, EntryKind>,
    bytes: u64,
    files: usize,
    /// The path of the Dockerfile in the context.
    pub(super) dockerfile: String,
    text: Option<String>,
    ignore: Option<String>,
    /// The name of the ignore file that counts in place of `.dockerignore`, with BuildKit.
    own_ignore_name: Option<String>,
    /// Its text, if it is in the context.
    own_ignore: Option<String>,
}

/// The server cannot write the context.
fn cannot_write(error: &std::io::Error) -> Problem {
    let what = format!("the server cannot write the context: {}", without_path(error));
    problem("server-disk", what, server_disk_help(error))
}

/// Normalizes a name in the context: without empty parts and `.`.
///
/// # Errors
/// The name is absolute, leads out of the context, is too long, or contains a line end or NUL.
pub(super) fn normalize_name(name: &str) -> Result<String, String> {
    let shown: String = name.chars().take(80).collect();
    if name.len() > MAX_NAME_BYTES {
        return Err(format!("the name {shown:?}… is longer than {MAX_NAME_BYTES} bytes"));
    }
    if name.chars().any(|c| c == '\0' || c == '\n' || c == '\r') {
        return Err(format!("the name {shown:?} contains a line end or NUL"));
    }
    if name.starts_with('/') {
        return Err(format!("{shown:?} is an absolute path; names must be relative to the context"));
    }
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(format!("{shown:?} leads out of the context")),
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

impl<'p> ContextWriter<'p> {
    /// Creates the file.
    ///
    /// # Errors
    /// The path of the Dockerfile is malformed, or the file cannot be written.
    pub(super) fn new(policy: &'p Policy, dockerfile: &str, builder: engine::Builder) -> Result<Self, Problem> {
        let name = normalize_name(dockerfile).map_err(|error| problem("bad-name", error, ""))?;
        if name.is_empty() {
            return Err(problem(
                "bad-name",
                "the name of the Dockerfile is empty",
                "give a name, or leave the option out",
            ));
        }
        let file = NamedTempFile::new().map_err(|error| cannot_write(&error))?;
        let mut writer = ContextWriter {
            out: Builder::new(BufWriter::new(file)),
            policy,
            prefix: String::new(),
            mtime: DEFAULT_MTIME,
            names: BTreeMap::new(),
            bytes: 0,
            files: 0,
            own_ignore_name: (builder == engine::Builder::Buildkit).then(|| own_ignore_name(&name)),
            dockerfile: name,
            text: None,
            ignore: None,
            own_ignore: None,
        };
        if policy.bounded {
            writer.prefix = format!("{CONTEXT}/");
            let mut header = Self::header(EntryType::Directory, 0o755, 0);
            let written = writer.out.append_data(&mut header, &writer.prefix, std::io::empty());
            written.map_err(|error| cannot_write(&error))?;
        }
        Ok(writer)
    }

    /// Counts an entry, before anything of it is written.
    ///
    /// # Errors
    /// The context has too many files or bytes.
    pub(super) fn count_entry(&mut self, name: &str, size: u64) -> Result<(), Problem> {
        self.files += 1;
        self.count_bytes(name, size)?;
        if self.files > self.policy.files {
            let what = format!("the context has more than {} files", self.policy.files);
            return Err(problem("context-files", what, "send less, or exclude files with a .dockerignore"));
        }
        Ok(())
    }

    /// Counts bytes that are not an entry of their own.
    ///
    /// # Errors
    /// The context has too many bytes.
    pub(super) fn count_bytes(&mut self, name: &str, size: u64) -> Result<(), Problem> {
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > self.policy.context {
            let what = format!("the context is larger than {} bytes (at {name:?})", self.policy.context);
            return Err(problem("context-size", what, "send less, or exclude files with a .dockerignore"));
        }
        Ok(())
    }

    fn header(kind: EntryType, mode: u32, size: u64) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode & 0o7777);
        header.set_size(size);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(DEFAULT_MTIME);
        header
    }

    /// Writes a folder.
    ///
    /// # Errors
    /// The name is used twice or is below a file, or the context is too large.
    pub(super) fn folder(&mut self, name: &str, mode: u32) -> Result<(), Problem> {
        self.count_entry(name, 0)?;
        self.create_parents(name)?;
        match self.names.insert(name.to_string(), EntryKind::Folder { is_explicit: true }) {
            // A folder that was only created for its files gets its own permission bits now.
            None | Some(EntryKind::Folder { is_explicit: false }) => {
                let mut header = Self::header(EntryType::Directory, mode, 0);
                header.set_mtime(self.mtime);
                let written = self.out.append_data(&mut header, format!("{}{name}/", self.prefix), std::io::empty());
                written.map_err(|error| cannot_write(&error))
            }
            Some(EntryKind::Folder { .. }) => Ok(()),
            Some(_) => Err(duplicate_name(name)),
        }
    }

    /// Writes a symbolic link or a hard link of a context that was sent. An ignore file is read as it comes, so it cannot
    /// be one: passed over, it would let excluded files in.
    ///
    /// # Errors
    /// As [`ContextWriter::link`], or it is an ignore file.
    pub(super) fn sent_link(&mut self, kind: EntryType, name: &str, target: &str) -> Result<(), Problem> {
        if name == ".dockerignore" || self.own_ignore_name.as_deref() == Some(name) {
            let what = format!("{name} is a link");
            return Err(problem("bad-link", what, "send the file itself in place of the link"));
        }
        self.link(kind, name, target)
    }

    /// Writes a symbolic link or a hard link.
    ///
    /// # Errors
    /// As [`ContextWriter::folder`], or the target is not possible.
    pub(super) fn link(&mut self, kind: EntryType, name: &str, target: &str) -> Result<(), Problem> {
        self.count_entry(name, 0)?;
        if target.is_empty() || target.len() > 4_095 || target.contains('\0') {
            return Err(problem(
                "bad-link",
                format!("the target of the link {name:?} is empty, too long, or contains NUL"),
                "",
            ));
        }
        // The target of a symbolic link is not checked: the builder resolves it inside of the context.
        let mut target_kind = EntryKind::Link;
        let target = if kind == EntryType::Link {
            let target = normalize_name(target).map_err(|error| problem("bad-link", error, ""))?;
            target_kind = self.names.get(&target).copied().unwrap_or(EntryKind::Folder { is_explicit: false });
            if matches!(target_kind, EntryKind::Folder { .. }) {
                let what =
                    format!("the hard link {name:?} leads to {target:?}, which is not an earlier file of the context");
                return Err(problem("bad-link", what, ""));
            }
            format!("{}{target}", self.prefix)
        } else {
            target.to_string()
        };
        self.insert_name(name, target_kind)?;
        // The engine applies the permission bits of a hard link to the file.
        let mut header = Self::header(kind, if let EntryKind::File(mode) = target_kind { mode } else { 0o777 }, 0);
        header.set_mtime(self.mtime);
        let name = format!("{}{name}", self.prefix);
        self.out.append_link(&mut header, name, target).map_err(|error| cannot_write(&error))
    }

    /// Creates the parent folders of a name. Nothing can be below a link, because the engine would follow it.
    fn create_parents(&mut self, name: &str) -> Result<(), Problem> {
        let parents: Vec<&str> = name.match_indices('/').filter_map(|(at, _)| name.get(..at)).collect();
        for folder in parents {
            match self.names.get(folder) {
                Some(EntryKind::Folder { .. }) => {}
                Some(_) => {
                    let what = format!("{name:?} is below {folder:?}, which is not a folder");
                    return Err(problem("bad-name", what, "send a folder, or send the file under its real name"));
                }
                None => {
                    self.folder(folder, 0o755)?;
                    self.names.insert(folder.to_string(), EntryKind::Folder { is_explicit: false });
                }
            }
        }
        Ok(())
    }

    /// Adds a name that is not used yet, with its parent folders.
    fn insert_name(&mut self, name: &str, kind: EntryKind) -> Result<(), Problem> {
        self.create_parents(name)?;
        match self.names.insert(name.to_string(), kind) {
            None => Ok(()),
            Some(_) => Err(duplicate_name(name)),
        }
    }

    /// Writes a file of `size` bytes.
    ///
    /// # Errors
    /// As [`ContextWriter::folder`], or the content cannot be read.
    pub(super) fn file(&mut self, name: &str, mode: u32, size: u64, mut content: impl Read) -> Result<(), Problem> {
        self.count_entry(name, size)?;
        self.insert_name(name, EntryKind::File(mode))?;
        let mut header = Self::header(EntryType::Regular, mode, size);
        header.set_mtime(self.mtime);
        let is_dockerfile = name == self.dockerfile;
        let is_own_ignore = self.own_ignore_name.as_deref() == Some(name);
        if is_dockerfile || is_own_ignore || name == ".dockerignore" {
            if size > MAX_DOCKERFILE_BYTES {
                let what = format!("{name} is larger than {MAX_DOCKERFILE_BYTES} bytes");
                return Err(problem("too-large", what, ""));
            }
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes).map_err(|error| broken_context(&error))?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            match (is_dockerfile, is_own_ignore) {
                (true, _) => self.text = Some(text),
                (false, true) => self.own_ignore = Some(text),
                (false, false) => self.ignore = Some(text),
            }
            let name = format!("{}{name}", self.prefix);
            return self.out.append_data(&mut header, name, &bytes[..]).map_err(|error| cannot_write(&error));
        }
        self.out.append_data(&mut header, format!("{}{name}", self.prefix), content).map_err(|error| not_copied(&error))
    }

    /// Removes the files that `.dockerignore` excludes, and ends the context.
    ///
    /// # Errors
    /// There is no Dockerfile, its frontend is not allowed, or the file cannot be written.
    pub(super) fn finish(self) -> Result<Context, Problem> {
        let fail = |error: std::io::Error| cannot_write(&error);
        let Some(text) = self.text else {
            let what = format!("failed to read dockerfile: open {}: no such file or directory", self.dockerfile);
            return Err(problem("no-dockerfile", what, "send a Dockerfile, or give its name"));
        };
        let frontend = if self.policy.bounded { dockerfile_policy::docker_frontend(&text)? } else { None };
        let mut file = self.out.into_inner().map_err(fail)?.into_inner().map_err(|error| fail(error.into_error()))?;
        let mut files = self.files;
        if let Some(ignore) = self.own_ignore.or(self.ignore).filter(|text| !text.trim().is_empty()) {
            let filtered = without_ignored(file, &ignore, &self.prefix, &self.dockerfile).map_err(fail)?;
            (file, files) = filtered.map_err(|error| problem("dockerignore", format!(".dockerignore: {error}"), ""))?;
        }
        let bytes = file.as_file().metadata().map_err(fail)?.len().saturating_sub(TAR_END_BYTES);
        file.as_file().set_len(bytes).map_err(fail)?;
        let (tar, dockerfile) = (file.into_temp_path(), self.dockerfile);
        Ok(Context { tar, bytes, files, dockerfile, text, frontend })
    }
}

/// A name is used twice.
fn duplicate_name(name: &str) -> Problem {
    problem("twice", format!("{name:?} is in the context twice"), "send each file once")
}

/// A file of the context cannot be copied: there is no room for it, or it ends early.
fn not_copied(error: &std::io::Error) -> Problem {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | ReadOnlyFilesystem | FileTooLarge => cannot_write(error),
        _ => broken_context(error),
    }
}

/// The context cannot be read to its end.
pub(super) fn broken_context(error: &std::io::Error) -> Problem {
    problem("broken-context", format!("the context ends early or is damaged: {error}"), "send the context again")
}
