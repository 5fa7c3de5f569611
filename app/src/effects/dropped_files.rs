//! Files that were dropped onto the page or chosen. Their bytes are read by the worker.

use crate::interop::dropped_files::DroppedFile;
use crate::state::{ChosenFile, MAX_DROPPED_FILE, Msg, Selection, is_archive, select_files};
use std::cell::RefCell;
use std::collections::BTreeMap;
use web_sys::File;
use yew::Callback;

/// The most files that are kept for a worker that is started again.
const MAX_KEPT: usize = 2_000;

thread_local! {
    /// The files by path.
    static FILES: RefCell<BTreeMap<String, File>> = const { RefCell::new(BTreeMap::new()) };
}

/// What to say of files that are not taken.
#[derive(Clone, Debug)]
pub struct Words {
    /// A file is larger than 1 GiB.
    pub too_large: String,
    /// There are too many files: `{count}`.
    pub too_many: String,
    /// Files were left out: `{count}`.
    pub left_out: String,
}

/// Takes files as they are, or one archive to be unpacked. `ignore` is the text of the `.dockerignore` among them.
pub fn take_files(
    files: Vec<DroppedFile>,
    ignore: Option<&str>,
    unpacks: bool,
    words: &Words,
    dispatch: &Callback<Msg>,
) {
    let chosen: Vec<ChosenFile> =
        files.iter().map(|one| ChosenFile { path: one.path(), bytes: one.file().size() }).collect();
    if let Some(large) = chosen.iter().find(|one| one.bytes > MAX_DROPPED_FILE) {
        return dispatch.emit(Msg::ShowNotice(format!("{}: {}", large.path, words.too_large)));
    }
    let Selection { paths, left_out } = match select_files(&chosen, ignore) {
        Ok(selection) => selection,
        Err(count) => {
            return dispatch.emit(Msg::ShowNotice(words.too_many.replace("{count}", &count.to_string())));
        }
    };
    if left_out > 0 {
        dispatch.emit(Msg::ShowNotice(words.left_out.replace("{count}", &left_out.to_string())));
    }
    let mut taken = Vec::new();
    FILES.with_borrow_mut(|kept| {
        for (one, path) in files.iter().zip(paths) {
            let Some(path) = path else { continue };
            if kept.len() >= MAX_KEPT {
                kept.pop_first();
            }
            kept.insert(path.clone(), one.file());
            taken.push(path);
        }
    });
    match taken.as_slice() {
        [] => {}
        [archive] if unpacks && is_archive(archive) => dispatch.emit(Msg::ArchiveAdded(archive.clone())),
        _ => dispatch.emit(Msg::FilesAdded(taken, files.iter().any(|one| one.path().contains('/')))),
    }
}

/// A file for the worker.
pub fn file_for_worker(path: &str) -> Option<File> {
    FILES.with_borrow(|files| files.get(path).cloned())
}

/// Adds files again of which the workspace holds only the start, and archives if `archives` is set: a new worker does not
/// know the images.
pub fn take_files_again(parts: &[(String, u64)], archives: bool, dispatch: &Callback<Msg>) {
    let is_part = |path: &str, file: &File| parts.iter().any(|(name, len)| name == path && *len == file.size() as u64);
    let again: Vec<String> = FILES.with_borrow(|files| {
        let wanted = files.iter().filter(|(path, file)| is_part(path, file) || (archives && is_archive(path)));
        wanted.map(|(path, _)| path.clone()).collect()
    });
    if !again.is_empty() {
        dispatch.emit(Msg::FilesAddedAgain(again));
    }
}
