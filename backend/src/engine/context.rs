//! Build contexts as files on disk: a tar that we wrote ourselves, whatever came in.
//!
//! What comes in is hostile: names stay inside, only files, folders and links pass, nothing stands below a link, bytes
//! and entries are counted while they arrive, and `.dockerignore` is obeyed here, since an engine that is sent a tar
//! obeys it no more.
//!
//! A stranger's files stand below a folder of their own. The Dockerfile that the engine reads is written beside it when
//! the context is sent, so that no name, and no link, of the context leads to it.

use super::extended::Extended;
use super::{Policy, guard, problem};
use base64::Engine as _;
use stageplay_core::api::{ContextFile, Problem};
use stageplay_core::canonical::{CONTEXT, Canonical};
use stageplay_core::fs::Ignore;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use tar::{Archive, Builder, EntryType, Header};
use tempfile::{NamedTempFile, TempPath};

/// The largest Dockerfile, in bytes.
const MAX_DOCKERFILE: u64 = 1 << 20;
/// The two empty blocks that end a tar, in bytes.
const END: u64 = 1_024;
/// The longest name below the context, in bytes; the kernel's own limit is 4,096.
const MAX_NAME: usize = 1_024;

/// A context, ready for an engine.
#[derive(Debug)]
pub struct Context {
    /// A tar of everything that was sent, without the blocks that end it.
    pub tar: TempPath,
    /// Its length in bytes.
    pub bytes: u64,
    /// Entries in it.
    pub files: usize,
    /// Name of the Dockerfile inside.
    pub dockerfile: String,
    /// Its text.
    pub text: String,
    /// The usual frontend, if its first line names it.
    pub frontend: Option<String>,
}

/// What follows the context's own files in the tar that an engine gets: the Dockerfile that was written for it with
/// what belongs to it, and the end.
///
/// # Errors
/// A name that does not fit into a tar.
pub(super) fn tail(written: Option<&Canonical>) -> std::io::Result<Vec<u8>> {
    let mut out = Builder::new(Vec::new());
    let mut add = |name: &str, mode: u32, text: &str| {
        let mut header = Packer::header(EntryType::Regular, mode, text.len() as u64);
        out.append_data(&mut header, name, text.as_bytes())
    };
    if let Some(written) = written {
        for file in &written.files {
            add(&file.path, file.mode, &file.text)?;
        }
        add("Dockerfile", 0o644, &written.text)?;
    }
    out.into_inner()
}

/// What stands under a name of a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// A folder that was made for what is in it, or sent.
    Folder { sent: bool },
    /// A file with its permission bits.
    File(u32),
    /// A symbolic link.
    Link,
}

/// When files are from that were sent without a time, in seconds since 1970: 2000-01-01. Zip archives know no year
/// before 1980.
const NO_TIME: u64 = 946_684_800;

/// Writes a context, entry by entry, and counts.
struct Packer<'p> {
    out: Builder<BufWriter<NamedTempFile>>,
    policy: &'p Policy,
    /// What stands before every name.
    prefix: String,
    /// When the next entry was last written to, in seconds since 1970.
    time: u64,
    /// Names so far, and what each is.
    seen: BTreeMap<String, Seen>,
    bytes: u64,
    files: usize,
    dockerfile: String,
    text: Option<String>,
    ignore: Option<String>,
}

fn refused(code: &str, message: impl Into<String>, help: &str) -> Problem {
    problem(code, message, help)
}

fn no_disk(error: &std::io::Error) -> Problem {
    refused("server-disk", format!("the server cannot keep the context: {error}"), "ask whoever runs it")
}

