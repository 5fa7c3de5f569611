//! `go`: reads sources, decides how a program is linked, writes a real ELF file.

mod build;
mod build_cache;
mod build_constraints;
mod cgo;
mod cgo_headers;
mod cgo_preamble;
mod command;
mod command_line;
mod compile_errors;
mod estimated_caches;
mod go_install_and_get;
mod go_mod;
mod imports;
mod link_elf;
mod main_behaviour;
mod measured_sizes;
mod package_patterns;
mod packages;
mod program_size;

pub(crate) use command::go;
pub(crate) use program_size::is_stripped;

#[cfg(test)]
mod tests;
