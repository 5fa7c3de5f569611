//! A real Docker engine, asked through its own client.

use serde_json::Value;
use stageplay_core::engine::Builder;
use stageplay_core::fs::{EntryKind, LayerEntry};
use stageplay_tests::folder;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The base image that is made on the engine.
pub(crate) const BASE: &str = "stageplay-base";
/// The image that each case builds.
const TEST: &str = "stageplay-test";
pub(crate) const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n";
pub(crate) const GROUP: &str = "root:x:0:\n";
pub(crate) const APPLETS: [&str; 14] =
    ["cat", "chmod", "chown", "cp", "echo", "false", "ln", "ls", "mkdir", "mv", "rm", "sh", "touch", "true"];

pub(crate) struct Engine {
    docker: PathBuf,
    /// One test at a time: they share the engine's names and the folders.
    _turn: MutexGuard<'static, ()>,
}

static TURN: Mutex<()> = Mutex::new(());

impl Engine {
    /// An engine that answers, with the base image on it. `None` if there is none, or no static
    /// busybox to make the image from.
    pub(crate) fn find() -> Option<Engine> {
        // Debian's own client, where there is one: it knows both builders of a 20.10 engine.
        let docker =
            ["/usr/bin/docker", "/usr/local/bin/docker"].map(PathBuf::from).into_iter().find(|path| path.exists())?;
        let version = Command::new(&docker).args(["version", "--format", "{{.Server.Version}}"]).output().ok()?;
        let version = String::from_utf8_lossy(&version.stdout).into_owned();
        if !version.starts_with("20.10.") {
            return None;
        }
        let engine = Engine { docker, _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner) };
        engine.make_base().then_some(engine)
    }

    fn make_base(&self) -> bool {
        let busybox = Path::new("/bin/busybox");
        let is_static = std::fs::read(busybox)
            .is_ok_and(|bytes| stageplay_core::elf::read(&bytes).is_ok_and(|elf| elf.is_static()));
        if !is_static {
            return false;
        }
        let root = folder(&format!("fidelity-base-{}", std::process::id()));
        let script = format!(
            "set -e; mkdir -p bin etc tmp root; chmod 1777 tmp; cp {} bin/busybox; for n in {}; do ln -s busybox bin/$n; done; printf '{}' > etc/passwd; printf '{}' > etc/group; tar --owner=0 --group=0 -c . | {} import - {BASE}",
            busybox.display(),
            APPLETS.join(" "),
            PASSWD.replace('\n', "\\n"),
            GROUP.replace('\n', "\\n"),
            self.docker.display(),
        );
        Command::new("sh")
            .args(["-c", &script])
            .current_dir(&root)
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Builds; exit code, and both streams in one text.
    pub(crate) fn build(&self, context: &Path, builder: Builder, options: &[&str]) -> (i32, String) {
        let script = format!("exec {} build -t {TEST} {} . 2>&1", self.docker.display(), options.join(" "));
        let buildkit = if builder == Builder::Buildkit { "1" } else { "0" };
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(context)
            .env("DOCKER_BUILDKIT", buildkit)
            .env("BUILDKIT_PROGRESS", "plain")
            .output()
            .expect("sh runs");
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Starts what was built.
    pub(crate) fn run(&self) -> (i32, String) {
        let script = format!("exec {} run --rm {TEST} 2>&1", self.docker.display());
        let output = Command::new("sh").args(["-c", &script]).output().expect("sh runs");
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Builds, and lists what each layer of the image holds.
    pub(crate) fn layers(&self, context: &Path, builder: Builder) -> Result<Vec<Vec<String>>, String> {
        let (code, log) = self.build(context, builder, &["--no-cache"]);
        if code != 0 {
            return Err(log);
        }
        let out = folder(&format!("fidelity-save-{}", std::process::id()));
        let script = format!("{} save {TEST} | tar -x", self.docker.display());
        let done =
            Command::new("sh").args(["-c", &script]).current_dir(&out).status().map_err(|error| error.to_string())?;
        if !done.success() {
            return Err("docker save failed".into());
        }
        let text = std::fs::read_to_string(out.join("manifest.json")).map_err(|error| error.to_string())?;
        let manifest: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let layers = manifest[0]["Layers"].as_array().cloned().unwrap_or_default();
        layers.iter().map(|layer| list(&out.join(layer.as_str().unwrap_or("")))).collect()
    }
}

/// What a layer's tar holds, in the form of [`entries`]. Python reads it: a reader of our own would
/// prove less.
fn list(tar: &Path) -> Result<Vec<String>, String> {
    const SCRIPT: &str = r#"
import sys, tarfile
for m in tarfile.open(sys.argv[1]):
    kind = 'dir' if m.isdir() else 'symlink' if m.issym() else 'hardlink' if m.islnk() else 'file'
    size = m.size if kind == 'file' else len(m.linkname) if kind == 'symlink' else 0
    print('\t'.join(['/' + m.name.rstrip('/'), kind, '%o' % (m.mode & 0o7777), str(m.uid), str(m.gid), str(size)]))
"#;
    let output = Command::new("python3").args(["-c", SCRIPT]).arg(tar).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut opaque = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [path, kind, mode, uid, gid, size] = fields.as_slice() else { continue };
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name == ".wh..wh..opq" {
            opaque.push(parent.to_string());
        } else if let Some(hidden) = name.strip_prefix(".wh.") {
            found.insert(format!("{parent}/{hidden}"), "whiteout".into());
        } else if *kind == "hardlink" {
            found.insert((*path).to_string(), "hardlink".into());
        } else {
            found.insert((*path).to_string(), format!("{kind} {mode} {uid}:{gid} {size}"));
        }
    }
    for path in opaque {
        if let Some(entry) = found.get_mut(&path) {
            *entry = entry.replacen("dir", "opaque", 1);
        }
    }
    Ok(found.into_iter().map(|(path, entry)| format!("{path} {entry}")).collect())
}

/// The simulator's entries in the same form.
pub(crate) fn entries(entries: &[LayerEntry]) -> Vec<String> {
    let mut all: Vec<String> = entries
        .iter()
        .map(|entry| match entry.kind {
            EntryKind::Whiteout => format!("{} whiteout", entry.path),
            EntryKind::Hardlink => format!("{} hardlink", entry.path),
            kind => format!(
                "{} {} {:o} {}:{} {}",
                entry.path,
                kind.as_str(),
                entry.mode,
                entry.uid,
                entry.gid,
                entry.size.at_least()
            ),
        })
        .collect();
    all.sort();
    all
}

/// A build's log without what differs from run to run: ids.
pub(crate) fn without_ids(log: &str) -> String {
    log.lines()
        .map(|line| {
            let line = line.trim_end_matches('\r');
            let words: Vec<&str> = line
                .split(' ')
                .map(|word| if word.len() == 12 && word.chars().all(|c| c.is_ascii_hexdigit()) { "ID" } else { word })
                .collect();
            words.join(" ") + "\n"
        })
        .collect()
}

/// What is said about a start: the engine's and the program's lines, the client's advice left out.
pub(crate) fn words(text: &str) -> String {
    text.lines()
        .map(str::trim_end)
        .filter(|line| {
            !line.is_empty()
                && !line.contains("docker run --help")
                && !line.starts_with("time=")
                && !line.contains("error waiting for container")
        })
        .map(|line| line.trim_end_matches('.').to_string() + "\n")
        .collect()
}

pub(crate) fn write_program(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, bytes).expect("file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("mode");
}
