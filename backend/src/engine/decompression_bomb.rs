//! Protection against decompression bombs: ADD unpacks archives, and a small archive may unpack to any size.

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

/// Bytes of memory that an xz decoder may use. An archive made with `xz -9` needs 65 MiB.
const MAX_XZ_MEMORY: u64 = 128 << 20;

/// Checks that all compressed files that ADD may unpack from a context have at most `max_bytes` bytes together when
/// they are unpacked.
///
/// # Errors
/// They have more, or the context cannot be read.
pub(super) fn check_unpacked_size(context: &Path, dockerfile: &Canonical, max_bytes: u64) -> Result<(), Problem> {
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
        if kind == Compression::None {
            continue;
        }
        let file = FileRange::new(File::open(context).map_err(unreadable)?, offset, size);
        // A damaged archive counts as far as it can be read. The engine refuses it, or copies it without unpacking.
        let bytes = unpacked_size(kind, file, remaining.saturating_add(1));
        if bytes > remaining {
            let name = as_written(&name);
            let what = format!("the archives that ADD unpacks, up to {name}, hold more than {max_bytes} bytes");
            return Err(problem("disk-limit", what, "send less, or ask the server's operator for more"));
        }
        remaining -= bytes;
    }
    Ok(())
}

/// The size of a compressed file when it is unpacked. Counting stops at `max_bytes`.
fn unpacked_size(kind: Compression, file: FileRange, max_bytes: u64) -> u64 {
    let file = BufReader::with_capacity(1 << 16, file);
    let reader: Box<dyn Read> = match unpacking(kind, file) {
        Ok(reader) => reader,
        Err(file) => match Stream::new_stream_decoder(MAX_XZ_MEMORY, CONCATENATED) {
            Ok(stream) => Box::new(XzDecoder::new_stream(file, stream)),
            Err(_) => return max_bytes,
        },
    };
    let mut counted = 0;
    let mut buffer = vec![0; 1 << 16];
    let mut reader = reader.take(max_bytes);
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return counted,
            Ok(count) => counted += count as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // An archive that needs more memory than the decoder may use can have any size.
            Err(error) if error.to_string().contains("memory") => return max_bytes,
            Err(_) => return counted,
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
            assert!(check_unpacked_size(&path, &all, 1 << 20).is_ok());
            // ADD unpacks only sources that are named themselves.
            assert!(
                check_unpacked_size(&path, &added(&["a", "."]), 1).is_ok()
                    && check_unpacked_size(&path, &added(&[]), 1).is_ok()
            );
            assert_eq!(check_unpacked_size(&path, &all, (1 << 20) - 1).unwrap_err().code, "disk-limit");
        }
        // The sizes of all archives are added.
        let path = context(&[("a", gzip.clone()), ("b", xz.clone())]);
        assert!(
            check_unpacked_size(&path, &all, 2 << 20).is_ok()
                && check_unpacked_size(&path, &all, (2 << 20) - 1).is_err()
        );
        // Further members and streams count, and so does the part before a damaged one.
        let twice = [gzip.clone(), gzip[..gzip.len() - 9].to_vec()].concat();
        assert!(check_unpacked_size(&context(&[("a", twice)]), &all, 1 << 20).is_err());
        assert!(check_unpacked_size(&context(&[("a", [&xz[..], &xz[..]].concat())]), &all, 1 << 20).is_err());
    }
}
