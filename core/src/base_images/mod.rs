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
mod listed_days;
mod listed_folder;
mod near_names;
mod official;
mod os_release_text;
mod repository_names;
mod resolver;
mod rootfs;
mod support_end;
mod tag_list;
mod unknown_image;

pub use catalogue::{Catalogue, IMAGE_RULES, LISTED_IMAGES, newest_day};
pub use derived_size::bytes_per_compressed_byte;
pub use facts_of::facts_of;
pub use official::{file_name, names as family_names};
pub use resolver::{How, Missing, NotFound, Resolved, Unresolved};
pub use support_end::{SupportEnd, support_end};
pub(crate) use unknown_image::unknown_files;
