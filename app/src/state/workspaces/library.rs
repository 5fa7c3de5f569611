//! The workspaces that the browser's storage holds, and the one that is open.

use super::record::{Origin, Record, RecordProblem};
use stageplay_protocol::Workspace;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The workspace that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its id.
    pub id: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The name that the person gave it.
    pub name: Option<String>,
    /// The workspace as it was before anything was changed, if that is known.
    pub fresh: Option<Rc<Workspace>>,
}

impl Opened {
    /// What a record tells of the workspace beside its files.
    pub(in crate::state) fn of(id: String, record: &Record) -> Opened {
        let fresh = record.opened.clone().map(Rc::new);
        Opened { id, origin: record.origin.clone(), name: record.name.clone(), fresh }
    }
}

/// A workspace in the storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// What is known of it.
    pub state: EntryState,
}

/// What is known of a workspace in the storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// It can be opened.
    Readable {
        /// Where it comes from.
        origin: Origin,
        /// The name that the person gave it.
        name: Option<String>,
        /// The base image of its Dockerfile's last stage.
        base: Option<String>,
        /// The number of its files.
        files: usize,
        /// When it was changed, in milliseconds since 1970.
        saved: u64,
    },
    /// It cannot be opened, and stays where it is.
    Unreadable(RecordProblem),
}

/// Why nothing can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageProblem {
    /// The browser refuses storage.
    Blocked,
    /// There is no room for the workspace.
    Full,
}

/// The result of an attempt to save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Saved, with this revision.
    Saved(String),
    /// Another page changed the record; it was left as it is.
    ChangedElsewhere,
    /// It could not be saved.
    Problem(StorageProblem),
}

/// The workspaces of a person.
#[derive(Debug)]
pub struct Library {
    /// The one that is open.
    pub opened: Opened,
    /// The revisions that this page read or wrote last, by the id of the workspace; none of what was never saved.
    pub revisions: BTreeMap<String, String>,
    /// Those in the storage, the newest first; told when the list is shown.
    pub entries: Vec<Entry>,
    /// Why the open one could not be saved, until it is.
    pub problem: Option<StorageProblem>,
    /// Whether another page changed the open one. The next edit here begins a copy.
    pub is_changed_elsewhere: bool,
    /// The workspace that was removed last, with its record, until another is removed.
    pub removed: Option<(Entry, String)>,
    /// The workspace that is being fetched or set up, by its id.
    pub awaited: Option<String>,
    /// The beginning of ids that no other page makes.
    seed: String,
    count: u32,
}

impl Library {
    /// The library of a page that shows the example of the first visit.
    pub(in crate::state) fn new() -> Self {
        let opened = Opened { id: "start".into(), origin: Origin::Start, name: None, fresh: None };
        Library {
            opened,
            revisions: BTreeMap::new(),
            entries: Vec::new(),
            problem: None,
            is_changed_elsewhere: false,
            removed: None,
            awaited: None,
            seed: String::new(),
            count: 0,
        }
    }

    /// Sets the beginning of this page's ids and revisions: letters and digits.
    pub fn set_seed(&mut self, seed: String) {
        self.seed = seed;
    }

    /// An id that no other workspace has.
    pub(in crate::state) fn new_id(&mut self) -> String {
        format!("w/{}", self.unique())
    }

    /// A text that this page did not use and no other page uses.
    pub(in crate::state) fn unique(&mut self) -> String {
        self.count += 1;
        format!("{}-{}", self.seed, self.count)
    }

    /// Whether the open workspace is in the storage.
    pub fn is_saved(&self) -> bool {
        self.revisions.contains_key(&self.opened.id)
    }

    /// A workspace of an origin that was not saved yet.
    pub(in crate::state) fn fresh(&mut self, origin: Origin, name: Option<String>) -> Opened {
        Opened { id: origin.id().unwrap_or_else(|| self.new_id()), origin, name, fresh: None }
    }
}
