//! The package lists that `apt-get update` writes into /var/lib/apt/lists.

use super::cache_files::write_list_caches;
use crate::commands::os_release::os_release;
use crate::fs::Content;
use crate::measure::typical_tool_size;
use crate::shell::Shell;

/// The folder of the package lists.
pub(crate) const LISTS: &str = "/var/lib/apt/lists";

/// The lists that `update` fetches, with their sizes in bytes: main, updates and security, compressed with lz4 as
/// Debian's images keep them (measured on 2026-11-24, bullseye on 2026-11-30). `None` for a size that was not measured.
fn lists(name: &str) -> &'static [(&'static str, Option<u64>)] {
    match name {
        "bookworm" => &[
            ("main_binary-amd64_Packages.lz4", Some(18_840_233)),
            ("InRelease", Some(151_075)),
            ("updates_main_binary-amd64_Packages.lz4", Some(11_648)),
            ("updates_InRelease", Some(55_403)),
            ("security_main_binary-amd64_Packages.lz4", Some(764_313)),
            ("security_InRelease", Some(34_770)),
        ],
        "bullseye" => &[
            ("main_binary-amd64_Packages.lz4", Some(17_307_773)),
            ("InRelease", Some(75_123)),
            ("updates_main_binary-amd64_Packages.lz4", Some(33_984)),
            ("updates_InRelease", Some(44_029)),
            ("security_main_binary-amd64_Packages.lz4", Some(964_314)),
            ("security_InRelease", Some(27_111)),
        ],
        "trixie" => &[("main_binary-amd64_Packages.lz4", Some(20_804_560))],
        _ => &[("main_binary-amd64_Packages.lz4", None)],
    }
}

pub(crate) fn update(shell: &mut Shell) {
    let codename = os_release(shell, "VERSION_CODENAME");
    let name = codename.unwrap_or_else(|| match os_release(shell, "VERSION_ID").as_deref() {
        Some("11") => "bullseye".into(),
        Some("12") => "bookworm".into(),
        Some("13") => "trixie".into(),
        other => other.unwrap_or("stable").into(),
    });
    if shell.fs.mkdir_all(&format!("{LISTS}/partial"), 0o755, 0, 0).is_err() {
        return;
    }
    for (file, bytes) in lists(&name) {
        let place = format!("{LISTS}/debian_dists_{name}_{file}");
        let content = match bytes {
            Some(bytes) => Content::modelled([], *bytes, format!("{name}'s index as it was on 2026-11-24")),
            None => {
                let id = os_release(shell, "ID").unwrap_or_default();
                let why = format!("the length of {name}'s index was not measured");
                Content::unknown(why).estimated(typical_tool_size(&format!("apt-lists-{id}")))
            }
        };
        let _ = shell.fs.write(&place, content, 0o644, 0, 0);
    }
    write_list_caches(shell);
}

/// Whether the image's folders are listed in full, as those of Debian's own images are. Then it is known that there
/// are no lists.
pub(crate) fn are_lists_known_to_be_missing(shell: &Shell) -> bool {
    !shell.fs.may_hide("/", "/unlisted-folder-of-an-image")
}
