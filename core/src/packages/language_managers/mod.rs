//! Package managers of languages and their build tools: pip, cargo, mvn and others.
//!
//! What they download is not known, but the folders that they write to are. These folders exist and are marked as
//! listed in part, so everything else in the image stays as well known as before.

mod command;
mod composer_pecl;
mod dotnet;
mod gem_bundler;
mod jar;
mod maven_gradle;
mod named_places;
mod npm_install_estimate;
mod php_extensions;
mod tool_folders;
mod tsc;
mod written_folders;

pub(crate) use command::run_language_manager;
pub(crate) use tool_folders::find_manager;
pub(crate) use written_folders::mark_written_folders;
