//! The workspaces of a person: each has an id, and is kept in the browser's storage by it. Opening one never replaces
//! another.

mod library;
mod prefill;
mod record;
mod undo_history;

pub use library::{Entry, EntryState, Library, Opened, StorageProblem, Stored};
pub use prefill::{Prefill, parse_prefill, raw_address};
pub use record::{FORMAT, Origin, Record, RecordProblem, base_of, revision_of};
pub(in crate::state) use undo_history::changed_part;
pub use undo_history::{History, Snapshot, StepKind};
