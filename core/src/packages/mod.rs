//! Package managers: which packages an installation chooses, what they weigh and what they bring.
//!
//! The indexes are the distributions' own ([`self::index`]). Programs and libraries of a package
//! are listed, without their sizes: what is known is the whole package's.

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
pub(crate) mod npm;
pub mod package_database;
pub(crate) mod python;
pub(crate) mod root_file;

pub use index_lookup::use_indexes;
pub(crate) use installed_files::packaged_files;
