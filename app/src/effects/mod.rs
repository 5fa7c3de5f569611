//! What the page does outside of its model: the browser's storage, address bar, clipboard and files, the worker, and
//! requests.

mod browser_storage;
pub mod download;
pub mod dropped_files;
pub mod examples;
pub mod fetch_public_address;
pub mod first_visit;
pub mod focus;
pub mod keys;
pub mod page_address;
pub mod panel_layout;
pub mod picture;
pub mod requests;
pub mod server_client;
pub mod settings;
pub mod share_link;
pub mod version;
pub mod worker;
pub mod workspace_storage;
