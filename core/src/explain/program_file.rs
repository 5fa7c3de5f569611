//! Fixes by another program file: one of the context, one of another stage, or one for the right processor.

use super::{Candidate, FixContext};
use crate::dockerfile::{Command, Kind};
use crate::elf::{self, Machine};
use crate::fs::{self, Tree};
use crate::plan::Stage;

/// The most files of the context that are tried instead of the program.
const MAX_FILES: usize = 8;

impl FixContext<'_> {
    /// Copies another program of the context, one for this machine.
    pub(super) fn other_program(&self, path: &str) -> Vec<Candidate> {
        let Some(copy) = self.copy_of(path).filter(|copy| copy.flag("from").is_none()) else { return Vec::new() };
        let Kind::Copy { sources, .. } = &copy.kind else { return Vec::new() };
        let [source] = sources.as_slice() else { return Vec::new() };
        let own = fs::path::join("/", source);
        let runs = |content: &fs::Content| {
            elf::is_elf(&content.read_at(0, 4)) && elf::read(content).is_ok_and(|elf| elf.machine == Machine::X86_64)
        };
        let context = &self.request.context;
        let programs = context.walk("/").filter(|(key, node)| ***key != own && node.content().is_some_and(runs));
        programs
            .take(MAX_FILES)
            .filter_map(|(key, _)| {
                let name = key.trim_start_matches('/').to_string();
                let edit = self.edit(copy, source, &name)?;
                Some(Candidate::new("other-file", vec![("path", name)], vec![edit]))
            })
            .collect()
    }

    /// Compiles the program, or pulls its base image, for the machine that runs it.
    pub(super) fn other_platform(&self) -> Vec<Candidate> {
        let mut all = Vec::new();
        let mut goarch = Vec::new();
        for stage in self.plan.stages.iter().filter(|stage| stage.built) {
            for instruction in &stage.instructions {
                let text = self.text(instruction);
                if let Some((_, rest)) = text.split_once("GOARCH=") {
                    let value: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
                    goarch.extend(self.edit(instruction, &format!("GOARCH={value}"), "GOARCH=amd64"));
                }
            }
            if stage.from.flag("platform").is_some() {
                let text = self.text(&stage.from);
                let flag = text.split_whitespace().find(|word| word.starts_with("--platform="));
                let edit = flag.and_then(|flag| self.edit(&stage.from, &format!("{flag} "), ""));
                all.extend(edit.map(|edit| Candidate::new("platform", Vec::new(), vec![edit])));
            }
        }
        if !goarch.is_empty() {
            all.insert(0, Candidate::new("goarch", Vec::new(), goarch));
        }
        all
    }

    /// Copies the program from another stage or from the context.
    pub(super) fn copy_program(&self, path: &str) -> Vec<Candidate> {
        self.copy_file(path, 0o111)
    }

    /// Copies an interpreter's main file from another stage or from the context.
    pub(super) fn copy_main_file(&self, path: &str) -> Vec<Candidate> {
        self.copy_file(path, 0)
    }

    /// Copies a file of that name whose mode has one of the bits, or any file if there are none.
    fn copy_file(&self, path: &str, bits: u32) -> Vec<Candidate> {
        let Some(starter) = self.start_instruction() else { return Vec::new() };
        let name = fs::path::file_name(path);
        let place = if path.contains('/') { path.to_string() } else { format!("/usr/local/bin/{path}") };
        let named = |tree: &Tree| -> Option<String> {
            let runs = |mode: u32| bits == 0 || mode & bits != 0;
            let mut found = tree
                .walk("/")
                .filter(|(key, node)| fs::path::file_name(key) == name && node.content().is_some() && runs(node.mode));
            found.next().map(|(key, _)| key.to_string())
        };
        let mut all = Vec::new();
        for stage in self.plan.stages.iter().filter(|stage| stage.index != self.plan.target) {
            let image = self.built.stages.get(stage.index).cloned().flatten();
            let found = match image {
                Some(image) => named(&image.tree),
                None => path_in_stage(stage, name),
            };
            if let Some(source) = found {
                let from = stage.name.clone().unwrap_or_else(|| stage.index.to_string());
                let line = format!("COPY --from={from} {source} {place}");
                let params = vec![("path", source), ("from", from)];
                all.push(Candidate::new("bring-from-stage", params, vec![self.line_before(starter, &line)]));
            }
        }
        let sent = &self.request.context;
        if let Some(source) = named(sent) {
            let source = source.trim_start_matches('/').to_string();
            let line = format!("COPY {source} {place}");
            all.push(Candidate::new("bring", vec![("path", source)], vec![self.line_before(starter, &line)]));
        }
        all
    }
}

/// The path of a file of that name in a stage that was not built, according to the stage's instructions.
fn path_in_stage(stage: &Stage, name: &str) -> Option<String> {
    let mut directory = "/".to_string();
    let mut found = None;
    for instruction in &stage.instructions {
        match &instruction.kind {
            Kind::Workdir(path) => directory = fs::path::join(&directory, path),
            Kind::Copy { sources, destination } | Kind::Add { sources, destination } => {
                let into = destination.ends_with(['/', '.']);
                let places = sources.iter().map(|source| match into {
                    true => format!("{destination}/{}", fs::path::file_name(source)),
                    false => destination.clone(),
                });
                found = places
                    .map(|place| fs::path::join(&directory, &place))
                    .find(|place| fs::path::file_name(place) == name)
                    .or(found);
            }
            Kind::Run(Command::Shell(text)) => {
                // The output file of a compiler or linker.
                let mut words = text.split_whitespace().skip_while(|word| *word != "-o").skip(1);
                found = words
                    .next()
                    .filter(|word| fs::path::file_name(word) == name)
                    .map(|word| fs::path::join(&directory, word))
                    .or(found);
            }
            _ => {}
        }
    }
    found
}
