//! Real container engines: Docker, Podman and BuildKit. This is the only place that knows their APIs.
//!
//! [`Engine::connect`] finds an engine. [`Engine::run_build`] builds a [`Job`] under a [`Policy`], reports what happens
//! as events, and returns a report of the same form as the simulation's.

mod address;
mod base_images;
mod blob;
mod blocked_fifos;
mod build_problems;
mod build_task;
mod buildkit;
mod buildkit_session;
mod buildkit_solve;
mod cgroups;
mod classic_cache;
mod classic_output;
mod cleanup;
mod clock;
mod container_disk_usage;
mod container_run;
mod container_user;
mod content_service;
pub mod context;
mod context_writer;
mod daemon_container;
mod daemon_paths;
mod decompression_bomb;
mod dispatch;
mod docker;
mod docker_build;
mod docker_error;
mod dockerfile_policy;
mod dockerignore;
mod image_archive;
mod image_load;
mod image_lookup;
mod image_origin;
mod isolated;
mod isolation;
mod journal;
mod layerless_image;
mod output_decoder;
mod output_limit;
mod overlay2_mounts;
mod policy;
mod prepare;
mod profile;
mod progress;
mod resource_names;
mod scoped_path;
mod step_limits;
mod tar_extended_headers;
mod tar_headers;
mod user_database;

pub use address::{EngineAddress, Tls};
pub use build_task::{BuildOutcome, BuildTask, EventSink, Job};
pub use clock::today;
pub use dispatch::Engine;
pub use isolation::Isolation;
pub use journal::Journal;
pub use policy::Policy;
pub use resource_names::BUILD_REPOSITORY;
