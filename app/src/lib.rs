//! The playground. `state` decides, `effects` talks to the browser, `view` shows.
//!
//! Nothing here knows how builds work: that is stageplay-core.

pub mod effects;
pub mod interop;
pub mod server;
pub mod state;
pub mod view;
pub mod wording;