/// A name inside the context: no way up, no root, nothing that is not text.
///
/// # Errors
/// What is wrong with it.
pub fn inside(name: &str) -> Result<String, String> {
    let shown: String = name.chars().take(80).collect();
    if name.len() > MAX_NAME {
        return Err(format!("the name {shown:?}… is longer than {MAX_NAME} bytes"));
    }
    if name.chars().any(|c| c == '\0' || c == '\n' || c == '\r') {
        return Err(format!("the name {shown:?} holds a line end or a zero"));
    }
    if name.starts_with('/') {
        return Err(format!("{shown:?} is an absolute path; names are relative to the context"));
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

impl<'p> Packer<'p> {
    fn new(policy: &'p Policy, dockerfile: &str) -> Result<Self, Problem> {
        let name = inside(dockerfile).map_err(|error| refused("bad-name", error, ""))?;
        if name.is_empty() {
            return Err(refused("bad-name", "the Dockerfile has no name", "leave the name out, or give one"));
        }
        let file = NamedTempFile::new().map_err(|error| no_disk(&error))?;
        let mut packer = Packer {
            out: Builder::new(BufWriter::new(file)),
            policy,
            prefix: String::new(),
            time: NO_TIME,
            seen: BTreeMap::new(),
            bytes: 0,
            files: 0,
            dockerfile: name,
            text: None,
            ignore: None,
        };
        if policy.bounded {
            packer.prefix = format!("{CONTEXT}/");
            let mut header = Self::header(EntryType::Directory, 0o755, 0);
            let written = packer.out.append_data(&mut header, &packer.prefix, std::io::empty());
            written.map_err(|error| no_disk(&error))?;
        }
        Ok(packer)
    }

    /// Counts one more entry before anything of it is kept.
    fn count(&mut self, name: &str, size: u64) -> Result<(), Problem> {
        self.files += 1;
        self.weigh(name, size)?;
        if self.files > self.policy.files {
            let what = format!("more than {} files", self.policy.files);
            return Err(refused("context-files", what, "send less, or leave files out with a .dockerignore"));
        }
        Ok(())
    }

    /// Counts bytes of what is no entry of its own.
    fn weigh(&mut self, name: &str, size: u64) -> Result<(), Problem> {
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > self.policy.context {
            let what = format!("the context is larger than {} bytes (at {name:?})", self.policy.context);
            return Err(refused("context-size", what, "send less, or leave files out with a .dockerignore"));
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
        header.set_mtime(NO_TIME);
        header
    }

    fn folder(&mut self, name: &str, mode: u32) -> Result<(), Problem> {
        self.count(name, 0)?;
        self.above(name)?;
        match self.seen.insert(name.to_string(), Seen::Folder { sent: true }) {
            // A folder that was made for what is in it gets its own bits now.
            None | Some(Seen::Folder { sent: false }) => {
                let mut header = Self::header(EntryType::Directory, mode, 0);
                header.set_mtime(self.time);
                let written = self.out.append_data(&mut header, format!("{}{name}/", self.prefix), std::io::empty());
                written.map_err(|error| no_disk(&error))
            }
            Some(Seen::Folder { .. }) => Ok(()),
            Some(_) => Err(twice(name)),
        }
    }

    fn link(&mut self, kind: EntryType, name: &str, target: &str) -> Result<(), Problem> {
        self.count(name, 0)?;
        if target.is_empty() || target.len() > 4_095 || target.contains('\0') {
            return Err(refused("bad-link", format!("the link {name:?} has no target that a link can have"), ""));
        }
        // Where a symbolic link leads is the builder's own affair: it resolves inside the context.
        let mut seen = Seen::Link;
        let target = if kind == EntryType::Link {
            let target = inside(target).map_err(|error| refused("bad-link", error, ""))?;
            seen = self.seen.get(&target).copied().unwrap_or(Seen::Folder { sent: false });
            if matches!(seen, Seen::Folder { .. }) {
                let what =
                    format!("the hard link {name:?} leads to {target:?}, which is no file of the context before it");
                return Err(refused("bad-link", what, ""));
            }
            format!("{}{target}", self.prefix)
        } else {
            target.to_string()
        };
        self.once(name, seen)?;
        // An engine gives a hard link's bits to the file.
        let mut header = Self::header(kind, if let Seen::File(mode) = seen { mode } else { 0o777 }, 0);
        header.set_mtime(self.time);
        let name = format!("{}{name}", self.prefix);
        self.out.append_link(&mut header, name, target).map_err(|error| no_disk(&error))
    }

    /// Makes the folders above a name. Nothing stands below what is no folder: an engine would follow a link there.
    fn above(&mut self, name: &str) -> Result<(), Problem> {
        let above: Vec<&str> = name.match_indices('/').filter_map(|(at, _)| name.get(..at)).collect();
        for folder in above {
            match self.seen.get(folder) {
                Some(Seen::Folder { .. }) => {}
                Some(_) => {
                    let what = format!("{name:?} stands below {folder:?}, which is no folder");
                    return Err(refused("bad-name", what, "send a folder, or the file under its real name"));
                }
                None => {
                    self.folder(folder, 0o755)?;
                    self.seen.insert(folder.to_string(), Seen::Folder { sent: false });
                }
            }
        }
        Ok(())
    }

    /// A name that is new, below folders that are there.
    fn once(&mut self, name: &str, what: Seen) -> Result<(), Problem> {
        self.above(name)?;
        match self.seen.insert(name.to_string(), what) {
            None => Ok(()),
            Some(_) => Err(twice(name)),
        }
    }

    fn file(&mut self, name: &str, mode: u32, size: u64, mut from: impl Read) -> Result<(), Problem> {
        self.count(name, size)?;
        self.once(name, Seen::File(mode))?;
        let mut header = Self::header(EntryType::Regular, mode, size);
        header.set_mtime(self.time);
        let is_dockerfile = name == self.dockerfile;
        if is_dockerfile || name == ".dockerignore" {
            if size > MAX_DOCKERFILE {
                let what = format!("{name} is larger than {MAX_DOCKERFILE} bytes");
                return Err(refused("too-large", what, ""));
            }
            let mut bytes = Vec::new();
            from.read_to_end(&mut bytes).map_err(|error| broken(&error))?;
            if is_dockerfile {
                self.text = Some(String::from_utf8_lossy(&bytes).into_owned());
            } else {
                self.ignore = Some(String::from_utf8_lossy(&bytes).into_owned());
            }
            let name = format!("{}{name}", self.prefix);
            return self.out.append_data(&mut header, name, &bytes[..]).map_err(|error| no_disk(&error));
        }
        self.out.append_data(&mut header, format!("{}{name}", self.prefix), from).map_err(|error| broken(&error))
    }

    fn finish(self) -> Result<Context, Problem> {
        let fail = |error: std::io::Error| no_disk(&error);
        let Some(text) = self.text else {
            let what = format!("failed to read dockerfile: open {}: no such file or directory", self.dockerfile);
            return Err(refused("no-dockerfile", what, "send a Dockerfile, or name it"));
        };
        let frontend = if self.policy.bounded { guard::usual_frontend(&text)? } else { None };
        let mut file = self.out.into_inner().map_err(fail)?.into_inner().map_err(|error| fail(error.into_error()))?;
        let mut files = self.files;
        if let Some(ignore) = self.ignore.filter(|text| !text.trim().is_empty()) {
            let filtered = without_ignored(file, &ignore, &self.prefix, &self.dockerfile).map_err(fail)?;
            (file, files) = filtered.map_err(|error| refused("dockerignore", format!(".dockerignore: {error}"), ""))?;
        }
        let bytes = file.as_file().metadata().map_err(fail)?.len().saturating_sub(END);
        file.as_file().set_len(bytes).map_err(fail)?;
        let (tar, dockerfile) = (file.into_temp_path(), self.dockerfile);
        Ok(Context { tar, bytes, files, dockerfile, text, frontend })
    }
}

fn twice(name: &str) -> Problem {
    refused("twice", format!("{name:?} is in the context twice"), "send each file once")
}

fn broken(error: &std::io::Error) -> Problem {
    refused("broken-context", format!("the context breaks off or is damaged: {error}"), "send it again")
}

/// The same tar without what `.dockerignore` names, or why its rules take too long. Folders stay: something in them may have been brought back.
fn without_ignored(
    mut file: NamedTempFile,
    ignore: &str,
    prefix: &str,
    dockerfile: &str,
) -> std::io::Result<Result<(NamedTempFile, usize), String>> {
    let ignore = Ignore::parse(ignore);
    let mut rules = ignore.walk();
    file.as_file_mut().seek(SeekFrom::Start(0))?;
    let mut out = Builder::new(BufWriter::new(NamedTempFile::new()?));
    let mut files = 0;
    let mut archive = Archive::new(std::io::BufReader::new(file.as_file_mut()));
    // Folders that are left out, but for what is brought back in them.
    let mut pending: BTreeMap<String, Header> = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().trim_end_matches('/').to_string();
        let name = path.strip_prefix(prefix).unwrap_or("");
        let left_out = match rules.excludes(name) {
            Ok(left_out) => left_out,
            Err(error) => return Ok(Err(error)),
        };
        let kept = name.is_empty() || is_always_kept(name, prefix, dockerfile) || !left_out;
        if !kept {
            if entry.header().entry_type().is_dir() {
                pending.insert(path, entry.header().clone());
            }
            continue;
        }
        for (at, _) in path.match_indices('/') {
            if let Some(mut header) = pending.remove(&path[..at]) {
                files += 1;
                out.append_data(&mut header, format!("{}/", &path[..at]), std::io::empty())?;
            }
        }
        files += 1;
        let mut header = entry.header().clone();
        match entry.link_name()?.map(|target| target.into_owned()) {
            Some(target) => out.append_link(&mut header, &path, target)?,
            None if header.entry_type().is_dir() => {
                out.append_data(&mut header, format!("{path}/"), std::io::empty())?
            }
            None => out.append_data(&mut header, &path, &mut entry)?,
        }
    }
    let file = out.into_inner()?.into_inner().map_err(|error| error.into_error())?;
    Ok(Ok((file, files)))
}

/// Whether the engine needs a file that `.dockerignore` may name: it reads the Dockerfile where it is not written anew.
fn is_always_kept(name: &str, prefix: &str, dockerfile: &str) -> bool {
    prefix.is_empty() && (name == ".dockerignore" || name == dockerfile)
}

/// A context from files in a request. The Dockerfile is added under its name, which none of them may have.
///
/// # Errors
/// What is wrong, and with which file.
pub fn from_files(dockerfile: &str, files: &[ContextFile], policy: &Policy) -> Result<Context, Problem> {
    let mut packer = Packer::new(policy, "Dockerfile")?;
    packer.file("Dockerfile", 0o644, dockerfile.len() as u64, dockerfile.as_bytes())?;
    for file in files {
        let name = inside(&file.path).map_err(|error| refused("bad-name", error, ""))?;
        if name.is_empty() {
            return Err(refused("bad-name", format!("{:?} names no file", file.path), ""));
        }
        if name == "Dockerfile" {
            continue;
        }
        let contents = (&file.text, &file.base64, &file.link);
        match contents {
            (None, None, None) if file.path.ends_with('/') => packer.folder(&name, file.mode.unwrap_or(0o755))?,
            (Some(text), None, None) => {
                packer.file(&name, file.mode.unwrap_or(0o644), text.len() as u64, text.as_bytes())?;
            }
            (None, Some(text), None) => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(text).map_err(|error| {
                    refused("bad-base64", format!("{name}: {error}"), "standard base64 is expected")
                })?;
                packer.file(&name, file.mode.unwrap_or(0o644), bytes.len() as u64, &bytes[..])?;
            }
            (None, None, Some(target)) => packer.link(EntryType::Symlink, &name, target)?,
            _ => {
                let what = format!("{name}: expected one of text, base64 and link, or a path that ends in a slash");
                return Err(refused("bad-file", what, ""));
            }
        }
    }
    packer.finish()
}

/// A context from a tar stream.
///
/// # Errors
/// What is wrong, and with which entry.
pub fn from_tar(stream: impl Read, dockerfile: &str, policy: &Policy) -> Result<Context, Problem> {
    let mut packer = Packer::new(policy, dockerfile)?;
    let mut archive = Archive::new(stream.take(policy.context.saturating_add(policy.files as u64 * 2_048)));
    let mut extended = Extended::default();
    for entry in archive.entries().map_err(|error| broken(&error))?.raw(true) {
        let mut entry = entry.map_err(|error| broken(&error))?;
        if extended.take(&mut entry)? {
            packer.weigh("an extended header", entry.size())?;
            continue;
        }
        let (name, target) = extended.names(&entry)?;
        let name = inside(&name).map_err(|error| refused("bad-name", error, ""))?;
        let header = entry.header();
        let mode = header.mode().unwrap_or(0o644) & 0o7777;
        // Beyond the year 2106 a date is a mistake.
        packer.time = header.mtime().ok().filter(|time| *time <= u64::from(u32::MAX)).unwrap_or(NO_TIME);
        let kind = header.entry_type();
        if name.is_empty() || kind == EntryType::XGlobalHeader {
            packer.count(&name, entry.size())?;
            continue;
        }
        match kind {
            EntryType::Directory => packer.folder(&name, mode)?,
            EntryType::Symlink | EntryType::Link => packer.link(kind, &name, &target.unwrap_or_default())?,
            EntryType::Regular | EntryType::Continuous => packer.file(&name, mode, entry.size(), entry)?,
            _ => {
                let what = format!("{name:?} is neither a file nor a folder nor a link");
                return Err(refused("special-file", what, "devices, pipes and sockets are no files to build from"));
            }
        }
    }
    if !extended.is_empty() {
        return Err(broken(&std::io::ErrorKind::UnexpectedEof.into()));
    }
    packer.finish()
}

/// A context from a folder of this machine, as `docker build` would send it.
///
/// # Errors
/// The first file that cannot be read, and why.
pub fn from_folder(folder: &Path, dockerfile: &str, text: &str, policy: &Policy) -> Result<Context, Problem> {
    let mut packer = Packer::new(policy, dockerfile)?;
    // What the ignore file leaves out is not read at all: it may be large.
    let ignore = std::fs::read_to_string(folder.join(".dockerignore")).unwrap_or_default();
    let ignore = Ignore::parse(&ignore);
    packer.file(&packer.dockerfile.clone(), 0o644, text.len() as u64, text.as_bytes())?;
    below(folder, "", &ignore, &mut Vec::new(), &mut packer)?;
    packer.finish()
}

/// `pending`: folders above that are left out, but for what is brought back in them.
fn below(
    folder: &Path,
    prefix: &str,
    ignore: &Ignore,
    pending: &mut Vec<(String, u32)>,
    packer: &mut Packer<'_>,
) -> Result<(), Problem> {
    let fail = |path: &Path, error: &std::io::Error| {
        refused("unreadable", format!("cannot read {}: {error}", path.display()), "")
    };
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).and_then(Iterator::collect::<Result<_, _>>).map_err(|error| fail(folder, &error))?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let Some(name) = entry.file_name().to_str().map(|name| format!("{prefix}{name}")) else {
            return Err(refused("bad-name", format!("the name of {} is no UTF-8", path.display()), ""));
        };
        let meta = std::fs::symlink_metadata(&path).map_err(|error| fail(&path, &error))?;
        let left_out = name != ".dockerignore" && ignore.excludes(&name);
        let mode = meta.permissions().mode();
        if left_out && meta.is_dir() && ignore.brings_back() {
            let count = pending.len();
            pending.push((name.clone(), mode));
            below(&path, &format!("{name}/"), ignore, pending, packer)?;
            pending.truncate(count);
        }
        if left_out || name == packer.dockerfile {
            continue;
        }
        packer.time = u64::try_from(meta.mtime()).unwrap_or(NO_TIME);
        for (above, mode) in pending.drain(..) {
            packer.folder(&above, mode)?;
        }
        if meta.is_dir() {
            packer.folder(&name, mode)?;
            below(&path, &format!("{name}/"), ignore, pending, packer)?;
        } else if meta.is_symlink() {
            let target = std::fs::read_link(&path).map_err(|error| fail(&path, &error))?;
            packer.link(EntryType::Symlink, &name, &target.to_string_lossy())?;
        } else if meta.is_file() {
            let file = File::open(&path).map_err(|error| fail(&path, &error))?;
            packer.file(&name, mode, meta.len(), file.take(meta.len()))?;
        }
    }
    Ok(())
}

