//! Bindings between the page and JavaScript. All hand-written bindings are here.
#![allow(unsafe_code, reason = "wasm-bindgen's bindings expand to unsafe code")]

pub mod deflate;
pub mod dropped_files;
pub mod editor;
pub mod exercises;
pub mod first_visit;
pub mod lazy_script;
pub mod lint;
pub mod terminal;
