//! Makes build contexts: from the files of a request, from a tar, or from a folder. The result is a tar on disk that
//! this server wrote.
//!
//! The input is not trusted. Names must stay inside of the context. Only files, folders and links are accepted, and
//! nothing can be below a link. Bytes and entries are counted while they arrive. `.dockerignore` is applied here,
//! because an engine that gets a tar does not apply it.
//!
//! The files of an untrusted build are in a folder of their own. The Dockerfile for the engine is added beside that
//! folder when the context is sent, so that no name of the context leads to it. Sources that lead there through a link
//! are refused when the Dockerfile is written (`stageplay_core::canonical::ContextIndex`).

pub use super::context_writer::Context;
pub(super) use super::context_writer::final_entries;

use super::context_writer::{ContextWriter, DEFAULT_MTIME, broken_context, normalize_name};
use super::dockerignore::own_ignore_name;
use super::policy::Policy;
use super::tar_extended_headers::ExtendedHeaders;
use crate::disk::open_regular_file;
use crate::problem::problem;
use base64::Engine as _;
use stageplay_core::api::{ContextFile, Problem};
use stageplay_core::canonical::{CONTEXT, ContextIndex};
use stageplay_core::engine::Builder;
use stageplay_core::fs::Ignore;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use tar::{Archive, EntryType};

/// Makes a context from the files of a request. The Dockerfile is added as `Dockerfile`; a file of that name is
/// ignored.
///
/// # Errors
/// A file is malformed or the context is too large. The message names the file.
pub fn from_files(
    dockerfile: &str,
    files: &[ContextFile],
    builder: Builder,
    policy: &Policy,
) -> Result<Context, Problem> {
    let mut writer = ContextWriter::new(policy, "Dockerfile", builder)?;
    writer.file("Dockerfile", 0o644, dockerfile.len() as u64, dockerfile.as_bytes())?;
    for file in files {
        let name = normalize_name(&file.path).map_err(|error| problem("bad-name", error, ""))?;
        if name.is_empty() {
            return Err(problem("bad-name", format!("{:?} is not the name of a file", file.path), ""));
        }
        if name == "Dockerfile" {
            continue;
        }
        match (&file.text, &file.base64, &file.link) {
            (None, None, None) if file.path.ends_with('/') => writer.folder(&name, file.mode.unwrap_or(0o755))?,
            (Some(text), None, None) => {
                writer.file(&name, file.mode.unwrap_or(0o644), text.len() as u64, text.as_bytes())?;
            }
            (None, Some(text), None) => {
                let bytes = base64::engine::general_purpose::STANDARD
                    .decode(text)
                    .map_err(|error| problem("bad-base64", format!("{name}: {error}"), "use standard base64"))?;
                writer.file(&name, file.mode.unwrap_or(0o644), bytes.len() as u64, &bytes[..])?;
            }
            (None, None, Some(target)) => writer.sent_link(EntryType::Symlink, &name, target)?,
            _ => {
                let what =
                    format!("{name}: expected exactly one of text, base64 and link, or a path that ends with a slash");
                return Err(problem("bad-file", what, ""));
            }
        }
    }
    writer.finish()
}

/// Makes a context from a tar stream. `dockerfile` is the path of the Dockerfile in the tar.
///
/// # Errors
/// An entry is malformed or the context is too large. The message names the entry.
pub fn from_tar(stream: impl Read, dockerfile: &str, builder: Builder, policy: &Policy) -> Result<Context, Problem> {
    let mut writer = ContextWriter::new(policy, dockerfile, builder)?;
    let mut archive = Archive::new(stream.take(policy.context.saturating_add(policy.files as u64 * 2_048)));
    let mut extended = ExtendedHeaders::default();
    for entry in archive.entries().map_err(|error| broken_context(&error))?.raw(true) {
        let mut entry = entry.map_err(|error| broken_context(&error))?;
        if extended.read(&mut entry)? {
            writer.count_bytes("an extended header", entry.size())?;
            continue;
        }
        let (name, target) = extended.take_names(&entry)?;
        let name = normalize_name(&name).map_err(|error| problem("bad-name", error, ""))?;
        let header = entry.header();
        let mode = header.mode().unwrap_or(0o644) & 0o7777;
        // A date after the year 2106 is a mistake.
        writer.mtime = header.mtime().ok().filter(|time| *time <= u64::from(u32::MAX)).unwrap_or(DEFAULT_MTIME);
        let kind = header.entry_type();
        if name.is_empty() || kind == EntryType::XGlobalHeader {
            writer.count_entry(&name, entry.size())?;
            continue;
        }
        match kind {
            EntryType::Directory => writer.folder(&name, mode)?,
            EntryType::Symlink | EntryType::Link => writer.sent_link(kind, &name, &target.unwrap_or_default())?,
            EntryType::Regular | EntryType::Continuous => writer.file(&name, mode, entry.size(), entry)?,
            _ => {
                let what = format!("{name:?} is not a file, a folder or a link");
                return Err(problem("special-file", what, "remove devices, pipes and sockets from the context"));
            }
        }
    }
    if !extended.is_empty() {
        return Err(broken_context(&std::io::ErrorKind::UnexpectedEof.into()));
    }
    writer.finish()
}

