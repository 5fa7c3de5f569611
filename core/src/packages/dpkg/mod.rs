//! dpkg, dpkg-query, and the files that dpkg and debconf keep.

mod command;
mod compare_versions;
pub(crate) mod debconf_database;
pub(crate) mod dpkg_query;
pub(crate) mod info_files;
pub(crate) mod lock_files;

pub(crate) use command::dpkg;
