//! musl's loader: `ldso/dynlink.c`.

use super::{ADDRESS, MAX_OBJECTS, Object, Search, musl_symbol_lookup, not_found, origin};
use crate::elf::Machine;
use crate::exec::cause::Cause;
use crate::exec::outcome::{Outcome, Searched, TraceStep, Who};
use crate::exec::start::Start;
use crate::exec::system::{ElfFile, System};
use crate::fs::{Errno, Kind, Node, path};
use std::rc::Rc;

/// Library names that musl itself provides: `lib`, one of these, any suffix (`load_library`).
const OWN_LIBRARIES: [&str; 7] = ["c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."];
/// The search path without /etc/ld-musl-ARCH.path.
const DEFAULT_PATH: &str = "/lib:/usr/local/lib:/usr/lib";
/// NAME_MAX.
const NAME_MAX: usize = 255;

/// Whether musl itself provides a library of this name.
fn is_own(name: &str) -> bool {
    name.strip_prefix("lib").is_some_and(|rest| OWN_LIBRARIES.iter().any(|own| rest.starts_with(own)))
}

/// musl's message of an error number (`src/errno/__strerror.h`).
fn strerror(errno: Errno) -> &'static str {
    match errno {
        Errno::Eloop => "Symbolic link loop",
        Errno::Enametoolong => "Filename too long",
        Errno::Eio => "I/O error",
        other => other.message(),
    }
}

struct Ld<'a, 'r> {
    system: &'a System<'r>,
    start: &'a Start<'a>,
    secure: bool,
    /// The program, then libraries in the order of loading; the loader is one of them.
    objects: Vec<Object>,
    /// Indices in the order of symbol look-up. musl itself comes where it is first needed.
    order: Vec<usize>,
    own: usize,
    system_path: Option<String>,
    trace: Vec<TraceStep>,
    hidden: Option<String>,
    /// Where the last library was searched.
    searched: Vec<Searched>,
    /// The output of `ldd`.
    listed: String,
    own_reported: Vec<usize>,
}

impl<'a, 'r> Ld<'a, 'r> {
    /// `name`: the name of the program in messages.
    fn new(
        system: &'a System<'r>,
        start: &'a Start<'a>,
        secure: bool,
        name: &str,
        program: Rc<ElfFile>,
        interpreter: &str,
    ) -> Self {
        let own = match system.look_up(start, interpreter) {
            Ok((real, node)) if node.content().is_some() => {
                let content = node.content().cloned().unwrap_or_else(|| crate::fs::Content::inline([]));
                system.shared_file(&real, &node, &content)
            }
            _ => {
                let nothing = crate::fs::Content::inline([]);
                let node = Node::detached(Kind::File(nothing.clone()), 0o755, 0, 0, 0);
                Rc::new(ElfFile::new(interpreter, &node, &nothing))
            }
        };
        let mut own = Object::new(interpreter, own, None);
        own.is_loader = true;
        Ld {
            system,
            start,
            secure,
            objects: vec![Object::new(name, program, None), own],
            order: vec![0],
            own: 1,
            system_path: None,
            trace: Vec::new(),
            hidden: None,
            searched: Vec::new(),
            listed: String::new(),
            own_reported: Vec::new(),
        }
    }

