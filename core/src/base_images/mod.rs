//! Base images: what a reference means on a day, the facts of the image, the files that the facts vouch for, and the
//! packages that it has.

mod accounts;
mod catalogue;
mod derived;
mod derived_size;
mod distribution_files;
mod distributions;
mod dotted_version;
mod facts_of;
mod family_files;
mod image_rules;
mod installed;
mod listed_folder;
mod official;
mod repository_names;
mod resolver;
mod rootfs;
mod tag_list;
mod unknown_image;

pub use catalogue::{Catalogue, IMAGE_RULES, LISTED_IMAGES, newest_day};
pub use facts_of::facts_of;
pub use official::{file_name, names as family_names};
pub use resolver::{How, Missing, NotFound, Resolved, Unresolved};
pub(crate) use unknown_image::unknown_files;
