//! A cache of symbol look-ups in libraries, for further programs that load the same libraries.

use crate::elf::RelocationKind;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The symbols of each library that the library and its own dependencies do not define.
///
/// A library without missing symbols has none in any program that loads the same files.
#[derive(Default)]
pub(super) struct SymbolCache {
    pub(super) missed: RefCell<BTreeMap<Key, Rc<[Relocation]>>>,
    /// Sets of libraries whose symbol versions are all defined.
    agreed: RefCell<BTreeSet<u64>>,
}

impl SymbolCache {
    /// Whether all symbol versions of a set of libraries are known to be defined.
    pub(super) fn agreed(&self, set: u64) -> bool {
        self.agreed.borrow().contains(&set)
    }

    pub(super) fn agree(&self, set: u64) {
        self.agreed.borrow_mut().insert(set);
    }
}

/// A library, the set of its dependencies, and whether its functions are looked up at the start.
pub(super) type Key = (u64, u64, bool);
/// A relocation.
pub(super) type Relocation = (RelocationKind, u32);
