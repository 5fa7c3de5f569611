//! C: `gcc`, `strip`, and the image's C library as linkers see it.

pub(crate) mod gcc;
mod gcc_request;
pub(crate) mod library_search;
pub(crate) mod link_elf;
pub(crate) mod main_behaviour;
pub(crate) mod program_size;
pub(crate) mod strip;
