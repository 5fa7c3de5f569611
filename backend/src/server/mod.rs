//! The HTTP server: the page, the API, access control, rate limits, the build queue and metrics.
//!
//! [`router`] is the whole server without a socket, for tests. [`serve`] runs it on a listener.

mod access_control;
mod app;
mod build;
mod build_request;
mod build_request_json;
mod client;
mod concurrency_limit;
mod error;
mod event_stream;
mod http_server;
mod image_download;
mod image_facts;
mod kept_builds;
mod metrics;
mod oembed;
mod open_files;
mod openapi;
mod packed_json;
mod path_owners;
mod queue;
mod rate_limit;
mod routes;
mod schema_refs;
mod security_headers;
mod state_folder;
mod static_files;
mod upload;

pub use access_control::AllowedHosts;
pub use app::{App, Settings};
pub use http_server::{router, serve};
pub use openapi::document;
pub use queue::QueueLimits;
pub use static_files::package_files;
