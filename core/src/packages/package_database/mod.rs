//! The package manager's database of installed packages: dpkg's status file and apk's installed file.

mod apk_installed;
mod database;
mod dpkg_status;

pub use apk_installed::APK_INSTALLED;
pub use database::{Database, DatabaseFormat, Stanza};
pub use dpkg_status::DPKG_STATUS;
