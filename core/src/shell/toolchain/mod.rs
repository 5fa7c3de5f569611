//! Compilers: source files in, real program files out.

mod cc;
mod cmake;
mod go;
mod go_source;
mod libc;
mod make;
mod rust;
mod upx;

pub(crate) use cc::{gcc, strip};
pub(crate) use cmake::{cmake, ninja};
pub(crate) use go::go;
pub(crate) use libc::{glibc, is_musl};
pub(crate) use make::make;
pub(crate) use rust::{cargo, rustc, rustup};
pub(crate) use upx::upx;
