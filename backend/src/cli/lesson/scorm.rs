//! `stageplay lesson scorm`: a package for a learning platform.

use crate::cli::output::replace_file;
use crate::cli::pack_files;
use crate::cli::usage_error::UsageError;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use rawzip::{CompressionMethod, ZipArchiveWriter};
use stageplay::server::package_files;
use stageplay_core::exercise::{self, Collection, Scorm, to_bundle};
use stageplay_core::words::Language;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

/// What is put into the package beside the pack.
pub(super) struct Options<'a> {
    /// The folder of a built page; without one, the page in this program.
    pub(super) page: Option<&'a Path>,
    pub(super) xapi_endpoint: &'a str,
    pub(super) xapi_authorization: &'a str,
    pub(super) language: &'a str,
}

pub(super) fn run(path: &Path, out: &Path, options: &Options<'_>) -> Result<u8, UsageError> {
    let is_web = |address: &str| address.starts_with("https://") || address.starts_with("http://");
    if !options.xapi_endpoint.is_empty() && !is_web(options.xapi_endpoint) {
        return Err(format!("--xapi {:?} is not an address that begins with https://", options.xapi_endpoint));
    }
    let (name, files) = pack_files::read_whole(path)?;
    let tag = Language::from_tag(options.language).tag();
    let title = match Collection::read(&files) {
        Some(collection) => {
            collection.map_err(|problem| problem.message(Language::English))?.title.get(tag).to_string()
        }
        None => {
            let read = exercise::read(&name, &files, None);
            let why = || read.problems.first().map(|problem| problem.message(Language::English)).unwrap_or_default();
            let pack = read.pack.as_ref().ok_or_else(|| format!("{}: {}", path.display(), why()))?;
            if pack.goals.is_empty() {
                return Err(format!("{} has no goals: a lesson has nothing to report", path.display()));
            }
            pack.title.get(tag).to_string()
        }
    };
    let page = package_files(options.page)?;
    let names: Vec<String> = page.keys().cloned().collect();
    let scorm = Scorm {
        name: &name,
        title: &title,
        bundle: &to_bundle(&name, &files),
        xapi_endpoint: options.xapi_endpoint,
        xapi_authorization: options.xapi_authorization,
        page: &names,
    };
    let mut all: BTreeMap<&str, Vec<u8>> = page.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let own = scorm.files();
    all.extend(own.iter().map(|(name, text)| (*name, text.clone().into_bytes())));
    let archive = zip(&all).map_err(|error| format!("cannot pack {}: {error}", out.display()))?;
    replace_file(out, &archive).map_err(|error| format!("cannot write {}: {error}", out.display()))?;
    Ok(0)
}

/// A zip archive without times, so that the same files give the same bytes.
fn zip(files: &BTreeMap<&str, Vec<u8>>) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (name, bytes) in files {
        let (mut entry, config) = archive.new_file(*name).compression_method(CompressionMethod::DEFLATE).start()?;
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
        writer.write_all(bytes)?;
        let (encoder, descriptor) = writer.finish()?;
        encoder.finish()?;
        entry.finish(descriptor)?;
    }
    Ok(archive.finish()?)
}
