//! apk, Alpine's package manager.

mod add_del;
mod command;
mod index_cache;
mod virtual_package;
mod world;

pub(crate) use command::apk;
