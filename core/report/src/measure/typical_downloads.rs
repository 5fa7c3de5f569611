//! Typical sizes of what network addresses bring.

use super::typical_sizes::{ContextKind, TypicalSize, figures, typical_context_size, typical_tool_size};
use serde::Deserialize;

/// What the addresses of some patterns bring.
#[derive(Debug, Default, Deserialize)]
pub(super) struct DownloadKind {
    /// Patterns of whole addresses in lower case, without the scheme: `*` is any text.
    patterns: Vec<String>,
    /// The key in `tools` of the size of the file.
    file: Option<String>,
    /// The key in `tools` of the size of what it unpacks to.
    unpacked: Option<String>,
    /// Of an installer that a shell runs: what it writes.
    installs: Option<InstalledKind>,
}

/// What an installer writes.
#[derive(Debug, Default, Deserialize)]
struct InstalledKind {
    /// The key in `tools` of the size.
    size: String,
    /// The folder: absolute, or with `~` for the user's home, or relative to the working directory.
    folder: String,
}

/// What an address typically brings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypicalDownload {
    /// The size of the file.
    pub file: Option<&'static TypicalSize>,
    /// The size of what the file unpacks to, of an archive.
    pub unpacked: Option<&'static TypicalSize>,
    /// Of an installer that a shell runs: the size of what it writes, and the folder: absolute, with `~` for the user's
    /// home, or relative to the working directory.
    pub installs: Option<(&'static TypicalSize, &'static str)>,
}

/// Addresses of single files of repositories, which are as large as such files of a build context.
const FILES_OF_REPOSITORIES: [&str; 4] =
    ["raw.githubusercontent.com/*", "github.com/*/raw/*", "gitlab.com/*/raw/*", "gist.githubusercontent.com/*/raw/*"];

/// What an address (`https://host/path`) typically brings, as far as something like it was measured.
pub fn typical_download(address: &str) -> TypicalDownload {
    let address = address.to_ascii_lowercase();
    let address = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
    let address = address.split(['?', '#']).next().unwrap_or(address);
    let fits = |row: &&DownloadKind| row.patterns.iter().any(|pattern| matches_address(pattern, address));
    if let Some(row) = figures().downloads.iter().find(fits) {
        let size = |id: &Option<String>| typical_tool_size(id.as_ref()?);
        let installs =
            row.installs.as_ref().and_then(|kind| Some((typical_tool_size(&kind.size)?, kind.folder.as_str())));
        return TypicalDownload { file: size(&row.file), unpacked: size(&row.unpacked), installs };
    }
    let is_of_repository = FILES_OF_REPOSITORIES.iter().any(|pattern| matches_address(pattern, address));
    let file = typical_context_size(ContextKind::File, address).filter(|_| is_of_repository);
    TypicalDownload { file, ..TypicalDownload::default() }
}

/// Whether an address matches a pattern of parts with `*` between them. Each part is taken where it is found first.
fn matches_address(pattern: &str, address: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| address.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_matches_a_pattern_part_by_part() {
        let matches = |pattern, address| matches_address(pattern, address);
        assert!(matches("a.org/*/archive/*.tar.gz", "a.org/x/y/archive/1.tar.gz"));
        assert!(!matches("a.org/*/archive/*.tar.gz", "a.org/x/y/archive/1.zip"));
        assert!(matches("*.asc", "a.org/x.asc") && !matches("*.asc", "a.org/x.asc/y"));
        assert!(matches("a.org/x", "a.org/x") && !matches("a.org/x", "a.org/xy"));
        assert!(!matches("ab*bc", "abc") && matches("ab*bc", "abbc"));
    }

    #[test]
    fn every_download_names_figures_that_are_there() {
        assert!(!figures().downloads.is_empty());
        for row in &figures().downloads {
            let named = row.file.iter().chain(&row.unpacked).chain(row.installs.iter().map(|kind| &kind.size));
            let named: Vec<&String> = named.collect();
            assert!(!named.is_empty() && !row.patterns.is_empty(), "{row:?}");
            assert!(named.iter().all(|id| typical_tool_size(id).is_some()), "{row:?}");
            assert!(row.patterns.iter().all(|text| *text == text.to_ascii_lowercase() && !text.contains("://")));
        }
    }

    #[test]
    fn an_address_is_estimated_by_what_was_measured_of_its_kind() {
        let gosu = typical_download("https://github.com/tianon/gosu/releases/download/1.16/gosu-amd64");
        assert!(gosu.file.is_some_and(|size| size.best > 2_000_000 && size.high < 3_500_000), "{gosu:?}");
        let sources = typical_download("https://github.com/droe/sslsplit/archive/0.5.0.tar.gz");
        let (file, unpacked) = (sources.file.unwrap(), sources.unpacked.unwrap());
        assert!(file.best < unpacked.best && file.high < unpacked.high);
        let program = typical_download("https://github.com/a/b/releases/download/v1/b-linux-amd64");
        assert!(program.file.is_some() && program.unpacked.is_none());
        let script = typical_download("https://raw.githubusercontent.com/a/b/main/run.sh?token=1");
        assert_eq!(script.file, typical_context_size(ContextKind::File, "run.sh"));
        assert_eq!(typical_download("https://example.com/big.tar.gz"), TypicalDownload::default());
        assert_eq!(typical_download("https://raw.githubusercontent.com/a/b/main/x.deb"), TypicalDownload::default());
    }
}
