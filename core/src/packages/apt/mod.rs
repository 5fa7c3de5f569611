//! apt: `apt-get` and `apt`, `apt-mark`, `apt-cache`, `apt-key`, `add-apt-repository`.

pub(crate) mod add_apt_repository;
pub(crate) mod apt_cache;
pub(crate) mod apt_get;
pub(crate) mod apt_key;
pub(crate) mod apt_mark;
mod auto_installed;
mod autoremove;
pub(crate) mod cache_files;
mod logs;
mod package_lists;
mod package_pattern;
mod repositories;
