//! How `.dockerignore` is applied to the context of a real build: which files stay all the same, and how long the rules
//! may take.

use stageplay_core::fs::Ignore;
use std::collections::BTreeMap;
use std::io::{BufReader, BufWriter, Seek, SeekFrom};
use std::time::{Duration, Instant};
use tar::{Archive, Builder, Header};
use tempfile::NamedTempFile;

/// How long the rules of `.dockerignore` may take to be applied to all files.
const IGNORE_TIMEOUT: Duration = Duration::from_secs(60);

/// The name of the ignore file of one Dockerfile, beside it (`ReadEntrypoint` in BuildKit's frontend/dockerui).
pub(super) fn own_ignore_name(dockerfile: &str) -> String {
    format!("{dockerfile}.dockerignore")
}

/// Copies a tar without the files that `.dockerignore` excludes. An excluded folder is kept if one of its files is not
/// excluded. The inner error says that the rules take too long.
pub(super) fn without_ignored(
    mut file: NamedTempFile,
    ignore: &str,
    prefix: &str,
    dockerfile: &str,
) -> std::io::Result<Result<(NamedTempFile, usize), String>> {
    let deadline = Instant::now() + IGNORE_TIMEOUT;
    let ignore = Ignore::parse(ignore);
    let mut rules = ignore.walk();
    file.as_file_mut().seek(SeekFrom::Start(0))?;
    let mut out = Builder::new(BufWriter::new(NamedTempFile::new()?));
    let mut files = 0;
    let mut archive = Archive::new(BufReader::new(file.as_file_mut()));
    // Excluded folders. They are written only if one of their files is not excluded.
    let mut pending: BTreeMap<String, Header> = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        if Instant::now() > deadline {
            return Ok(Err(format!("the rules take longer than {} seconds", IGNORE_TIMEOUT.as_secs())));
        }
        let path = entry.path()?.to_string_lossy().trim_end_matches('/').to_string();
        let name = path.strip_prefix(prefix).unwrap_or("");
        let is_excluded = match rules.excludes(name) {
            Ok(is_excluded) => is_excluded,
            Err(error) => return Ok(Err(error)),
        };
        let is_kept = name.is_empty() || is_always_kept(name, prefix, dockerfile) || !is_excluded;
        if !is_kept {
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

/// Whether a file is kept even if `.dockerignore` excludes it. The engine reads the Dockerfile of a trusted build.
fn is_always_kept(name: &str, prefix: &str, dockerfile: &str) -> bool {
    prefix.is_empty() && (name == ".dockerignore" || name == dockerfile || name == own_ignore_name(dockerfile))
}
