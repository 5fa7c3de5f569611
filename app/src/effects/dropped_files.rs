//! Files that were dropped onto the page or chosen. Large programs stay open and are read in parts.

use crate::state::Msg;
use js_sys::Uint8Array;
use stageplay_core::elf::is_elf;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::File;
use yew::Callback;

/// The largest file that is taken, in bytes. Images may be that large; other files seldom are.
const MAX_FILE: f64 = 1024.0 * 1024.0 * 1024.0;
/// ELF files larger than this, in bytes, are read in parts.
const LARGE_PROGRAM: f64 = 1024.0 * 1024.0;

thread_local! {
    /// The large programs by name.
    static OPEN_FILES: RefCell<BTreeMap<String, File>> = const { RefCell::new(BTreeMap::new()) };
}

/// Takes a file. `too_large` is the message for a file that is larger than 1 GiB.
pub fn take_file(file: File, dispatch: &Callback<Msg>, too_large: &str) {
    let (dispatch, too_large) = (dispatch.clone(), too_large.to_string());
    spawn_local(async move {
        let start = read_range(&file, 0..4).await.unwrap_or_default();
        if is_elf(&start) && file.size() > LARGE_PROGRAM {
            let (name, size) = (file.name(), file.size() as u64);
            OPEN_FILES.with_borrow_mut(|files| files.insert(name.clone(), file));
            dispatch.emit(Msg::LargeProgramAdded(name, size));
        } else if file.size() > MAX_FILE {
            dispatch.emit(Msg::ShowNotice(format!("{}: {too_large}", file.name())));
        } else if let Ok(bytes) = read_range(&file, 0..file.size() as u64).await {
            dispatch.emit(Msg::FileAdded(file.name(), bytes));
        }
    });
}

/// Reads byte ranges of a large program.
pub fn read_file_ranges(name: String, ranges: Vec<Range<u64>>, dispatch: Callback<Msg>) {
    let Some(file) = OPEN_FILES.with_borrow(|files| files.get(&name).cloned()) else { return };
    spawn_local(async move {
        let mut pieces = Vec::new();
        for range in ranges {
            match read_range(&file, range.clone()).await {
                Ok(piece) => pieces.push((range.start, piece)),
                Err(_) => {
                    return dispatch.emit(Msg::ShowNotice(format!("{name}: the browser cannot read it any more")));
                }
            }
        }
        dispatch.emit(Msg::FileRangesRead(name, pieces));
    });
}

/// Reads a byte range of a file. Fails if the file was moved or changed meanwhile.
async fn read_range(file: &File, range: Range<u64>) -> Result<Vec<u8>, JsValue> {
    let blob = file.slice_with_f64_and_f64(range.start as f64, range.end as f64)?;
    let buffer = JsFuture::from(blob.array_buffer()).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