/// Makes a context from a folder on this machine, as `docker build` sends it. `text` is the Dockerfile, which is added
/// under the path `dockerfile`.
///
/// # Errors
/// A file cannot be read, or the context is too large.
pub fn from_folder(
    folder: &Path,
    dockerfile: &str,
    text: &str,
    builder: Builder,
    policy: &Policy,
) -> Result<Context, Problem> {
    let mut writer = ContextWriter::new(policy, dockerfile, builder)?;
    // Excluded files are not read, because they may be large.
    let own = (builder == Builder::Buildkit).then(|| own_ignore_name(&writer.dockerfile));
    let ignore =
        crate::disk::read_ignore_file(folder, own.as_deref()).map_err(|error| problem("unreadable", error, ""))?;
    let ignore = Ignore::parse(&ignore);
    writer.file(&writer.dockerfile.clone(), 0o644, text.len() as u64, text.as_bytes())?;
    add_folder(folder, "", &ignore, &mut Vec::new(), &mut writer)?;
    writer.finish()
}

/// Adds the content of a folder. `pending` are excluded parent folders, which are written only if one of their files
/// is not excluded.
fn add_folder(
    folder: &Path,
    prefix: &str,
    ignore: &Ignore,
    pending: &mut Vec<(String, u32)>,
    writer: &mut ContextWriter<'_>,
) -> Result<(), Problem> {
    let fail = |path: &Path, error: &std::io::Error| {
        problem("unreadable", format!("cannot read {}: {error}", path.display()), "")
    };
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).and_then(Iterator::collect::<Result<_, _>>).map_err(|error| fail(folder, &error))?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let Some(name) = entry.file_name().to_str().map(|name| format!("{prefix}{name}")) else {
            return Err(problem("bad-name", format!("the name of {} is not UTF-8", path.display()), ""));
        };
        let meta = std::fs::symlink_metadata(&path).map_err(|error| fail(&path, &error))?;
        let is_ignore_file = name == ".dockerignore" || name == own_ignore_name(&writer.dockerfile);
        let is_excluded = !is_ignore_file && ignore.excludes(&name);
        let mode = meta.permissions().mode();
        if is_excluded && meta.is_dir() && ignore.brings_back() {
            let count = pending.len();
            pending.push((name.clone(), mode));
            add_folder(&path, &format!("{name}/"), ignore, pending, writer)?;
            pending.truncate(count);
        }
        if is_excluded || name == writer.dockerfile {
            continue;
        }
        writer.mtime = u64::try_from(meta.mtime()).unwrap_or(DEFAULT_MTIME);
        for (parent, mode) in pending.drain(..) {
            writer.folder(&parent, mode)?;
        }
        if meta.is_dir() {
            writer.folder(&name, mode)?;
            add_folder(&path, &format!("{name}/"), ignore, pending, writer)?;
        } else if meta.is_symlink() {
            let target = std::fs::read_link(&path).map_err(|error| fail(&path, &error))?;
            writer.link(EntryType::Symlink, &name, &target.to_string_lossy())?;
        } else if meta.is_file() {
            let file = open_regular_file(&path).map_err(|error| fail(&path, &error))?;
            writer.file(&name, mode, meta.len(), file.take(meta.len()))?;
        }
    }
    Ok(())
}

