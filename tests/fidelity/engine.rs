//! A real Docker engine, asked through its own client.

use serde_json::Value;
use sha2::{Digest, Sha256};
use stageplay_core::engine::Builder;
use stageplay_core::fs::{Content, Tree};
use stageplay_core::image::Layer;
use stageplay_core::report::BuildReport;
use stageplay_tests::{docker, folder, program};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The base image that is made on the engine.
pub(crate) const BASE: &str = "stageplay-base";
/// The folder of an engine that was told no other.
const USUAL_DATA_ROOT: &str = "/var/lib/docker";
/// Cases that are built at the same time, each in a lane: two more than processors, since the engine's client waits
/// most of the time.
fn lanes() -> usize {
    std::thread::available_parallelism().map_or(4, |count| count.get() + 2)
}

pub(crate) struct Engine {
    /// One test at a time: they share the engine's names, its build cache, and the folders. Lanes share one turn.
    _turn: Option<MutexGuard<'static, ()>>,
    /// The image that a case builds.
    pub(crate) image: String,
    lane: usize,
}

static TURN: Mutex<()> = Mutex::new(());

/// Users of the base image, beside root.
const USERS: &str = r"
mkdir -p home/worker
printf 'worker:x:1000:1000:worker:/home/worker:/bin/sh\n' >> etc/passwd
printf 'worker:x:1000:\ncrew:x:1200:worker\n' >> etc/group
chown -R 1000:1000 home/worker
";

/// The context that every case has.
const MAKE_CONTEXT: &str = r#"
set -e
printf 'hello\n' > a.txt
printf '\001\002\003\000\004' > b.bin
printf '#!/bin/sh\necho ran "$@"\n' > run.sh
chmod 755 run.sh
printf 'hush\n' > secret
chmod 600 secret
mkdir -p dir/sub/deep dir/empty
printf 'bb\n' > dir/b.txt
printf 'c\n' > dir/sub/c.txt
printf 'ddd\n' > dir/sub/deep/d.txt
ln -s a.txt link
ln -s dir dirlink
ln -s nowhere dangling
chmod 644 a.txt b.bin dir/b.txt dir/sub/c.txt dir/sub/deep/d.txt
chmod 755 dir dir/sub dir/sub/deep dir/empty
mkdir pack
mkdir -p pack/top/in
printf 'packed\n' > pack/top/f
printf 'deeper\n' > pack/top/in/g
ln -s f pack/top/l
ln pack/top/f pack/top/h
chmod 750 pack/top/in
chmod 640 pack/top/f
tar -C pack --owner=41 --group=42 --numeric-owner -cf plain.tar top
gzip -nc plain.tar > packed.tar.gz
bzip2 -c plain.tar > packed.tar.bz2
xz -c plain.tar > packed.tar.xz
rm -r pack
printf 'only text\n' | gzip -nc > text.gz
chmod 644 *.tar *.gz *.bz2 *.xz
"#;

impl Engine {
    /// An engine that answers, with the base image on it. `None` if there is none, or no static
    /// busybox to make the image from.
    pub(crate) fn find() -> Option<Engine> {
        if !docker::version()?.starts_with("20.10.") {
            return None;
        }
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        docker::busybox_image(BASE, USERS).then_some(Engine { _turn: Some(turn), ..Engine::lane(0) })
    }

    fn lane(lane: usize) -> Engine {
        Engine { _turn: None, image: format!("stageplay-test-{lane}"), lane }
    }

