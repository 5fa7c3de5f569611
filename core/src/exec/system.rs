//! One root under one kernel, with what was already read of it.

use super::Credentials;
use super::ld_so_cache::Cache;
use super::loader_traits::Traits;
use super::root::{Root, look_up};
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
    /// What was found where, for the user that asked last.
    places: RefCell<(Credentials, Table<Found>)>,
    /// /etc/ld.so.cache, once it was asked for.
    ld_cache: OnceCell<Option<Cache>>,
    /// What it answered.
    cached: RefCell<Table<Option<String>>>,
    /// What symbol look-up found out about libraries.
    pub(super) symbols_checked: SymbolCache,
}

impl fmt::Debug for System<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "System({}, level {})", self.machine.name(), self.level)
    }
}

/// By path. Never iterated, so that its order shows nowhere.
#[expect(clippy::disallowed_types, reason = "only looked up; a tree of long paths compares too much")]
pub(super) type Table<T> = std::collections::HashMap<String, T, foldhash::fast::FixedState>;

/// What a path leads to.
#[derive(Clone)]
pub(super) enum Found {
    /// A file that the user may read.
    File(Rc<ElfFile>),
    Directory,
    /// A device, or a file that the user may not read.
    Closed,
    Nothing,
}

/// An ELF file, each part read when it is needed.
pub(super) struct ElfFile {
    /// Its own number: what was concluded of a file must not pass to one that takes its place in memory.
    pub(super) id: u64,
    /// Where it really is.
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

    /// Its symbols; none if it is no ELF file.
    pub(super) fn symbols(&self) -> &Symbols {
        self.symbols.get_or_init(|| {
            self.elf.as_ref().map_or_else(|_| Symbols::default(), |elf| Symbols::read(&self.content, elf))
        })
    }

    /// What it is as a loader.
    pub(super) fn traits(&self) -> &Traits {
        self.traits.get_or_init(|| Traits::of(self))
    }

    /// N of the newest `GLIBC_2.N` that it defines.
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
    /// A root on a machine. x86-64 processors are taken to be of level v3, as all since 2015 are.
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

    /// The same with an x86-64 processor of another level, 1 to 4 (the psABI's x86-64-v1 …).
    #[must_use]
    pub fn with_level(mut self, level: u8) -> Self {
        self.level = level;
        self
    }

    /// The same with or without a mounted /proc.
    #[must_use]
    pub fn with_proc(mut self, has_proc: bool) -> Self {
        self.has_proc = has_proc;
        self
    }

    /// The same with an emulator that `binfmt_misc` hands files of another machine to: the name of a
    /// user-mode QEMU, such as `qemu-aarch64` or `qemu-aarch64-static`, registered with flag F, as
    /// packages and engines do it, so that the root needs no emulator of its own.
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

    /// `stat` as the user of a start: where a path leads and what is there.
    ///
    /// # Errors
    /// What the kernel's path look-up returns.
    pub fn look_up(&self, start: &Start<'_>, path: &str) -> Result<(String, Cow<'r, Node>), Errno> {
        look_up(self.root, start.who, start.cwd, path)
    }

    /// Where /etc/ld.so.cache says that a library is.
    pub(super) fn cached(&self, name: &str, flags: u32) -> Option<String> {
        if let Some(known) = self.cached.borrow().get(name) {
            return known.clone();
        }
        let found = self.ld_cache().and_then(|cache| cache.find(name, flags, self.level)).map(str::to_string);
        self.cached.borrow_mut().insert(name.to_string(), found.clone());
        found
    }

    /// /etc/ld.so.cache, if there is one that a loader would use.
    fn ld_cache(&self) -> Option<&Cache> {
        const MAX: usize = 16 << 20;
        let read = || {
            let (_, node) = look_up(self.root, &Credentials::default(), "/", "/etc/ld.so.cache").ok()?;
            Cache::new(node.content()?.read_at(0, MAX).into_owned())
        };
        self.ld_cache.get_or_init(read).as_ref()
    }

    /// What opening a library gives: each place is looked at once.
    pub(super) fn open(&self, start: &Start<'_>, place: &str) -> Found {
        if !place.starts_with('/') {
            return self.open_anew(start, place);
        }
        if let (who, known) = &*self.places.borrow()
            && who == start.who
            && let Some(found) = known.get(place)
        {
            return found.clone();
        }
        let found = self.open_anew(start, place);
        let mut places = self.places.borrow_mut();
        if places.0 != *start.who {
            *places = (start.who.clone(), Table::default());
        }
        places.1.insert(place.to_string(), found.clone());
        found
    }

    fn open_anew(&self, start: &Start<'_>, place: &str) -> Found {
        match self.look_up(start, place) {
            Err(_) => Found::Nothing,
            Ok((_, node)) if node.is_dir() => Found::Directory,
            Ok((real, node)) => match node.content() {
                Some(content) if start.who.may(&node, 4) => Found::File(self.shared_file(&real, &node, content)),
                _ => Found::Closed,
            },
        }
    }

    /// A file that may be needed again: libraries and loaders.
    pub(super) fn shared_file(&self, real: &str, node: &Node, content: &Content) -> Rc<ElfFile> {
        if let Some(known) = self.files.borrow().get(real) {
            return known.clone();
        }
        let file = Rc::new(ElfFile::new(real, node, content));
        self.files.borrow_mut().insert(real.to_string(), file.clone());
        file
    }

    /// A file that is started: programs are many and are not kept, but a library may be known.
    pub(super) fn started_file(&self, real: &str, node: &Node, content: &Content) -> Rc<ElfFile> {
        let known = self.files.borrow().get(real).cloned();
        known.unwrap_or_else(|| Rc::new(ElfFile::new(real, node, content)))
    }
}
