//! Symbol look-up at the start: glibc's `elf/dl-lookup.c`, musl's `do_relocs` and `find_sym`.

use super::Object;
use crate::elf::{Reference, RelocationKind, Relocations, Symbol, Symbols, Version, gnu_hash};
use crate::exec::symbol_cache::Relocation;
use crate::exec::system::System;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

// Symbol types, bindings and visibilities (gABI).
const STT_TLS: u8 = 6;
const STT_GNU_IFUNC: u8 = 10;
const STB_LOCAL: u8 = 0;
const STB_WEAK: u8 = 2;
const STB_UNIQUE: u8 = 10;
const SHN_ABS: u16 = 0xfff1;

/// A symbol that is nowhere.
pub(super) struct Failure {
    pub(super) object: String,
    name: String,
    version: Option<String>,
}

impl Failure {
    /// As glibc prints it.
    pub(super) fn words(&self) -> String {
        match &self.version {
            Some(version) => format!("{}, version {version}", self.name),
            None => self.name.clone(),
        }
    }

    /// As tools write it.
    pub(super) fn symbol(&self) -> String {
        match &self.version {
            Some(version) => format!("{}@{version}", self.name),
            None => self.name.clone(),
        }
    }
}

/// The first symbol that glibc misses when it relocates what is loaded; `scope` is its search list.
pub(super) fn glibc(system: &System<'_>, objects: &[Object], scope: &[usize], now: bool) -> Option<Failure> {
    let bind = Bind { system, objects, scope, now, stops: stops(objects) };
    if bind.libraries_are_complete() && bind.missed(0).is_none() {
        return None;
    }
    // Relocated are the libraries that others need first, the program last.
    for index in sorted(objects, scope).into_iter().rev() {
        let Some((_, symbol)) = bind.missed(index) else { continue };
        let object = objects.get(index)?;
        let reference = object.file.symbols().reference(symbol as usize)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        return Some(Failure {
            object: object.name.clone(),
            name: text(reference.name),
            version: reference.version.map(|version| text(version.name)),
        });
    }
    None
}

/// glibc at relocating.
struct Bind<'a, 'r> {
    system: &'a System<'r>,
    objects: &'a [Object],
    /// The search list: the program, then its libraries.
    scope: &'a [usize],
    /// Functions are looked up at the start.
    now: bool,
    stops: bool,
}

impl Bind<'_, '_> {
    /// The first symbol that one object misses.
    fn missed(&self, index: usize) -> Option<Relocation> {
        let object = self.objects.get(index).filter(|object| !object.is_loader)?;
        let elf = object.elf()?;
        let now = self.now || elf.flags.bind_now;
        let search = Search::new(self.objects, self.scope, self.stops, object);
        // A library that is looked at for its own sake was perhaps met below others.
        if index == 0 && elf.interpreter.is_some() {
            return wanted(object, now).find(|wanted| !search.finds(wanted));
        }
        let left = self.left(index, object, now);
        left.iter().find(|wanted| !search.finds(wanted)).copied()
    }

    /// Whether no library misses anything: most programs have the libraries of another one.
    fn libraries_are_complete(&self) -> bool {
        let libraries = self.scope.get(1..).unwrap_or(&[]);
        let key = (0, set(self.objects, libraries), self.now);
        let known = &self.system.symbols_checked.missed;
        if known.borrow().contains_key(&key) {
            return true;
        }
        // What only a program defines, another program with the same libraries may lack.
        let alone = Bind { scope: libraries, ..*self };
        let complete = libraries.iter().all(|index| alone.missed(*index).is_none());
        if complete {
            known.borrow_mut().insert(key, Rc::from([]));
        }
        complete
    }