    /// `load_library`.
    fn load(&mut self, name: &str, needed_by: usize) -> Result<usize, Errno> {
        if name.is_empty() {
            return Err(Errno::Einval);
        }
        let own_name = self.objects.get(self.own).map(|own| own.name.clone()).unwrap_or_default();
        if is_own(name) || name == own_name {
            self.report_own(name, &own_name);
            if !self.order.contains(&self.own) {
                self.order.push(self.own);
            }
            return Ok(self.own);
        }
        let (place, real, node) = if name.contains('/') {
            self.searched = vec![Searched { by: "asked", place: name.to_string() }];
            let (real, node) = self.system.look_up(self.start, name)?;
            (name.to_string(), real, node.into_owned())
        } else {
            let known = (1..self.objects.len()).find(|index| {
                self.objects
                    .get(*index)
                    .is_some_and(|object| !object.is_loader && object.names.iter().any(|one| one == name))
            });
            if let Some(known) = known {
                return Ok(known);
            }
            if name.len() > NAME_MAX {
                return Err(Errno::Enametoolong);
            }
            self.search(name, needed_by)?
        };
        if !self.start.who.may(&node, 4) {
            return Err(Errno::Eacces);
        }
        let content = match node.content() {
            Some(content) => content,
            None if node.is_dir() => return Err(Errno::Eisdir),
            None => return Err(Errno::Enodev),
        };
        let file = self.system.shared_file(&real, &node, content);
        let short = path::file_name(&place).to_string();
        let same = |object: &Object| {
            !object.is_loader && (object.file.real == file.real || (file.ino != 0 && object.file.ino == file.ino))
        };
        if let Some(index) = (1..self.objects.len()).find(|index| self.objects.get(*index).is_some_and(same)) {
            if let Some(object) = self.objects.get_mut(index).filter(|object| object.names.is_empty()) {
                object.names.push(short);
            }
            return Ok(index);
        }
        let Some(elf) = file.elf.as_ref().ok().filter(|elf| elf.has_dynamic && elf.damaged.is_none()) else {
            return Err(Errno::Enoexec);
        };
        if elf.machine != self.objects.first().and_then(Object::elf).map_or(self.system.machine, |own| own.machine) {
            return Err(Errno::Enoexec);
        }
        let mut object = Object::new(&place, file, Some(needed_by));
        // musl treats another C library as its own name, because a process cannot have two.
        if object.defines("__libc_start_main") && object.defines("stdin") {
            return self.load("libc.so", needed_by);
        }
        if !name.contains('/') {
            object.names.push(short);
        }
        if self.objects.len() >= MAX_OBJECTS {
            return Err(Errno::Einval);
        }
        self.listed.push_str(&format!("\t{name} => {place} {ADDRESS}\n"));
        let needed_by = self.objects.get(needed_by).map_or("", |object| object.name.as_str());
        let params = [("library", name), ("path", place.as_str()), ("needed-by", needed_by)];
        let step = TraceStep::new(Who::LdMusl, "open-library", &params, true);
        self.trace.push(step.searching(std::mem::take(&mut self.searched)));
        self.objects.push(object);
        self.order.push(self.objects.len() - 1);
        Ok(self.objects.len() - 1)
    }

    /// Reports each of musl's own names once.
    fn report_own(&mut self, name: &str, own_name: &str) {
        let Some(rest) = name.strip_prefix("lib") else { return };
        let Some(which) = OWN_LIBRARIES.iter().position(|own| rest.starts_with(own)) else { return };
        self.trace.push(TraceStep::new(Who::LdMusl, "library-is-libc", &[("library", name)], true));
        if !self.own_reported.contains(&which) {
            self.own_reported.push(which);
            self.listed.push_str(&format!("\t{name} => {own_name} {ADDRESS}\n"));
        }
    }

    /// LD_LIBRARY_PATH, then the run paths of the object and of those that needed it, then the system path.
    fn search(&mut self, name: &str, needed_by: usize) -> Result<(String, String, Node), Errno> {
        let mut search = Search::default();
        if let Some(found) = self.search_dirs(name, needed_by, &mut search) {
            self.searched = search.places;
            return found;
        }
        let (step, is_hidden) = not_found(self.system, self.start, Who::LdMusl, name, search);
        self.trace.push(step);
        if is_hidden {
            self.hidden.get_or_insert_with(|| name.to_string());
        }
        Err(Errno::Enoent)
    }

    fn search_dirs(
        &mut self,
        name: &str,
        needed_by: usize,
        tried: &mut Search,
    ) -> Option<Result<(String, String, Node), Errno>> {
        let variable = self.start.variable("LD_LIBRARY_PATH").filter(|_| !self.secure).map(str::to_string);
        if let Some(found) = variable.and_then(|list| self.in_path(("variable", &list), name, tried).transpose()) {
            return Some(found);
        }
        let mut at = Some(needed_by);
        while let Some(index) = at {
            let Some(object) = self.objects.get(index) else { break };
            if let Some(list) = self.run_path(index)
                && let Some(found) = self.in_path(("runpath", &list), name, tried).transpose()
            {
                return Some(found);
            }
            at = object.parent;
        }
        let list = self.system_path();
        self.in_path(("default", &list), name, tried).transpose()
    }

