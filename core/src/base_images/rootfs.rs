//! The file system of a base image, as far as its facts tell it.
//!
//! What is listed exists; directories that hold more than is listed are marked partial, so that
//! nobody concludes from a missing entry that a file is missing.

mod family;
mod libc;
mod listing;
mod program;

use super::accounts::Accounts;
use super::distribution_files::{DistributionFiles, Distributions};
use super::family_files::{Families, FamilyFiles};
use super::installed::Installed;
use super::listed_folder::ListedFolder;
use super::os_release_text::os_release_text;
use crate::fs::{Content, Kind, Tree, path};
use crate::image::BaseFacts;
use crate::measure::{ContextKind, Way, typical_context_size, typical_image_file_size};
use crate::packages::index::Indexes;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

const UNKNOWN_SIZE: &str = "a file of the base image; the catalogue does not list its size";

/// A file of which nothing is known but, for some paths, a typical size.
fn unlisted_content(path: &str) -> Content {
    started_content(path, [])
}

/// As [`unlisted_content`], of which the beginning is a model.
fn started_content(path: &str, head: impl Into<Arc<[u8]>>) -> Content {
    let is_usual = path.starts_with("/etc/") || path.ends_with(".sh");
    // A configuration file or a script is as large as others are.
    let usual = || typical_context_size(ContextKind::File, path).filter(|_| is_usual);
    let typical = typical_image_file_size(path).or_else(usual);
    Content::started(head, UNKNOWN_SIZE).told_by(Way::ImageArchive).estimated(typical)
}

/// What `data/rootfs/rules.json` holds: names that whole families of images share.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Rootfs {
    debian_commands: Vec<String>,
    busybox_applets: Vec<String>,
    rpm_commands: Vec<String>,
    compiler_commands: Vec<String>,
    glibc_versions: Vec<String>,
    glibc_libraries: Vec<String>,
    cc_libraries: Vec<String>,
    #[serde(skip)]
    distributions: Distributions,
    #[serde(skip)]
    families: Families,
    #[serde(skip)]
    installed: Installed,
}

impl Rootfs {
    pub(crate) fn builtin() -> Self {
        let read: Self = serde_json::from_str(include_str!("../../data/rootfs/rules.json")).unwrap_or_default();
        Rootfs {
            distributions: Distributions::builtin(),
            families: Families::builtin(),
            installed: Installed::builtin(),
            ..read
        }
    }

    /// Makes the tree of one base image.
    pub(crate) fn tree(&self, facts: &BaseFacts, indexes: &Indexes) -> Tree {
        let DistributionFiles { mut accounts, folders, links } = self.distributions.of(facts);
        let family = self.families.of(facts, &mut accounts);
        let mut maker = RootfsBuilder {
            tree: Tree::new(),
            facts,
            data: self,
            accounts,
            family,
            shared: None,
            heads: BTreeMap::new(),
        };
        maker.directories();
        maker.distribution(&folders, &links);
        maker.identity();
        maker.libc();
        maker.listed();
        maker.packages(indexes);
        maker.commands();
        maker.family();
        maker.configured();
        maker.tree.close_paths();
        maker.tree.seal()
    }
}

struct RootfsBuilder<'a> {
    tree: Tree,
    facts: &'a BaseFacts,
    data: &'a Rootfs,
    accounts: Accounts,
    family: FamilyFiles,
    /// The head of a program of this image of which nothing more is known.
    shared: Option<Arc<[u8]>>,
    /// The heads of programs by the way in which they start.
    heads: BTreeMap<String, Arc<[u8]>>,
}

