//! Files, folders and image archives on this machine's disk, in the form that core reads. Content is read when it is
//! needed.

pub mod archive;
mod file_range;
mod folder;
mod lazy_file;
mod processor;

pub use file_range::FileRange;
pub use folder::Folder;
pub use lazy_file::{content, modified};
pub use processor::processor_level;
