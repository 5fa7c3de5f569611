//! Protection against decompression bombs: ADD unpacks archives, and a small archive may unpack to any size.

use super::build_problems::cancelled;
use super::tar_headers::TarHeaders;
use crate::disk::FileRange;
use crate::problem::problem;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};
use stageplay_core::api::Problem;
use stageplay_core::archive::{Compression, detect, unpacking};
use stageplay_core::canonical::{CONTEXT, Canonical, ContextIndex, as_written};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use tar::{Archive, EntryType};
use tokio_util::sync::CancellationToken;

/// Bytes of memory that an xz decoder may use. An archive made with `xz -9` needs 65 MiB.
const MAX_XZ_MEMORY: u64 = 128 << 20;

/// The tar of a context.
type Context = Archive<BufReader<File>>;

/// A file that ADD may unpack.
enum Unpacked {
    /// It is compressed, and has so many bytes when it is not.
    Packed(u64),
    /// It is a tar.
    Tar,
    /// It is copied.
    Other,
}

/// Why a file cannot be measured.
enum Unmeasured {
    /// It holds more than it may.
    TooLarge,
    /// It is damaged, or uses something that other programs may read in another way.
    Unreadable(String),
    /// Nobody waits for the result any more.
    Cancelled,
}

/// The other names of the files of a context, by the path of each file: hard links, and links that lead to it. Paths are
/// those in the context that the engine gets. The flag says whether there are links at all.
fn other_names(archive: &mut Context, index: &ContextIndex) -> io::Result<(BTreeMap<String, Vec<String>>, bool)> {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut has_links = false;
    for entry in archive.entries_with_seek()? {
        let entry = entry?;
        has_links |= entry.header().entry_type() == EntryType::Symlink;
        if entry.header().entry_type() != EntryType::Link {
            continue;
        }
        let (name, target) = (entry.path()?.display().to_string(), entry.link_name()?.unwrap_or_default());
        let target = target.display().to_string();
        // A hard link may lead to another one.
        let file = files.get(&target).unwrap_or(&target).clone();
        names.entry(file.clone()).or_default().push(name.clone());
        files.insert(name, file);
    }
    for (link, target) in index.resolved_links() {
        let (link, target) = (format!("{CONTEXT}/{link}"), format!("{CONTEXT}/{target}"));
        let file = files.get(&target).unwrap_or(&target).clone();
        names.entry(file).or_default().push(link);
    }
    Ok((names, has_links))
}

/// Checks that the files that ADD may unpack from a context have at most `max_bytes` bytes together when they are
/// unpacked, and that no tar holds a sparse file. A file counts for each source of ADD that may mean it, since an archive
/// can move what was unpacked before out of the way of what it unpacks; of a tar that is not compressed the first time is
/// free, because it takes what the context has.
///
/// A file that cannot be read to its end is refused: an engine, which reads it with another program, may find any
/// number of bytes in it.
///
/// # Errors
/// They have more, one of them cannot be measured, the context cannot be read, or `stop` is cancelled.
pub(super) fn check_unpacked_size(
    context: &Path,
    index: &ContextIndex,
    dockerfile: &Canonical,
    max_bytes: u64,
    stop: &CancellationToken,
) -> Result<(), Problem> {
    if dockerfile.added.is_empty() {
        return Ok(());
    }
    let unreadable = |error: io::Error| problem("server-disk", format!("cannot read the context: {error}"), "");
    let open = || Ok(Archive::new(BufReader::new(File::open(context).map_err(unreadable)?)));
    let (others, has_links) = other_names(&mut open()?, index).map_err(unreadable)?;
    let mut archive = open()?;
    let mut remaining = max_bytes;
    for entry in archive.entries().map_err(unreadable)? {
        if stop.is_cancelled() {
            return Err(cancelled());
        }
        let mut entry = entry.map_err(unreadable)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = entry.path().map(|path| path.display().to_string()).unwrap_or_default();
        let names = others.get(&name).into_iter().flatten().chain([&name]);
        let mut uses: u64 = names.map(|name| dockerfile.added.uses(name)).sum();
        // Builders differ over links to folders in the middle of a pattern.
        if has_links {
            uses = uses.max(1);
        }
        if uses == 0 {
            continue;
        }
        let (offset, size) = (entry.raw_file_position(), entry.size());
        let mut head = [0; 8];
        let mut count = 0;
        while let Ok(more @ 1..) = entry.read(&mut head[count..]) {
            count += more;
        }
        let kind = detect(&head[..count]);
        let file = FileRange::new(File::open(context).map_err(unreadable)?, offset, size);
        let measured = match unpacked_size(kind, file, remaining / uses, stop) {
            Ok(Unpacked::Packed(bytes)) => Ok(bytes * uses),
            Ok(Unpacked::Tar) => Ok(size.saturating_mul(uses - 1)),
            Ok(Unpacked::Other) => Ok(0),
            Err(error) => Err(error),
        };
        let measured = measured.and_then(|bytes| remaining.checked_sub(bytes).ok_or(Unmeasured::TooLarge));
        match measured {
            Ok(rest) => remaining = rest,
            Err(Unmeasured::Cancelled) => return Err(cancelled()),
            Err(Unmeasured::TooLarge) => {
                let name = as_written(&name);
                let often = if uses > 1 { format!(", which is added up to {uses} times,") } else { String::new() };
                let what =
                    format!("the archives that ADD unpacks, up to {name}{often} hold more than {max_bytes} bytes");
                return Err(problem("disk-limit", what, "send less, or ask the server's operator for more"));
            }
            Err(Unmeasured::Unreadable(reason)) => {
                let name = as_written(&name);
                let what = format!("ADD may unpack {name}, and it cannot be told how much it holds: {reason}");
                return Err(problem("unreadable-archive", what, "pack it anew, or copy it with COPY"));
            }
        }
    }
    Ok(())
}

