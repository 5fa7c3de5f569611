//! The one file-system model: COPY, RUN, the layer list and the loader all work on [`Tree`].
//!
//! A clone of a tree shares all data that does not change (`imbl::OrdMap`), so a snapshot is cheap. Base images are held
//! as metadata without their bytes.

mod buffer_pool;
mod chmod_mode;
mod content;
mod copy_tree;
mod errno;
mod glob;
mod layer_diff;
mod modification_time;
mod node;
mod paged_file;
mod tree;
mod unlisted_files;

pub use buffer_pool::Buffer;
pub(crate) use chmod_mode::parse_mode;
pub use content::{Content, Memory, Source};
pub(crate) use copy_tree::{
    CopyError, CopyOptions, Rename, Source as CopySource, copy_tree, expand_sources, may_hold_any_file,
};
pub use errno::{Errno, FsError};
pub(crate) use glob::{matches as glob_matches, shell_matches};
pub use layer_diff::{Change, EntryKind, LayerEntry};
pub(crate) use layer_diff::{diff, diff_unlisted, layer_size};
pub use modification_time::Time;
pub use node::{Kind, Node, Special};
pub use paged_file::PagedFile;
pub(crate) use tree::MAX_PATH;
pub use tree::{Doubt, Tree};
pub use unlisted_files::Unlisted;

pub use stageplay_dockerfile::ignore::{Ignore, lines as ignore_lines};
pub use stageplay_dockerfile::path;
