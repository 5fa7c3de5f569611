//! Package managers: which packages an installation chooses, what they weigh and what they bring.
//!
//! The indexes are the distributions' own ([`self::index`]). Programs and libraries of a package
//! are listed, without their sizes: what is known is the whole package's.

pub(crate) mod apk;
pub(crate) mod apt;
pub(crate) mod dnf;
pub(crate) mod dpkg;
pub mod index;
pub(crate) mod installation;
pub(crate) mod installed_files;
pub(crate) mod language_managers;
pub(crate) mod npm;
pub(crate) mod python;
pub(crate) mod release;
pub(crate) mod scripts;
pub(crate) mod traces;

pub(crate) use installed_files::packaged_files;
pub use release::use_indexes;