    /// An empty folder of this lane.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        folder(&format!("{name}-{}", self.lane))
    }

    /// Does `work` with each item, several at the same time; the results are in the order of the items.
    ///
    /// All of them use one builder: a layer that BuildKit's cache holds keeps the size that BuildKit counted, links
    /// as 0, so that cache is emptied before the classic builder begins.
    pub(crate) fn in_lanes<T: Sync, R: Send>(
        &self,
        builder: Builder,
        items: &[T],
        work: impl Fn(&Engine, &T) -> R + Sync,
    ) -> Vec<R> {
        if builder == Builder::Classic {
            let _ = docker::docker().args(["builder", "prune", "-af"]).output();
        }
        let next = AtomicUsize::new(0);
        let results: Mutex<BTreeMap<usize, R>> = Mutex::new(BTreeMap::new());
        let in_lane = |lane| {
            let engine = Engine::lane(lane);
            while let (at, Some(item)) = next_of(&next, items) {
                let result = work(&engine, item);
                results.lock().unwrap_or_else(PoisonError::into_inner).insert(at, result);
            }
        };
        std::thread::scope(|scope| (0..lanes()).for_each(|lane| drop(scope.spawn(move || in_lane(lane)))));
        results.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
    }

    /// Builds; exit code, and both streams in one text.
    pub(crate) fn build(&self, context: &Path, builder: Builder, options: &[&str]) -> (i32, String) {
        // A build that fails must not leave the last case's image under the name.
        let _ = docker::docker().args(["rmi", "-f", &self.image]).output();
        self.rebuild(context, builder, options)
    }

    /// Builds beside what was built before: its cache is there.
    pub(crate) fn rebuild(&self, context: &Path, builder: Builder, options: &[&str]) -> (i32, String) {
        let script =
            format!("exec {} build -t {} {} . 2>&1", docker::client().display(), self.image, options.join(" "));
        let buildkit = if builder == Builder::Buildkit { "1" } else { "0" };
        let output = docker::shell()
            .args(["-c", &script])
            .current_dir(context)
            .env("DOCKER_BUILDKIT", buildkit)
            .env("BUILDKIT_PROGRESS", "plain")
            .output()
            .expect("sh runs");
        let text = String::from_utf8_lossy(&output.stdout).replace(data_root(), USUAL_DATA_ROOT);
        (output.status.code().unwrap_or(-1), text)
    }

    /// Starts what was built: exit code, what it prints.
    pub(crate) fn run(&self) -> (i32, String, String) {
        let output = docker::docker().args(["run", "--rm", &self.image]).output().expect("docker runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
    }

    /// An image's archive.
    pub(crate) fn save(&self, image: &str) -> Vec<u8> {
        docker::docker().args(["save", image]).output().expect("docker saves").stdout
    }

    /// What was built: configuration, and what each layer holds.
    pub(crate) fn saved(&self) -> Result<(Value, Vec<Vec<String>>), String> {
        let out = self.folder("fidelity-save");
        let script = format!("{} save {} | tar -x", docker::client().display(), self.image);
        let done =
            docker::shell().args(["-c", &script]).current_dir(&out).status().map_err(|error| error.to_string())?;
        if !done.success() {
            return Err("docker save failed".into());
        }
        let json = |name: &str| -> Result<Value, String> {
            let text = std::fs::read_to_string(out.join(name)).map_err(|error| format!("{name}: {error}"))?;
            serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))
        };
        let manifest = json("manifest.json")?;
        let config = json(manifest[0]["Config"].as_str().unwrap_or(""))?;
        let layers = manifest[0]["Layers"].as_array().cloned().unwrap_or_default();
        let tars: Vec<PathBuf> = layers.iter().map(|layer| out.join(layer.as_str().unwrap_or(""))).collect();
        let listed = list(&tars);
        let _ = std::fs::remove_dir_all(&out);
        Ok((config, listed?))
    }

    /// What `docker history` prints as the sizes of the last layers, in bytes, the lowest first.
    pub(crate) fn layer_sizes(&self, config: &Value, count: usize) -> Vec<u64> {
        let history = docker::docker()
            .args(["history", "--human=false", "--format", "{{.Size}}", &self.image])
            .output()
            .expect("docker answers");
        let text = String::from_utf8_lossy(&history.stdout).into_owned();
        // Steps without a layer have size 0 as well: the configuration says which they are.
        let empty = config["history"].as_array().into_iter().flatten().map(|entry| entry["empty_layer"] == true);
        let sizes = text.lines().rev().map(|line| line.trim().parse().unwrap_or(u64::MAX));
        let all: Vec<u64> = sizes.zip(empty).filter(|(_, empty)| !empty).map(|(size, _)| size).collect();
        all[all.len().saturating_sub(count)..].to_vec()
    }
}

/// The engine's folder of images and containers, which stands in some of its messages.
fn data_root() -> &'static str {
    static ROOT: OnceLock<String> = OnceLock::new();
    ROOT.get_or_init(|| {
        let asked = docker::docker().args(["info", "--format", "{{.DockerRootDir}}"]).output();
        let told = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string()).unwrap_or_default();
        if told.starts_with('/') { told } else { USUAL_DATA_ROOT.to_string() }
    })
}

/// The next item that no lane has taken.
fn next_of<'a, T>(next: &AtomicUsize, items: &'a [T]) -> (usize, Option<&'a T>) {
    let at = next.fetch_add(1, Ordering::Relaxed);
    (at, items.get(at))
}

/// What layers' tars hold, a line an entry. Python reads them: a reader of our own would prove less.
fn list(tars: &[PathBuf]) -> Result<Vec<Vec<String>>, String> {
    const SCRIPT: &str = r#"
import sys, tarfile, hashlib
for tar in sys.argv[1:]:
    print('=')
    opened = tarfile.open(tar)
    for m in opened:
        path = '/' + m.name.strip('/')
        if path.rsplit('/', 1)[1].startswith('.wh.'):
            print(path, 'whiteout'); continue
        kind = 'dir' if m.isdir() else 'symlink' if m.issym() else 'hardlink' if m.islnk() else 'fifo' if m.isfifo() else 'char' if m.ischr() else 'block' if m.isblk() else 'file'
        if kind == 'hardlink':
            print(path, kind); continue
        held = ' ' + hashlib.sha256(opened.extractfile(m).read()).hexdigest()[:12] if kind == 'file' else ''
        print(path, kind, '%o' % (m.mode & 0o7777), '%d:%d' % (m.uid, m.gid), str(m.size) + held)
"#;
    let output = program("python3").args(["-c", SCRIPT]).args(tars).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let layers = text.split("=\n").skip(1).map(|layer| {
        let mut lines: Vec<String> = layer.lines().map(str::to_string).collect();
        lines.sort();
        lines
    });
    Ok(layers.collect())
}

