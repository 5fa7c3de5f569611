//! Package managers: which packages an installation chooses, their sizes, and the files that they write.
//!
//! The indexes are the distributions' own ([`self::index`]). The programs and libraries of a package are listed
//! without their sizes; only the size of the whole package is known.

pub(crate) mod apk;
pub(crate) mod apt;
pub(crate) mod dnf;
pub(crate) mod dpkg;
pub mod index;
pub(crate) mod index_lookup;
pub(crate) mod installation;
pub(crate) mod installed_files;
pub(crate) mod language_managers;
pub(crate) mod maintainer_scripts;
pub(crate) mod missing_packages;
pub(crate) mod npm;
pub mod package_database;
pub(crate) mod python;
pub(crate) mod repositories;
pub(crate) mod root_file;

pub use index_lookup::use_indexes;
pub(crate) use installed_files::packaged_files;
pub use repositories::use_repositories;
