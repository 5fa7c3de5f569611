//! `ldd`: glibc's script around its loader, or musl's loader with `--list`.
//!
//! Both run the root's own loader, not the program's PT_INTERP. So musl's `ldd` also lists a program of glibc.

mod glibc;
mod musl_alpine;

use super::loader_traits::MUSL_LOADERS;
use super::start::Start;
use super::system::{ElfFile, OpenedFile, System};
use crate::fs::{Content, Node};
use std::rc::Rc;

/// The loaders that glibc's `ldd` tries (RTLDLIST).
const GLIBC_LOADERS: [&str; 4] =
    ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-linux.so.2", "/libx32/ld-linux-x32.so.2"];

/// The output of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code.
    pub code: i32,
}

/// Why the output of `ldd` is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The root has neither glibc's nor musl's loader.
    NoLoader,
    /// A library that may exist without being listed.
    Unlisted(String),
}

impl System<'_> {
    /// The output of the root's own `ldd FILE`. All addresses are zero.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub fn ldd(&self, start: Start<'_>) -> Result<Printed, NoAnswer> {
        let is_musl = match self.script(&start) {
            Some(text) if text.contains("ld-musl") => true,
            Some(text) if text.contains("RTLDLIST") => false,
            _ => self.first_loader(&start, &MUSL_LOADERS).is_some(),
        };
        let loaders: &[&str] = if is_musl { &MUSL_LOADERS } else { &GLIBC_LOADERS };
        if self.first_loader(&start, loaders).is_none() {
            return Err(NoAnswer::NoLoader);
        }
        if is_musl { self.musl_ldd(start) } else { self.glibc_ldd(start) }
    }

    /// The root's own loader and its path.
    pub(super) fn own_loader(&self, start: &Start<'_>) -> Option<(&'static str, Rc<ElfFile>)> {
        GLIBC_LOADERS.iter().chain(&MUSL_LOADERS).find_map(|loader| match self.open(start, loader) {
            OpenedFile::File(file) if file.elf.as_ref().is_ok_and(|elf| elf.machine == self.machine) => {
                Some((*loader, file))
            }
            _ => None,
        })
    }

    /// The text of the root's `ldd` script.
    fn script(&self, start: &Start<'_>) -> Option<String> {
        const MAX: usize = 64 << 10;
        let (_, node) = ["/usr/bin/ldd", "/bin/ldd"].iter().find_map(|place| self.look_up(start, place).ok())?;
        Some(String::from_utf8_lossy(&node.content()?.read_at(0, MAX)).into_owned())
    }

    /// The first loader that exists: its path, its resolved path, its node and content.
    fn first_loader<'l>(&self, start: &Start<'_>, loaders: &[&'l str]) -> Option<(&'l str, String, Node, Content)> {
        loaders.iter().find_map(|loader| {
            let (real, node) = self.look_up(start, loader).ok()?;
            let content = node.content()?.clone();
            Some((*loader, real, node.into_owned(), content))
        })
    }
}
