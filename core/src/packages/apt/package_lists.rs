//! The package lists that `apt-get update` writes into /var/lib/apt/lists.

use super::cache_files::write_list_caches;
use crate::commands::os_release::os_release;
use crate::fs::Content;
use crate::measure::typical_tool_size;
use crate::shell::Shell;

/// The folder of the package lists.
pub(crate) const LISTS: &str = "/var/lib/apt/lists";

/// The parts of a release, each in a folder of its own at the mirror.
#[derive(Clone, Copy)]
enum Suite {
    Main,
    Updates,
    Security,
}

/// The lists that `update` fetches, with their sizes in bytes: main, updates and security, compressed with lz4 as
/// Debian's images keep them (measured on 2026-11-24, bullseye on 2026-11-30). `None` for a size that was not measured.
fn lists(codename: &str) -> &'static [(Suite, &'static str, Option<u64>)] {
    use Suite::{Main, Security, Updates};
    const PACKAGES: &str = "main_binary-amd64_Packages.lz4";
    const RELEASE: &str = "InRelease";
    match codename {
        "bookworm" => &[
            (Main, PACKAGES, Some(18_840_233)),
            (Main, RELEASE, Some(151_075)),
            (Updates, PACKAGES, Some(11_648)),
            (Updates, RELEASE, Some(55_403)),
            (Security, PACKAGES, Some(764_313)),
            (Security, RELEASE, Some(34_770)),
        ],
        "bullseye" => &[
            (Main, PACKAGES, Some(17_307_773)),
            (Main, RELEASE, Some(75_123)),
            (Updates, PACKAGES, Some(33_984)),
            (Updates, RELEASE, Some(44_029)),
            (Security, PACKAGES, Some(964_314)),
            (Security, RELEASE, Some(27_111)),
        ],
        "trixie" => &[(Main, PACKAGES, Some(20_804_560))],
        _ => &[(Main, PACKAGES, None)],
    }
}

/// The beginning of a list's name: the address of the suite, with `_` for `/`.
fn name_of_suite(id: &str, codename: &str, suite: Suite) -> String {
    match (id, suite) {
        ("ubuntu", _) => format!("archive.ubuntu.com_ubuntu_dists_{codename}"),
        (_, Suite::Main) => format!("deb.debian.org_debian_dists_{codename}"),
        (_, Suite::Updates) => format!("deb.debian.org_debian_dists_{codename}-updates"),
        (_, Suite::Security) => format!("deb.debian.org_debian-security_dists_{codename}-security"),
    }
}

/// Whether a file of the folder is of the distribution's own repositories.
pub(super) fn is_list_of_distribution(name: &str) -> bool {
    ["deb.debian.org_", "archive.ubuntu.com_"].iter().any(|start| name.starts_with(start))
        || ["lock", "partial", "auxfiles"].contains(&name)
}

pub(crate) fn update(shell: &mut Shell) {
    let id = os_release(shell, "ID").unwrap_or_default();
    let codename = os_release(shell, "VERSION_CODENAME")
        .unwrap_or_else(|| os_release(shell, "VERSION_ID").unwrap_or_else(|| "stable".into()));
    if shell.fs.mkdir_all(&format!("{LISTS}/partial"), 0o755, 0, 0).is_err() {
        return;
    }
    for (suite, file, bytes) in lists(&codename) {
        let place = format!("{LISTS}/{}_{file}", name_of_suite(&id, &codename, *suite));
        let content = match bytes {
            Some(bytes) => Content::modelled([], *bytes, format!("{codename}'s index as it was on 2026-11-24")),
            None => {
                let why = format!("the length of {codename}'s index was not measured");
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
