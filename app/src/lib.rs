//! The page: an editor for a Dockerfile, and beside it the simulated build and start.
//!
//! `state` is the model and how messages change it, `view` renders it, `effects` uses the browser, the worker and the
//! server, `interop` binds JavaScript. How builds work is not known here: they are simulated in the worker,
//! `stageplay_simulator`.

pub mod effects;
pub mod i18n;
pub mod interop;
pub mod state;
pub mod view;
