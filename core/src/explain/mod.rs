//! Fixes for a start that fails: edits of the Dockerfile, each offered only after the fixed
//! Dockerfile was simulated and starts.

mod file;
mod libc;
mod packages;
mod start;

use crate::base_images::Catalogue;
use crate::build::{Built, Request};
use crate::dockerfile::{Instruction, Kind};
use crate::exec::{Cause, Verdict};
use crate::fs::{self, EntryKind};
use crate::image::Image;
use crate::measure::Size;
use crate::plan::{Base, Plan, Stage};
use crate::start::Run;
use crate::text::{TextEdit, apply_edits};

/// A change that makes the image start.
#[derive(Clone, Debug)]
pub struct Fix {
    /// A stable id with words: `fix.ID` and `fix.ID.why`.
    pub id: &'static str,
    /// Values for the words.
    pub params: Vec<(&'static str, String)>,
    /// Edits of the Dockerfile.
    pub edits: Vec<TextEdit>,
    /// What the simulation of the fixed Dockerfile gave.
    pub proof: Proof,
}

/// The outcome of simulating a fixed Dockerfile.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Whether it starts.
    pub verdict: Verdict,
    /// How large the image becomes.
    pub size: Size,
}

/// A fix that was not tried yet.
struct Candidate {
    id: &'static str,
    params: Vec<(&'static str, String)>,
    edits: Vec<TextEdit>,
}

impl Candidate {
    fn new(id: &'static str, params: Vec<(&'static str, String)>, edits: Vec<TextEdit>) -> Self {
        Candidate { id, params, edits }
    }

    /// What makes two candidates of one kind alike: for base images the repository, release numbers left out.
    fn family(&self) -> String {
        let name = self.params.first().map_or("", |(_, name)| name.as_str());
        if self.id != "runtime-base" {
            return name.to_string();
        }
        name.split(':').next().unwrap_or("").trim_end_matches(|c: char| c.is_ascii_digit()).to_string()
    }
}

/// Of candidates of one kind, such as other base images, so many are offered.
const OFFERED: usize = 2;

/// Everything a fix can be made from.
struct Case<'a> {
    request: &'a Request,
    plan: &'a Plan,
    catalogue: &'a Catalogue,
    image: &'a Image,
    built: &'a Built,
}

/// Fixes for a failed start, each proven by `prove`, which simulates a Dockerfile's text; and the name of the
/// package index that one could be looked for in, if it is not loaded.
pub fn fixes(
    request: &Request,
    built: &Built,
    run: &Run,
    catalogue: &Catalogue,
    prove: &mut dyn FnMut(&str) -> Option<Proof>,
) -> (Vec<Fix>, Option<&'static str>) {
    let (Some(plan), Some(image), Some(cause)) = (&built.plan, &built.image, &run.cause) else {
        return (Vec::new(), None);
    };
    let mut wants = None;
    let case = Case { request, plan, catalogue, image, built };
    let mut found: Vec<Fix> = Vec::new();
    // One of each family is enough to choose from: not two releases of one distribution.
    let mut offered: Vec<(&str, String)> = Vec::new();
    for candidate in case.candidates(cause, &mut wants) {
        let family = (candidate.id, candidate.family());
        let of_id = offered.iter().filter(|(id, _)| *id == candidate.id).count();
        if of_id >= OFFERED || offered.contains(&family) {
            continue;
        }
        let Some(text) = apply_edits(&request.dockerfile, &candidate.edits) else {
            continue;
        };
        let Some(proof) = prove(&text).filter(|proof| proof.verdict == Verdict::Starts) else {
            continue;
        };
        offered.push(family);
        found.push(Fix { id: candidate.id, params: candidate.params, edits: candidate.edits, proof });
    }
    (found, wants)
}

