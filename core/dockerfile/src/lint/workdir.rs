//! WORKDIR: WorkdirRelativePath, and the paths of Windows stages.

use super::dispatch::Work;
use super::rules;
use crate::path;
use crate::text::go_quote;

/// Takes the drive letter off a path on Windows (moby/buildkit, `util/system/path.go`).
pub(super) fn windows_path(path: &str) -> Result<String, String> {
    if path.len() == 2 && path.ends_with(':') {
        return Err(format!("No relative path specified in {}", go_quote(path)));
    }
    let slashed = path.replace('\\', "/");
    if slashed.starts_with("//") {
        return Err("UNC paths are not supported".into());
    }
    match slashed.split_once(':') {
        None => Ok(slashed),
        Some((drive, rest)) if drive.eq_ignore_ascii_case("c") => Ok(rest.to_string()),
        Some(_) => Err("The specified path is not on the system drive (C:)".into()),
    }
}

impl Work<'_, '_, '_> {
    pub(super) fn workdir(&mut self, written: &str) -> Result<(), String> {
        let path = if self.is_windows() { windows_path(written) } else { Ok(written.to_string()) };
        if !self.state.workdir_set && !path.as_ref().is_ok_and(|path| path.starts_with('/')) {
            let written = go_quote(written);
            let message = format!("Relative workdir {written} can have unexpected results if the base image changes");
            self.warn(&rules::WORKDIR_RELATIVE_PATH, message);
        }
        self.state.workdir_set = true;
        let path = path.map_err(|reason| {
            format!("normalizing workdir: normalizing working directory: removing drive letter: {reason}")
        })?;
        self.walk.budget.spend(self.state.workdir.len() + path.len())?;
        self.state.workdir = path::join(&self.state.workdir, &path);
        Ok(())
    }

    pub(super) fn is_windows(&self) -> bool {
        self.state.os.as_deref() == Some("windows")
    }
}
