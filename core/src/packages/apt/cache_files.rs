//! apt's cache in /var/cache/apt: downloaded packages, and the binary caches of the package lists.

use crate::fs::{Content, path};
use crate::packages::index::Release;
use crate::packages::installation::Resolution;
use crate::packages::root_file::write_root_file;
use crate::shell::Shell;

/// Debian's container images have this file. With it apt keeps neither downloaded packages nor its caches of the
/// lists.
const DOCKER_CLEAN: &str = "/etc/apt/apt.conf.d/docker-clean";

const ARCHIVES: &str = "/var/cache/apt/archives";

const CACHES: [&str; 2] = ["/var/cache/apt/pkgcache.bin", "/var/cache/apt/srcpkgcache.bin"];

/// Writes the downloaded packages and the caches of the lists, unless apt is told to delete them.
pub(crate) fn write_downloads(shell: &mut Shell, release: &Release, resolution: &Resolution) {
    if keeps_downloads(shell) {
        for name in resolution.new.keys() {
            let place =
                format!("{ARCHIVES}/{name}_{}_amd64.deb", release.find(name).map_or("", |(row, _)| row.version));
            write_root_file(shell, &place, Content::unknown("the package as it was downloaded"));
        }
        write_list_caches(shell);
    }
}

/// Writes apt's caches of the lists, which apt creates whenever it reads the lists.
pub(crate) fn write_list_caches(shell: &mut Shell) {
    if keeps_downloads(shell) {
        CACHES.iter().for_each(|place| write_root_file(shell, place, Content::unknown("apt's cache of the lists")));
    }
}

/// `apt-get clean`.
pub(crate) fn clean(shell: &mut Shell) {
    for place in CACHES {
        let _ = shell.fs.remove(place);
    }
    let names: Vec<String> = shell.fs.children(ARCHIVES).iter().map(|(name, _)| (*name).to_string()).collect();
    for name in names.iter().filter(|name| name.ends_with(".deb")) {
        let _ = shell.fs.remove(&path::join(ARCHIVES, name));
    }
}

/// Whether apt keeps its downloads: no configuration tells it to delete them.
fn keeps_downloads(shell: &Shell) -> bool {
    shell.fs.stat("/", DOCKER_CLEAN).is_err() && !shell.fs.may_hide("/", DOCKER_CLEAN)
}
