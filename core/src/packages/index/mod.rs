//! Package indexes of distributions: the installed size of a package, its dependencies, and the paths of its programs
//! and libraries.
//!
//! The tables of `data/packages` are made from the distributions' own indexes by `cargo xtask packages`.

mod dependency_resolution;
mod indexes;
mod nearest_release;
mod package_files;
mod package_table;
mod program_start;
mod release;
mod release_names;
mod similar_package;
mod typical_size;

pub use indexes::{IndexError, Indexes};
pub use package_table::{ListedFile, PackageTable, Row};
pub use program_start::ProgramStart;
pub(crate) use program_start::name_and_bytes;
pub use release::Release;
pub(crate) use release_names::{NameKnown, ReleaseNames};
pub(crate) use similar_package::{SizeList, in_another_release, in_far_release};
pub use typical_size::Estimate;
