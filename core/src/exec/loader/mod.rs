//! What the dynamic loader does before control reaches the program: glibc's, musl's, gcompat's.

mod bind;
mod cache;
mod glibc;
mod musl;

pub(super) use bind::Conclusions;
pub(super) use cache::Cache;
pub(crate) use cache::write as write_cache;
pub(super) use glibc::list as list_glibc;
pub(super) use musl::list as list_musl;

use super::ldd::MUSL_LOADERS;
use super::system::{ElfFile, Start, System};
use super::trace::{Outcome, TraceStep, Who};
use crate::elf::Elf;
use crate::fs::path;
use std::rc::Rc;

/// At most this many objects are loaded for one program.
const MAX_OBJECTS: usize = 1024;

/// A program or library that is loaded.
pub(super) struct Object {
    /// What messages call it: the path by which it was opened; for a program what it was started as.
    pub(super) name: String,
    /// Names by which it was asked for.
    pub(super) names: Vec<String>,
    pub(super) file: Rc<ElfFile>,
    /// Who asked for it first.
    pub(super) parent: Option<usize>,
    /// What it needs, as indices, in order.
    pub(super) needs: Vec<usize>,
    /// The loader itself.
    pub(super) is_loader: bool,
}

impl Object {
    fn new(name: &str, file: Rc<ElfFile>, parent: Option<usize>) -> Self {
        Object { name: name.to_string(), names: Vec::new(), file, parent, needs: Vec::new(), is_loader: false }
    }

    fn elf(&self) -> Option<&Elf> {
        self.file.elf.as_deref().ok()
    }

    /// Whether its symbols are known: those of a modelled file are not.
    fn has_symbols(&self) -> bool {
        self.elf().is_some_and(Elf::has_symbols)
    }

    /// Whether it defines a symbol.
    fn defines(&self, name: &str) -> bool {
        self.file.symbols().find(name).any(|symbol| !symbol.is_undefined())
    }
}

/// Which C library a loader belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Glibc,
    Musl,
    /// gcompat's stub, which starts musl's loader with its library preloaded.
    Gcompat,
    /// No loader that is known.
    Unknown,
}

/// What a loader's own bytes say of it.
pub(super) struct Traits {
    pub(super) family: Family,
    /// Directories compiled into glibc's loader; empty if it does not say.
    default_dirs: Rc<[String]>,
    /// It looks into `glibc-hwcaps` folders (since glibc 2.33).
    hwcaps: bool,
}

impl Traits {
    pub(super) fn of(loader: &ElfFile) -> Self {
        /// Bytes that are searched: three times the size of glibc's loader.
        const MAX_LOADER: usize = 1 << 20;
        let bytes = loader.content.read_at(0, MAX_LOADER);
        let contains = |wanted: &[u8]| memchr::memmem::find(&bytes, wanted).is_some();
        let family = match family(loader) {
            Family::Musl => Family::Musl,
            _ if contains(b"libgcompat") => Family::Gcompat,
            other => other,
        };
        let is_glibc = family == Family::Glibc;
        Traits {
            family,
            default_dirs: if is_glibc { glibc::compiled_dirs(&bytes).into() } else { Rc::from([]) },
            hwcaps: is_glibc && contains(b"glibc-hwcaps"),
        }
    }
}

/// Tells a loader by its names.
fn family(loader: &ElfFile) -> Family {
    let soname = loader.elf.as_ref().ok().and_then(|elf| elf.soname.as_deref()).unwrap_or("");
    let name = path::file_name(&loader.real);
    let any = |start: &str| soname.starts_with(start) || name.starts_with(start);
    if any("libc.musl-") || any("ld-musl-") || soname == "libc.so" || name == "libc.so" {
        Family::Musl
    } else if any("ld-linux") || any("ld64.so") || any("ld.so") || (any("ld-") && name.ends_with(".so")) {
        Family::Glibc
    } else {
        Family::Unknown
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

/// What `ldd` prints for an address: addresses carry no fact.
const ADDRESS: &str = "(0x0000000000000000)";

/// What is told of a library that is in none of the directories, and whether it may be there unlisted.
fn not_found(system: &System<'_>, start: &Start<'_>, who: Who, name: &str, tried: &[String]) -> (TraceStep, bool) {
    let hides = |dir: &String| system.root.may_hide(&path::join(start.cwd, &format!("{dir}/{name}")));
    if tried.iter().any(hides) {
        return (TraceStep::new(who, "library-unlisted", &[("library", name)], false), true);
    }
    let params = [("library", name), ("dirs", &tried.join(":"))];
    (TraceStep::new(who, "search-library", &params, false), false)
}

/// The directory of `$ORIGIN` for an object, where it can be told.
fn origin(system: &System<'_>, start: &Start<'_>, object: &Object) -> Option<String> {
    if object.parent.is_none() && !object.is_loader {
        // The program's own path comes from /proc/self/exe: links are followed.
        return system.has_proc.then(|| path::parent(&object.file.real).to_string());
    }
    Some(match object.name.starts_with('/') {
        true => path::parent(&object.name).to_string(),
        false => path::parent(&path::join(start.cwd, &object.name)).to_string(),
    })
}
