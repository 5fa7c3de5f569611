//! The repository indexes that apk keeps in /var/cache/apk.

use crate::commands::os_release::os_version;
use crate::fs::Content;
use crate::packages::index::Release;
use crate::shell::Shell;
use sha1::{Digest, Sha1};

const CACHE: &str = "/var/cache/apk";

const REPOSITORIES: [&str; 2] = ["main", "community"];

/// Writes the indexes that apk keeps for the next call, also those of the `further` addresses. Each is named after its
/// repository's address.
pub(crate) fn write_index_cache(shell: &mut Shell, release: &Release, further: &[String]) {
    for (at, address) in repositories(shell).iter().chain(further).enumerate() {
        let digest = Sha1::digest(address.as_bytes());
        let name: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let content = match release.index_size(at).filter(|_| at < REPOSITORIES.len()) {
            Some((bytes, source)) => {
                Content::modelled([], bytes, format!("as large as the index was that day: {source}"))
            }
            None => Content::unknown("apk's index: it grows from day to day"),
        };
        if shell.fs.mkdir_all(CACHE, 0o755, 0, 0).is_ok() {
            let _ = shell.fs.write(&format!("{CACHE}/APKINDEX.{name}.tar.gz"), content, 0o644, 0, 0);
        }
    }
}

/// The addresses of the repositories: those of the image, or else those of its release.
fn repositories(shell: &Shell) -> Vec<String> {
    if let Some(text) = shell.read("/etc/apk/repositories").ok().flatten() {
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        return lines.map(str::to_string).collect();
    }
    let (major, minor) = os_version(shell).unwrap_or((3, 0));
    let address = |name| format!("https://dl-cdn.alpinelinux.org/alpine/v{major}.{minor}/{name}");
    REPOSITORIES.into_iter().map(address).collect()
}
