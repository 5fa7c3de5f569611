//! Base images: the catalogue of facts, the files that the facts vouch for, and the packages that an image has.

mod catalogue;
mod facts_of;
#[allow(dead_code, reason = "the resolver does not ask it yet")]
mod image_rules;
mod installed;
mod rootfs;

pub use catalogue::{Catalogue, Era, NotFound};
pub use facts_of::facts_of;
