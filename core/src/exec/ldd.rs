//! `ldd` of both worlds: glibc's script around its loader, musl's loader with `--list`.
//!
//! Both ask the root's own loader, whatever the program itself asks for: so musl's `ldd` lists a
//! program of glibc's as if it could start.

use super::loader::{list_glibc, list_musl};
use super::loader_traits::{Family, MUSL_LOADERS};
use super::start::Start;
use super::system::{ElfFile, Found, System};
use crate::fs::{Content, Node};
use std::rc::Rc;

/// Loaders that glibc's `ldd` tries (RTLDLIST), by machine.
const GLIBC_LOADERS: [&str; 4] =
    ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-linux.so.2", "/libx32/ld-linux-x32.so.2"];

/// What a command printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// On its output.
    pub stdout: String,
    /// As errors.
    pub stderr: String,
    /// Its exit code.
    pub code: i32,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The root has neither glibc's nor musl's loader.
    NoLoader,
    /// A library that may be there without being listed.
    Unlisted(String),
}

impl System<'_> {
    /// `ldd FILE` as the root's own prints it. Addresses are zero: they carry no fact.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub fn ldd(&self, start: Start<'_>) -> Result<Printed, NoAnswer> {
        let is_musl = match self.script(&start) {
            Some(text) if text.contains("ld-musl") => true,
            Some(text) if text.contains("RTLDLIST") => false,
            _ => self.first(&start, &MUSL_LOADERS).is_some(),
        };
        let loaders: &[&str] = if is_musl { &MUSL_LOADERS } else { &GLIBC_LOADERS };
        if self.first(&start, loaders).is_none() {
            return Err(NoAnswer::NoLoader);
        }
        if is_musl { self.musl_ldd(start) } else { self.glibc_ldd(start) }
    }

    /// The root's own loader, and the name it goes by.
    pub(super) fn own_loader(&self, start: &Start<'_>) -> Option<(&'static str, Rc<ElfFile>)> {
        GLIBC_LOADERS.iter().chain(&MUSL_LOADERS).find_map(|loader| match self.open(start, loader) {
            Found::File(file) if file.elf.as_ref().is_ok_and(|elf| elf.machine == self.machine) => {
                Some((*loader, file))
            }
            _ => None,
        })
    }

    fn script(&self, start: &Start<'_>) -> Option<String> {
        const MAX: usize = 64 << 10;
        let (_, node) = ["/usr/bin/ldd", "/bin/ldd"].iter().find_map(|place| self.look_up(start, place).ok())?;
        Some(String::from_utf8_lossy(&node.content()?.read_at(0, MAX)).into_owned())
    }

    fn first<'l>(&self, start: &Start<'_>, loaders: &[&'l str]) -> Option<(&'l str, String, Node, Content)> {
        loaders.iter().find_map(|loader| {
            let (real, node) = self.look_up(start, loader).ok()?;
            let content = node.content()?.clone();
            Some((*loader, real, node.into_owned(), content))
        })
    }

    fn musl_ldd(&self, start: Start<'_>) -> Result<Printed, NoAnswer> {
        let Some((loader, ..)) = self.first(&start, &MUSL_LOADERS) else {
            return Err(NoAnswer::NoLoader);
        };
        let refuse = |words: String| Ok(Printed { stderr: words, code: 1, ..Printed::default() });
        let (real, node) = match self.look_up(&start, start.path) {
            Ok(found) => found,
            Err(errno) => return refuse(format!("{loader}: cannot load {}: {}\n", start.path, errno.message())),
        };
        let not_valid = format!("{loader}: {}: Not a valid dynamic program\n", start.path);
        let Some(content) = node.content() else { return refuse(not_valid) };
        let program = self.started_file(&real, &node, content);
        if program.elf.as_ref().map_or(true, |elf| !elf.has_dynamic) {
            return refuse(not_valid);
        }
        let (stdout, stderr, code) = list_musl(self, &start, program, loader).map_err(NoAnswer::Unlisted)?;
        Ok(Printed { stdout, stderr, code })
    }

    fn glibc_ldd(&self, start: Start<'_>) -> Result<Printed, NoAnswer> {
        let name = if start.path.contains('/') { start.path.to_string() } else { format!("./{}", start.path) };
        let refuse = |words: String| Ok(Printed { stderr: words, code: 1, ..Printed::default() });
        let Ok((real, node)) = self.look_up(&start, &name) else {
            return refuse(format!("ldd: {name}: No such file or directory\n"));
        };
        let Some(content) = node.content() else {
            return refuse(format!("ldd: {name}: not regular file\n"));
        };
        if !start.who.may(&node, 4) {
            return refuse(format!("ldd: error: you do not have read permission for `{name}'\n"));
        }
        let mut stderr = String::new();
        // Debian's ldd does not warn (its glibc's patch `local-ldd.diff`): the root's own script tells.
        let warns = match self.script(&start).filter(|text| !text.is_empty()) {
            Some(text) => text.contains("you do not have execution permission"),
            None => self.look_up(&start, "/etc/debian_version").is_err(),
        };
        if !start.who.may(&node, 1) && warns {
            stderr = format!("ldd: warning: you do not have execution permission for `{name}'\n");
        }
        let not_dynamic = |stderr: String| {
            Ok(Printed { stderr: format!("{stderr}\tnot a dynamic executable\n"), code: 1, ..Printed::default() })
        };
        let program = self.started_file(&real, &node, content);
        let Ok(elf) = program.elf.as_ref().map(Clone::clone) else {
            return not_dynamic(stderr);
        };
        // A loader verifies files of its own machine only.
        let own = GLIBC_LOADERS.iter().find_map(|loader| {
            let (_, real, node, content) = self.first(&start, &[loader])?;
            let file = self.shared_file(&real, &node, &content);
            let fits = file.elf.as_ref().is_ok_and(|own| (own.machine, own.is_64) == (elf.machine, elf.is_64));
            (fits && file.traits().family == Family::Glibc).then_some((*loader, file))
        });
        let Some((loader, file)) = own.filter(|_| elf.has_dynamic && elf.damaged.is_none()) else {
            return not_dynamic(stderr);
        };
        let argv = [name.clone()];
        let traced = Start { path: &name, argv: &argv, ..start };
        let (text, code) = list_glibc(self, &traced, program, loader, &file).map_err(NoAnswer::Unlisted)?;
        let code = i32::from(code != 0);
        Ok(Printed { stdout: text, stderr, code })
    }
}
