//! Bindings between the page and JavaScript. All hand-written bindings are here.
#![allow(unsafe_code, reason = "wasm-bindgen's bindings expand to unsafe code")]

pub mod editor;
pub mod lint;
