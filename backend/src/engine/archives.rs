//! What ADD would unpack: a few bytes can stand for a disk full of files.

use super::problem;
use crate::disk::Part;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};
use stageplay_core::api::Problem;
use stageplay_core::archive::{Compression, detect, unpacking};
use stageplay_core::canonical::{Canonical, as_written};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use tar::{Archive, EntryType};

/// Memory that unpacking an xz archive may take, in bytes; `xz -9` asks for 65 MiB.
const XZ_MEMORY: u64 = 128 << 20;

/// Makes sure that all packed files that ADD takes from a context together hold at most so many bytes.
///
/// # Errors
/// More than that, or the context cannot be read.
pub(super) fn check(context: &Path, written: &Canonical, most: u64) -> Result<(), Problem> {
    if written.added.is_empty() {
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
    let mut left = most;
    for entry in archive.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = entry.path().map(|path| path.display().to_string()).unwrap_or_default();
        if !written.may_unpack(&name, links) {
            continue;
        }
        let (at, size) = (entry.raw_file_position(), entry.size());
        let mut head = [0; 8];
        let mut count = 0;
        while let Ok(more @ 1..) = entry.read(&mut head[count..]) {
            count += more;
        }
        let kind = detect(&head[..count]);
        if kind == Compression::None {
            continue;
        }
        let part = Part::new(File::open(context).map_err(unreadable)?, at, size);
        // What is damaged the engine refuses, or takes as it is; it counts as far as it can be read.
        let bytes = unpacked(kind, part, left.saturating_add(1));
        if bytes > left {
            let name = as_written(&name);
            let what = format!("{name} holds more than may be written: all archives unpack to over {most} bytes");
            return Err(problem("disk-limit", what, "send less, or ask whoever runs the server for more"));
        }
        left -= bytes;
    }
    Ok(())
}

/// Bytes that an archive unpacks to; counting stops at `most`.
fn unpacked(kind: Compression, part: Part, most: u64) -> u64 {
    let part = BufReader::with_capacity(1 << 16, part);
    let reader: Box<dyn Read> = match unpacking(kind, part) {
        Ok(reader) => reader,
        Err(part) => match Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED) {
            Ok(stream) => Box::new(XzDecoder::new_stream(part, stream)),
            Err(_) => return most,
        },
    };
    let mut counted = 0;
    let mut buffer = vec![0; 1 << 16];
    let mut reader = reader.take(most);
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return counted,
            Ok(count) => counted += count as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // An archive that asks for more memory than is given may hold anything.
            Err(error) if error.to_string().contains("memory") => return most,
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
            let place = context(&[("a", b"text".to_vec()), ("bomb", bomb.clone())]);
            assert!(check(&place, &all, 1 << 20).is_ok());
            // What is not added by its name is not unpacked.
            assert!(check(&place, &added(&["a", "."]), 1).is_ok() && check(&place, &added(&[]), 1).is_ok());
            assert_eq!(check(&place, &all, (1 << 20) - 1).unwrap_err().code, "disk-limit");
        }
        // Together they count.
        let place = context(&[("a", gzip.clone()), ("b", xz.clone())]);
        assert!(check(&place, &all, 2 << 20).is_ok() && check(&place, &all, (2 << 20) - 1).is_err());
        // A second member, or stream, counts as well; so does what comes before damage.
        let twice = [gzip.clone(), gzip[..gzip.len() - 9].to_vec()].concat();
        assert!(check(&context(&[("a", twice)]), &all, 1 << 20).is_err());
        assert!(check(&context(&[("a", [&xz[..], &xz[..]].concat())]), &all, 1 << 20).is_err());
    }
}
