//! Base images: the catalogue of facts, the files that the facts vouch for, and the packages that an image has.

mod accounts;
mod catalogue;
mod distribution_files;
mod dotted_version;
mod facts_of;
mod family_files;
mod installed;
mod listed_folder;
mod rootfs;

pub use catalogue::{Catalogue, Era, NotFound};
pub use facts_of::facts_of;