/// Copies at most so many bytes; whether there were more.
///
/// # Errors
/// Of reading or writing.
pub fn copy_bounded(from: &mut impl Read, to: &mut impl Write, most: u64) -> std::io::Result<bool> {
    let copied = std::io::copy(&mut from.take(most), to)?;
    let mut one = [0; 1];
    Ok(copied == most && from.read(&mut one)? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> ContextFile {
        ContextFile { path: path.into(), text: Some(text.into()), ..ContextFile::default() }
    }

    fn names(context: &Context) -> Vec<String> {
        let mut archive = Archive::new(File::open(&context.tar).unwrap());
        let entries = archive.entries().unwrap();
        entries.map(|entry| entry.unwrap().path().unwrap().to_string_lossy().into_owned()).collect()
    }

    fn tar_of(entries: &[(EntryType, &str, &str)]) -> Vec<u8> {
        let mut out = Builder::new(Vec::new());
        for (kind, name, content) in entries {
            let mut header = Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_mode(0o644);
            let is_file = *kind == EntryType::Regular;
            header.set_size(if is_file { content.len() as u64 } else { 0 });
            // By hand: the library would refuse the names that an attacker sends.
            let field = &mut header.as_old_mut().name;
            field[..name.len()].copy_from_slice(name.as_bytes());
            if !is_file {
                header.as_old_mut().linkname[..content.len()].copy_from_slice(content.as_bytes());
            }
            header.set_cksum();
            out.append(&header, if is_file { content.as_bytes() } else { &[] }).unwrap();
        }
        out.into_inner().unwrap()
    }

    #[test]
    fn files_of_a_request_become_a_tar() {
        let mut folder = file("empty/", "");
        folder.text = None;
        let mut link = file("l", "");
        (link.text, link.link) = (None, Some("a".into()));
        let mut packed = file("b", "");
        (packed.text, packed.base64) = (None, Some("aGk=".into()));
        let files = [file("./a", "x"), folder, link, packed, file("Dockerfile", "ignored")];
        let context = from_files("FROM scratch\n", &files, &Policy::default()).unwrap();
        let below = ["", "Dockerfile", "a", "empty/", "l", "b"].map(|name| format!("{CONTEXT}/{name}"));
        assert_eq!(names(&context), below);
        assert_eq!(context.text, "FROM scratch\n");
    }

    #[test]
    fn names_stay_inside() {
        for bad in ["../x", "/etc/passwd", "a/../../b", "a\nb"] {
            let error = from_files("FROM scratch", &[file(bad, "")], &Policy::default()).unwrap_err();
            assert_eq!(error.code, "bad-name", "{bad}");
            let tar = tar_of(&[(EntryType::Regular, bad, "x")]);
            assert_eq!(from_tar(&tar[..], "Dockerfile", &Policy::default()).unwrap_err().code, "bad-name", "{bad}");
        }
    }

    #[test]
    fn what_is_no_file_does_not_pass() {
        let policy = Policy::default();
        let code = |entries: &[(EntryType, &str, &str)]| {
            from_tar(&tar_of(entries)[..], "Dockerfile", &policy).unwrap_err().code
        };
        assert_eq!(code(&[(EntryType::Char, "null", "")]), "special-file");
        assert_eq!(code(&[(EntryType::Fifo, "pipe", "")]), "special-file");
        assert_eq!(code(&[(EntryType::Link, "hard", "/etc/passwd")]), "bad-link");
        assert_eq!(code(&[(EntryType::Link, "hard", "absent")]), "bad-link");
        assert_eq!(code(&[(EntryType::Regular, "a", "1"), (EntryType::Regular, "a", "2")]), "twice");
        let link = (EntryType::Symlink, "d", ".");
        for below in [(EntryType::Regular, "d/Dockerfile", "FROM evil"), (EntryType::Directory, "d/e", "")] {
            assert_eq!(code(&[(EntryType::Regular, "Dockerfile", "FROM a"), link, below]), "bad-name");
        }
        let hard = (EntryType::Link, "h", "d");
        assert_eq!(code(&[link, hard, (EntryType::Regular, "h/Dockerfile", "FROM evil")]), "bad-name");
        assert_eq!(code(&[link, (EntryType::Directory, "d", "")]), "twice");
        assert_eq!(code(&[(EntryType::Regular, "a", "1")]), "no-dockerfile");
        assert_eq!(from_tar(&[7; 4_096][..], "Dockerfile", &policy).unwrap_err().code, "broken-context");
    }

    #[test]
    fn bytes_and_files_are_counted_while_they_arrive() {
        let small = Policy { context: 10, files: 3, ..Policy::default() };
        let one = |path: &str| file(path, "12345678");
        let error = from_files("FROM", &[one("a")], &small).unwrap_err();
        assert_eq!(error.code, "context-size");
        let error = from_files("F", &[file("a", ""), file("b", ""), file("c", "")], &small).unwrap_err();
        assert_eq!(error.code, "context-files");
        // A header that promises more than there may be ends it before a byte of it is read.
        let mut header = Header::new_gnu();
        header.set_path("big").unwrap();
        header.set_size(1 << 40);
        header.set_cksum();
        assert_eq!(from_tar(&header.as_bytes()[..], "Dockerfile", &small).unwrap_err().code, "context-size");
    }

    /// A tar with a Dockerfile behind entries of any kind and content.
    fn with_headers(entries: &[(u8, &[u8])], name: &str) -> Vec<u8> {
        let mut out = Builder::new(Vec::new());
        let mut add = |kind: u8, name: &str, content: &[u8]| {
            let mut header = Header::new_ustar();
            header.set_entry_type(EntryType::new(kind));
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(content.len() as u64);
            header.set_cksum();
            out.append(&header, content).unwrap();
        };
        for (kind, content) in entries {
            add(*kind, "header", content);
        }
        add(b'0', name, b"FROM scratch");
        out.into_inner().unwrap()
    }

    #[test]
    fn extended_headers_name_an_entry_and_are_bounded() {
        let read = |entries: &[(u8, &[u8])]| {
            let tar = with_headers(entries, "short");
            from_tar(&tar[..], "Dockerfile", &Policy::default()).map_err(|problem| problem.code)
        };
        assert!(read(&[(b'L', b"Dockerfile\0")]).is_ok());
        assert!(read(&[(b'x', b"19 path=Dockerfile\n")]).is_ok());
        assert!(read(&[(b'x', b"19 path=Dockerfile\n11 size=12\n")]).is_ok());
        let large = vec![b'x'; (64 << 10) + 1];
        for kind in [b'L', b'K', b'x'] {
            assert_eq!(read(&[(kind, &large)]).unwrap_err(), "broken-context");
        }
        for bad in [
            &[(b'L', &b"a"[..]), (b'L', b"b")][..],
            &[(b'L', b"a"), (b'x', b"19 path=Dockerfile\n")],
            &[(b'x', b"19 path=Dockerfile\n11 size=99\n")],
            &[(b'x', b"garbage")],
        ] {
            assert_eq!(read(bad).unwrap_err(), "broken-context");
        }
        assert_eq!(read(&[(b'x', b"22 GNU.sparse.major=1\n")]).unwrap_err(), "special-file");
        assert_eq!(read(&[(b'L', b"../out")]).unwrap_err(), "bad-name");
        let alone = tar_of(&[(EntryType::GNULongName, "a", "")]);
        assert_eq!(from_tar(&alone[..], "Dockerfile", &Policy::default()).unwrap_err().code, "broken-context");
    }

    #[test]
    fn headers_count_as_what_they_cost() {
        let small = Policy { context: 100, files: 3, ..Policy::default() };
        let code = |tar: Vec<u8>| from_tar(&tar[..], "Dockerfile", &small).unwrap_err().code;
        let global = [(b'g', &b"9 a=bcde\n"[..]); 3];
        assert_eq!(code(with_headers(&global, "Dockerfile")), "context-files");
        assert_eq!(code(tar_of(&[(EntryType::Directory, "./", ""); 4])), "context-files");
        assert_eq!(code(with_headers(&[(b'x', &[b'x'; 101])], "Dockerfile")), "context-size");
    }

    #[test]
    fn folders_that_are_left_out_stay_out() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("Dockerfile", "FROM scratch"),
            ("node_modules/a/b", "x"),
            ("docs/a.md", "x"),
            ("docs/keep/README.md", "x"),
            (".dockerignore", "**/node_modules\ndocs\n!docs/keep\n"),
        ] {
            let place = folder.path().join(name);
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            std::fs::write(place, text).unwrap();
        }
        let names_of = |context: Context| {
            let mut all = names(&context);
            all.iter_mut().for_each(|name| *name = name.trim_start_matches(CONTEXT).trim_matches('/').to_string());
            all.retain(|name| !name.is_empty() && !name.starts_with(".d"));
            all.sort();
            all
        };
        let expected = ["Dockerfile", "docs", "docs/keep", "docs/keep/README.md"];
        let own = from_folder(folder.path(), "Dockerfile", "FROM scratch", &Policy::own()).unwrap();
        assert_eq!(names_of(own), expected);
        let mut tar = tar::Builder::new(Vec::new());
        tar.append_dir_all(".", folder.path()).unwrap();
        let sent = from_tar(&tar.into_inner().unwrap()[..], "Dockerfile", &Policy::default()).unwrap();
        assert_eq!(names_of(sent), expected);
    }

    #[test]
    fn a_hard_link_has_the_bits_of_its_file() {
        let tar = tar_of(&[
            (EntryType::Regular, "Dockerfile", "FROM scratch"),
            (EntryType::Regular, "a", "x"),
            (EntryType::Link, "b", "a"),
            (EntryType::Symlink, "c", "a"),
        ]);
        let context = from_tar(&tar[..], "Dockerfile", &Policy::default()).unwrap();
        let mut archive = Archive::new(File::open(&context.tar).unwrap());
        let modes: Vec<u32> = archive.entries().unwrap().map(|entry| entry.unwrap().header().mode().unwrap()).collect();
        assert_eq!(modes, [0o755, 0o644, 0o644, 0o644, 0o777]);
    }

    #[test]
    fn the_ignore_file_is_obeyed_wherever_it_stands() {
        let tar = tar_of(&[
            (EntryType::Regular, "Dockerfile", "FROM scratch"),
            (EntryType::Regular, "a.log", "x"),
            (EntryType::Regular, "keep.log", "x"),
            (EntryType::Regular, ".dockerignore", "*.log\n!keep.log\nDockerfile\n"),
        ]);
        let context = from_tar(&tar[..], "Dockerfile", &Policy::default()).unwrap();
        let below = ["", "keep.log", ".dockerignore"].map(|name| format!("{CONTEXT}/{name}"));
        assert_eq!(names(&context), below);
    }
}
