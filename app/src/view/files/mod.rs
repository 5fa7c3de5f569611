//! The files of the build context: tabs, a tree, and the dialogs that name files.

mod dialogs;
mod drop;
mod tabs;
mod tree;

pub(super) use dialogs::dialog;
pub(super) use drop::{Choice, choose_files, on_drop};
pub(super) use tabs::view as tabs;
pub(super) use tree::view as tree;
