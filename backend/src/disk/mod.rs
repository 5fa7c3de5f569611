//! Files, folders and image archives on this machine's disk, in the form that core reads. Content is read when it is
//! needed.

pub mod archive;
mod bounded_file;
mod file_range;
mod lazy_file;
mod processor;
mod root_directory;

pub use bounded_file::{
    open_regular_file, read_dockerignore, read_found_file, read_ignore_file, read_named_file, read_to_limit,
};
pub use file_range::FileRange;
pub use lazy_file::{content, modified};
pub use processor::processor_level;
pub use root_directory::Folder;
