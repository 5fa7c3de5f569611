//! The one file-system model: COPY, RUN, the layer list and the loader all work on [`Tree`].
//!
//! A tree is immutable data behind cheap clones: a clone shares everything that did not change,
//! so a snapshot costs nothing and a 700 MB base image is metadata.

mod buffer;
mod content;
mod copy;
mod diff;
mod error;
mod glob;
mod mode;
mod parts;
mod time;
mod tree;
mod unlisted;

pub use buffer::Buffer;
pub use content::{Content, Memory, Source};
pub(crate) use copy::{
    CopyError, CopyOptions, Rename, Source as CopySource, copy_tree, excluding, expand_sources, including,
};
pub use diff::{Change, EntryKind, LayerEntry};
pub(crate) use diff::{diff, diff_unlisted, layer_size};
pub use error::{Errno, FsError};
pub(crate) use glob::{matches as glob_matches, shell_matches};
pub(crate) use mode::parse_mode;
pub use parts::Parts;
pub use time::Time;
pub use tree::{Doubt, Kind, Node, Special, Tree};
pub use unlisted::Unlisted;

pub use stageplay_dockerfile::ignore::{Ignore, lines as ignore_lines};
pub use stageplay_dockerfile::path;