    /// What a library misses among itself and what it needs; looked at once for each set of files.
    fn left(&self, index: usize, object: &Object, now: bool) -> Rc<[Relocation]> {
        let objects = self.objects;
        let mut below = vec![index];
        let mut next = 0;
        let mut seen = vec![false; objects.len()];
        while let Some(object) = below.get(next).and_then(|at| objects.get(*at)) {
            next += 1;
            for need in &object.needs {
                if let Some(seen) = seen.get_mut(*need).filter(|seen| !**seen && *need != index) {
                    *seen = true;
                    below.push(*need);
                }
            }
        }
        let key = (object.file.id, set(objects, &below), now);
        if let Some(known) = self.system.symbols_checked.missed.borrow().get(&key) {
            return known.clone();
        }
        let search = Search::new(objects, &below, self.stops, object);
        let left: Rc<[Relocation]> = wanted(object, now).filter(|wanted| !search.finds(wanted)).collect();
        self.system.symbols_checked.missed.borrow_mut().insert(key, left.clone());
        left
    }
}

/// Names a set of files, in whatever order.
pub(super) fn set(objects: &[Object], of: &[usize]) -> u64 {
    let id = |index: &usize| objects.get(*index).map_or(0, |object| object.file.id);
    // A sum of well-mixed numbers does not depend on the order.
    let mixed = of.iter().map(|index| id(index).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29));
    mixed.fold(of.len() as u64, |sum, part| sum.wrapping_add(part.wrapping_mul(part | 1)))
}

/// The relocations that glibc does at the start.
fn wanted(object: &Object, now: bool) -> impl Iterator<Item = Relocation> + '_ {
    let found = object.file.relocations();
    found.data.iter().chain(found.plt.iter().filter(move |_| now)).copied()
}

/// Dependents before what they need (`_dl_sort_maps`), the program first.
fn sorted(objects: &[Object], scope: &[usize]) -> Vec<usize> {
    let mut order = Vec::with_capacity(scope.len());
    let mut seen = vec![false; objects.len()];
    // Depth first without recursion: an object and how many of its needs were visited.
    for root in scope.iter().skip(1).rev() {
        let mut stack = vec![(*root, 0usize)];
        if seen.get(*root).copied().unwrap_or(true) {
            continue;
        }
        while let Some((index, at)) = stack.pop() {
            if let Some(seen) = seen.get_mut(index) {
                *seen = true;
            }
            match objects.get(index).and_then(|object| object.needs.get(at)) {
                Some(need) => {
                    stack.push((index, at + 1));
                    if *need != 0 && !seen.get(*need).copied().unwrap_or(true) {
                        stack.push((*need, 0));
                    }
                }
                None if !order.contains(&index) => order.push(index),
                None => {}
            }
        }
    }
    order.push(scope.first().copied().unwrap_or(0));
    order.reverse();
    order
}

/// Whether a search ends at the library that should have a symbol and does not: before glibc 2.30.
fn stops(objects: &[Object]) -> bool {
    newest_version(objects).is_some_and(|newest| newest < 30)
}

/// Which glibc it is: N of the newest `GLIBC_2.N` that is defined.
pub(super) fn newest_version(objects: &[Object]) -> Option<u32> {
    objects.iter().filter_map(|object| object.file.glibc_version()).max()
}

/// Where an object's symbols are looked for.
struct Search<'o> {
    objects: &'o [Object],
    scope: &'o [usize],
    stops: bool,
    object: &'o Object,
    /// By the index of a version the library that it is asked of: a few, asked for by every symbol.
    named: RefCell<Vec<Option<Option<&'o Object>>>>,
    /// Where the last symbol was found that names no library.
    last: Cell<Option<&'o Object>>,
}

impl<'o> Search<'o> {
    fn new(objects: &'o [Object], scope: &'o [usize], stops: bool, object: &'o Object) -> Self {
        Search { objects, scope, stops, object, named: RefCell::default(), last: Cell::default() }
    }

