//! The folder `target`, into which cargo writes what it builds.

use super::measured_sizes::facts;
use super::target_triple::Target;
use crate::fs::Content;
use crate::measure::Size;
use crate::shell::Shell;

/// The mark that cargo puts on a folder that can be made again.
const CACHE_TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55
# This file is a cache directory tag created by cargo.
# For information about cache directory tags see https://bford.info/cachedir/
";

/// Where cargo puts what it builds.
pub(crate) struct TargetFolder {
    top: String,
    pub(crate) programs: String,
}

impl TargetFolder {
    pub(crate) fn make(shell: &mut Shell, top: &str, target: &Target, profile: &str) -> TargetFolder {
        let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.folder_mode());
        let folder = match profile {
            "dev" | "test" => "debug",
            "bench" => "release",
            name => name,
        };
        let programs =
            if target.named { format!("{top}/{}/{folder}", target.triple) } else { format!("{top}/{folder}") };
        for inner in ["deps", "build", "examples", "incremental", ".fingerprint"] {
            let _ = shell.fs.mkdir_all(&format!("{programs}/{inner}"), mode, uid, gid);
        }
        let tag = format!("{top}/CACHEDIR.TAG");
        if shell.fs.stat("/", &tag).is_err() {
            let _ = shell.fs.write(&tag, Content::inline(CACHE_TAG.as_bytes()), shell.file_mode(), uid, gid);
        }
        TargetFolder { top: top.to_string(), programs }
    }

    /// What cargo leaves beside the programs. The copy of a program in `deps` is a hard link and weighs nothing.
    pub(crate) fn weigh(&self, shell: &mut Shell, profile: &str, foreign: bool) {
        const NOTES: u64 = 1_870;
        let folder = |name: &str| format!("{}/{name}", self.programs);
        if foreign {
            for name in ["deps", "build", ".fingerprint", "incremental"] {
                shell.fs.set_partial(&folder(name));
            }
            return;
        }
        let basis = "what cargo 1.95 leaves of a hello-world beside its program";
        shell.fs.weigh_whole(&folder(".fingerprint"), "cargo's notes", Size::modelled(NOTES, basis));
        shell.fs.hold_weighed(&folder("deps"));
        if let Some(facts) = facts().filter(|_| profile == "dev") {
            let size = Size::modelled(facts.incremental.debug, basis);
            shell.fs.weigh_whole(&folder("incremental"), "incremental compilation", size);
        }
        // .rustc_info.json and files that are empty.
        shell.fs.hold_weighed(&self.top);
    }
}
