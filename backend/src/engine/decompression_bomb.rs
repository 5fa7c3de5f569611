//! Protection against decompression bombs: ADD unpacks archives, and a small archive may unpack to any size.

use super::build_problems::cancelled;
use super::tar_headers::TarHeaders;
use crate::disk::FileRange;
use crate::problem::problem;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};
use stageplay_core::api::Problem;
use stageplay_core::archive::{Compression, detect, unpacking};
use stageplay_core::canonical::{Canonical, as_written};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use tar::{Archive, EntryType};
use tokio_util::sync::CancellationToken;

/// Bytes of memory that an xz decoder may use. An archive made with `xz -9` needs 65 MiB.
const MAX_XZ_MEMORY: u64 = 128 << 20;

/// Why a file cannot be measured.
enum Unmeasured {
    /// It holds more than it may.
    TooLarge,
    /// It is damaged, or uses something that other programs may read in another way.
    Unreadable(String),
    /// Nobody waits for the result any more.
    Cancelled,
}

/// Checks that all compressed files that ADD may unpack from a context have at most `max_bytes` bytes together when
/// they are unpacked, and that no tar holds a sparse file.
///
/// A file that cannot be read to its end is refused: an engine, which reads it with another program, may find any
/// number of bytes in it.
///
/// # Errors
/// They have more, one of them cannot be measured, the context cannot be read, or `stop` is cancelled.
pub(super) fn check_unpacked_size(
    context: &Path,
    dockerfile: &Canonical,
    max_bytes: u64,
    stop: &CancellationToken,
) -> Result<(), Problem> {
    if dockerfile.added.is_empty() {
        return Ok(());
    }
    let unreadable = |error: io::Error| problem("server-disk", format!("cannot read the context: {error}"), "");
    let open = || Ok(Archive::new(BufReader::new(File::open(context).map_err(unreadable)?)));
    let mut archive: Archive<_> = open()?;
    let is_link = |entry: std::io::Result<tar::Entry<'_, _>>| {
        Ok(matches!(entry?.header().entry_type(), EntryType::Symlink | EntryType::Link))
    };
    let links =
        archive.entries().and_then(|mut all| all.try_fold(false, |any, entry| is_link(entry).map(|one| any | one)));
    let links = links.map_err(unreadable)?;
    let mut archive: Archive<_> = open()?;
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
        if !dockerfile.may_unpack(&name, links) {
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
        match unpacked_size(kind, file, remaining, stop) {
            Ok(bytes) => remaining -= bytes,
            Err(Unmeasured::Cancelled) => return Err(cancelled()),
            Err(Unmeasured::TooLarge) => {
                let name = as_written(&name);
                let what = format!("the archives that ADD unpacks, up to {name}, hold more than {max_bytes} bytes");
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

/// The size of a file when it is unpacked, if it is compressed; otherwise 0. Its tar is checked as well.
fn unpacked_size(
    kind: Compression,
    file: FileRange,
    max_bytes: u64,
    stop: &CancellationToken,
) -> Result<u64, Unmeasured> {
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
            Ok(0) => return Ok(counted),
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
            return Ok(0);
        }
    }
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
        check_unpacked_size(context, dockerfile, max_bytes, &CancellationToken::new())
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
        assert_eq!(check_unpacked_size(&path, &added(&["*"]), 1, &stop).unwrap_err().code, "cancelled");
    }
}
