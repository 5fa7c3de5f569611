//! Cargo's fingerprints: whether a program is fresh, by modification times and by the fingerprint of the last build.
//!
//! A program is fresh if none of its sources is newer, and manifest, profile and flags are unchanged (cargo's
//! `core::compiler::fingerprint`). A source that was replaced by an older file is not noticed, which affects builds
//! that compile a placeholder first.

use super::workspace::Member;
use crate::fs::{Content, path};
use crate::image::sha256;
use crate::shell::Shell;
use std::collections::BTreeSet;

/// The number of source files of one program, at most.
const MAX_FILES: usize = 2_000;

/// The files in which cargo records a program's fingerprint.
pub(crate) struct FingerprintFiles {
    /// `NAME.d` beside the program: its sources in make's syntax, as cargo writes it.
    sources: String,
    /// The fingerprint of everything else.
    fingerprint: String,
    /// A digest of the sources, to report a changed source that was not noticed. Cargo has no such file.
    contents: String,
    /// The linked file, of which the program is a hard link. The hash in its name is not cargo's.
    linked: String,
}

impl FingerprintFiles {
    /// `metadata`: digits for profile, flags and target, which tell apart what lies side by side.
    pub(crate) fn of(programs: &str, name: &str, metadata: &str) -> Self {
        let folder = format!("{programs}/.fingerprint");
        FingerprintFiles {
            linked: format!("{programs}/deps/{}-{metadata}", name.replace('-', "_")),
            sources: format!("{programs}/{name}.d"),
            fingerprint: format!("{folder}/bin-{name}"),
            contents: format!("{folder}/bin-{name}.json"),
        }
    }

    /// Whether the program is fresh. Reports a changed source that was not noticed.
    pub(crate) fn is_fresh(&self, shell: &mut Shell, program: &str, fingerprint: &str, files: &[String]) -> bool {
        let Ok(built) = shell.fs.stat("/", &self.linked).map(|(_, node)| node.modified) else { return false };
        let text = |shell: &Shell, place: &str| {
            let bytes = shell.read(place).ok().flatten()?;
            String::from_utf8(bytes).ok()
        };
        if text(shell, &self.fingerprint).as_deref() != Some(fingerprint) {
            return false;
        }
        let Some(noted) = text(shell, &self.sources) else { return false };
        let listed = noted.split_once(": ").map_or("", |(_, files)| files).trim_end();
        let older = |file: &str| shell.fs.stat("/", file).is_ok_and(|(_, node)| node.modified <= built);
        if !listed.split(' ').filter(|file| !file.is_empty()).all(older) {
            return false;
        }
        if text(shell, &self.contents).is_some_and(|noted| noted != contents(shell, files)) {
            let what = files.first().map_or("", String::as_str).to_string();
            shell.gap("taken-for-fresh", what);
        }
        shell.fs.stat("/", program).is_ok() || shell.fs.link(&self.linked, program).is_ok()
    }

    /// Removes the previous program: the linker writes a new file.
    pub(crate) fn make_room(&self, shell: &mut Shell, program: &str) {
        for place in [program, &self.linked] {
            let _ = shell.fs.remove(place);
        }
    }

    /// Records what a program was built from.
    pub(crate) fn write(&self, shell: &mut Shell, program: &str, fingerprint: &str, files: &[String]) {
        let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
        let contents = contents(shell, files);
        let sources = format!("{program}: {}\n", files.join(" "));
        for (place, text) in
            [(&self.sources, sources), (&self.fingerprint, fingerprint.to_string()), (&self.contents, contents)]
        {
            let _ = shell.fs.write(place, Content::inline(text.into_bytes()), mode, uid, gid);
        }
        // The program is linked last.
        shell.fs.touch(program);
        let _ = shell.fs.link(program, &self.linked);
    }
}

/// The fingerprint of everything but the sources: sixteen hexadecimal digits.
pub(crate) fn fingerprint(parts: &[&str]) -> String {
    sha256(parts.join("\n").as_bytes()).trim_start_matches("sha256:").chars().take(16).collect()
}

fn contents(shell: &Shell, files: &[String]) -> String {
    let bytes: Vec<u8> = files.iter().filter_map(|file| shell.read(file).ok().flatten()).flatten().collect();
    fingerprint(&[&sha256(&bytes)])
}

/// The source files of a program: the one with `main`, the library of its package, and the modules that they declare.
pub(crate) fn files(shell: &Shell, member: &Member, main: &str) -> Vec<String> {
    let library = member.manifest.lib.as_ref().and_then(|lib| lib.path.clone()).unwrap_or_else(|| "src/lib.rs".into());
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next = vec![path::join(&member.folder, &library), main.to_string()];
    while let Some(file) = next.pop().filter(|_| found.len() < MAX_FILES) {
        if !seen.insert(file.clone()) {
            continue;
        }
        let Ok(Some(bytes)) = shell.read(&file) else { continue };
        next.extend(modules(&String::from_utf8_lossy(&bytes), &file).into_iter().rev());
        found.push(file);
    }
    found
}

/// Where the modules that a file declares may be.
fn modules(code: &str, file: &str) -> Vec<String> {
    let (folder, name) = (path::parent(file), path::file_name(file).trim_end_matches(".rs"));
    let below = match name {
        "main" | "lib" | "mod" => folder.to_string(),
        name => path::join(folder, name),
    };
    let declared = code.lines().filter_map(|line| {
        let line = line.trim().trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        line.strip_prefix("mod ")?.strip_suffix(';').map(str::trim)
    });
    declared
        .flat_map(|name| [format!("{name}.rs"), format!("{name}/mod.rs")])
        .map(|name| path::join(&below, &name))
        .collect()
}
