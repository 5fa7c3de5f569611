//! The simulator behind the page: it holds one workspace with its simulated host, carries out what the page asks, and
//! tells what changed.
//!
//! [`Session`] is tested natively; `worker` drives it in a Web Worker and fetches the data that it needs.
//! [`service::Service`] is the same simulator for other people's pages and programs, without a page's state.

mod build_cache;
mod build_upload;
mod cause_diagram;
mod checks;
mod effect;
mod exercise_view;
mod explorer;
mod file_preview;
mod first_visit;
mod first_visit_example;
mod image_data;
mod markdown;
mod outcome;
mod package_indexes;
mod program_headers;
pub mod service;
mod session;
mod stage_graph;
mod start_walk;
#[cfg(target_arch = "wasm32")]
pub mod worker;

pub use effect::Effect;
pub use first_visit::{first_result, first_visit};
pub use first_visit_example::example_workspace;
pub use image_data::image_data_path;
pub use session::Session;

use stageplay_core::engine::EngineProfile as Profile;
use stageplay_protocol::EngineProfile;

/// The engines that the page offers, oldest first.
pub fn engines() -> Vec<EngineProfile> {
    let profiles = Profile::all().iter();
    profiles
        .map(|profile| EngineProfile {
            id: profile.id.clone(),
            version: profile.version.clone(),
            builders: profile.builders().into_iter().map(|builder| builder.as_str().to_string()).collect(),
            day: profile.day().to_string(),
        })
        .collect()
}
