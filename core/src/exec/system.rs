//! A root file system under a kernel, with a cache of the files that were read.

use super::Credentials;
use super::ld_so_cache::Cache;
use super::loader_traits::Traits;
use super::pathname_resolution::look_up;
use super::root::Root;
use super::start::Start;
use super::symbol_cache::SymbolCache;
use crate::elf::{self, Elf, ElfError, Machine, Relocations, Symbols};
use crate::fs::{Content, Errno, Node};
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A root and a processor. Libraries are read once, however many programs need them.
pub struct System<'r> {
    pub(super) root: &'r dyn Root,
    /// The processor's architecture.
    pub(super) machine: Machine,
    /// Which of x86-64-v1 to v4 the processor is, for `glibc-hwcaps` folders.
    pub(super) level: u8,
    /// Whether /proc is mounted: `$ORIGIN` of a program is read there.
    pub(super) has_proc: bool,
    /// Names of emulators for other machines' files.
    emulators: Vec<String>,
    files: RefCell<Table<Rc<ElfFile>>>,
    /// Opened files by path, for the user of the last start.
    places: RefCell<(Credentials, Table<OpenedFile>)>,
    /// /etc/ld.so.cache, once it was read.
    ld_cache: OnceCell<Option<Cache>>,
    /// The results of its look-ups.
    cached: RefCell<Table<Option<String>>>,
    /// Results of symbol look-ups.
    pub(super) symbols_checked: SymbolCache,
}

impl fmt::Debug for System<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "System({}, level {})", self.machine.name(), self.level)
    }
}

/// A map by path. It is never iterated, because its order is arbitrary.
#[expect(clippy::disallowed_types, reason = "only looked up; a tree of long paths compares too much")]
pub(super) type Table<T> = std::collections::HashMap<String, T, foldhash::fast::FixedState>;

/// The result of opening a path.
#[derive(Clone)]
pub(super) enum OpenedFile {
    /// A file that the user may read.
    File(Rc<ElfFile>),
    Directory,
    /// A device, or a file that the user may not read.
    Closed,
    Nothing,
}

/// An ELF file whose parts are read on demand.
pub(super) struct ElfFile {
    /// A unique number, by which results about the file are cached.
    pub(super) id: u64,
    /// The resolved path.
    pub(super) real: String,
    pub(super) ino: u64,
    pub(super) content: Content,
    pub(super) elf: Result<Arc<Elf>, ElfError>,
    symbols: OnceCell<Symbols>,
    relocations: OnceCell<Relocations>,
    traits: OnceCell<Traits>,
    glibc_version: OnceCell<Option<u32>>,
}

impl ElfFile {
    pub(super) fn new(real: &str, node: &Node, content: &Content) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        ElfFile {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            real: real.to_string(),
            ino: node.ino(),
            content: content.clone(),
            elf: elf::read(content).map(Arc::new),
            symbols: OnceCell::new(),
            relocations: OnceCell::new(),
            traits: OnceCell::new(),
            glibc_version: OnceCell::new(),
        }
    }

    /// Its symbols; empty if it is not an ELF file.
    pub(super) fn symbols(&self) -> &Symbols {
        self.symbols.get_or_init(|| {
            self.elf.as_ref().map_or_else(|_| Symbols::default(), |elf| Symbols::read(&self.content, elf))
        })
    }

    /// Its traits as a dynamic loader.
    pub(super) fn traits(&self) -> &Traits {
        self.traits.get_or_init(|| Traits::of(self))
    }

    /// The N of the newest `GLIBC_2.N` that it defines.
    pub(super) fn glibc_version(&self) -> Option<u32> {
        *self.glibc_version.get_or_init(|| {
            let defined = &self.elf.as_ref().ok()?.defined_versions;
            let minor = |version: &String| version.strip_prefix("GLIBC_2.")?.split('.').next()?.parse().ok();
            defined.iter().filter_map(minor).max()
        })
    }

    pub(super) fn relocations(&self) -> &Relocations {
        self.relocations.get_or_init(|| {
            self.elf.as_ref().map_or_else(|_| Relocations::default(), |elf| Relocations::read(&self.content, elf))
        })
    }
}

impl<'r> System<'r> {
    /// A root on a machine. An x86-64 processor is assumed to have level v3, as most processors since 2015.
    pub fn new(root: &'r dyn Root, machine: Machine) -> Self {
        System {
            root,
            machine,
            level: 3,
            has_proc: true,
            emulators: Vec::new(),
            files: RefCell::default(),
            places: RefCell::default(),
            ld_cache: OnceCell::new(),
            cached: RefCell::default(),
            symbols_checked: SymbolCache::default(),
        }
    }

