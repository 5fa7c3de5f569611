//! `go`: reads sources, decides how a program is linked, writes a real ELF file.

mod build;
mod build_cache;
mod command;
mod facts;
mod go_mod;
mod imports;
mod link_elf;
mod main_behaviour;
mod program_size;

pub(crate) use command::go;
pub(crate) use program_size::is_stripped;