    /// The library that a reference's version is asked of.
    fn library(&self, version: &Version) -> Option<&'o Object> {
        let name = version.library?;
        let mut named = self.named.borrow_mut();
        if version.index >= named.len() {
            named.resize(version.index + 1, None);
        }
        let find = || self.scope.iter().filter_map(|at| self.objects.get(*at)).find(|map| goes_by(map, name));
        *named.get_mut(version.index)?.get_or_insert_with(find)
    }

    /// Whether a relocation finds its symbol.
    fn finds(&self, (kind, symbol): &Relocation) -> bool {
        let symbols = self.object.file.symbols();
        let Some(own) = symbols.at(*symbol as usize) else {
            return true;
        };
        let is_local = own.binding() == STB_LOCAL || matches!(own.other & 3, 1 | 2);
        // What the object defines itself is found there at the latest.
        if is_local || own.binding() == STB_WEAK || (!own.is_undefined() && *kind != RelocationKind::Copy) {
            return true;
        }
        let reference = symbols.reference_of(own);
        let named = reference.version.and_then(|version| self.library(&version));
        // Whether there is one is asked, not which one: the library that is named is the likeliest, or
        // the one that had the symbol before.
        let likeliest = named.or(self.last.get()).filter(|_| !self.stops && *kind != RelocationKind::Copy);
        let hash = gnu_hash(reference.name);
        let finds = |map: &Object| glibc_find(map.file.symbols(), &reference, hash, *kind).is_some();
        if likeliest.is_some_and(finds) {
            return true;
        }
        let mut modelled = false;
        for index in self.scope.iter().filter(|index| *kind != RelocationKind::Copy || **index != 0) {
            let Some(map) = self.objects.get(*index) else { continue };
            if finds(map) {
                self.last.set(Some(map));
                return true;
            }
            modelled |= !map.has_symbols();
            if self.stops && named.is_some_and(|named| std::ptr::eq(named, map)) {
                break;
            }
        }
        // What a modelled library defines is not known.
        modelled
    }
}

fn goes_by(map: &Object, library: &str) -> bool {
    map.name == library
        || map.names.iter().any(|name| name == library)
        || map.elf().is_some_and(|elf| elf.soname.as_deref() == Some(library))
}

/// `check_match` over what the hash table gives, and the fallback to a single version.
fn glibc_find(symbols: &Symbols, wanted: &Reference<'_>, hash: u32, kind: RelocationKind) -> Option<Symbol> {
    let mut fallback = None;
    let mut versions = 0;
    let mut found = None;
    for symbol in symbols.find_hashed(wanted.name, hash) {
        let stt = symbol.kind();
        let no_value = symbol.value == 0 && symbol.section != SHN_ABS && stt != STT_TLS;
        if no_value || (kind != RelocationKind::Other && symbol.is_undefined()) {
            continue;
        }
        if !matches!(stt, 0..=2 | 5 | STT_TLS | STT_GNU_IFUNC) {
            continue;
        }
        let index = symbols.version_index(&symbol);
        let (accepted, default) = match (index, wanted.version) {
            (None, _) => (true, false),
            (Some(index), Some(version)) => {
                let name = symbols.version_name(index);
                (name == version.name, !wanted.hidden && name.is_empty() && index & 0x8000 == 0)
            }
            (Some(index), None) => (index & 0x7fff < 3, index & 0x8000 == 0),
        };
        if accepted {
            found = Some(symbol);
            break;
        }
        if default {
            versions += 1;
            fallback = fallback.or(Some(symbol));
        }
    }
    let symbol = found.or(fallback.filter(|_| versions == 1))?;
    let is_hidden = matches!(symbol.other & 3, 1 | 2);
    (!is_hidden && matches!(symbol.binding(), 1 | STB_WEAK | STB_UNIQUE)).then_some(symbol)
}

/// Messages of one start: a program of glibc's that misses all its symbols has some hundreds.
const MAX_FAILURES: usize = 20_000;

