//! What comes with the C library: `ldd`, `ldconfig`, `iconv`, `getconf`.

pub(crate) mod getconf;
pub(crate) mod iconv;
pub(crate) mod ldconfig;
pub(crate) mod ldd;
