//! Roots to start programs in: an overlay over a folder, so that nothing of the folder changes.

use stageplay_tests::{folder, program};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

static MADE: AtomicUsize = AtomicUsize::new(0);

/// Programs that are not to be started, even by nobody: they would wait, or are about the machine.
const NOT: [&str; 12] = [
    "init", "systemd", "reboot", "halt", "poweroff", "shutdown", "telinit", "runlevel", "sulogin", "agetty", "getty",
    "dockerd",
];

/// A root on this machine.
pub(crate) struct Root {
    /// For messages.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) place: PathBuf,
    work: PathBuf,
    mounted: Vec<PathBuf>,
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_string()) }
}

impl Root {
    /// An empty root.
    pub(crate) fn empty(name: &str) -> Self {
        let work = folder(&format!("exec-{}", MADE.fetch_add(1, Ordering::Relaxed)));
        let place = work.join("root");
        fs::create_dir_all(&place).expect("a folder");
        Root { name: name.to_string(), place, work, mounted: Vec::new() }
    }

    /// An overlay over a folder, with /proc.
    ///
    /// # Errors
    /// What `mount` says.
    pub(crate) fn over(lower: &Path) -> Result<Self, String> {
        let mut root = Root::empty(&lower.display().to_string());
        // An overlay's upper folder must lie on a file system of its own kind: memory is one.
        let memory = root.work.join("memory");
        fs::create_dir_all(&memory).map_err(|error| error.to_string())?;
        run(program("mount").args(["-t", "tmpfs", "tmpfs"]).arg(&memory))?;
        root.mounted.push(memory.clone());
        for name in ["upper", "work"] {
            fs::create_dir_all(memory.join(name)).map_err(|error| error.to_string())?;
        }
        let options = format!(
            "lowerdir={},upperdir={},workdir={}",
            lower.display(),
            memory.join("upper").display(),
            memory.join("work").display()
        );
        run(program("mount").args(["-t", "overlay", "overlay", "-o", &options]).arg(&root.place))?;
        root.mounted.push(root.place.clone());
        let proc = root.place.join("proc");
        fs::create_dir_all(&proc).map_err(|error| error.to_string())?;
        run(program("mount").args(["-t", "proc", "proc"]).arg(&proc))?;
        root.mounted.push(proc);
        Ok(root)
    }

    /// Programs of the usual folders, evenly chosen.
    pub(crate) fn programs(&self, most: usize) -> Vec<String> {
        let mut found = Vec::new();
        for folder in ["usr/bin", "usr/sbin", "bin", "sbin"] {
            if fs::symlink_metadata(self.place.join(folder)).is_ok_and(|meta| meta.is_symlink()) {
                continue;
            }
            for entry in fs::read_dir(self.place.join(folder)).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let runs = entry.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o001 != 0);
                if runs && !NOT.contains(&name.as_str()) {
                    found.push(format!("/{folder}/{name}"));
                }
            }
        }
        found.sort();
        let step = (found.len() / most.max(1)).max(1);
        found.into_iter().step_by(step).take(most).collect()
    }

    /// Copies a program of another root into this one; where it is.
    pub(crate) fn bring(&self, source: &Root, program: &str) -> String {
        let name = program.rsplit('/').next().unwrap_or(program);
        let place = format!("/stageplay/{name}");
        fs::create_dir_all(self.place.join("stageplay")).expect("a folder");
        fs::copy(source.place.join(&program[1..]), self.place.join(&place[1..])).expect("a copy");
        place
    }

    /// Removes a file.
    pub(crate) fn remove(&self, place: &str) {
        let _ = fs::remove_file(self.place.join(&place[1..]));
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, place: &str, bytes: &[u8], mode: u32) {
        let path = self.place.join(&place[1..]);
        fs::create_dir_all(path.parent().expect("a folder above")).expect("folders");
        fs::write(&path, bytes).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
    }

    /// Makes a link.
    pub(crate) fn link(&self, target: &str, place: &str) {
        let path = self.place.join(&place[1..]);
        fs::create_dir_all(path.parent().expect("a folder above")).expect("folders");
        std::os::unix::fs::symlink(target, path).expect("a link");
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        for place in self.mounted.iter().rev() {
            let _ = program("umount").arg("-l").arg(place).output();
        }
        let _ = fs::remove_dir_all(&self.work);
    }
}
