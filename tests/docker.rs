//! A real Docker engine: its client, and base images made for it, since no registry is asked.

use crate::{folder, process};
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

/// A daemon's program: named by STAGEPLAY_BUILDKITD, or on PATH.
pub fn buildkitd() -> Option<PathBuf> {
    let named = std::env::var_os("STAGEPLAY_BUILDKITD").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = || std::env::split_paths(&path).map(|place| place.join("buildkitd")).find(|place| place.exists());
    named.or_else(on_path).filter(|place| place.exists())
}

/// An image like moby/buildkit:rootless of what this machine has, for `--build-daemon`. `$1` is the client,
/// `$2` the image's name, `$3` the daemon's program, `$4` a program to be beside it, or nothing.
///
/// The programs that write maps of user ids get a file capability: Debian's own, set to run as root, ask
/// for more than a container has.
const DAEMON: &str = r#"
set -e
mkdir -p usr/bin etc tmp home/user/.local/share/buildkit
chmod 1777 tmp
cp "$3" usr/bin/buildkitd
cp "$(dirname "$3")/buildctl" usr/bin/
cp "$(command -v runc)" usr/bin/buildkit-runc
for name in rootlesskit newuidmap newgidmap rm; do cp "$(command -v $name)" usr/bin/; done
[ -z "$4" ] || cp "$4" usr/bin/
chmod 755 usr/bin/*
for library in $(ldd usr/bin/* 2>/dev/null | grep -o '/[^ ]*\.so[^ ]*' | sort -u); do
  mkdir -p ".$(dirname "$library")"
  cp -L "$library" ".$library"
done
setcap cap_setuid=ep usr/bin/newuidmap
setcap cap_setgid=ep usr/bin/newgidmap
printf 'root:x:0:0::/:/
user:x:1000:1000::/home/user:/
' > etc/passwd
printf 'root:x:0:
user:x:1000:
' > etc/group
echo user:100000:65536 > etc/subuid
echo user:100000:65536 > etc/subgid
tar --numeric-owner --xattrs --xattrs-include='*' -c . | "$1" import --change 'USER 1000:1000'   --change 'ENV PATH=/usr/bin HOME=/home/user USER=user' --change 'VOLUME /home/user/.local/share/buildkit'   --change 'ENTRYPOINT ["rootlesskit","buildkitd"]' - "$2"
"#;

/// Makes that image, with a program of ours beside it; why not, if something that it takes is not here.
pub fn daemon_image(name: &str, beside: &str) -> Result<(), String> {
    let daemon = buildkitd().ok_or("no buildkitd on PATH or in STAGEPLAY_BUILDKITD")?;
    let root = folder(&format!("daemon-{name}-{}", std::process::id()));
    let mut make = shell();
    make.args(["-c", DAEMON, "sh"]).arg(client()).arg(name).arg(daemon).arg(beside).current_dir(&root);
    let made = make.output().map_err(|error| error.to_string())?;
    let _ = std::fs::remove_dir_all(root);
    match made.status.success() {
        true => Ok(()),
        false => Err(format!(
            "no image of a daemon without root could be made (buildctl, rootlesskit, uidmap, runc, setcap): {}",
            String::from_utf8_lossy(&made.stderr).trim()
        )),
    }
}

/// `docker`, to be given arguments.
pub fn docker() -> Command {
    process::with_own_home(client())
}

/// `sh`, for scripts that call the client.
pub fn shell() -> Command {
    process::with_own_home("sh")
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
    let mut make = shell();
    make.args(["-c", BUSYBOX, "sh"]).arg(client()).args([name, more]).current_dir(&root).stdout(Stdio::null());
    let made = is_static && make.status().is_ok_and(|status| status.success());
    let _ = std::fs::remove_dir_all(root);
    made
}
