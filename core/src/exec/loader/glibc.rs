//! glibc's loader: `elf/rtld.c`, `elf/dl-load.c`, `elf/dl-deps.c`.

use super::{ADDRESS, MAX_OBJECTS, Object, Search, glibc_symbol_lookup, not_found, origin};
use crate::elf::{Elf, FileKind, Machine};
use crate::exec::cause::Cause;
use crate::exec::outcome::{BUS_ERROR, Outcome, Searched, TraceStep, Who};
use crate::exec::start::Start;
use crate::exec::system::{ElfFile, OpenedFile, System, Table};
use crate::fs::{Errno, path};
use std::borrow::Cow;
use std::rc::Rc;

/// The default directories of a loader whose bytes do not name them, as a modelled one: those of Debian and Fedora.
const DEFAULT_DIRS: [&str; 6] =
    ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"];
const DEFAULT_DIRS_ARM64: [&str; 6] =
    ["/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"];

/// The state of the loader.
pub(super) struct Ld<'a, 'r> {
    pub(super) system: &'a System<'r>,
    start: &'a Start<'a>,
    /// Whether the program is setuid, so that the environment is not trusted.
    secure: bool,
    pub(super) objects: Vec<Object>,
    /// Objects by name: requested names, paths and sonames.
    by_name: Table<usize>,
    /// The loader's own object.
    pub(super) own: usize,
    default_dirs: Rc<[String]>,
    hwcaps: bool,
    /// Whether libraries that are not found are listed instead of fatal (`ldd`).
    tracing: bool,
    /// Libraries that may exist without being listed.
    hidden: Option<String>,
    trace: Vec<TraceStep>,
    /// Where the last library was searched.
    searched: Vec<Searched>,
}

/// Why a library is not loaded: object, message, and error number.
struct LoadError {
    object: String,
    words: String,
    errno: Option<Errno>,
    /// The process is killed instead of an error of the loader.
    dies: bool,
}

impl LoadError {
    fn new(object: &str, words: &str) -> Self {
        LoadError { object: object.into(), words: words.into(), errno: None, dies: false }
    }

    fn text(&self) -> String {
        match self.errno {
            Some(errno) => format!("{}: {}", self.words, errno.message()),
            None => self.words.clone(),
        }
    }
}

impl<'a, 'r> Ld<'a, 'r> {
    fn new(
        system: &'a System<'r>,
        start: &'a Start<'a>,
        secure: bool,
        program: Rc<ElfFile>,
        interpreter: &str,
        loader: &Rc<ElfFile>,
    ) -> Self {
        let mut own = Object::new(interpreter, loader.clone(), None);
        own.is_loader = true;
        own.names = vec![path::file_name(interpreter).to_string()];
        let traits = loader.traits();
        let mut default_dirs = traits.default_dirs.clone();
        if default_dirs.is_empty() {
            let dirs = if system.machine == Machine::Aarch64 { DEFAULT_DIRS_ARM64 } else { DEFAULT_DIRS };
            default_dirs = dirs.iter().map(|dir| dir.to_string()).collect();
        }
        let name = start.argv.first().map_or(start.path, String::as_str);
        let mut ld = Ld {
            system,
            start,
            secure,
            by_name: Table::default(),
            // The program itself has no name.
            objects: vec![Object::new(name, program, None)],
            own: 1,
            default_dirs,
            hwcaps: traits.hwcaps,
            tracing: false,
            hidden: None,
            trace: Vec::new(),
            searched: Vec::new(),
        };
        ld.own = ld.add_object(own);
        ld
    }

    fn elf(&self, index: usize) -> Option<&Elf> {
        self.objects.get(index).and_then(Object::elf)
    }

