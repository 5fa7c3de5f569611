//! Compilers and build tools: sources in, real program files out. A folder for each language or tool.

pub(crate) mod c;
pub(crate) mod cmake;
pub(crate) mod go;
pub(crate) mod make;
pub(crate) mod rust;
pub(crate) mod upx;
