//! A real Docker engine: its client, and base images made for it, since no registry is asked.

use crate::folder;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A static busybox under all its names. `$1` is the client, `$2` the image's name, `$3` what more is to be done.
const BUSYBOX: &str = r#"
set -e
mkdir -p bin etc tmp root usr/bin usr/sbin
chmod 1777 tmp
cp /bin/busybox bin/busybox
for name in $(/bin/busybox --list); do [ $name = busybox ] || ln -s busybox bin/$name; done
printf 'root:x:0:0:root:/root:/bin/sh\n' > etc/passwd
printf 'root:x:0:\n' > etc/group
eval "$3"
tar --numeric-owner -c . | "$1" import --change 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin' - "$2"
"#;

/// The client's program; Debian's own where there is one, which knows both builders of its engine.
pub fn client() -> PathBuf {
    let usual = ["/usr/bin/docker", "/usr/local/bin/docker"].map(PathBuf::from);
    usual.into_iter().find(|path| path.exists()).unwrap_or("docker".into())
}

/// `docker`, to be given arguments.
pub fn docker() -> Command {
    Command::new(client())
}

/// The version of the engine, if one answers.
pub fn version() -> Option<String> {
    let asked = docker().args(["version", "--format", "{{.Server.Version}}"]).output().ok()?;
    asked.status.success().then(|| String::from_utf8_lossy(&asked.stdout).trim().to_string())
}

/// Makes a base image of a static busybox; `more` is a shell script that adds to its root.
///
/// False if there is no static busybox to make it of, or the engine does not take it.
pub fn busybox_image(name: &str, more: &str) -> bool {
    let is_static = std::fs::read("/bin/busybox").is_ok_and(|bytes| {
        stageplay_core::elf::read(&stageplay_core::fs::Content::inline(bytes)).is_ok_and(|elf| elf.is_static())
    });
    let root = folder(&format!("base-{name}-{}", std::process::id()));
    let mut make = Command::new("sh");
    make.args(["-c", BUSYBOX, "sh"]).arg(client()).args([name, more]).current_dir(&root).stdout(Stdio::null());
    let made = is_static && make.status().is_ok_and(|status| status.success());
    let _ = std::fs::remove_dir_all(root);
    made
}
