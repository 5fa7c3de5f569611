//! The page: an editor for a Dockerfile, and beside it the simulated build and start.
//!
//! `state` is the model and how messages change it, `view` renders it, `effects` uses the browser and the server,
//! `interop` binds JavaScript. How builds work is not known here: that is `stageplay_core`.

pub mod effects;
pub mod i18n;
pub mod interop;
pub mod state;
pub mod view;
