//! Symbol look-up of glibc's loader at the start: `elf/dl-lookup.c`.

use super::{Object, SHN_ABS, STB_LOCAL, STB_UNIQUE, STB_WEAK, STT_GNU_IFUNC, STT_TLS};
use crate::elf::{Reference, RelocationKind, Symbol, Symbols, Version, gnu_hash};
use crate::exec::symbol_cache::Relocation;
use crate::exec::system::System;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A symbol that no object defines.
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

/// The first symbol that glibc does not find when it relocates the loaded objects; `scope` is its search list.
pub(super) fn first_missing_symbol(
    system: &System<'_>,
    objects: &[Object],
    scope: &[usize],
    now: bool,
) -> Option<Failure> {
    let bind = Bind { system, objects, scope, now, stops: stops(objects) };
    if bind.libraries_are_complete() && bind.missed(0).is_none() {
        return None;
    }
    // Libraries are relocated before the objects that need them, the program last.
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

/// The state of glibc's relocation.
struct Bind<'a, 'r> {
    system: &'a System<'r>,
    objects: &'a [Object],
    /// The search list: the program, then its libraries.
    scope: &'a [usize],
    /// Whether functions are looked up at the start.
    now: bool,
    stops: bool,
}

impl Bind<'_, '_> {
    /// The first symbol of an object that is not found.
    fn missed(&self, index: usize) -> Option<Relocation> {
        let object = self.objects.get(index).filter(|object| !object.is_loader)?;
        let elf = object.elf()?;
        let now = self.now || elf.flags.bind_now;
        let search = Search::new(self.objects, self.scope, self.stops, object);
        // A library may already have been checked as a dependency of others.
        if index == 0 && elf.interpreter.is_some() {
            return relocations_at_start(object, now).find(|wanted| !search.finds(wanted));
        }
        let left = self.missing_in_dependencies(index, object, now);
        left.iter().find(|wanted| !search.finds(wanted)).copied()
    }

    /// Whether all symbols of the libraries are found. The result is cached, because many programs use the same libraries.
    fn libraries_are_complete(&self) -> bool {
        let libraries = self.scope.get(1..).unwrap_or(&[]);
        let key = (0, set_id(self.objects, libraries), self.now);
        let known = &self.system.symbols_checked.missed;
        if known.borrow().contains_key(&key) {
            return true;
        }
        // A symbol that the program defines may be missing in another program with the same libraries.
        let alone = Bind { scope: libraries, ..*self };
        let complete = libraries.iter().all(|index| alone.missed(*index).is_none());
        if complete {
            known.borrow_mut().insert(key, Rc::from([]));
        }
        complete
    }

    /// The symbols that a library and its dependencies do not define, computed once for each set of files.
    fn missing_in_dependencies(&self, index: usize, object: &Object, now: bool) -> Rc<[Relocation]> {
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
        let key = (object.file.id, set_id(objects, &below), now);
        if let Some(known) = self.system.symbols_checked.missed.borrow().get(&key) {
            return known.clone();
        }
        let search = Search::new(objects, &below, self.stops, object);
        let left: Rc<[Relocation]> = relocations_at_start(object, now).filter(|wanted| !search.finds(wanted)).collect();
        self.system.symbols_checked.missed.borrow_mut().insert(key, left.clone());
        left
    }
}

/// The id of a set of files, independent of their order.
pub(super) fn set_id(objects: &[Object], of: &[usize]) -> u64 {
    let id = |index: &usize| objects.get(*index).map_or(0, |object| object.file.id);
    // A sum of well-mixed numbers does not depend on the order.
    let mixed = of.iter().map(|index| id(index).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29));
    mixed.fold(of.len() as u64, |sum, part| sum.wrapping_add(part.wrapping_mul(part | 1)))
}

/// The relocations that glibc applies at the start.
fn relocations_at_start(object: &Object, now: bool) -> impl Iterator<Item = Relocation> + '_ {
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

/// Whether a search ends at the library that should define a symbol and does not: before glibc 2.30.
fn stops(objects: &[Object]) -> bool {
    newest_version(objects).is_some_and(|newest| newest < 30)
}

/// The version of glibc: N of the newest `GLIBC_2.N` that an object defines.
pub(super) fn newest_version(objects: &[Object]) -> Option<u32> {
    objects.iter().filter_map(|object| object.file.glibc_version()).max()
}

/// The search for the symbols of an object.
struct Search<'o> {
    objects: &'o [Object],
    scope: &'o [usize],
    stops: bool,
    object: &'o Object,
    /// The library of each version index.
    named: RefCell<Vec<Option<Option<&'o Object>>>>,
    /// The object in which the last symbol without a library was found.
    last: Cell<Option<&'o Object>>,
}

impl<'o> Search<'o> {
    fn new(objects: &'o [Object], scope: &'o [usize], stops: bool, object: &'o Object) -> Self {
        Search { objects, scope, stops, object, named: RefCell::default(), last: Cell::default() }
    }

    /// The library that must define the version of a reference.
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
        // A symbol that the object defines itself is found.
        if is_local || own.binding() == STB_WEAK || (!own.is_undefined() && *kind != RelocationKind::Copy) {
            return true;
        }
        let reference = symbols.reference_of(own);
        let named = reference.version.and_then(|version| self.library(&version));
        // Any definition suffices, so the named library or the one of the last symbol is searched first.
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
        // The symbols of a modelled library are not known.
        modelled
    }
}

fn goes_by(map: &Object, library: &str) -> bool {
    map.name == library
        || map.names.iter().any(|name| name == library)
        || map.elf().is_some_and(|elf| elf.soname.as_deref() == Some(library))
}

/// `check_match` over what the hash table gives, and the fallback to a single version.
fn glibc_find(symbols: &Symbols, reference: &Reference<'_>, hash: u32, kind: RelocationKind) -> Option<Symbol> {
    let mut fallback = None;
    let mut versions = 0;
    let mut found = None;
    for symbol in symbols.find_hashed(reference.name, hash) {
        let stt = symbol.kind();
        let no_value = symbol.value == 0 && symbol.section != SHN_ABS && stt != STT_TLS;
        if no_value || (kind != RelocationKind::Other && symbol.is_undefined()) {
            continue;
        }
        if !matches!(stt, 0..=2 | 5 | STT_TLS | STT_GNU_IFUNC) {
            continue;
        }
        let index = symbols.version_index(&symbol);
        let (accepted, default) = match (index, reference.version) {
            (None, _) => (true, false),
            (Some(index), Some(version)) => {
                let name = symbols.version_name(index);
                (name == version.name, !reference.hidden && name.is_empty() && index & 0x8000 == 0)
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