/// What a file of the simulator's holds, as the engine's list tells it; nothing if it is not known.
fn held(layer: &Layer, path: &str) -> Option<String> {
    let entry = layer.entries.iter().find(|entry| &*entry.path == path)?;
    let digest = Sha256::digest(entry.content.as_ref()?.bytes()?);
    Some(digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect())
}

/// The simulator's last layers in the same form, from the report that others read; what files hold
/// from the layers themselves.
pub(crate) fn reported(report: &BuildReport, own: &[Arc<Layer>]) -> Vec<Vec<String>> {
    let steps = report.steps.iter().filter(|step| !step.created_by.starts_with("FROM"));
    let layers: Vec<_> = steps.filter_map(|step| step.layer.as_ref()).collect();
    // Stages that the image is not made of come first.
    let last = layers.iter().skip(layers.len().saturating_sub(own.len()));
    last.zip(own)
        .map(|(layer, own)| {
            let mut lines: Vec<String> = layer
                .entries
                .iter()
                .map(|entry| match entry.kind.as_ref() {
                    "whiteout" | "hardlink" => format!("{} {}", entry.path, entry.kind),
                    kind => {
                        let size = entry.size.map_or("?".into(), |size| size.to_string());
                        let held = held(own, &entry.path).filter(|_| kind == "file").map(|held| format!(" {held}"));
                        let held = held.unwrap_or_default();
                        format!("{} {kind} {:o} {}:{} {size}{held}", entry.path, entry.mode, entry.uid, entry.gid)
                    }
                })
                .collect();
            lines.sort();
            lines
        })
        .collect()
}

/// Lays the files out that every case has.
pub(crate) fn lay_context(directory: &Path) {
    let done = program("sh").args(["-c", MAKE_CONTEXT]).current_dir(directory).status();
    assert!(done.is_ok_and(|status| status.success()), "the context cannot be made: tar, gzip, bzip2, xz?");
}

/// A folder as the simulator's build context.
pub(crate) fn read_context(directory: &Path) -> Tree {
    fn below(directory: &Path, prefix: &str, tree: &mut Tree) {
        for entry in std::fs::read_dir(directory).expect("a folder").flatten() {
            let path = entry.path();
            let place = format!("{prefix}/{}", entry.file_name().to_string_lossy());
            let meta = std::fs::symlink_metadata(&path).expect("a file");
            let mode = meta.permissions().mode() & 0o7777;
            if meta.is_dir() {
                tree.mkdir(&place, mode, 0, 0).expect("a folder");
                below(&path, &place, tree);
            } else if meta.is_symlink() {
                let target = std::fs::read_link(&path).expect("a link");
                tree.symlink(&target.to_string_lossy(), &place, 0, 0).expect("a link");
            } else {
                let bytes = std::fs::read(&path).expect("a file");
                tree.write(&place, Content::inline(bytes), mode, 0, 0).expect("a file");
            }
            tree.set_modified(&place, stageplay::disk::modified(&meta));
        }
    }
    let mut tree = Tree::new();
    below(directory, "", &mut tree);
    tree
}

/// A classic build's log without what differs from run to run: ids. Left out are colours, too, and
/// what a line said before it was written over.
pub(crate) fn without_ids(log: &str) -> String {
    let log = without_colours(log);
    log.lines()
        .map(|line| {
            let line = line.trim_end_matches('\r');
            let line = line.rsplit('\r').next().unwrap_or(line);
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
    std::fs::write(path, bytes).expect("file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("mode");
}

/// A line without escape sequences and the ids of layers on the engine's disk.
pub(crate) fn without_colours(line: &str) -> String {
    let mut out = String::new();
    for part in line.split("\u{1b}[") {
        let rest = part.split_once('m').filter(|(code, _)| code.chars().all(|c| c.is_ascii_digit() || c == ';'));
        out.push_str(rest.map_or(part, |(_, rest)| rest));
    }
    // The name of a folder for the time being.
    if let Some((before, rest)) = out.clone().split_once(".pivot_root") {
        out = format!("{before}.pivot_root…{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    let is_id = |word: &&str| word.len() == 64 && word.chars().all(|c| c.is_ascii_hexdigit());
    match out.split('/').find(is_id).map(str::to_string) {
        Some(id) => out.replace(&id, "…"),
        None => out,
    }
}
