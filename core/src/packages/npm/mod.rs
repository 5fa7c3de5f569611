//! npm, and yarn and pnpm as far as they do the same: packages of Node.js in `node_modules`.
//!
//! The sizes of the registry's packages were measured once; the versions that are chosen may differ a little. A
//! package that the table does not have is reported, and its size is not known.

mod cache;
mod ci;
mod command;
mod corepack;
mod frozen_lockfile;
mod init;
mod install;
mod install_global;
mod install_scripts;
mod lockfile;
mod node_modules;
mod npx;
mod package_json;
mod registry;
mod request;
mod run_scripts;

pub(crate) use command::npm;
pub(crate) use corepack::corepack;
pub(crate) use npx::npx;