/// What a file is when it is unpacked. Its tar is checked as well.
fn unpacked_size(
    kind: Compression,
    file: FileRange,
    max_bytes: u64,
    stop: &CancellationToken,
) -> Result<Unpacked, Unmeasured> {
    let is_packed = kind != Compression::None;
    let unreadable = |error: io::Error| Unmeasured::Unreadable(format!("as {kind:?} data it is damaged: {error}"));
    let file = BufReader::with_capacity(1 << 16, file);
    let mut reader: Box<dyn Read> = match unpacking(kind, file) {
        Ok(reader) => reader,
        Err(file) => {
            let stream = Stream::new_stream_decoder(MAX_XZ_MEMORY, CONCATENATED);
            Box::new(XzDecoder::new_stream(file, stream.map_err(|error| unreadable(error.into()))?))
        }
    };
    let mut counted = 0;
    let mut headers = TarHeaders::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        if stop.is_cancelled() {
            return Err(Unmeasured::Cancelled);
        }
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(error)),
        };
        if is_packed {
            counted += count as u64;
            if counted > max_bytes {
                return Err(Unmeasured::TooLarge);
            }
        }
        headers.read(&buffer[..count]).map_err(Unmeasured::Unreadable)?;
        if !is_packed && headers.is_at_end() {
            break;
        }
    }
    Ok(match (is_packed, headers.is_tar()) {
        (true, _) => Unpacked::Packed(counted),
        (false, true) => Unpacked::Tar,
        (false, false) => Unpacked::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn context(files: &[(&str, Vec<u8>)]) -> tempfile::TempPath {
        let mut out = tar::Builder::new(tempfile::NamedTempFile::new().unwrap());
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            out.append_data(&mut header, name, &bytes[..]).unwrap();
        }
        out.into_inner().unwrap().into_temp_path()
    }

    fn added(names: &[&str]) -> Canonical {
        Canonical { added: names.iter().map(|name| name.to_string()).collect(), ..Canonical::default() }
    }

    fn check(context: &Path, dockerfile: &Canonical, max_bytes: u64) -> Result<(), Problem> {
        let index = crate::engine::context::index(context).unwrap();
        check_unpacked_size(context, &index, dockerfile, max_bytes, &CancellationToken::new())
    }

    /// Adds a link to a context.
    fn with_link(context: tempfile::TempPath, kind: EntryType, name: &str, target: &str) -> tempfile::TempPath {
        let mut out = tar::Builder::new(tempfile::NamedTempFile::new().unwrap());
        let mut old = Archive::new(File::open(&context).unwrap());
        for entry in old.entries().unwrap() {
            let entry = entry.unwrap();
            out.append(&entry.header().clone(), entry).unwrap();
        }
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        out.append_link(&mut header, name, target).unwrap();
        out.into_inner().unwrap().into_temp_path()
    }

    #[test]
    fn an_archive_counts_as_often_as_it_is_added() {
        let zeros = vec![0; 1 << 20];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&zeros).unwrap();
        let gzip = gzip.finish().unwrap();
        let inside = |name: &str| format!("{CONTEXT}/{name}");
        let file = || context(&[(&inside("a.gz"), gzip.clone())]);
        let fits = |context: &Path, sources: &[&str], mebibytes: u64| {
            let sources: Vec<String> = sources.iter().map(|source| inside(source)).collect();
            let added = added(&sources.iter().map(String::as_str).collect::<Vec<_>>());
            let check = |bytes: u64| check(context, &added, bytes);
            assert_eq!(check((mebibytes << 20) - 1).unwrap_err().code, "disk-limit", "{sources:?}");
            assert_eq!(check(mebibytes << 20), Ok(()), "{sources:?}");
        };
        fits(&file(), &["a.gz"], 1);
        fits(&file(), &["a.gz"; 12], 12);
        fits(&file(), &["a.gz", "./a.gz", "a.*", "a[.]gz"], 4);
        let hard = with_link(file(), EntryType::Link, &inside("b.gz"), &inside("a.gz"));
        fits(&hard, &["*.gz"], 2);
        let twice = with_link(hard, EntryType::Link, &inside("c.gz"), &inside("b.gz"));
        fits(&twice, &["?.gz", "c.gz"], 4);
        let link = with_link(file(), EntryType::Symlink, &inside("l.gz"), "a.gz");
        fits(&link, &["*.gz"], 2);
        fits(&link, &["other"], 1);
        // The first time, a tar takes what the context has.
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(1 << 20);
        tar.append_data(&mut header, "zeros", &zeros[..]).unwrap();
        let tar = tar.into_inner().unwrap();
        let size = tar.len() as u64;
        let path = context(&[("a.tar", tar), ("text", vec![b'x'; 1 << 20])]);
        assert_eq!(check(&path, &added(&["a.tar", "text", "text"]), 0), Ok(()));
        assert_eq!(check(&path, &added(&["a.tar", "a.tar", "*.tar"]), 2 * size), Ok(()));
        assert_eq!(check(&path, &added(&["a.tar", "a.tar", "*.tar"]), 2 * size - 1).unwrap_err().code, "disk-limit");
    }

    #[test]
    fn archives_are_measured_before_an_engine_unpacks_them() {
        let zeros = vec![0; 1 << 20];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&zeros).unwrap();
        let gzip = gzip.finish().unwrap();
        let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
        xz.write_all(&zeros).unwrap();
        let xz = xz.finish().unwrap();
        let all = added(&["*"]);
        for bomb in [&gzip, &xz] {
            let path = context(&[("a", b"text".to_vec()), ("bomb", bomb.clone())]);
            assert!(check(&path, &all, 1 << 20).is_ok());
            // ADD unpacks only sources that are named themselves.
            assert!(check(&path, &added(&["a", "."]), 1).is_ok() && check(&path, &added(&[]), 1).is_ok());
            assert_eq!(check(&path, &all, (1 << 20) - 1).unwrap_err().code, "disk-limit");
        }
        // The sizes of all archives are added.
        let path = context(&[("a", gzip.clone()), ("b", xz.clone())]);
        assert!(check(&path, &all, 2 << 20).is_ok() && check(&path, &all, (2 << 20) - 1).is_err());
        // Further members and streams count.
        for twice in [[&gzip[..], &gzip].concat(), [&xz[..], &xz].concat()] {
            assert!(check(&context(&[("a", twice.clone())]), &all, 2 << 20).is_ok());
            let problem = check(&context(&[("a", twice)]), &all, (2 << 20) - 1).unwrap_err();
            assert_eq!(problem.code, "disk-limit");
        }
    }

    /// A megabyte of zeros, packed by a program of this machine; `None` without that program.
    fn packed(program: &str, options: &[&str]) -> Option<Vec<u8>> {
        let zeros = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(zeros.path(), vec![0; 1 << 20]).unwrap();
        let input = zeros.reopen().unwrap();
        let packed = std::process::Command::new(program).args(options).arg("-c").stdin(input).output().ok()?;
        packed.status.success().then_some(packed.stdout)
    }

    /// What another program may read further, or otherwise, than this one.
    #[test]
    fn what_cannot_be_measured_is_refused() {
        let all = added(&["*"]);
        let code = |bytes: &[u8]| {
            let found = check(&context(&[("evil.tar", bytes.to_vec())]), &all, 2 << 20).map_err(|problem| {
                assert!(problem.code == "disk-limit" || problem.message.contains("evil.tar"), "{problem:?}");
                problem.code
            });
            found.err().unwrap_or_default()
        };
        let refused = "unreadable-archive";
        let programs: [(&str, &[&str]); 6] = [
            ("gzip", &[]),
            ("bzip2", &[]),
            ("xz", &[]),
            ("xz", &["--check=none", "--x86", "--lzma2"]),
            ("zstd", &[]),
            ("zstd", &["--no-check", "--long=27"]),
        ];
        for (program, options) in programs {
            let Some(good) = packed(program, options) else {
                eprintln!("skipped: no {program}");
                continue;
            };
            assert_eq!(code(&good), "", "{program}");
            assert_eq!(code(&[&good[..], &good].concat()), "", "{program}");
            assert_eq!(code(&[&good[..], &good, &good].concat()), "disk-limit", "{program}");
            for garbage in [&b"x"[..], b"garbage", &[7; 5_000]] {
                assert_eq!(code(&[&good[..], garbage].concat()), refused, "{program}: {garbage:?}");
            }
            for missing in [1, 2, 9, good.len() / 2] {
                assert_eq!(code(&good[..good.len() - missing]), refused, "{program}: {missing} bytes are missing");
                let second = [&good[..], &good[..good.len() - missing]].concat();
                assert_eq!(code(&second), refused, "{program}: {missing} bytes of the second part are missing");
            }
            let mut damaged = good.clone();
            damaged[good.len() / 2] ^= 0xff;
            damaged[good.len() / 2 + 1] ^= 0xff;
            assert_eq!(code(&damaged), refused, "{program}");
        }
        if let Some(gzip) = packed("gzip", &["-n"]) {
            // Reserved flags, an unknown method in a second member, and a wrong checksum of the header.
            for flags in [0x20, 0x40, 0x80, 0xe0] {
                let mut odd = gzip.clone();
                odd[3] = flags;
                assert_eq!(code(&odd), refused, "{flags:#x}");
                assert_eq!(code(&[gzip.clone(), odd].concat()), refused, "{flags:#x}");
            }
            let mut method = gzip.clone();
            method[2] = 7;
            assert_eq!(code(&[gzip.clone(), method].concat()), refused);
            let mut checked = [&gzip[..10], &[1, 2], &gzip[10..]].concat();
            checked[3] = 2;
            assert_eq!(code(&checked), refused);
        }
        if let Some(zstd) = packed("zstd", &[]) {
            // Frames that are skipped stand between others.
            let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
            assert_eq!(code(&[&skippable[..], &zstd, &skippable, &zstd].concat()), "");
            assert_eq!(code(&[&skippable[..], &zstd, &skippable, &zstd, &zstd].concat()), "disk-limit");
            assert_eq!(code(&[&zstd[..], &skippable[..6]].concat()), refused);
        }
        // xz pads with zeros, and refuses settings that it does not know.
        if let Some(xz) = packed("xz", &[]) {
            assert_eq!(code(&[&xz[..], &[0; 8], &xz].concat()), "");
            assert_eq!(code(&[&xz[..], &[0; 7], &xz].concat()), refused);
            let mut check = xz.clone();
            check[7] = 0x0f;
            assert_eq!(code(&check), refused);
        }
    }

    #[test]
    fn a_sparse_file_counts_as_any_size() {
        let all = added(&["*"]);
        for tar in super::super::tar_headers::tests::sparse_tars(1 << 40) {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(&tar).unwrap();
            for file in [tar, gzip.finish().unwrap()] {
                let path = context(&[("a.tar", file)]);
                let problem = check(&path, &all, 1 << 20).unwrap_err();
                assert_eq!(problem.code, "unreadable-archive");
                assert!(problem.message.contains("a.tar") && problem.message.contains("sparse"), "{problem:?}");
            }
        }
    }

    #[test]
    fn measuring_ends_when_nobody_waits() {
        let stop = CancellationToken::new();
        stop.cancel();
        let path = context(&[("a", b"text".to_vec())]);
        assert_eq!(
            check_unpacked_size(&path, &ContextIndex::default(), &added(&["*"]), 1, &stop).unwrap_err().code,
            "cancelled"
        );
    }
}