    /// Expands `$ORIGIN`, `$LIB` and `$PLATFORM` in a path of an object; `None` if one is not known.
    fn expand<'t>(&self, index: usize, text: &'t str) -> Option<Cow<'t, str>> {
        if !text.contains('$') {
            return Some(Cow::Borrowed(text));
        }
        let origin = self.objects.get(index).and_then(|object| origin(self.system, self.start, object));
        if origin.is_none() && (text.contains("$ORIGIN") || text.contains("${ORIGIN}")) {
            return None;
        }
        let lib = self.default_dirs.first().map_or("lib", |dir| dir.trim_start_matches('/'));
        let platform = if self.system.machine == Machine::Aarch64 { "aarch64" } else { "x86_64" };
        let mut expanded = text.to_string();
        for (name, value) in [("ORIGIN", origin.as_deref().unwrap_or("")), ("LIB", lib), ("PLATFORM", platform)] {
            expanded = expanded.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value);
        }
        Some(Cow::Owned(expanded))
    }

    /// `_dl_map_object`: an object that is already loaded, or a file that is found.
    fn map(&mut self, loader: usize, name: &str) -> Result<usize, LoadError> {
        if let Some(known) = self.known(name) {
            return Ok(known);
        }
        self.searched.clear();
        let found = if name.contains('/') {
            match self.expand(loader, name) {
                Some(place) => {
                    let place = place.into_owned();
                    self.searched.push(Searched { by: "asked", place: place.clone() });
                    self.open(&place)?.map(|file| (place, file))
                }
                None => None,
            }
        } else {
            self.search(loader, name)?
        };
        let Some((place, file)) = found else {
            return Err(LoadError {
                errno: Some(Errno::Enoent),
                ..LoadError::new(name, "cannot open shared object file")
            });
        };
        let same = |object: &Object| Rc::ptr_eq(&object.file, &file) || (file.ino != 0 && object.file.ino == file.ino);
        if let Some(index) = (1..self.objects.len()).find(|index| self.objects.get(*index).is_some_and(same)) {
            self.by_name.insert(name.to_string(), index);
            return Ok(index);
        }
        if self.objects.len() >= MAX_OBJECTS {
            return Err(LoadError::new(name, "too many objects"));
        }
        let Ok(elf) = &file.elf else {
            return Err(LoadError::new(&place, "invalid ELF header"));
        };
        let refuse = |words: &str| Err(LoadError::new(name, words));
        if elf.segments.is_empty() {
            return refuse("object file has no loadable segments");
        }
        if elf.kind == FileKind::Exec {
            return refuse("cannot dynamically load executable");
        }
        if elf.damaged.is_some() {
            return Err(LoadError { dies: true, ..LoadError::new(&place, "the file ends before its tables") });
        }
        if !elf.has_dynamic {
            return refuse("object file has no dynamic section");
        }
        if elf.flags.pie {
            return refuse("cannot dynamically load position-independent executable");
        }
        let needed_by = self.objects.get(loader).map_or("", |object| object.name.as_str());
        let params = [("library", name), ("path", place.as_str()), ("needed-by", needed_by)];
        let step = TraceStep::new(Who::LdSo, "open-library", &params, true);
        self.trace.push(step.searching(std::mem::take(&mut self.searched)));
        let mut object = Object::new(&place, file, Some(loader));
        object.names.push(name.to_string());
        Ok(self.add_object(object))
    }

    /// Adds an object under those of its names that no other object has. Returns its index.
    fn add_object(&mut self, object: Object) -> usize {
        let index = self.objects.len();
        let soname = object.elf().and_then(|elf| elf.soname.as_ref());
        for name in object.names.iter().chain([&object.name]).chain(soname) {
            // Most libraries are requested by their soname.
            if !self.by_name.contains_key(name) {
                self.by_name.insert(name.clone(), index);
            }
        }
        self.objects.push(object);
        index
    }

    /// The object of a name: a requested name, its path, or its soname.
    pub(super) fn known(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// `open_verify`: the file if it can be used; `None` if the search continues.
    fn open(&self, place: &str) -> Result<Option<Rc<ElfFile>>, LoadError> {
        let file = match self.system.open(self.start, place) {
            OpenedFile::File(file) => file,
            OpenedFile::Directory => {
                let words = "cannot read file data";
                return Err(LoadError { errno: Some(Errno::Eisdir), ..LoadError::new(place, words) });
            }
            OpenedFile::Closed | OpenedFile::Nothing => return Ok(None),
        };
        if let Ok(elf) = &file.elf {
            let fits = elf.machine == self.system.machine && elf.is_64;
            let fits = fits || self.elf(0).is_some_and(|own| (own.machine, own.is_64) == (elf.machine, elf.is_64));
            if !fits {
                return Ok(None);
            }
            return match elf.kind {
                FileKind::Exec | FileKind::Dyn => match elf.os_abi {
                    0 | 3 => Ok(Some(file)),
                    _ => Err(LoadError::new(place, "ELF file OS ABI invalid")),
                },
                _ => Err(LoadError::new(place, "only ET_DYN and ET_EXEC can be loaded")),
            };
        }
        let head = file.content.read_at(0, 64);
        let words = match head.len() {
            0..64 => "file too short",
            _ if !crate::elf::is_elf(&head) => "invalid ELF header",
            _ => "cannot read file data",
        };
        Err(LoadError::new(place, words))
    }

    /// Searches the directories in the loader's order for a library.
    fn search(&mut self, loader: usize, name: &str) -> Result<Option<(String, Rc<ElfFile>)>, LoadError> {
        let mut search = Search::default();
        let found = self.search_dirs(loader, name, &mut search);
        if !matches!(found, Ok(None)) {
            self.searched = search.places;
            return found;
        }
        let (step, is_hidden) = not_found(self.system, self.start, Who::LdSo, name, search);
        self.trace.push(step);
        if is_hidden {
            self.hidden.get_or_insert_with(|| name.to_string());
        }
        Ok(None)
    }

    fn search_dirs(
        &self,
        loader: usize,
        name: &str,
        tried: &mut Search,
    ) -> Result<Option<(String, Rc<ElfFile>)>, LoadError> {
        let runpath = self.elf(loader).map(|elf| elf.runpath.clone()).unwrap_or_default();
        if runpath.is_empty() {
            let mut at = Some(loader);
            let mut seen_program = false;
            while let Some(index) = at {
                seen_program |= index == 0;
                if let Some(found) = self.rpath(index, name, tried)? {
                    return Ok(Some(found));
                }
                at = self.objects.get(index).and_then(|object| object.parent);
            }
            if !seen_program && let Some(found) = self.rpath(0, name, tried)? {
                return Ok(Some(found));
            }
        }
        let variable = self.start.variable("LD_LIBRARY_PATH").filter(|list| !list.is_empty() && !self.secure);
        let dirs: Vec<String> =
            variable.map(|list| list.split([':', ';']).map(str::to_string).collect()).unwrap_or_default();
        if let Some(found) = self.in_dirs(0, ("variable", &dirs), name, tried)? {
            return Ok(Some(found));
        }
        if let Some(found) = self.in_dirs(loader, ("runpath", &runpath), name, tried)? {
            return Ok(Some(found));
        }
        let no_defaults = self.elf(loader).is_some_and(|elf| elf.flags.no_default_lib);
        let flags = if self.system.machine == Machine::Aarch64 { 0x0a03 } else { 0x0303 };
        let cached = self.system.cached(name, flags);
        let cached =
            cached.filter(|place| !no_defaults || !self.default_dirs.iter().any(|dir| place.starts_with(dir.as_str())));
        tried.tries("cache", cached.as_deref().unwrap_or("/etc/ld.so.cache"));
        if let Some(place) = cached
            && let Some(file) = self.open(&place)?
        {
            return Ok(Some((place, file)));
        }
        if !no_defaults {
            let dirs = self.default_dirs.clone();
            if let Some(found) = self.in_dirs(0, ("default", &dirs), name, tried)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The DT_RPATH of an object, which is ignored if it has a DT_RUNPATH.
    fn rpath(&self, index: usize, name: &str, tried: &mut Search) -> Result<Option<(String, Rc<ElfFile>)>, LoadError> {
        match self.elf(index) {
            Some(elf) if elf.runpath.is_empty() => self.in_dirs(index, ("rpath", &elf.rpath), name, tried),
            _ => Ok(None),
        }
    }

    /// `open_path`: each directory, its `glibc-hwcaps` subdirectories for this processor first.
    fn in_dirs(
        &self,
        owner: usize,
        (by, dirs): (&'static str, &[String]),
        name: &str,
        tried: &mut Search,
    ) -> Result<Option<(String, Rc<ElfFile>)>, LoadError> {
        for dir in dirs {
            let Some(dir) = self.expand(owner, if dir.is_empty() { "." } else { dir }) else { continue };
            let dir = if dir.len() > 1 { dir.trim_end_matches('/') } else { &dir };
            if tried.dirs.iter().any(|known| known == dir) {
                continue;
            }
            tried.dirs.push(dir.to_string());
            // A directory that does not exist has no subdirectories.
            let is_there = |dir: &str| matches!(self.system.open(self.start, dir), OpenedFile::Directory);
            let in_dir = if dir == "/" { format!("/{name}") } else { format!("{dir}/{name}") };
            if !is_there(if dir.is_empty() { "/" } else { dir }) {
                tried.tries(by, &in_dir);
                continue;
            }
            let has_hwcaps = self.hwcaps && is_there(&format!("{dir}/glibc-hwcaps"));
            if has_hwcaps {
                for level in (2..=self.system.level).rev() {
                    let place = format!("{dir}/glibc-hwcaps/x86-64-v{level}/{name}");
                    if let Some(file) = self.open(&place)? {
                        tried.tries(by, &place);
                        return Ok(Some((place, file)));
                    }
                }
            }
            tried.tries(by, &in_dir);
            if let Some(file) = self.open(&in_dir)? {
                return Ok(Some((in_dir, file)));
            }
        }
        Ok(None)
    }

    /// LD_PRELOAD, then /etc/ld.so.preload. Libraries that cannot be loaded give a warning.
    fn preload(&mut self, outcome: &mut Outcome) -> Vec<usize> {
        let mut wanted: Vec<(String, &str)> = Vec::new();
        let list = self.start.variable("LD_PRELOAD").unwrap_or("");
        let trusted = |name: &str| !self.secure || !name.contains('/');
        let names = list.split([' ', ':']).filter(|name| !name.is_empty() && trusted(name));
        wanted.extend(names.map(|name| (name.to_string(), "LD_PRELOAD")));
        let file = "/etc/ld.so.preload";
        if self.system.look_up(self.start, file).is_ok() {
            let text = crate::exec::pathname_resolution::read_text(self.system.root, file);
            let names = text.lines().map(|line| line.split('#').next().unwrap_or(""));
            let names = names.flat_map(|line| line.split([' ', '\t', ':'])).filter(|name| !name.is_empty());
            wanted.extend(names.map(|name| (name.to_string(), file)));
        }
        let mut loaded = Vec::new();
        for (name, from) in wanted {
            match self.map(0, &name) {
                Ok(index) if !loaded.contains(&index) => loaded.push(index),
                Ok(_) => {}
                Err(error) => outcome.warnings.push_str(&format!(
                    "ERROR: ld.so: object '{name}' from {from} cannot be preloaded ({}): ignored.\n",
                    error.words
                )),
            }
        }
        loaded
    }

    /// `_dl_map_object_deps`: breadth first; the order in which symbols are looked up.
    fn dependencies(&mut self, preloaded: &[usize]) -> Result<Vec<usize>, LoadError> {
        let mut list = vec![0];
        list.extend(preloaded);
        let mut listed: Vec<bool> = (0..self.objects.len()).map(|index| list.contains(&index)).collect();
        let mut next = 0;
        while let Some(index) = list.get(next).copied() {
            next += 1;
            let file = self.objects.get(index).map(|object| object.file.clone());
            let needed = file.as_ref().and_then(|file| file.elf.as_ref().ok());
            for name in needed.map_or(&[][..], |elf| &elf.needed) {
                let name = self.expand(index, name).unwrap_or(Cow::Borrowed(name));
                let found = match self.map(index, &name) {
                    Ok(found) => found,
                    Err(error) if self.tracing && error.errno == Some(Errno::Enoent) => {
                        self.by_name.insert(name.to_string(), self.objects.len());
                        self.objects.push(missing(&name, index));
                        self.objects.len() - 1
                    }
                    // The library may exist. The other libraries are still checked.
                    Err(_) if self.hidden.is_some() && !self.tracing => continue,
                    Err(error) => return Err(error),
                };
                if let Some(object) = self.objects.get_mut(index) {
                    object.needs.push(found);
                }
                listed.resize(self.objects.len(), false);
                if let Some(listed) = listed.get_mut(found).filter(|listed| !**listed) {
                    *listed = true;
                    list.push(found);
                }
            }
        }
        Ok(list)
    }
}

/// The entry of a library that was not found.
fn missing(name: &str, parent: usize) -> Object {
    let nothing = crate::fs::Content::inline([]);
    let node = crate::fs::Node::detached(crate::fs::Kind::File(nothing.clone()), 0, 0, 0, 0);
    let mut object = Object::new("", Rc::new(ElfFile::new("", &node, &nothing)), Some(parent));
    object.names.push(name.to_string());
    object
}

/// Loads what a program needs, checks versions, looks up symbols.
pub(super) fn load(
    system: &System<'_>,
    start: &Start<'_>,
    secure: bool,
    program: Rc<ElfFile>,
    interpreter: &str,
    loader: &Rc<ElfFile>,
    outcome: &mut Outcome,
) {
    let real = program.real.clone();
    let mut ld = Ld::new(system, start, secure, program, interpreter, loader);
    let name = ld.objects.first().map(|object| object.name.clone()).unwrap_or_default();
    let preloaded = ld.preload(outcome);
    let loaded = ld.dependencies(&preloaded);
    outcome.trace.append(&mut ld.trace);
    let hidden = ld.hidden.take();
    let list = match loaded {
        Ok(list) => list,
        Err(error) if error.dies => {
            outcome.loader = Some((BUS_ERROR, String::new()));
            return outcome.fails(Cause::Truncated { path: error.object });
        }
        Err(error) => {
            let words = format!("{name}: error while loading shared libraries: {}: {}\n", error.object, error.text());
            outcome.loader = Some((127, format!("{}{words}", outcome.warnings)));
            if error.errno == Some(Errno::Enoent) {
                let needed_by = ld.needed_by(&error.object);
                outcome.misses("library", &error.object, &needed_by);
                return outcome.fails(Cause::LibraryMissing { path: real, libraries: vec![error.object] });
            }
            outcome.trace.push(TraceStep::new(
                Who::LdSo,
                "use-library",
                &[("library", &error.object), ("reason", &error.text())],
                false,
            ));
            return outcome.fails(Cause::LibraryUnusable {
                path: real,
                library: error.object.clone(),
                reason: error.text(),
            });
        }
    };
    let (words, failed) = ld.versions(&list, outcome);
    outcome.warnings.push_str(&words);
    if failed {
        // Whether a library is missing is not known, so the message is not known either.
        let words = std::mem::take(&mut outcome.warnings);
        outcome.loader = hidden.is_none().then_some((1, words));
        return;
    }
    if let Some(library) = hidden {
        return outcome.is_unknown("unlisted-library", &library);
    }
    let now = start.variable("LD_BIND_NOW").is_some_and(|value| !value.is_empty());
    if let Some(failure) = glibc_symbol_lookup::first_missing_symbol(system, &ld.objects, &list, now) {
        let symbol = failure.symbol();
        let words = format!("{name}: symbol lookup error: {}: undefined symbol: {}\n", failure.object, failure.words());
        outcome.loader = Some((127, format!("{}{words}", outcome.warnings)));
        outcome.misses("symbol", &symbol, &failure.object);
        let params = [("path", failure.object.as_str()), ("symbol", symbol.as_str())];
        outcome.trace.push(TraceStep::new(Who::LdSo, "bind-symbol", &params, false));
        return outcome.fails(Cause::SymbolMissing { path: failure.object, symbols: vec![symbol] });
    }
    outcome.trace.push(TraceStep::new(Who::LdSo, "hand-over", &[("path", &real)], true));
}

impl Ld<'_, '_> {
    /// The object that needs a missing library.
    fn needed_by(&self, library: &str) -> String {
        let asks = |object: &&Object| object.elf().is_some_and(|elf| elf.needed.iter().any(|name| name == library));
        self.objects.iter().find(asks).map(|object| object.name.clone()).unwrap_or_default()
    }
}

/// The output with `LD_TRACE_LOADED_OBJECTS=1`, and the exit code: `ldd`.
pub(in crate::exec) fn list(
    system: &System<'_>,
    start: &Start<'_>,
    program: Rc<ElfFile>,
    interpreter: &str,
    loader: &Rc<ElfFile>,
) -> Result<(String, i32), String> {
    let mut outcome = Outcome::new(start);
    let mut ld = Ld::new(system, start, false, program, interpreter, loader);
    ld.tracing = true;
    let name = ld.objects.first().map(|object| object.name.clone()).unwrap_or_default();
    if ld.elf(0).is_some_and(|elf| elf.needed.is_empty()) {
        return Ok(("\tstatically linked\n".into(), 0));
    }
    let preloaded = ld.preload(&mut outcome);
    let list = match ld.dependencies(&preloaded) {
        Ok(list) => list,
        Err(error) => {
            let words = format!("{name}: error while loading shared libraries: {}: {}\n", error.object, error.text());
            return Ok((format!("{}{words}", outcome.warnings), 127));
        }
    };
    if let Some(library) = ld.hidden {
        return Err(library);
    }
    let (words, _) = ld.versions(&list, &mut outcome);
    // Up to 2.23 the line of the kernel's object has an arrow without a target (seen with Ubuntu 14.04 and 16.04).
    let arrow =
        if glibc_symbol_lookup::newest_version(&ld.objects).is_some_and(|newest| newest <= 23) { "=>  " } else { "" };
    let mut text = format!("{}{words}\tlinux-vdso.so.1 {arrow}{ADDRESS}\n", outcome.warnings);
    let own = (!list.contains(&ld.own)).then_some(&ld.own);
    for index in list.iter().skip(1).chain(own) {
        let Some(object) = ld.objects.get(*index) else { continue };
        let asked = object.names.first().map_or("", String::as_str);
        if object.name.is_empty() {
            text.push_str(&format!("\t{asked} => not found\n"));
        } else if object.is_loader || asked == object.name {
            text.push_str(&format!("\t{} {ADDRESS}\n", object.name));
        } else {
            text.push_str(&format!("\t{asked} => {} {ADDRESS}\n", object.name));
        }
    }
    Ok((text, 0))
}
