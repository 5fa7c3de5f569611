//! Package managers of languages and their build tools: pip, cargo, mvn and others.
//!
//! What they download is not known, but the folders that they write to are. These folders exist and are marked as
//! listed in part, so everything else in the image stays as well known as before.

mod command;
mod jar;
mod known_managers;
mod php_extensions;
mod python_modules;
mod written_folders;

pub(crate) use command::run_language_manager;
pub(crate) use python_modules::python;
