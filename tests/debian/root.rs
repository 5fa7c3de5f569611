//! A root of Debian to try things in.

use stageplay_tests::{folder, program, skipped};
use std::path::{Path, PathBuf};

/// The packages of a root beside the smallest variant's.
pub(crate) const USUAL: &str = "adduser";
/// Those of a root with tools that a base image lacks.
pub(crate) const TOOLS: &str = "adduser,ca-certificates,gawk,gnupg,gosu,locales,sudo";

/// A root that was there already, or a new one; none where it cannot be made, which is told.
pub(crate) fn find(release: &str, suite: &str, packages: &str) -> Option<PathBuf> {
    let is_root = program("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !is_root || program("debootstrap").arg("--version").output().is_err() {
        skipped("no debootstrap, or not root");
        return None;
    }
    let name = if packages == USUAL { suite.to_string() } else { format!("{suite}-tools") };
    let known = std::env::var_os("STAGEPLAY_ROOTS").map(|roots| Path::new(&roots).join(&name));
    if let Some(known) = known.filter(|known| known.is_dir()) {
        return Some(known);
    }
    // The tests of one run share it, and later runs take it again.
    static MAKING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = MAKING.lock();
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/debian").join(&name);
    if !place.is_dir() {
        let part = folder(&format!("debian-{name}-root")).join("root");
        let include = format!("--include={packages}");
        let made = program("debootstrap").args(["--variant=minbase", &include, suite]).arg(&part).output();
        let moved = made.is_ok_and(|output| output.status.success())
            && place.parent().is_some_and(|folder| std::fs::create_dir_all(folder).is_ok())
            && std::fs::rename(&part, &place).is_ok();
        if !moved {
            skipped(&format!("debootstrap could not make Debian {release}"));
            return None;
        }
    }
    Some(place)
}

/// The same root as an archive that `--base` takes.
pub(crate) fn archive(root: &Path) -> PathBuf {
    let dir = folder(&format!("debian-archive-{}", root.file_name().unwrap_or_default().to_string_lossy()));
    let script = r#"
tar -C "$1" --one-file-system --exclude=./proc/* --exclude=./sys/* --exclude=./var/cache/apt/*.bin --numeric-owner -cf "$2/layer.tar" .
cd "$2"
sum=$(sha256sum layer.tar | cut -d' ' -f1)
printf '{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["bash"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$sum" > config.json
printf '[{"Config":"config.json","RepoTags":["debian-root:latest"],"Layers":["layer.tar"]}]' > manifest.json
"#;
    let done = program("sh").args(["-c", script, "sh"]).arg(root).arg(&dir).status();
    assert!(done.is_ok_and(|status| status.success()), "the root could not be packed");
    dir
}
