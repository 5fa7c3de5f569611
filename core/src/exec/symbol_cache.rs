//! What symbol look-up found out about libraries, for the next program that loads them.

use crate::elf::RelocationKind;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What was found out about libraries: the symbols that a library misses among what it needs itself.
///
/// A library that misses nothing there misses nothing in any program that loads the same files.
#[derive(Default)]
pub(super) struct SymbolCache {
    pub(super) missed: RefCell<BTreeMap<Key, Rc<[Relocation]>>>,
    /// Sets of libraries whose versions fit together.
    agreed: RefCell<BTreeSet<u64>>,
}

impl SymbolCache {
    /// Whether versions of a set of libraries were found to fit together.
    pub(super) fn agreed(&self, set: u64) -> bool {
        self.agreed.borrow().contains(&set)
    }

    pub(super) fn agree(&self, set: u64) {
        self.agreed.borrow_mut().insert(set);
    }
}

/// A library, the set of files below it, and whether its functions are looked up at the start.
pub(super) type Key = (u64, u64, bool);
/// A relocation.
pub(super) type Relocation = (RelocationKind, u32);
