//! Large programs of the build context. Of their bytes only the ranges are read that the simulation or the ELF
//! view asks for.

use crate::state::effect::Effect;
use crate::state::image_data::WaitingAction;
use crate::state::model::Model;
use stageplay_core::fs::{Content, PagedFile, path};
use stageplay_core::report::elf_report;
use std::sync::Arc;

/// The most bytes that are read of one file. The headers and tables of an ELF file are far smaller.
const MAX_READ: u64 = 64 << 20;

impl Model {
    /// Adds a program to the build context. None of its bytes are read yet.
    pub(super) fn add_large_program(&mut self, name: String, size: u64) -> Vec<Effect> {
        let parts = Arc::new(PagedFile::new(size));
        let id = format!("dropped file {} {name}", self.large_programs.len());
        let content = Content::stored(parts.clone(), id.into(), 0, size);
        if let Err(error) = self.host.write(&name, content, 0o755) {
            self.notice = Some(error.to_string());
            return Vec::new();
        }
        self.large_programs.insert(name.clone(), parts);
        self.simulate();
        self.inspect_program(Some(name));
        vec![Effect::SaveWorkspace]
    }

    /// Takes byte ranges that were read, and recomputes what depends on the file.
    pub(super) fn take_file_ranges(&mut self, name: &str, ranges: &[(u64, Vec<u8>)]) -> Vec<Effect> {
        let Some(parts) = self.large_programs.get(name) else { return Vec::new() };
        ranges.iter().for_each(|(start, bytes)| parts.insert(*start, bytes));
        let had_matrix = self.base_image_matrix.is_some();
        // The cached results were computed without these bytes.
        if let Ok(mut store) = self.host.store().lock() {
            store.page_cache = Default::default();
        }
        self.simulate();
        if self.inspected_program.as_ref().is_none_or(|(inspected, _)| inspected == name) {
            self.inspect_program(Some(name.to_string()));
        }
        if had_matrix { self.carry_out(WaitingAction::CompareBaseImages) } else { Vec::new() }
    }

    /// The byte ranges that were asked for and are not read yet.
    pub(super) fn read_missing_ranges(&self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (name, parts) in self.large_programs.iter().filter(|(_, parts)| parts.loaded_bytes() < MAX_READ) {
            let ranges = parts.take_missing();
            if !ranges.is_empty() {
                effects.push(Effect::ReadFileRanges(name.clone(), ranges));
            }
        }
        effects
    }

    /// Shows the ELF headers of a file of the build context, or closes them.
    pub(super) fn inspect_program(&mut self, path: Option<String>) {
        let read_headers = |path: String| {
            let report = elf_report(self.host.file(&path)?).ok()?;
            Some((path, Box::new(report)))
        };
        self.inspected_program = path.and_then(read_headers);
    }

    /// Replaces the Dockerfile by the shortest one that starts a program of the build context.
    pub(super) fn start_program(&mut self, name: &str) -> Vec<Effect> {
        let file = path::file_name(name);
        self.replace_dockerfile(format!("FROM alpine\nCOPY {name} /{file}\nENTRYPOINT [\"/{file}\"]\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::message::Msg;
    use stageplay_core::elf::{self, Elf, Machine};
    use stageplay_core::words::Language;

    /// An ELF file for glibc.
    fn program() -> Vec<u8> {
        let mut elf = Elf::new(Machine::X86_64, true);
        elf.interpreter = Some("/lib64/ld-linux-x86-64.so.2".into());
        elf.needed = vec!["libc.so.6".into()];
        elf::write(&elf)
    }

    #[test]
    fn only_what_is_asked_for_is_read_of_a_large_program() {
        let mut model = Model::new(Language::English, Default::default());
        model
            .update(Msg::FileEdited("Dockerfile".into(), "FROM alpine\nCOPY big /big\nENTRYPOINT [\"/big\"]\n".into()));
        let bytes = program();
        let size = 300u64 << 20;
        let mut effects = model.update(Msg::LargeProgramAdded("big".into(), size));
        let mut rounds = 0;
        let mut read = 0;
        while let Some(Effect::ReadFileRanges(name, ranges)) =
            effects.iter().find(|one| matches!(one, Effect::ReadFileRanges(..))).cloned()
        {
            rounds += 1;
            assert!(rounds < 20, "it ends");
            let piece = |range: &std::ops::Range<u64>| {
                let mut piece = vec![0; (range.end - range.start) as usize];
                let start = range.start as usize;
                if let Some(known) = bytes.get(start..) {
                    let len = known.len().min(piece.len());
                    piece[..len].copy_from_slice(&known[..len]);
                }
                (range.start, piece)
            };
            let pieces: Vec<_> = ranges.iter().map(piece).collect();
            read += pieces.iter().map(|(_, piece)| piece.len()).sum::<usize>();
            effects = model.update(Msg::FileRangesRead(name, pieces));
        }
        assert!(rounds > 0 && read < 8 << 20, "{read} bytes in {rounds} rounds");
        let run = model.report.as_ref().and_then(|report| report.run.clone()).expect("a start");
        assert_eq!(run.cause.as_deref(), Some("interpreter-missing"), "{run:?}");
        assert!(model.files().iter().any(|file| file.path == "big" && file.bytes == size && !file.is_text));
    }
}
