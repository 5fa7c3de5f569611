//! C: `gcc`, `strip`, and the image's C library as linkers see it.

pub(crate) mod gcc;
pub(crate) mod linker;
pub(crate) mod strip;
