//! Large programs of the build context. Of their bytes only the ranges are read that the simulation or the ELF
//! view asks for.

use super::Session;
use crate::effect::Effect;
use crate::image_data::WaitingAction;
use crate::program_headers::program_headers;
use stageplay_core::fs::{Content, PagedFile};
use stageplay_core::report::elf_report;
use stageplay_protocol::InspectedProgram;
use std::sync::Arc;

/// The most bytes that are read of one file. The headers and tables of an ELF file are far smaller.
const MAX_READ: u64 = 64 << 20;

impl Session {
    /// Adds a program to the build context. None of its bytes are read yet.
    pub fn add_large_program(&mut self, name: String, size: u64) {
        let parts = Arc::new(PagedFile::new(size));
        let id = format!("dropped file {} {name}", self.large_programs.len());
        let content = Content::stored(parts.clone(), id.into(), 0, size);
        if let Err(error) = self.host.write(&name, content, 0o755) {
            return self.notice(error.to_string());
        }
        self.large_programs.insert(name.clone(), parts);
        self.simulate();
        self.inspect_program(Some(name));
        self.may_have_other_workspace = true;
        self.request_missing_data();
    }

    /// Takes byte ranges that were read, and recomputes what depends on the file.
    pub fn take_file_ranges(&mut self, name: &str, ranges: &[(u64, Vec<u8>)]) {
        let Some(parts) = self.large_programs.get(name) else { return };
        ranges.iter().for_each(|(start, bytes)| parts.insert(*start, bytes));
        let had_matrix = self.matrix.is_some();
        // The cached results were computed without these bytes.
        if let Ok(mut store) = self.host.store().lock() {
            store.page_cache = Default::default();
        }
        self.compared.is_outdated = true;
        self.simulate();
        if self.inspected.as_ref().is_none_or(|program| program.path == name) {
            self.inspect_program(Some(name.to_string()));
        }
        if had_matrix {
            self.carry_out(WaitingAction::CompareBaseImages);
        }
        self.request_missing_data();
    }

    /// The byte ranges that were asked for and are not read yet.
    pub(super) fn read_missing_ranges(&mut self) {
        for (name, parts) in self.large_programs.iter().filter(|(_, parts)| parts.loaded_bytes() < MAX_READ) {
            let ranges = parts.take_missing();
            if !ranges.is_empty() {
                self.effects.push(Effect::ReadFileRanges(name.clone(), ranges));
            }
        }
    }

    /// Shows the ELF headers of a file of the build context, or closes them.
    pub(super) fn inspect_program(&mut self, path: Option<String>) {
        let read_headers = |path: String| {
            let headers = program_headers(elf_report(self.host.file(&path)?).ok()?);
            let bytes_read = self.large_programs.get(&path).map(|parts| parts.loaded_bytes());
            Some(InspectedProgram { path, headers, bytes_read })
        };
        self.inspected = path.and_then(read_headers);
    }
}
