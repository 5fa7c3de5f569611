//! What the page does outside of its model: the browser's storage, address bar, clipboard and files, the worker, and
//! requests.

pub mod download;
pub mod dropped_files;
pub mod first_visit;
pub mod initial_workspace;
pub mod server_client;
pub mod settings;
pub mod share_link;
pub mod version;
pub mod worker;
pub mod workspace_storage;
