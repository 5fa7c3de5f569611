//! Traits of a dynamic loader, read from its own bytes: the C library, and its default directories.

use super::system::ElfFile;
use crate::fs::path;
use std::rc::Rc;

pub(super) const MUSL_LOADERS: [&str; 2] = ["/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-aarch64.so.1"];

/// Which C library a loader belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Glibc,
    Musl,
    /// gcompat's stub, which starts musl's loader with its library preloaded.
    Gcompat,
    /// An unknown file.
    Unknown,
}

/// Traits of a loader, read from its bytes.
pub(super) struct Traits {
    pub(super) family: Family,
    /// The default directories compiled into glibc's loader; empty if they are not found.
    pub(super) default_dirs: Rc<[String]>,
    /// Whether it searches `glibc-hwcaps` directories (since glibc 2.33).
    pub(super) hwcaps: bool,
}

impl Traits {
    pub(super) fn of(loader: &ElfFile) -> Self {
        /// The most bytes that are searched: three times the size of glibc's loader.
        const MAX_LOADER: usize = 1 << 20;
        let bytes = loader.content.read_at(0, MAX_LOADER);
        let contains = |wanted: &[u8]| memchr::memmem::find(&bytes, wanted).is_some();
        let family = match family(loader) {
            Family::Musl => Family::Musl,
            _ if contains(b"libgcompat") => Family::Gcompat,
            other => other,
        };
        let is_glibc = family == Family::Glibc;
        Traits {
            family,
            default_dirs: if is_glibc { compiled_dirs(&bytes).into() } else { Rc::from([]) },
            hwcaps: is_glibc && contains(b"glibc-hwcaps"),
        }
    }
}

/// Recognizes a loader by its names.
fn family(loader: &ElfFile) -> Family {
    let soname = loader.elf.as_ref().ok().and_then(|elf| elf.soname.as_deref()).unwrap_or("");
    let name = path::file_name(&loader.real);
    let any = |start: &str| soname.starts_with(start) || name.starts_with(start);
    if any("libc.musl-") || any("ld-musl-") || soname == "libc.so" || name == "libc.so" {
        Family::Musl
    } else if any("ld-linux") || any("ld64.so") || any("ld.so") || (any("ld-") && name.ends_with(".so")) {
        Family::Glibc
    } else {
        Family::Unknown
    }
}

/// The directories compiled into a loader: consecutive paths, each terminated by a slash and NUL.
fn compiled_dirs(bytes: &[u8]) -> Vec<String> {
    for at in memchr::memmem::find_iter(bytes, b"/usr/lib") {
        let is_dir = |text: &[u8]| text.first() == Some(&b'/') && text.last() == Some(&b'/') && text.len() > 2;
        let mut first = at;
        while let Some(before) = first.checked_sub(1).filter(|end| bytes.get(*end) == Some(&0)) {
            let lead = bytes.get(..before).unwrap_or(&[]);
            let begin = lead.iter().rposition(|byte| *byte == 0).map_or(0, |nul| nul + 1);
            if begin < before && is_dir(bytes.get(begin..before).unwrap_or(&[])) {
                first = begin;
            } else {
                break;
            }
        }
        let run = bytes.get(first..).unwrap_or(&[]).split(|byte| *byte == 0).take_while(|text| is_dir(text));
        let dirs: Vec<String> =
            run.map(|text| String::from_utf8_lossy(text).trim_end_matches('/').to_string()).collect();
        if dirs.len() >= 2 || (first == at && !dirs.is_empty()) {
            return dirs;
        }
    }
    Vec::new()
}
