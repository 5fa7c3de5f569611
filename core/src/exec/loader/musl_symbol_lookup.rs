//! Symbol look-up of musl's loader at the start: `do_relocs` and `find_sym` of `ldso/dynlink.c`.

use super::{Object, STB_LOCAL, STB_UNIQUE, STB_WEAK, STT_TLS};
use crate::elf::{RelocationKind, Relocations, Symbol, Symbols, gnu_hash};
use crate::exec::symbol_cache::Relocation;

/// The most messages of one start. A program made for glibc may lack some hundreds of symbols.
const MAX_FAILURES: usize = 20_000;

/// All symbols that musl does not find, as (object, symbol), in the order of its messages. `order` lists the program
/// first.
pub(super) fn missing_symbols(objects: &[Object], order: &[usize]) -> Vec<(String, String)> {
    let mut failures = Vec::new();
    let libraries = order.iter().skip(1).chain(order.first());
    for object in libraries.filter_map(|index| objects.get(*index)).filter(|object| !object.is_loader) {
        let found = object.file.relocations();
        let all = found.plt.iter().chain(&found.data);
        if all.clone().all(|relocation| musl_finds(objects, order, object, relocation)) {
            continue;
        }
        // musl prints a message for each relocation, even for the same symbol.
        let Some(elf) = object.elf() else { continue };
        let every = Relocations::read_all(&object.file.content, elf);
        for relocation in every.plt.iter().chain(&every.data) {
            if !musl_finds(objects, order, object, relocation)
                && let Some(symbol) = object.file.symbols().at(relocation.1 as usize)
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
    // `get_lfs64`: functions of the large-file interface are those without the suffix 64.
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

/// Functions that musl also finds by their name with the suffix 64 (`lfs64_list`).
const LARGE_FILE: &[u8] = b"aio_cancel aio_error aio_fsync aio_read aio_return aio_suspend aio_write alphasort creat \
fallocate fgetpos fopen freopen fseeko fsetpos fstat fstatat fstatfs fstatvfs ftello ftruncate ftw getdents getrlimit \
glob globfree lio_listio lockf lseek lstat mkostemp mkostemps mkstemp mkstemps mmap nftw open openat posix_fadvise \
posix_fallocate pread preadv prlimit pwrite pwritev readdir scandir sendfile setrlimit stat statfs statvfs tmpfile \
truncate versionsort __fxstat __fxstatat __lxstat __xstat";

/// `find_sym2` in one object: versions are ignored, but hidden ones are skipped.
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
