//! Packages of Python from PyPI: for which Python they are installed, and what they weigh there.
//!
//! The sizes in the index were measured with one release of Python on Linux x86-64; the files of another release
//! differ little. A package that the index does not have is reported, and its size is not known.

mod environment_markers;
mod externally_managed;
mod get_pip;
mod install_packages;
mod interpreter;
mod package_name;
mod pip;
mod pip_config;
mod pipenv;
mod poetry;
mod poetry_lock;
mod pyproject;
mod python_m;
mod requirements_txt;
#[cfg(test)]
mod tests;
mod toml_file;
mod unknown_project;
mod uv;
mod uv_lock;
mod venv;

pub(crate) use externally_managed::{MARKER as EXTERNALLY_MANAGED, write_marker};
pub(crate) use pip::{collect_wheels, collects_wheels, install as pip};
pub(crate) use pip_config::config as pip_config;
pub(crate) use pipenv::pipenv;
pub(crate) use poetry::poetry;
pub(crate) use python_m::python;
pub(crate) use uv::uv;
