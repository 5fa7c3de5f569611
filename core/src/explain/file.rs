//! Fixes for the file itself: its mode, its owner, its first line, its processor, its place.

use super::{Candidate, Case};
use crate::dockerfile::{Command, Kind};
use crate::elf::{self, Machine};
use crate::engine::Builder;
use crate::fs::{self, Tree};
use crate::plan::Stage;
use crate::text::TextEdit;

/// Files of the context that are tried in place of another.
const MAX_FILES: usize = 8;

impl Case<'_> {
    pub(super) fn executable(&self, path: &str) -> Vec<Candidate> {
        let Some(copy) = self.copy_of(path) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        if self.request.builder == Builder::Buildkit {
            let keyword = copy.keyword.clone();
            let edit = self.edit(copy, &keyword, &format!("{keyword} --chmod=755"));
            all.extend(edit.map(|edit| Candidate { id: "chmod-copy", params: vec![], edits: vec![edit] }));
        }
        let end = copy.span.end;
        let edit = TextEdit { span: end..end, insert: format!("\nRUN chmod +x {path}") };
        all.push(Candidate { id: "chmod-run", params: vec![], edits: vec![edit] });
        all
    }
    /// Belongs to the user who starts it.
    pub(super) fn owner(&self, path: &str) -> Option<Candidate> {
        let user = self.image.config.user.split(':').next().filter(|user| !user.is_empty())?;
        let copy = self.copy_of(path).filter(|copy| copy.flag("chown").is_none())?;
        let keyword = copy.keyword.clone();
        let edit = self.edit(copy, &keyword, &format!("{keyword} --chown={user}"))?;
        Some(Candidate::new("chown-copy", vec![("user", user.to_string())], vec![edit]))
    }

    /// A carriage return at the end of each line is no part of a script.
    pub(super) fn strip_carriage_returns(&self, path: &str) -> Option<Candidate> {
        self.edited("strip-cr", "s/\\r$//", path)
    }

    /// A file that sed changes behind the COPY that brings it.
    fn edited(&self, id: &'static str, script: &str, path: &str) -> Option<Candidate> {
        let copy = self.copy_of(path)?;
        let edit = self.behind(copy, &format!("RUN sed -i '{script}' {path}"));
        Some(Candidate::new(id, vec![("path", path.to_string())], vec![edit]))
    }

    /// A script of a shell's: `/bin/sh` reads it, by its first line or by what is started.
    pub(super) fn for_sh(&self, path: &str, interpreter: &str) -> Vec<Candidate> {
        // `#!/usr/bin/env bash` names the shell behind the program.
        let last = interpreter.split_whitespace().last().unwrap_or("");
        let name = fs::path::file_name(last).trim_end_matches('\r');
        if !["sh", "bash", "dash", "ash", "ksh", "zsh"].contains(&name) {
            return Vec::new();
        }
        self.edited("shebang-sh", "1s|.*|#!/bin/sh|", path).into_iter().chain(self.through_shell(path)).collect()
    }

    /// Text without a first line that says who reads it.
    pub(super) fn first_line(&self, path: &str) -> Vec<Candidate> {
        let (_, node) = match self.image.tree.stat("/", path) {
            Ok(found) => found,
            Err(_) => return Vec::new(),
        };
        let head = node.content().map(|content| content.head().to_vec()).unwrap_or_default();
        if std::str::from_utf8(&head).is_err() || head.contains(&0) {
            return Vec::new();
        }
        self.edited("add-shebang", "1i #!/bin/sh", path).into_iter().chain(self.through_shell(path)).collect()
    }

    /// Programs in the context that this machine runs, copied in place of the one that was.
    pub(super) fn other_file(&self, path: &str) -> Vec<Candidate> {
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

    /// Compiled, or taken, for the machine that runs it.
    pub(super) fn right_platform(&self) -> Vec<Candidate> {
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

    /// The program is in another stage, or in the context, and was not copied.
    pub(super) fn bring(&self, path: &str) -> Vec<Candidate> {
        let Some(starter) = self.starter() else { return Vec::new() };
        let name = fs::path::file_name(path);
        let place = if path.contains('/') { path.to_string() } else { format!("/usr/local/bin/{path}") };
        let named = |tree: &Tree| -> Option<String> {
            let runs = |mode: u32| mode & 0o111 != 0;
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
                None => made_in(stage, name),
            };
            if let Some(source) = found {
                let from = stage.name.clone().unwrap_or_else(|| stage.index.to_string());
                let line = format!("COPY --from={from} {source} {place}");
                let params = vec![("path", source), ("from", from)];
                all.push(Candidate::new("bring-from-stage", params, vec![self.before(starter, &line)]));
            }
        }
        let sent = &self.request.context;
        if let Some(source) = named(sent) {
            let source = source.trim_start_matches('/').to_string();
            let line = format!("COPY {source} {place}");
            all.push(Candidate::new("bring", vec![("path", source)], vec![self.before(starter, &line)]));
        }
        all
    }
}

/// Where a stage that was not built would put a file of that name, by what its instructions say.
fn made_in(stage: &Stage, name: &str) -> Option<String> {
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
                // What compilers and linkers call their result.
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
