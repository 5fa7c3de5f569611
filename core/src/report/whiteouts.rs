//! Layer entries in a report, with whiteouts and opaque directories as `docker save` stores them.

use crate::fs::{EntryKind, LayerEntry};
use stageplay_report::Entry;

/// The entries of a layer archive for one change: `.wh.NAME` for a removed path, `.wh..wh..opq` for an opaque directory.
pub(super) fn saved_entries(entry: &LayerEntry) -> Vec<Entry> {
    /// The mode that Docker's overlay driver gives to a whiteout (observed with 20.10.24).
    const WHITEOUT_MODE: u32 = 0o600;
    let row = |path: String, kind: EntryKind, mode: u32| Entry {
        path,
        kind: kind.as_str().into(),
        mode,
        uid: entry.uid,
        gid: entry.gid,
        size: if kind == EntryKind::File { entry.size.bytes() } else { Some(0) },
    };
    let (folder, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
    match entry.kind {
        EntryKind::Whiteout => vec![row(format!("{folder}/.wh.{name}"), EntryKind::Whiteout, WHITEOUT_MODE)],
        EntryKind::OpaqueDir => vec![
            row(entry.path.to_string(), EntryKind::Dir, entry.mode),
            row(format!("{}/.wh..wh..opq", entry.path), EntryKind::Whiteout, entry.mode),
        ],
        kind => vec![row(entry.path.to_string(), kind, entry.mode)],
    }
}
