//! The files that a family of images has beside its distribution's.

use super::{RootfsBuilder, started_content, unlisted_content};
use crate::base_images::family_files::FolderShare;
use crate::elf::{self, Elf, Machine};
use crate::fs::{Content, Kind, path};
use crate::image::EntrypointScript;
use crate::measure::{Part, Size, Way};

impl RootfsBuilder<'_> {
    pub(super) fn family(&mut self) {
        let files = std::mem::take(&mut self.family);
        // First, as a link takes the place of a folder or program of which nothing more is known.
        for (path, target) in &files.links {
            self.link(target, path);
        }
        for user in &self.accounts.homes().to_vec() {
            self.home(user);
        }
        for folder in &files.folders {
            self.dir(&folder.path, folder.mode, folder.partial);
            self.own(&folder.path, &folder.owner);
        }
        for path in &files.programs {
            self.program(path);
        }
        for path in &files.static_programs {
            let mut program = Elf::new(Machine::X86_64, false);
            // The form of `shell::Behaviour`.
            program.behaviour = files.prints.get(path).map(|text| {
                serde_json::json!({ "stdout": text, "serves": false, "exit_code": 0, "known": true })
                    .to_string()
                    .into_bytes()
            });
            let head = elf::write(&program);
            self.file(path, started_content(path, head), 0o755);
        }
        // An image with a script for bash has bash, also where its distribution's own image has none.
        let asks_for_bash = files.scripts.iter().any(|(_, interpreter)| path::file_name(interpreter).ends_with("bash"));
        let has_bash = ["/bin/bash", "/usr/local/bin/bash"].iter().any(|path| self.tree.stat("/", path).is_ok());
        if asks_for_bash && !has_bash {
            self.program("/bin/bash");
        }
        if let Some((script, path)) = EntrypointScript::of_base(self.facts) {
            self.file(&path, script.content(), 0o755);
        }
        let entrypoint = self.facts.config.entrypoint.as_ref().and_then(|argv| argv.first());
        let entrypoint = entrypoint.map(|program| path::file_name(program));
        for (path, interpreter) in &files.scripts {
            let content = match interpreter.as_str() {
                // Its start is not the whole answer: what it passes on to is told by its text, which is not at hand.
                _ if entrypoint == Some(path::file_name(path)) => unlisted_content(path),
                "" => unlisted_content(path),
                interpreter => started_content(path, format!("#!{interpreter}\n").into_bytes()),
            };
            self.file(path, content, 0o755);
        }
        for path in &files.files {
            self.file(path, unlisted_content(path), 0o644);
        }
        for (path, share) in &files.shares {
            self.share(path, *share);
        }
        if let Some(version) = self.facts.toolchain.get("go").filter(|_| self.tree.get("/usr/local/go").is_some()) {
            let text = format!("go{version}\n");
            self.file("/usr/local/go/VERSION", Content::inline(text.into_bytes()), 0o644);
        }
    }

    /// Records the estimated size of a folder: a share of the family's own layer, the larger one of the last two. The other
    /// is a link or a script.
    fn share(&mut self, path: &str, share: FolderShare) {
        let Some(own) = self.facts.layers.iter().rev().take(2).map(|layer| layer.size).max() else { return };
        let bytes = |percent: u64| own.saturating_mul(percent) / 100;
        let why = format!("{} to {} % of what {} adds", share.low, share.high, self.facts.reference());
        let part = Part::new(path, why, Way::ImageArchive).between(bytes(share.low), bytes(share.high));
        let what = format!("files of {}", self.facts.reference());
        self.tree.weigh_rest(path, &what, Size::estimated(bytes(share.best), part));
    }

    /// The home of a user as the distribution's tool makes it: `HOME_MODE` of /etc/login.defs for `useradd`, 02755
    /// for busybox' `adduser`.
    fn home(&mut self, user: &str) {
        let Some((uid, gid, home)) = self.accounts.user(user).map(|(uid, gid, home)| (uid, gid, home.to_string()))
        else {
            return;
        };
        let mode = match self.distro() {
            "alpine" => 0o2755,
            "ubuntu" if self.release() >= (21, 4) => 0o750,
            "ubuntu" => 0o755,
            "debian" if self.release() >= (13, 0) => 0o700,
            "debian" => 0o755,
            _ => 0o700,
        };
        let skeleton: Vec<(String, Content)> = self
            .tree
            .children("/etc/skel")
            .into_iter()
            .filter_map(|(name, node)| Some((format!("{home}/{name}"), node.content()?.clone())))
            .collect();
        self.dir(&home, mode, false);
        for (path, content) in skeleton {
            self.file(&path, content, 0o644);
            self.own(&path, &format!("{uid}:{gid}"));
        }
        self.own(&home, &format!("{uid}:{gid}"));
    }

    /// Gives a file or directory its owner; one that is not known stays root's.
    pub(super) fn own(&mut self, path: &str, owner: &str) {
        let Some((uid, gid)) = self.accounts.owner(owner) else { return };
        let Ok((place, node)) = self.tree.stat("/", path) else { return };
        let (kind, mode): (Kind, u32) = (node.kind.clone(), node.mode);
        self.tree.put(&place, kind, mode, uid, gid);
    }
}