/// The names of an untrusted build's context, and the targets of its links. `tar` is the tar that was written.
///
/// # Errors
/// The tar cannot be read.
pub(super) fn index(tar: &Path) -> std::io::Result<ContextIndex> {
    let (mut names, mut links) = (Vec::new(), BTreeMap::new());
    let prefix = format!("{CONTEXT}/");
    let below = |path: &Path| {
        let path = path.to_string_lossy();
        path.strip_prefix(&prefix).map(|name| name.trim_end_matches('/').to_string())
    };
    let mut archive = Archive::new(BufReader::new(File::open(tar)?));
    for entry in archive.entries_with_seek()? {
        let entry = entry?;
        let Some(name) = below(&entry.path()?).filter(|name| !name.is_empty()) else { continue };
        let target = entry.link_name()?.unwrap_or_default();
        match entry.header().entry_type() {
            EntryType::Symlink => {
                links.insert(name.clone(), target.to_string_lossy().into_owned());
            }
            // A hard link to a symbolic link is one, too.
            EntryType::Link => {
                if let Some(target) = below(&target).and_then(|target| links.get(&target).cloned()) {
                    links.insert(name.clone(), target);
                }
            }
            _ => {}
        }
        names.push(name);
    }
    Ok(ContextIndex::new(names, links))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stageplay_core::engine::Builder::{Buildkit as BUILDKIT, Classic as CLASSIC};
    use tar::{Builder, Header};

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
            // Written by hand, because the library refuses the names that an attacker would send.
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
        let context = from_files("FROM scratch\n", &files, BUILDKIT, &Policy::default()).unwrap();
        let below = ["", "Dockerfile", "a", "empty/", "l", "b"].map(|name| format!("{CONTEXT}/{name}"));
        assert_eq!(names(&context), below);
        assert_eq!(context.text, "FROM scratch\n");
    }

    #[test]
    fn names_stay_inside_the_context() {
        for bad in ["../x", "/etc/passwd", "a/../../b", "a\nb"] {
            let error = from_files("FROM scratch", &[file(bad, "")], BUILDKIT, &Policy::default()).unwrap_err();
            assert_eq!(error.code, "bad-name", "{bad}");
            let tar = tar_of(&[(EntryType::Regular, bad, "x")]);
            assert_eq!(
                from_tar(&tar[..], "Dockerfile", BUILDKIT, &Policy::default()).unwrap_err().code,
                "bad-name",
                "{bad}"
            );
        }
    }

    #[test]
    fn special_files_and_malformed_entries_are_refused() {
        let policy = Policy::default();
        let code = |entries: &[(EntryType, &str, &str)]| {
            from_tar(&tar_of(entries)[..], "Dockerfile", BUILDKIT, &policy).unwrap_err().code
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
        assert_eq!(from_tar(&[7; 4_096][..], "Dockerfile", BUILDKIT, &policy).unwrap_err().code, "broken-context");
    }

    #[test]
    fn bytes_and_files_are_counted_while_they_arrive() {
        let small = Policy { context: 10, files: 3, ..Policy::default() };
        let one = |path: &str| file(path, "12345678");
        let error = from_files("FROM", &[one("a")], BUILDKIT, &small).unwrap_err();
        assert_eq!(error.code, "context-size");
        let error = from_files("F", &[file("a", ""), file("b", ""), file("c", "")], BUILDKIT, &small).unwrap_err();
        assert_eq!(error.code, "context-files");
        // A header with a size above the limit is refused before its content is read.
        let mut header = Header::new_gnu();
        header.set_path("big").unwrap();
        header.set_size(1 << 40);
        header.set_cksum();
        assert_eq!(from_tar(&header.as_bytes()[..], "Dockerfile", BUILDKIT, &small).unwrap_err().code, "context-size");
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
            from_tar(&tar[..], "Dockerfile", BUILDKIT, &Policy::default()).map_err(|problem| problem.code)
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
        assert_eq!(
            from_tar(&alone[..], "Dockerfile", BUILDKIT, &Policy::default()).unwrap_err().code,
            "broken-context"
        );
    }

    #[test]
    fn extended_headers_count_as_files_and_bytes() {
        let small = Policy { context: 100, files: 3, ..Policy::default() };
        let code = |tar: Vec<u8>| from_tar(&tar[..], "Dockerfile", BUILDKIT, &small).unwrap_err().code;
        let global = [(b'g', &b"9 a=bcde\n"[..]); 3];
        assert_eq!(code(with_headers(&global, "Dockerfile")), "context-files");
        assert_eq!(code(tar_of(&[(EntryType::Directory, "./", ""); 4])), "context-files");
        assert_eq!(code(with_headers(&[(b'x', &[b'x'; 101])], "Dockerfile")), "context-size");
    }

    #[test]
    fn excluded_folders_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("Dockerfile", "FROM scratch"),
            ("node_modules/a/b", "x"),
            ("docs/a.md", "x"),
            ("docs/keep/README.md", "x"),
            (".dockerignore", "**/node_modules\ndocs\n!docs/keep\n"),
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let names_of = |context: Context| {
            let mut all = names(&context);
            all.iter_mut().for_each(|name| *name = name.trim_start_matches(CONTEXT).trim_matches('/').to_string());
            all.retain(|name| !name.is_empty() && !name.starts_with(".d"));
            all.sort();
            all
        };
        let expected = ["Dockerfile", "docs", "docs/keep", "docs/keep/README.md"];
        let trusted = from_folder(folder.path(), "Dockerfile", "FROM scratch", BUILDKIT, &Policy::trusted()).unwrap();
        assert_eq!(names_of(trusted), expected);
        let mut tar = tar::Builder::new(Vec::new());
        tar.append_dir_all(".", folder.path()).unwrap();
        let untrusted = from_tar(&tar.into_inner().unwrap()[..], "Dockerfile", BUILDKIT, &Policy::default()).unwrap();
        assert_eq!(names_of(untrusted), expected);
    }

    #[test]
    fn the_index_holds_names_and_links() {
        let tar = tar_of(&[
            (EntryType::Regular, "Dockerfile", "FROM scratch"),
            (EntryType::Regular, "a", "x"),
            (EntryType::Link, "b", "a"),
            (EntryType::Symlink, "d/c", "../.."),
            (EntryType::Link, "e", "d/c"),
        ]);
        let context = from_tar(&tar[..], "Dockerfile", BUILDKIT, &Policy::default()).unwrap();
        let names = ["Dockerfile", "a", "b", "d", "d/c", "e"].map(str::to_string);
        let links = [("d/c", "../.."), ("e", "../..")].map(|(name, target)| (name.to_string(), target.to_string()));
        assert_eq!(index(&context.tar).unwrap(), ContextIndex::new(names.to_vec(), links.into()));
    }

    #[test]
    fn a_hard_link_has_the_permissions_of_its_file() {
        let tar = tar_of(&[
            (EntryType::Regular, "Dockerfile", "FROM scratch"),
            (EntryType::Regular, "a", "x"),
            (EntryType::Link, "b", "a"),
            (EntryType::Symlink, "c", "a"),
        ]);
        let context = from_tar(&tar[..], "Dockerfile", BUILDKIT, &Policy::default()).unwrap();
        let mut archive = Archive::new(File::open(&context.tar).unwrap());
        let modes: Vec<u32> = archive.entries().unwrap().map(|entry| entry.unwrap().header().mode().unwrap()).collect();
        assert_eq!(modes, [0o755, 0o644, 0o644, 0o644, 0o777]);
    }

    #[test]
    fn an_ignore_file_that_is_a_link_is_refused_in_what_is_sent() {
        let refused = |kind: EntryType, name: &str| {
            let entries = [
                (EntryType::Regular, "Dockerfile", "FROM scratch"),
                (EntryType::Regular, "ig", "secret"),
                (kind, name, "ig"),
            ];
            from_tar(&tar_of(&entries)[..], "Dockerfile", BUILDKIT, &Policy::default())
                .err()
                .map(|problem| problem.message)
        };
        for kind in [EntryType::Symlink, EntryType::Link] {
            for name in [".dockerignore", "Dockerfile.dockerignore"] {
                assert_eq!(refused(kind, name), Some(format!("{name} is a link")));
            }
            assert_eq!(refused(kind, "other"), None);
        }
    }

    /// `NAME.dockerignore` counts with BuildKit, in place of `.dockerignore`, and not with the classic builder.
    #[test]
    fn a_dockerfile_may_have_an_ignore_file_of_its_own() {
        let files = [
            ("sub/Dockerfile", "FROM scratch\n"),
            (".dockerignore", "pub\n"),
            ("sub/Dockerfile.dockerignore", "secret\n"),
            ("pub", ""),
            ("secret", ""),
        ];
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let entries = files.map(|(name, text)| (EntryType::Regular, name, text));
        for (builder, kept, left_out) in [(BUILDKIT, "pub", "secret"), (CLASSIC, "secret", "pub")] {
            let uploaded = from_tar(&tar_of(&entries)[..], "sub/Dockerfile", builder, &Policy::default()).unwrap();
            let below = |name: &str| format!("{CONTEXT}/{name}");
            let names = names(&uploaded);
            assert!(names.contains(&below(kept)) && !names.contains(&below(left_out)), "{names:?}");
            let local = from_folder(folder.path(), "sub/Dockerfile", "FROM scratch\n", builder, &Policy::trusted());
            let names = self::names(&local.unwrap());
            assert!(names.contains(&kept.to_string()) && !names.contains(&left_out.to_string()), "{names:?}");
        }
    }

    #[test]
    fn dockerignore_applies_wherever_it_is_in_the_tar() {
        let tar = tar_of(&[
            (EntryType::Regular, "Dockerfile", "FROM scratch"),
            (EntryType::Regular, "a.log", "x"),
            (EntryType::Regular, "keep.log", "x"),
            (EntryType::Regular, ".dockerignore", "*.log\n!keep.log\nDockerfile\n"),
        ]);
        let context = from_tar(&tar[..], "Dockerfile", BUILDKIT, &Policy::default()).unwrap();
        let below = ["", "keep.log", ".dockerignore"].map(|name| format!("{CONTEXT}/{name}"));
        assert_eq!(names(&context), below);
    }
}
