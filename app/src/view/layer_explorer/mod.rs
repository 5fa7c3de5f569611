//! The layer explorer: the layers of the image with their entries, and the files of the image as a tree.

mod file_preview;
pub(super) mod file_tree;
pub(super) mod layer_list;
