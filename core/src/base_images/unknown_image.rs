//! An image of which nothing is known.

use crate::elf::{self, Elf, Machine};
use crate::fs::{Content, Doubt, Tree};
use crate::image::{BaseFacts, Libc};

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
pub(super) fn facts(repository: &str, tag: &str) -> BaseFacts {
    BaseFacts {
        libc: Libc { flavor: "unknown".into(), version: None },
        config_known: false,
        ..BaseFacts::named(repository, tag)
    }
}
