//! An image of which nothing is known.

use crate::elf::{self, Elf, Machine};
use crate::fs::{Content, Doubt, Tree};
use crate::image::{BaseFacts, ConfigFacts, Libc, OwnFiles, Reference};
use std::collections::BTreeMap;

/// The files of an image of which nothing is known, as a source of COPY: anything may be there.
pub(crate) fn unknown_files() -> Tree {
    let mut tree = Tree::new();
    tree.doubt_more(Doubt::Anything);
    tree.set_partial("/");
    tree
}

/// The files of an image of which nothing is known, as a base: a shell is taken for granted beside anything else.
pub(super) fn tree() -> Tree {
    let mut tree = unknown_files();
    if tree.mkdir_all("/bin", 0o755, 0, 0).is_ok() {
        let head = elf::write(&Elf::new(Machine::X86_64, false));
        let content = Content::started(head, "a file of an image that is not known");
        let _ = tree.write("/bin/sh", content, 0o755, 0, 0);
    }
    tree.seal()
}

/// Facts that say nothing but the name.
pub(super) fn facts(reference: &Reference) -> BaseFacts {
    BaseFacts {
        name: reference.repository.clone(),
        tags: vec![reference.tag.clone()],
        family: None,
        era: String::new(),
        id: None,
        distro: BTreeMap::new(),
        libc: Libc { flavor: "unknown".into(), version: None },
        interp: Vec::new(),
        shell: None,
        bash: false,
        package_manager: None,
        size: 0,
        size_basis: "unknown".into(),
        precision: None,
        compressed: None,
        layers: Vec::new(),
        config: ConfigFacts::default(),
        toolchain: BTreeMap::new(),
        c_compiler: None,
        ca_certificates: None,
        packages: Vec::new(),
        config_known: false,
        source: String::new(),
        date: None,
        own_files: OwnFiles::default(),
    }
}
