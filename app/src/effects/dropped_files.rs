//! Files that were dropped onto the page or chosen. Their bytes are read by the worker.

use crate::state::Msg;
use std::cell::RefCell;
use std::collections::BTreeMap;
use web_sys::File;
use yew::Callback;

/// The largest file that is taken, in bytes. Images may be that large; other files seldom are.
const MAX_FILE: f64 = 1024.0 * 1024.0 * 1024.0;

thread_local! {
    /// The files by name, and whether a worker got the file.
    static FILES: RefCell<BTreeMap<String, (File, bool)>> = const { RefCell::new(BTreeMap::new()) };
}

/// Takes a file. `too_large` is the message for a file that is larger than 1 GiB.
pub fn take_file(file: File, dispatch: &Callback<Msg>, too_large: &str) {
    let name = file.name();
    if file.size() > MAX_FILE {
        return dispatch.emit(Msg::ShowNotice(format!("{name}: {too_large}")));
    }
    FILES.with_borrow_mut(|files| files.insert(name.clone(), (file, false)));
    dispatch.emit(Msg::FileAdded(name));
}

/// A file for the worker.
pub fn file_for_worker(name: &str) -> Option<File> {
    FILES.with_borrow_mut(|files| {
        let (file, is_taken) = files.get_mut(name)?;
        *is_taken = true;
        Some(file.clone())
    })
}

/// Adds the files again that an earlier worker got.
pub fn take_files_again(dispatch: &Callback<Msg>) {
    let taken = |files: &BTreeMap<String, (File, bool)>| -> Vec<String> {
        files.iter().filter(|(_, (_, is_taken))| *is_taken).map(|(name, _)| name.clone()).collect()
    };
    FILES.with_borrow(taken).into_iter().for_each(|name| dispatch.emit(Msg::FileAdded(name)));
}
