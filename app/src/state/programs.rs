//! Large programs dropped onto the page: only the parts that kernel, loaders and people ask about are read.

use super::model::{Effect, Model, Msg};
use stageplay_core::elf::is_elf;
use stageplay_core::fs::{Content, Parts};
use stageplay_core::report::elf_report;
use std::sync::Arc;

/// Of one file so many bytes are read at most; its tables are far smaller.
const MOST_READ: u64 = 64 << 20;

impl Model {
    /// Puts a program into the build context; nothing of it is read yet.
    pub(super) fn take_program(&mut self, name: String, size: u64) -> Vec<Effect> {
        let parts = Arc::new(Parts::new(size));
        let id = format!("dropped file {} {name}", self.programs.len());
        let content = Content::stored(parts.clone(), id.into(), 0, size);
        if let Err(error) = self.host.write(&name, content, 0o755) {
            self.notice = Some(error.to_string());
            return Vec::new();
        }
        self.programs.insert(name.clone(), parts);
        self.simulate();
        self.inspect(Some(name));
        vec![Effect::Keep]
    }

    /// Takes bytes that came, and asks everything again that was asked before.
    pub(super) fn take_pieces(&mut self, name: &str, pieces: &[(u64, Vec<u8>)]) -> Vec<Effect> {
        let Some(parts) = self.programs.get(name) else { return Vec::new() };
        pieces.iter().for_each(|(start, bytes)| parts.give(*start, bytes));
        let compared = self.matrix.is_some();
        // Results rest on what was known of the file before.
        if let Ok(mut store) = self.host.store().lock() {
            store.page_cache = Default::default();
        }
        self.simulate();
        if self.inspected.as_ref().is_none_or(|(inspected, _)| inspected == name) {
            self.inspect(Some(name.to_string()));
        }
        if compared { self.update(Msg::Compare) } else { Vec::new() }
    }

    /// Looks at a program of the context.
    pub(super) fn inspect(&mut self, name: Option<String>) {
        let look = |name: String| {
            let report = elf_report(self.host.file(&name)?).ok()?;
            Some((name, Box::new(report)))
        };
        self.inspected = name.and_then(look);
    }

    /// Whether a file of the context is a program or a library.
    pub fn is_program(&self, name: &str) -> bool {
        self.host.file(name).is_some_and(|content| is_elf(&content.read_at(0, 4)))
    }

    /// The Dockerfile becomes the shortest that starts a program; undo brings the old one back.
    pub(super) fn start_program(&mut self, name: &str) -> Vec<Effect> {
        let file = name.rsplit('/').next().unwrap_or(name);
        let text = format!("FROM alpine\nCOPY {name} /{file}\nENTRYPOINT [\"/{file}\"]\n");
        // The editor makes the change, so that its undo takes it back.
        self.open = self.dockerfile.clone();
        vec![Effect::ShowFile(false), Effect::Replace(text)]
    }

    /// What is to be read of the dropped files.
    pub(super) fn wanted(&self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (name, parts) in self.programs.iter().filter(|(_, parts)| parts.held() < MOST_READ) {
            let wanted = parts.take_wanted();
            if !wanted.is_empty() {
                effects.push(Effect::Read(name.clone(), wanted));
            }
        }
        effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stageplay_core::elf::{self, Elf, Machine};
    use stageplay_core::words::Language;

    /// A program of 300 MB whose tables are at its start, but for one at its end.
    fn program() -> Vec<u8> {
        let mut elf = Elf::new(Machine::X86_64, true);
        elf.interpreter = Some("/lib64/ld-linux-x86-64.so.2".into());
        elf.needed = vec!["libc.so.6".into()];
        elf::write(&elf)
    }

    #[test]
    fn only_what_is_asked_for_is_read_of_a_large_program() {
        let mut model = Model::new(Language::English, None);
        model.update(Msg::Edited("Dockerfile".into(), "FROM alpine\nCOPY big /big\nENTRYPOINT [\"/big\"]\n".into()));
        let bytes = program();
        let size = 300u64 << 20;
        let mut effects = model.update(Msg::DroppedProgram("big".into(), size));
        let mut rounds = 0;
        let mut read = 0;
        while let Some(Effect::Read(name, ranges)) = effects.iter().find(|one| matches!(one, Effect::Read(..))).cloned()
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
            effects = model.update(Msg::Came(name, pieces));
        }
        assert!(rounds > 0 && read < 8 << 20, "{read} bytes in {rounds} rounds");
        let run = model.report.as_ref().and_then(|report| report.run.clone()).expect("a start");
        assert_eq!(run.cause.as_deref(), Some("interpreter-missing"), "{run:?}");
        assert!(model.files().iter().any(|(name, len, text)| name == "big" && *len == size && !text));
    }
}
