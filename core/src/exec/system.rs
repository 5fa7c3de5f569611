//! One root under one kernel, with what was already read of it.

use super::loader::Conclusions;
use super::root::{Root, look_up};
use super::{Credentials, Outcome, kernel};
use crate::elf::{self, Elf, ElfError, Machine, Relocations, Symbols};
use crate::fs::{Content, Errno, Node, Tree};
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// A root and a processor. Libraries are read once, however many programs need them.
pub struct System<'r> {
    pub(super) root: &'r dyn Root,
    /// The processor's architecture.
    pub(super) machine: Machine,
    /// Which of x86-64-v1 to v4 the processor is, for `glibc-hwcaps` folders.
    pub(super) level: u8,
    /// Whether /proc is mounted: `$ORIGIN` of a program is read there.
    pub(super) has_proc: bool,
    files: RefCell<BTreeMap<String, Rc<ElfFile>>>,
    pub(super) conclusions: Conclusions,
}

impl fmt::Debug for System<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "System({}, level {})", self.machine.name(), self.level)
    }
}

/// What `execve` is asked.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The working directory.
    pub cwd: &'a str,
    /// The file, as it is asked for.
    pub path: &'a str,
    /// `argv[0]` is what loaders print as the program's name.
    pub argv: &'a [String],
    /// `NAME=value`.
    pub env: &'a [String],
    /// As whom.
    pub who: &'a Credentials,
}

impl Start<'_> {
    /// The value of a variable that is set.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.env.iter().rev().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// An ELF file, each part read when it is needed.
pub(super) struct ElfFile {
    /// Where it really is.
    pub(super) real: String,
    pub(super) ino: u64,
    pub(super) content: Content,
    pub(super) elf: Result<Elf, ElfError>,
    symbols: OnceCell<Symbols>,
    relocations: OnceCell<Relocations>,
}

impl ElfFile {
    pub(super) fn new(real: &str, node: &Node, content: &Content) -> Self {
        ElfFile {
            real: real.to_string(),
            ino: node.ino(),
            content: content.clone(),
            elf: elf::read(content),
            symbols: OnceCell::new(),
            relocations: OnceCell::new(),
        }
    }

    /// Its symbols; none if it is no ELF file.
    pub(super) fn symbols(&self) -> &Symbols {
        self.symbols.get_or_init(|| self.elf.as_ref().map_or_else(|_| Symbols::default(), |elf| Symbols::read(&self.content, elf)))
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
        System { root, machine, level: 3, has_proc: true, files: RefCell::default(), conclusions: Conclusions::default() }
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

    /// Executes a file, on paper.
    pub fn execve(&self, start: Start<'_>) -> Outcome {
        kernel::execve(self, start)
    }

    /// The root.
    pub fn root(&self) -> &'r dyn Root {
        self.root
    }

    /// `stat` as the user of a start: where a path leads and what is there.
    ///
    /// # Errors
    /// What the kernel's path look-up returns.
    pub fn stat(&self, start: &Start<'_>, path: &str) -> Result<(String, Cow<'r, Node>), Errno> {
        self.look_up(start, path)
    }

    pub(super) fn look_up(&self, start: &Start<'_>, path: &str) -> Result<(String, Cow<'r, Node>), Errno> {
        look_up(self.root, start.who, start.cwd, path)
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
}

/// Executes one file of a tree, on paper. For many files of one tree make a [`System`].
pub fn execve(
    tree: &Tree,
    cwd: &str,
    path: &str,
    argv: &[String],
    env: &[String],
    who: &Credentials,
    machine: Machine,
) -> Outcome {
    System::new(tree, machine).execve(Start { cwd, path, argv, env, who })
}
