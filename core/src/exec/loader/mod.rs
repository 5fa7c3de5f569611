//! The dynamic loaders of glibc, musl and gcompat, up to the start of the program.

mod glibc;
mod glibc_symbol_lookup;
mod glibc_symbol_versions;
mod musl;
mod musl_symbol_lookup;

pub(super) use glibc::list as list_glibc;
pub(super) use musl::list as list_musl;

use super::loader_traits::{Family, MUSL_LOADERS};
use super::outcome::{Outcome, Searched, TraceStep, Who};
use super::start::Start;
use super::system::{ElfFile, System};
use crate::elf::Elf;
use crate::fs::path;
use std::rc::Rc;

// Symbol types, bindings and visibilities (gABI).
const STT_TLS: u8 = 6;
const STT_GNU_IFUNC: u8 = 10;
const STB_LOCAL: u8 = 0;
const STB_WEAK: u8 = 2;
const STB_UNIQUE: u8 = 10;
const SHN_ABS: u16 = 0xfff1;

/// The most objects that are loaded for one program.
const MAX_OBJECTS: usize = 1024;

/// A loaded program or library.
pub(super) struct Object {
    /// The name in messages: the path by which it was opened; of a program the path by which it was started.
    pub(super) name: String,
    /// The names by which it was requested.
    pub(super) names: Vec<String>,
    pub(super) file: Rc<ElfFile>,
    /// The object that needed it first.
    pub(super) parent: Option<usize>,
    /// The indices of the objects that it needs, in order.
    pub(super) needs: Vec<usize>,
    /// Whether it is the loader itself.
    pub(super) is_loader: bool,
}

impl Object {
    fn new(name: &str, file: Rc<ElfFile>, parent: Option<usize>) -> Self {
        Object { name: name.to_string(), names: Vec::new(), file, parent, needs: Vec::new(), is_loader: false }
    }

    fn elf(&self) -> Option<&Elf> {
        self.file.elf.as_deref().ok()
    }

    /// Whether its symbols are known. Those of a modelled file are not.
    fn has_symbols(&self) -> bool {
        self.elf().is_some_and(Elf::has_symbols)
    }

    /// Whether it defines a symbol.
    fn defines(&self, name: &str) -> bool {
        self.file.symbols().find(name).any(|symbol| !symbol.is_undefined())
    }
}

/// Loads what a program needs and writes the result to `outcome`.
pub(super) fn load(
    system: &System<'_>,
    start: &Start<'_>,
    secure: bool,
    program: Rc<ElfFile>,
    interpreter: &str,
    loader: &Rc<ElfFile>,
    outcome: &mut Outcome,
) {
    match loader.traits().family {
        Family::Glibc => glibc::load(system, start, secure, program, interpreter, loader, outcome),
        Family::Musl => musl::load(system, start, secure, program, interpreter, &[], outcome),
        Family::Gcompat => {
            let own = |name: &&str| system.look_up(start, name).is_ok();
            let musl = MUSL_LOADERS.into_iter().find(own);
            let preload = ["/lib/libgcompat.so.0".to_string()];
            outcome.trace.push(TraceStep::new(Who::LdMusl, "gcompat", &[("interpreter", interpreter)], true));
            musl::load(system, start, secure, program, musl.unwrap_or(interpreter), &preload, outcome);
        }
        Family::Unknown => outcome.is_unknown("unknown-loader", interpreter),
    }
}

/// The address that `ldd` prints for all objects.
const ADDRESS: &str = "(0x0000000000000000)";

/// The search for one library.
#[derive(Default)]
struct Search {
    /// The directories that were tried; each is tried once.
    dirs: Vec<String>,
    /// The places that were tried.
    places: Vec<Searched>,
}

impl Search {
    fn tries(&mut self, by: &'static str, place: &str) {
        self.places.push(Searched { by, place: place.to_string() });
    }
}

/// The step of a library that is in no directory, and whether it may exist without being listed.
fn not_found(system: &System<'_>, start: &Start<'_>, who: Who, name: &str, search: Search) -> (TraceStep, bool) {
    let hides = |dir: &String| system.root.may_hide(&path::join(start.cwd, &format!("{dir}/{name}")));
    if search.dirs.iter().any(hides) {
        let step = TraceStep::new(who, "library-unlisted", &[("library", name)], false);
        return (step.searching(search.places), true);
    }
    let params = [("library", name), ("dirs", &search.dirs.join(":"))];
    (TraceStep::new(who, "search-library", &params, false).searching(search.places), false)
}

/// The directory of `$ORIGIN` for an object, if it is known.
fn origin(system: &System<'_>, start: &Start<'_>, object: &Object) -> Option<String> {
    if object.parent.is_none() && !object.is_loader {
        // The path of the program comes from /proc/self/exe, so links are followed.
        return system.has_proc.then(|| path::parent(&object.file.real).to_string());
    }
    Some(match object.name.starts_with('/') {
        true => path::parent(&object.name).to_string(),
        false => path::parent(&path::join(start.cwd, &object.name)).to_string(),
    })
}
