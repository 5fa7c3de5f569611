//! `update-ca-certificates`.

use crate::commands::os_release::os_release;
use crate::fs::Content;
use crate::measure::typical_image_file_size;
use crate::shell::Shell;

/// `update-ca-certificates`: the bundle is what packages brought and what is in the local folder.
pub(crate) fn update_ca_certificates(shell: &mut Shell, _: &[String]) -> i32 {
    const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
    const LOCAL: &str = "/usr/local/share/ca-certificates";
    let known = shell.fs.stat("/", BUNDLE).ok().and_then(|(_, node)| node.content().cloned());
    let own: Vec<Option<u64>> = shell
        .fs
        .walk(LOCAL)
        .filter(|(place, node)| place.ends_with(".crt") && !node.is_dir())
        .map(|(_, node)| node.content().filter(|content| content.len_known).map(|content| content.len))
        .collect();
    let len = known.filter(|content| content.len_known).map(|content| content.len);
    let len = own.iter().fold(len, |sum, one| Some(sum?.saturating_add((*one)?)));
    let content = match len {
        Some(len) => Content::modelled([], len, "the certificates that were there, and the local ones"),
        None => {
            let typical = typical_image_file_size(BUNDLE).filter(|_| own.is_empty());
            Content::unknown("which certificates there are is not known").estimated(typical)
        }
    };
    // Beside the bundle there are links to the certificates.
    if shell.fs.mkdir_all("/etc/ssl/certs", 0o755, 0, 0).is_ok() {
        shell.fs.hold_links("/etc/ssl/certs");
    }
    let _ = shell.fs.write(BUNDLE, content, 0o644, 0, 0);
    // Alpine's own program prints nothing of this.
    if os_release(shell, "ID").as_deref() != Some("alpine") {
        shell.out(format!(
            "Updating certificates in /etc/ssl/certs...\n{} added, 0 removed; done.\n\
             Running hooks in /etc/ca-certificates/update.d...\ndone.\n",
            own.len()
        ));
    }
    0
}
