//! The undefined symbols of an ELF file, which a library has to define.

use super::Elf;
use super::dynamic_symbols::Symbols;
use super::relocations::Relocations;
use crate::fs::Content;
use std::collections::BTreeSet;

/// Undefined symbols that are not weak, as `name` or `name@version`, in the order of the relocations.
pub fn undefined_symbols(content: &Content, elf: &Elf) -> Vec<String> {
    let symbols = Symbols::read(content, elf);
    let relocations = Relocations::read(content, elf);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut found: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for (_, index) in relocations.data.iter().chain(&relocations.plt) {
        let Some(reference) = symbols.reference(*index as usize) else { continue };
        let is_needed = reference.symbol.is_undefined() && reference.symbol.binding() == 1;
        if is_needed && seen.insert(*index) {
            found.push(match reference.version {
                Some(version) => format!("{}@{}", text(reference.name), text(version.name)),
                None => text(reference.name),
            });
        }
    }
    found
}
