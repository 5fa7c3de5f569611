//! The files that a real build uploads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stageplay_core::api::ContextFile;
use stageplay_core::fs::{Kind, Tree};

/// The files of a build context for a build request. The built Dockerfile is left out if its path is `Dockerfile`,
/// because the request carries its text.
///
/// # Errors
/// The path of the first file whose content is not known to the last byte.
pub(crate) fn context_files(context: &Tree, dockerfile: &str) -> Result<Vec<ContextFile>, String> {
    let mut files = Vec::new();
    for (path, node) in context.walk("/") {
        let path = path.trim_start_matches('/').to_string();
        if path.is_empty() || path == dockerfile && path == "Dockerfile" {
            continue;
        }
        let mode = Some(node.mode & 0o7777);
        let file = match &node.kind {
            Kind::Dir { .. } => ContextFile { path: format!("{path}/"), mode, ..ContextFile::default() },
            Kind::Symlink(target) => ContextFile { path, link: Some(target.to_string()), ..ContextFile::default() },
            Kind::File(content) => {
                let bytes = content.bytes().ok_or_else(|| path.clone())?;
                match std::str::from_utf8(bytes) {
                    Ok(text) => ContextFile { path, mode, text: Some(text.into()), ..ContextFile::default() },
                    Err(_) => {
                        ContextFile { path, mode, base64: Some(STANDARD.encode(bytes)), ..ContextFile::default() }
                    }
                }
            }
            _ => continue,
        };
        files.push(file);
    }
    Ok(files)
}
