//! `stageplay lesson variant`.

use crate::cli::pack_files;
use crate::cli::usage_error::UsageError;
use stageplay_core::exercise::{self, Files};
use stageplay_core::words::Language;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

pub(super) fn run(path: &Path, student: &str, output: Option<&Path>) -> Result<u8, UsageError> {
    let found = pack_files::find(&[PathBuf::from(path)])?;
    let [found] = found.packs.as_slice() else {
        return Err(format!("{} holds {} packs: name one of them", path.display(), found.packs.len()));
    };
    let seed = exercise::seed(&found.name, student);
    let read = exercise::read(&found.name, &found.files, Some(&seed));
    let Some(pack) = read.pack else {
        let why = read.problems.first().map(|problem| problem.message(Language::English)).unwrap_or_default();
        return Err(format!("{}: {why}", path.display()));
    };
    if pack.variables.is_empty() {
        return Err(format!("{} has no variables, and so no variants", path.display()));
    }
    println!("seed {seed}");
    for (name, value) in &pack.values {
        println!("{name} = {value}");
    }
    if let Some(folder) = output {
        let fail = |error: std::io::Error| format!("cannot write {}: {error}", folder.display());
        fs::create_dir(folder).and_then(|()| write_files(folder, &pack.start)).map_err(fail)?;
    }
    Ok(0)
}

/// Writes the files of a workspace into a folder.
pub(super) fn write_files(folder: &Path, files: &Files) -> std::io::Result<()> {
    for (name, file) in files {
        let place = folder.join(name);
        fs::create_dir_all(place.parent().unwrap_or(folder))?;
        fs::write(&place, &file.bytes)?;
        fs::set_permissions(&place, fs::Permissions::from_mode(file.mode))?;
    }
    Ok(())
}