impl Case<'_> {
    fn target(&self) -> Option<&Stage> {
        self.plan.stages.get(self.plan.target)
    }

    /// The stage whose FROM names the image that the target runs on.
    fn root_stage(&self) -> Option<&Stage> {
        let mut stage = self.target()?;
        while let Base::Stage(index) = stage.base {
            stage = self.plan.stages.get(index)?;
        }
        Some(stage)
    }

    fn text(&self, instruction: &Instruction) -> &str {
        self.request.dockerfile.get(instruction.span.clone()).unwrap_or("")
    }

    /// An edit of one place inside an instruction.
    fn edit(&self, instruction: &Instruction, find: &str, insert: &str) -> Option<TextEdit> {
        let at = instruction.span.start + self.text(instruction).find(find)?;
        Some(TextEdit { span: at..at + find.len(), insert: insert.to_string() })
    }

    fn candidates(&self, cause: &Cause, wants: &mut Option<&'static str>) -> Vec<Candidate> {
        let mut all = Vec::new();
        match cause {
            Cause::InterpreterMissing { path, .. }
            | Cause::InterpreterUnusable { path, .. }
            | Cause::LibraryMissing { path, .. }
            | Cause::LibraryUnusable { path, .. }
            | Cause::SymbolMissing { path, .. }
            | Cause::VersionMissing { path, .. } => {
                all.extend(self.static_go());
                all.extend(self.build_inside());
                all.extend(self.builder_alpine());
                all.extend(self.other_builders());
                all.extend(self.runtime_bases());
                all.extend(self.packages(cause, wants));
                all.extend(self.copy_libraries(path));
                all.extend(self.other_file(path));
            }
            Cause::ScriptInterpreterMissing { path, interpreter, carriage_return } => {
                if *carriage_return {
                    all.extend(self.strip_carriage_returns(path));
                }
                all.extend(self.for_sh(path, interpreter));
                all.extend(self.packages(cause, wants));
                all.extend(self.runtime_bases());
            }
            Cause::NestedScripts { path } => all.extend(self.for_sh(path, "/bin/sh")),
            Cause::NotExecutable { path, empty } => {
                if !empty {
                    all.extend(self.first_line(path));
                }
                all.extend(self.other_file(path));
                all.extend(self.right_path(path));
            }
            Cause::PermissionDenied { path, .. } => {
                all.extend(self.executable(path));
                all.extend(self.owner(path));
            }
            Cause::NotFound { path, .. } => {
                all.extend(self.exec_form(path));
                all.extend(self.right_path(path));
                all.extend(self.bring(path));
                all.extend(self.packages(cause, wants));
                if path.ends_with("sh") {
                    all.extend(self.runtime_bases());
                }
            }
            Cause::IsDirectory { path } | Cause::SymlinkLoop { path } => {
                all.extend(self.right_path(path));
                all.extend(self.bring(path));
            }
            Cause::NothingToStart => all.extend(self.add_cmd()),
            Cause::WrongMachine { path, .. } => {
                all.extend(self.right_platform());
                all.extend(self.other_file(path));
                all.extend(self.build_inside());
            }
            Cause::Truncated { path } => {
                all.extend(self.other_file(path));
                all.extend(self.build_inside());
                all.extend(self.right_path(path));
            }
            Cause::UnknownUser { user } => all.extend(self.user(user)),
            // No Dockerfile says how a file system is mounted.
            Cause::MountedNoexec { .. } => {}
        }
        all
    }

    /// Text behind an instruction, on a line of its own.
    fn behind(&self, instruction: &Instruction, line: &str) -> TextEdit {
        let end = instruction.span.end;
        TextEdit { span: end..end, insert: format!("\n{line}") }
    }

    /// Text before an instruction, on a line of its own.
    fn before(&self, instruction: &Instruction, line: &str) -> TextEdit {
        let start = instruction.span.start;
        TextEdit { span: start..start, insert: format!("{line}\n") }
    }

    /// The COPY of the target stage that brings a path, the last one if several do.
    fn copy_of(&self, path: &str) -> Option<&Instruction> {
        self.target()?.instructions.iter().rev().find(|instruction| match &instruction.kind {
            Kind::Copy { sources, destination } | Kind::Add { sources, destination } => {
                let name = fs::path::file_name(path);
                destination.ends_with(name)
                    || sources.iter().any(|source| fs::path::file_name(source) == name)
                    || destination.ends_with(['/', '.'])
            }
            _ => false,
        })
    }

    /// The instruction that says what is started.
    fn starter(&self) -> Option<&Instruction> {
        let instructions = &self.target()?.instructions;
        let is =
            |wanted: fn(&Kind) -> bool| instructions.iter().rev().find(move |instruction| wanted(&instruction.kind));
        is(|kind| matches!(kind, Kind::Entrypoint(_))).or_else(|| is(|kind| matches!(kind, Kind::Cmd(_))))
    }

    /// Files that this build put into the image and that can be executed.
    fn own_programs(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for layer in &self.image.layers {
            for entry in layer.entries.iter().filter(|entry| entry.kind == EntryKind::File && entry.mode & 0o111 != 0) {
                if self.image.tree.get(&entry.path).is_some() && !found.iter().any(|known| **known == *entry.path) {
                    found.push(entry.path.to_string());
                }
            }
        }
        found
    }
}