    /// The same system with an x86-64 processor of another level, 1 to 4 (x86-64-v1 to v4 of the psABI).
    #[must_use]
    pub fn with_level(mut self, level: u8) -> Self {
        self.level = level;
        self
    }

    /// The same system with or without a mounted /proc.
    #[must_use]
    pub fn with_proc(mut self, has_proc: bool) -> Self {
        self.has_proc = has_proc;
        self
    }

    /// The same system with an emulator that `binfmt_misc` starts for files of another machine: the name of a user-mode
    /// QEMU, such as `qemu-aarch64` or `qemu-aarch64-static`. It is registered with flag F, as packages and engines do, so
    /// the root needs no emulator.
    #[must_use]
    pub fn with_emulator(mut self, name: &str) -> Self {
        self.emulators.push(name.to_string());
        self
    }

    /// The emulator for a machine's files.
    pub(super) fn emulator(&self, machine: Machine) -> Option<&str> {
        let wanted = match machine {
            Machine::X86_64 => "qemu-x86_64",
            Machine::Aarch64 => "qemu-aarch64",
            Machine::Other(_) => return None,
        };
        let mut names = self.emulators.iter().map(String::as_str);
        names.find(|name| name.strip_suffix("-static").unwrap_or(name) == wanted)
    }

    /// The root.
    pub fn root(&self) -> &'r dyn Root {
        self.root
    }

    /// `stat` as the user of a start: the resolved path and the node.
    ///
    /// # Errors
    /// What the kernel's path look-up returns.
    pub fn look_up(&self, start: &Start<'_>, path: &str) -> Result<(String, Cow<'r, Node>), Errno> {
        look_up(self.root, start.who, start.cwd, path)
    }

    /// The path of a library according to /etc/ld.so.cache.
    pub(super) fn cached(&self, name: &str, flags: u32) -> Option<String> {
        if let Some(known) = self.cached.borrow().get(name) {
            return known.clone();
        }
        let found = self.ld_cache().and_then(|cache| cache.find(name, flags, self.level)).map(str::to_string);
        self.cached.borrow_mut().insert(name.to_string(), found.clone());
        found
    }

    /// /etc/ld.so.cache, if it exists and is valid.
    fn ld_cache(&self) -> Option<&Cache> {
        const MAX: usize = 16 << 20;
        let read = || {
            let (_, node) = look_up(self.root, &Credentials::default(), "/", "/etc/ld.so.cache").ok()?;
            Cache::new(node.content()?.read_at(0, MAX).into_owned())
        };
        self.ld_cache.get_or_init(read).as_ref()
    }

    /// Opens a library. Each path is read once.
    pub(super) fn open(&self, start: &Start<'_>, place: &str) -> OpenedFile {
        if !place.starts_with('/') {
            return self.open_uncached(start, place);
        }
        if let (who, known) = &*self.places.borrow()
            && who == start.who
            && let Some(found) = known.get(place)
        {
            return found.clone();
        }
        let found = self.open_uncached(start, place);
        let mut places = self.places.borrow_mut();
        if places.0 != *start.who {
            *places = (start.who.clone(), Table::default());
        }
        places.1.insert(place.to_string(), found.clone());
        found
    }

    fn open_uncached(&self, start: &Start<'_>, place: &str) -> OpenedFile {
        match self.look_up(start, place) {
            Err(_) => OpenedFile::Nothing,
            Ok((_, node)) if node.is_dir() => OpenedFile::Directory,
            Ok((real, node)) => match node.content() {
                Some(content) if start.who.may(&node, 4) => OpenedFile::File(self.shared_file(&real, &node, content)),
                _ => OpenedFile::Closed,
            },
        }
    }

    /// A library or loader, which is kept because other programs may need it.
    pub(super) fn shared_file(&self, real: &str, node: &Node, content: &Content) -> Rc<ElfFile> {
        if let Some(known) = self.files.borrow().get(real) {
            return known.clone();
        }
        let file = Rc::new(ElfFile::new(real, node, content));
        self.files.borrow_mut().insert(real.to_string(), file.clone());
        file
    }

    /// A file that is started. Programs are not kept; a library may already be known.
    pub(super) fn started_file(&self, real: &str, node: &Node, content: &Content) -> Rc<ElfFile> {
        let known = self.files.borrow().get(real).cloned();
        known.unwrap_or_else(|| Rc::new(ElfFile::new(real, node, content)))
    }
}