    /// The DT_RUNPATH or else the DT_RPATH of an object, with `$ORIGIN` expanded; `None` if it has other tokens.
    fn run_path(&self, index: usize) -> Option<String> {
        let object = self.objects.get(index)?;
        let elf = object.elf()?;
        let list = if elf.runpath.is_empty() { &elf.rpath } else { &elf.runpath };
        let text = list.join(":");
        if text.is_empty() || !text.contains('$') {
            return Some(text).filter(|text| !text.is_empty());
        }
        let rest = text.replace("${ORIGIN}", "").replace("$ORIGIN", "");
        if rest.contains('$') || (index == 0 && self.secure) {
            return None;
        }
        let origin = origin(self.system, self.start, object)?;
        Some(text.replace("${ORIGIN}", &origin).replace("$ORIGIN", &origin))
    }

    /// `path_open`: the first file of that name, of any type.
    fn in_path(
        &self,
        (by, list): (&'static str, &str),
        name: &str,
        tried: &mut Search,
    ) -> Result<Option<(String, String, Node)>, Errno> {
        for dir in list.split([':', '\n']).filter(|dir| !dir.is_empty()) {
            let place = format!("{dir}/{name}");
            tried.tries(by, &place);
            match self.system.look_up(self.start, &place) {
                Ok((_, node)) if !self.start.who.may(&node, 4) => {}
                Ok((real, node)) => return Ok(Some((place, real, node.into_owned()))),
                Err(Errno::Enoent | Errno::Enotdir | Errno::Eacces | Errno::Enametoolong) => {}
                Err(errno) => return Err(errno),
            }
            tried.dirs.push(dir.to_string());
        }
        Ok(None)
    }

    /// /etc/ld-musl-ARCH.path, relative to the parent of the loader's directory.
    fn system_path(&mut self) -> String {
        if let Some(known) = &self.system_path {
            return known.clone();
        }
        let own = self.objects.get(self.own).map_or("", |own| own.name.as_str());
        let prefix = if own.starts_with('/') { path::parent(path::parent(own)).trim_end_matches('/') } else { "" };
        let arch = match self.system.machine {
            Machine::Aarch64 => "aarch64",
            _ => "x86_64",
        };
        let file = format!("{prefix}/etc/ld-musl-{arch}.path");
        let found = match self.system.look_up(self.start, &file) {
            Ok(_) => crate::exec::pathname_resolution::read_text(self.system.root, &file),
            Err(Errno::Enoent) => DEFAULT_PATH.to_string(),
            Err(_) => String::new(),
        };
        self.system_path = Some(found.clone());
        found
    }

    /// `load_preload` and `load_deps`. Returns the libraries that are not found, the objects that need them, and why.
    fn load_all(&mut self, preload: &[String]) -> Vec<(String, String, Errno)> {
        let mut missing = Vec::new();
        let variable = self.start.variable("LD_PRELOAD").filter(|_| !self.secure).unwrap_or("");
        let named = variable.split(|letter: char| letter == ':' || letter.is_ascii_whitespace());
        let named: Vec<String> = named.filter(|name| !name.is_empty()).map(str::to_string).collect();
        // Preloaded libraries that fail are ignored without a message.
        let mut preloaded: Vec<usize> = Vec::new();
        for name in preload.iter().chain(&named) {
            preloaded.extend(self.load(name, 0).ok());
        }
        let mut next = 0;
        while let Some(index) = self.order.get(next).copied() {
            next += 1;
            if index == self.own {
                continue;
            }
            let Some(object) = self.objects.get(index) else { break };
            let (needed, name) = (object.elf().map(|elf| elf.needed.clone()).unwrap_or_default(), object.name.clone());
            for library in needed {
                if let Err(errno) = self.load(&library, index) {
                    missing.push((library, name.clone(), errno));
                }
            }
        }
        missing
    }
}

/// musl's name for a program: the path by which it was executed.
fn program_name<'a>(start: &Start<'a>) -> &'a str {
    match start.argv.first() {
        Some(name) if start.path.starts_with("/proc/") => name,
        _ => start.path,
    }
}