/// All symbols that musl misses, as (object, symbol), in the order of its messages. `order` lists the
/// program first.
pub(super) fn musl(objects: &[Object], order: &[usize]) -> Vec<(String, String)> {
    let mut failures = Vec::new();
    let libraries = order.iter().skip(1).chain(order.first());
    for object in libraries.filter_map(|index| objects.get(*index)).filter(|object| !object.is_loader) {
        let found = object.file.relocations();
        let all = found.plt.iter().chain(&found.data);
        if all.clone().all(|wanted| musl_finds(objects, order, object, wanted)) {
            continue;
        }
        // A message for each relocation, however often one symbol is meant.
        let Some(elf) = object.elf() else { continue };
        let every = Relocations::read_all(&object.file.content, elf);
        for wanted in every.plt.iter().chain(&every.data) {
            if !musl_finds(objects, order, object, wanted)
                && let Some(symbol) = object.file.symbols().at(wanted.1 as usize)
            {
                let name = String::from_utf8_lossy(object.file.symbols().name(&symbol)).into_owned();
                failures.push((object.name.clone(), name));
            }
            if failures.len() >= MAX_FAILURES {
                return failures;
            }
        }
    }
    failures
}

fn musl_finds(objects: &[Object], order: &[usize], object: &Object, (kind, index): &Relocation) -> bool {
    let symbols = object.file.symbols();
    let Some(own) = symbols.at(*index as usize) else {
        return true;
    };
    if own.binding() == STB_LOCAL || (own.is_undefined() && own.binding() == STB_WEAK) {
        return true;
    }
    let name = symbols.name(&own);
    let need_definition = *kind == RelocationKind::Plt;
    let skipped = usize::from(*kind == RelocationKind::Copy);
    let hash = gnu_hash(name);
    let mut modelled = false;
    for map in order.iter().skip(skipped).filter_map(|index| objects.get(*index)) {
        if musl_find(map.file.symbols(), name, hash, need_definition).is_some() {
            return true;
        }
        modelled |= !map.has_symbols();
    }
    if modelled {
        return true;
    }
    // `get_lfs64`: names of the large-file interface are those without the 64.
    let loader = objects.iter().find(|object| object.is_loader);
    let plain = match name {
        b"readdir64_r" => Some(b"readdir_r".as_slice()),
        name => {
            name.strip_suffix(b"64").filter(|plain| LARGE_FILE.split(|byte| *byte == b' ').any(|one| one == *plain))
        }
    };
    plain
        .zip(loader)
        .is_some_and(|(plain, loader)| musl_find(loader.file.symbols(), plain, gnu_hash(plain), true).is_some())
}

/// Functions whose name with 64 behind it musl takes for the function (`lfs64_list`).
const LARGE_FILE: &[u8] = b"aio_cancel aio_error aio_fsync aio_read aio_return aio_suspend aio_write alphasort creat \
fallocate fgetpos fopen freopen fseeko fsetpos fstat fstatat fstatfs fstatvfs ftello ftruncate ftw getdents getrlimit \
glob globfree lio_listio lockf lseek lstat mkostemp mkostemps mkstemp mkstemps mmap nftw open openat posix_fadvise \
posix_fallocate pread preadv prlimit pwrite pwritev readdir scandir sendfile setrlimit stat statfs statvfs tmpfile \
truncate versionsort __fxstat __fxstatat __lxstat __xstat";

/// `find_sym2` in one object: versions do not count, but hidden ones are passed over.
fn musl_find(symbols: &Symbols, name: &[u8], hash: u32, need_definition: bool) -> Option<Symbol> {
    let first = symbols
        .find_hashed(name, hash)
        .find(|symbol| symbols.version_index(symbol).is_none_or(|index| index & 0x8000 == 0))?;
    let stt = first.kind();
    if first.is_undefined() && (need_definition || stt == STT_TLS) {
        return None;
    }
    if first.value == 0 && stt != STT_TLS {
        return None;
    }
    (matches!(stt, 0..=2 | 5 | STT_TLS) && matches!(first.binding(), 1 | STB_WEAK | STB_UNIQUE)).then_some(first)
}
