//! Archives and compressed files: `tar`, gzip, bzip2, xz, zstd, `unzip`.

pub(crate) mod gzip_bzip2_xz_zstd;
pub(crate) mod tar;
pub(crate) mod unzip;
pub(crate) mod write_output;
pub(crate) mod zgrep;