/// Loads what a program needs and looks up every symbol.
pub(super) fn load(
    system: &System<'_>,
    start: &Start<'_>,
    secure: bool,
    program: Rc<ElfFile>,
    interpreter: &str,
    preload: &[String],
    outcome: &mut Outcome,
) {
    let real = program.real.clone();
    let versions = program.elf.as_ref().map(|elf| elf.needed_versions.clone()).unwrap_or_default();
    let mut ld = Ld::new(system, start, secure, program_name(start), program, interpreter);
    let missing = ld.load_all(preload);
    outcome.trace.append(&mut ld.trace);
    if let Some(library) = &ld.hidden {
        return outcome.is_unknown("unlisted-library", library);
    }
    let mut words = messages(&missing);
    for (library, needed_by, _) in &missing {
        outcome.misses("library", library, needed_by);
    }
    let silent = ld.objects.get(ld.own).is_none_or(|own| !own.has_symbols());
    if silent
        && versions.iter().any(|need| need.versions.iter().any(|version| version.starts_with("GLIBC_")))
        && missing.is_empty()
    {
        // The symbols of a modelled musl are not known, and a program made for glibc may need others.
        outcome.trace.push(TraceStep::new(Who::LdMusl, "symbols-not-modelled", &[], false));
        return outcome.is_unknown("glibc-symbols-on-musl", &real);
    }
    if !ld.order.contains(&ld.own) {
        ld.order.push(ld.own);
    }
    let unbound = musl_symbol_lookup::missing_symbols(&ld.objects, &ld.order);
    words.push_str(&symbol_messages(&unbound));
    for (object, symbol) in &unbound {
        let known =
            |one: &crate::exec::Missing| one.kind == "symbol" && one.name == *symbol && one.needed_by == *object;
        if !outcome.missing.iter().any(known) {
            outcome.misses("symbol", symbol, object);
        }
    }
    if words.is_empty() {
        return outcome.trace.push(TraceStep::new(Who::LdMusl, "hand-over", &[("path", &real)], true));
    }
    outcome.loader = Some((127, words));
    let (absent, unusable): (Vec<_>, Vec<_>) = missing.into_iter().partition(|(_, _, errno)| *errno == Errno::Enoent);
    if !absent.is_empty() {
        let libraries = absent.into_iter().map(|(library, _, _)| library).collect();
        return outcome.fails(Cause::LibraryMissing { path: real, libraries });
    }
    if let Some((library, _, errno)) = unusable.into_iter().next() {
        let reason = strerror(errno).to_string();
        let params = [("library", library.as_str()), ("reason", reason.as_str())];
        outcome.trace.push(TraceStep::new(Who::LdMusl, "use-library", &params, false));
        return outcome.fails(Cause::LibraryUnusable { path: real, library, reason });
    }
    let mut symbols: Vec<String> = Vec::new();
    for (object, symbol) in unbound {
        if !symbols.contains(&symbol) {
            let params = [("path", object.as_str()), ("symbol", symbol.as_str())];
            outcome.trace.push(TraceStep::new(Who::LdMusl, "bind-symbol", &params, false));
            symbols.push(symbol);
        }
    }
    outcome.fails(Cause::SymbolMissing { path: real, symbols });
}

fn messages(missing: &[(String, String, Errno)]) -> String {
    missing
        .iter()
        .map(|(library, by, errno)| {
            format!("Error loading shared library {library}: {} (needed by {by})\n", strerror(*errno))
        })
        .collect()
}

fn symbol_messages(unbound: &[(String, String)]) -> String {
    unbound.iter().map(|(object, symbol)| format!("Error relocating {object}: {symbol}: symbol not found\n")).collect()
}

/// The output of `ld-musl-ARCH.so.1 --list FILE` on both streams, and its exit code: `ldd`.
pub(in crate::exec) fn list(
    system: &System<'_>,
    start: &Start<'_>,
    program: Rc<ElfFile>,
    loader: &str,
) -> Result<(String, String, i32), String> {
    let asked = program.elf.as_ref().ok().and_then(|elf| elf.interpreter.clone());
    // Messages name the loader as the program would, and map the file that runs.
    let shown = asked.unwrap_or_else(|| loader.to_string());
    let mut ld = Ld::new(system, start, false, start.path, program, loader);
    if let Some(own) = ld.objects.get_mut(ld.own) {
        own.name.clone_from(&shown);
    }
    ld.listed = format!("\t{shown} {ADDRESS}\n");
    let missing = ld.load_all(&[]);
    if let Some(library) = ld.hidden {
        return Err(library);
    }
    if !ld.order.contains(&ld.own) {
        ld.order.push(ld.own);
    }
    let unbound = musl_symbol_lookup::missing_symbols(&ld.objects, &ld.order);
    let words = messages(&missing) + &symbol_messages(&unbound);
    let code = if words.is_empty() { 0 } else { 127 };
    Ok((ld.listed, words, code))
}