impl RootfsBuilder<'_> {
    fn distro(&self) -> &str {
        self.facts.distro.get("id").map_or("", String::as_str)
    }

    /// Major and minor number: 3.9 is older than 3.17.
    fn release(&self) -> (u32, u32) {
        let version = self.facts.distro.get("version").map_or("", String::as_str);
        let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    }

    fn is_musl(&self) -> bool {
        self.facts.libc.flavor == "musl"
    }

    /// Distributions in which /bin, /sbin and /lib are links into /usr.
    fn merged_usr(&self) -> bool {
        match self.distro() {
            "alpine" | "busybox" | "scratch" => false,
            "debian" => self.release() >= (12, 0),
            "ubuntu" => self.release() >= (20, 4),
            _ => true,
        }
    }

    fn dir(&mut self, path: &str, mode: u32, partial: bool) {
        if let Ok(real) = self.tree.mkdir_all(path, 0o755, 0, 0) {
            let exists_partial =
                matches!(self.tree.get(&real).map(|node| &node.kind), Some(Kind::Dir { partial: true }));
            self.tree.put(&real, Kind::Dir { partial: partial || exists_partial }, mode, 0, 0);
        }
    }

    fn file(&mut self, path: &str, content: Content, mode: u32) {
        let directory = path::parent(path).to_string();
        if let Ok(real) = self.tree.mkdir_all(&directory, 0o755, 0, 0) {
            let place = path::join(&real, path::file_name(path));
            if self.tree.get(&place).is_none() {
                let _ = self.tree.write(&place, content, mode, 0, 0);
            }
        }
    }

    fn link(&mut self, target: &str, path: &str) {
        let directory = path::parent(path).to_string();
        if let Ok(real) = self.tree.mkdir_all(&directory, 0o755, 0, 0) {
            let _ = self.tree.symlink(target, &path::join(&real, path::file_name(path)), 0, 0);
        }
    }

    /// Whether an image may hold files of its own in a folder of its distribution: images put their programs into
    /// /usr/local, and any directory at the top.
    fn holds_more(&self, folder: &str) -> bool {
        let complete = &self.family.complete;
        let is_complete =
            complete.contains(folder) || complete.contains("/usr/local") && folder.starts_with("/usr/local/");
        self.distro() != self.facts.name && !is_complete
    }

    fn directories(&mut self) {
        if self.is_from_scratch() {
            self.dir("/", 0o755, true);
            return;
        }
        let bare = self.facts.shell.is_none();
        for name in ["/usr", "/etc", "/var", "/usr/share", "/var/lib"] {
            self.dir(name, 0o755, true);
        }
        if self.merged_usr() {
            for name in ["bin", "sbin", "lib", "lib64"] {
                self.dir(&format!("/usr/{name}"), 0o755, true);
                self.link(&format!("usr/{name}"), &format!("/{name}"));
            }
        } else {
            for name in ["/bin", "/sbin", "/lib", "/usr/bin", "/usr/sbin", "/usr/lib"] {
                self.dir(name, 0o755, true);
            }
            if self.facts.libc.flavor == "glibc" {
                self.dir("/lib64", 0o755, false);
            }
        }
        for name in
            ["/usr/local", "/usr/local/bin", "/usr/local/lib", "/opt", "/home", "/srv", "/mnt", "/media", "/run"]
        {
            self.dir(name, 0o755, self.holds_more(name));
        }
        for name in ["/dev", "/proc", "/sys"] {
            self.dir(name, 0o755, false);
        }
        self.dir("/root", 0o700, false);
        self.dir("/tmp", 0o1777, false);
        self.dir("/var/tmp", 0o1777, false);
        if bare {
            self.dir("/home/nonroot", 0o755, false);
        }
        if self.holds_more("/") {
            self.dir("/", 0o755, true);
        }
    }

    /// Folders and links of the distribution's release.
    fn distribution(&mut self, folders: &[ListedFolder], links: &[(String, String)]) {
        for folder in folders {
            let partial = folder.partial || folder.path.starts_with("/usr/local/") && self.holds_more(&folder.path);
            self.dir(&folder.path, folder.mode, partial);
            self.own(&folder.path, &folder.owner);
        }
        for (path, target) in links {
            self.link(target, path);
        }
    }

    /// Whether the image is built on no distribution: then it has no files but those that its facts name.
    fn is_from_scratch(&self) -> bool {
        self.distro() == "scratch"
    }

    fn identity(&mut self) {
        if self.is_from_scratch() {
            return;
        }
        let field = |key: &str| self.facts.distro.get(key).map_or("", String::as_str);
        let release = os_release_text(self.distro(), field("version"), field("codename"));
        self.file("/etc/os-release", Content::inline(release.into_bytes()), 0o644);
        if matches!(self.distro(), "debian" | "ubuntu") && self.facts.shell.is_some() {
            self.skel();
        }
        let (passwd, group) = (self.accounts.passwd_text(), self.accounts.group_text());
        self.file("/etc/passwd", Content::inline(passwd.into_bytes()), 0o644);
        self.file("/etc/group", Content::inline(group.into_bytes()), 0o644);
        if self.facts.ca_certificates == Some(true) {
            let place = "/etc/ssl/certs/ca-certificates.crt";
            self.file(place, unlisted_content(place), 0o644);
            // update-ca-certificates makes links to the certificates beside the bundle.
            self.tree.hold_links(path::parent(place));
            if self.distro() == "alpine" {
                // The files of libcrypto3 are not listed, nor what cert.pem was before it became a link.
                self.dir("/etc/ssl", 0o755, true);
                if self.release() >= (3, 15) {
                    // Of ca-certificates-bundle (main/ca-certificates/APKBUILD of aports).
                    self.link("certs/ca-certificates.crt", "/etc/ssl/cert.pem");
                }
            }
        }
    }

    /// What a new home gets: the lengths are those of Debian 11, 12 and 13, and of Ubuntu 22.04 and 24.04.
    fn skel(&mut self) {
        let bashrc = if self.distro() == "ubuntu" { 3_771 } else { 3_526 };
        self.dir("/etc/skel", 0o755, false);
        for (name, bytes) in [(".bash_logout", 220), (".bashrc", bashrc), (".profile", 807)] {
            let content = Content::modelled([], bytes, "as long as in the distribution's release");
            self.file(&format!("/etc/skel/{name}"), content, 0o644);
        }
    }

    /// What the configuration names: builders make the working directory, what declares a volume makes it before, and
    /// the program that a published image starts is in it.
    fn configured(&mut self) {
        let config = &self.facts.config;
        let has_family = self.data.families.has(&self.facts.name);
        let named =
            config.workdir.iter().map(|path| (path, !has_family)).chain(config.volumes.iter().map(|path| (path, true)));
        for (directory, partial) in named.filter(|(path, _)| path.starts_with('/')).collect::<Vec<_>>() {
            if self.tree.stat("/", directory).is_err() {
                self.dir(directory, 0o755, partial);
            }
        }
        let start = config.entrypoint.iter().chain(&config.cmd).find_map(|argv| argv.first());
        if let Some(program) = start.filter(|path| path.starts_with('/') && self.tree.lstat("/", path).is_err()) {
            self.file(program, unlisted_content(program), 0o755);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rootfs;
    use crate::base_images::{Catalogue, newest_day};
    use crate::image::{BaseFacts, Image, Reference};
    use std::sync::Arc;

    fn image(reference: &str) -> Arc<Image> {
        Catalogue::builtin().image(&Reference::parse(reference).unwrap(), newest_day()).unwrap()
    }

    fn text(image: &Image, path: &str) -> String {
        let (_, node) = image.tree.stat("/", path).unwrap();
        String::from_utf8_lossy(node.content().unwrap().bytes().unwrap()).into_owned()
    }

    #[test]
    fn every_image_has_its_user_its_working_directory_and_its_volumes() {
        let catalogue = Catalogue::builtin();
        for day in [newest_day(), "2018-01-08".parse().unwrap()] {
            for facts in catalogue.entries(day) {
                let reference = facts.reference();
                let image = catalogue.image(&Reference::parse(&reference).unwrap(), day).unwrap();
                let config = &facts.config;
                for directory in config.workdir.iter().chain(&config.volumes) {
                    assert!(
                        image.tree.stat("/", directory).is_ok_and(|(_, node)| node.is_dir()),
                        "{reference}: {directory}"
                    );
                }
                let user = config.user.as_deref().unwrap_or("");
                let named = user.split(':').next().filter(|name| !name.is_empty() && name.parse::<u32>().is_err());
                if let Some(name) = named {
                    assert!(text(&image, "/etc/passwd").contains(&format!("{name}:x:")), "{reference}: {user}");
                }
            }
        }
    }

    #[test]
    fn every_program_that_an_image_starts_is_in_it() {
        let catalogue = Catalogue::builtin();
        let mut missing = Vec::new();
        for facts in catalogue.entries(newest_day()) {
            let image = catalogue.image(&Reference::parse(&facts.reference()).unwrap(), newest_day()).unwrap();
            let config = &facts.config;
            let Some(program) = config.entrypoint.iter().chain(&config.cmd).find_map(|argv| argv.first()) else {
                continue;
            };
            let path = config
                .env
                .get("PATH")
                .map_or("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", String::as_str);
            let found = match program.starts_with('/') {
                true => image.tree.stat("/", program).is_ok(),
                false => path.split(':').any(|folder| image.tree.stat("/", &format!("{folder}/{program}")).is_ok()),
            };
            if !found {
                missing.push(format!("{}: {program}", facts.reference()));
            }
        }
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn an_image_with_a_script_for_bash_has_bash() {
        let catalogue = Catalogue::builtin();
        let alpine = catalogue.find(&Reference::parse("alpine:3.22").unwrap(), newest_day()).unwrap();
        let has_bash = |name: &str| {
            let facts = BaseFacts { name: name.into(), ..BaseFacts::clone(&alpine) };
            Rootfs::builtin().tree(&facts, &catalogue.packages).stat("/", "/bin/bash").is_ok()
        };
        assert!(has_bash("wordpress") && has_bash("postgres") && !has_bash("node") && !has_bash("bash"));
    }

    #[test]
    fn accounts_are_those_of_the_release_and_of_the_family() {
        let ubuntu = |release: &str| image(&format!("ubuntu:{release}"));
        assert!(text(&ubuntu("24.04"), "/etc/passwd").contains("ubuntu:x:1000:1000:Ubuntu:/home/ubuntu:/bin/bash\n"));
        assert!(text(&ubuntu("24.04"), "/etc/group").contains("ubuntu:x:1000:\n"));
        assert!(!text(&ubuntu("22.04"), "/etc/passwd").contains("ubuntu:"));
        assert_eq!(
            ubuntu("24.04").tree.stat("/", "/home/ubuntu").map(|(_, node)| (node.mode, node.uid)),
            Ok((0o750, 1000))
        );
        let node = image("node:22-alpine");
        assert_eq!(
            node.tree.stat("/", "/home/node").map(|(_, node)| (node.mode, node.uid, node.gid)),
            Ok((0o2755, 1000, 1000))
        );
        let node = image("node:22-slim");
        let bashrc = node.tree.stat("/", "/home/node/.bashrc").map(|(_, node)| (node.content().unwrap().len, node.uid));
        assert_eq!(bashrc, Ok((3_526, 1000)));
    }
}
