//! Fixes for an image that does not start, or for a build that a RUN ends: edits of the Dockerfile. A fix is offered only
//! after the fixed Dockerfile was simulated: its image starts, or it builds.

mod failed_build;
mod libc_mismatch;
mod missing_packages;
mod missing_user;
mod permissions;
mod program_file;
mod script_interpreter;
mod start_command;

pub use failed_build::BuildHint;
pub(crate) use missing_packages::lacks_package;

use crate::base_images::Catalogue;
use crate::build::{Built, Request};
use crate::dockerfile::{Instruction, Kind};
use crate::exec::{Cause, Verdict};
use crate::fs::{self, EntryKind};
use crate::image::Image;
use crate::image_start::Run;
use crate::measure::Size;
use crate::plan::{Plan, Stage};
use crate::text::{TextEdit, apply_edits};

/// A change of the Dockerfile that makes the image start, or the build end well.
#[derive(Clone, Debug)]
pub struct Fix {
    /// A stable id. Its messages are `fix.ID` and `fix.ID.why`.
    pub id: &'static str,
    /// Values for the placeholders of the messages.
    pub params: Vec<(&'static str, String)>,
    /// Edits of the Dockerfile.
    pub edits: Vec<TextEdit>,
    /// The result of simulating the fixed Dockerfile.
    pub proof: Proof,
}

/// The outcome of simulating a fixed Dockerfile.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Whether the image starts.
    pub verdict: Verdict,
    /// The size of the image.
    pub size: Size,
}

/// A fix that is not proven yet.
struct Candidate {
    id: &'static str,
    params: Vec<(&'static str, String)>,
    edits: Vec<TextEdit>,
}

impl Candidate {
    fn new(id: &'static str, params: Vec<(&'static str, String)>, edits: Vec<TextEdit>) -> Self {
        Candidate { id, params, edits }
    }

    /// Candidates of one kind and family are alternatives of which one is offered. For base images the family is the
    /// repository without release numbers.
    fn family(&self) -> String {
        let name = self.params.first().map_or("", |(_, name)| name.as_str());
        if !["runtime-base", "language-base"].contains(&self.id) {
            return name.to_string();
        }
        name.split(':').next().unwrap_or("").trim_end_matches(|c: char| c.is_ascii_digit()).to_string()
    }
}

/// The most fixes of one kind that are offered, such as other base images.
const MAX_OFFERED: usize = 2;

/// A build whose image does not start, as fixes see it.
struct FixContext<'a> {
    request: &'a Request,
    plan: &'a Plan,
    catalogue: &'a Catalogue,
    image: &'a Image,
    built: &'a Built,
}

/// Fixes for a failed start, each proven by `prove`, which simulates the text of a Dockerfile. Also the name of a package
/// index that may know a fix and is not loaded.
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
    let mut missing_index = None;
    let context = FixContext { request, plan, catalogue, image, built };
    let candidates = context.candidates(cause, &mut missing_index);
    (proven(request, candidates, |proof| proof.verdict == Verdict::Starts, prove), missing_index)
}

/// The candidates that `prove` finds and `is_proof` accepts.
fn proven(
    request: &Request,
    candidates: Vec<Candidate>,
    is_proof: fn(&Proof) -> bool,
    prove: &mut dyn FnMut(&str) -> Option<Proof>,
) -> Vec<Fix> {
    let mut found: Vec<Fix> = Vec::new();
    // One candidate of each family is offered: not two releases of one distribution.
    let mut offered: Vec<(&str, String)> = Vec::new();
    for candidate in candidates {
        let family = (candidate.id, candidate.family());
        let of_id = offered.iter().filter(|(id, _)| *id == candidate.id).count();
        if of_id >= MAX_OFFERED || offered.contains(&family) {
            continue;
        }
        let Some(text) = apply_edits(&request.dockerfile, &candidate.edits) else {
            continue;
        };
        let Some(proof) = prove(&text).filter(is_proof) else {
            continue;
        };
        offered.push(family);
        found.push(Fix { id: candidate.id, params: candidate.params, edits: candidate.edits, proof });
    }
    found
}

/// A fix that is not proven: its id, its values, its edits.
type UnprovenFix = (&'static str, Vec<(&'static str, String)>, Vec<TextEdit>);

/// Fixes that install a package with a program into the target.
pub(crate) fn packages_with(
    request: &Request,
    built: &Built,
    catalogue: &Catalogue,
    program: &str,
) -> Vec<UnprovenFix> {
    let (Some(plan), Some(image)) = (&built.plan, &built.image) else { return Vec::new() };
    let context = FixContext { request, plan, catalogue, image, built };
    let cause = Cause::NotFound { path: program.to_string(), in_path: true };
    let found = context.install_packages(&cause, &mut None);
    found.into_iter().map(|one| (one.id, one.params, one.edits)).collect()
}

/// What is known of a build that a RUN ends.
#[derive(Clone, Debug, Default)]
pub struct FailedBuild {
    /// What is said of it beside the engine's message.
    pub hint: Option<BuildHint>,
    /// Fixes with which the image is made; whether it starts is the next question.
    pub fixes: Vec<Fix>,
    /// The name of a package index that may know a fix and is not loaded.
    pub missing_index: Option<&'static str>,
}

/// What helps a build that a RUN ends, each fix proven by `prove`, which simulates the text of a Dockerfile.
pub fn failed_build(
    request: &Request,
    built: &Built,
    catalogue: &Catalogue,
    prove: &mut dyn FnMut(&str) -> Option<Proof>,
) -> FailedBuild {
    let is_run = built.error.as_ref().is_some_and(|error| ["run-failed", "run-not-started"].contains(&error.code));
    let (Some(plan), true) = (&built.plan, is_run) else { return FailedBuild::default() };
    let Some(step) = failed_build::failed_run(&built.steps) else { return FailedBuild::default() };
    let base = failed_build::base_image(plan, step.stage, catalogue, request.day());
    let Some(image) = base else {
        return FailedBuild { hint: failed_build::hint(plan, step, None), ..FailedBuild::default() };
    };
    let mut plan = plan.clone();
    plan.target = step.stage;
    let context = FixContext { request, plan: &plan, catalogue, image: &image, built };
    let hint = failed_build::hint(&plan, step, context.os_release("ID").as_deref());
    let mut missing_index = None;
    let candidates = context.build_candidates(step, &mut missing_index);
    let fixes = proven(request, candidates, |_| true, prove);
    FailedBuild { hint, fixes, missing_index }
}

impl FixContext<'_> {
    fn target(&self) -> Option<&Stage> {
        self.plan.stages.get(self.plan.target)
    }

    /// The stage whose FROM names the base image of the target.
    fn root_stage(&self) -> Option<&Stage> {
        self.plan.root_stage(self.plan.target)
    }

    fn text(&self, instruction: &Instruction) -> &str {
        self.request.dockerfile.get(instruction.span.clone()).unwrap_or("")
    }

    /// An edit that replaces the first occurrence of a text in an instruction.
    fn edit(&self, instruction: &Instruction, find: &str, insert: &str) -> Option<TextEdit> {
        let at = instruction.span.start + self.text(instruction).find(find)?;
        Some(TextEdit { span: at..at + find.len(), insert: insert.to_string() })
    }

    fn candidates(&self, cause: &Cause, missing_index: &mut Option<&'static str>) -> Vec<Candidate> {
        let mut all = Vec::new();
        match cause {
            Cause::InterpreterMissing { path, .. }
            | Cause::InterpreterUnusable { path, .. }
            | Cause::LibraryMissing { path, .. }
            | Cause::LibraryUnusable { path, .. }
            | Cause::SymbolMissing { path, .. }
            | Cause::VersionMissing { path, .. } => {
                all.extend(self.link_go_statically());
                all.extend(self.build_in_stage());
                all.extend(self.alpine_builder());
                all.extend(self.other_builders());
                all.extend(self.runtime_bases());
                all.extend(self.install_packages(cause, missing_index));
                all.extend(self.copy_libraries(path));
                all.extend(self.other_program(path));
            }
            Cause::ScriptInterpreterMissing { path, interpreter, carriage_return } => {
                if *carriage_return {
                    all.extend(self.strip_carriage_returns(path));
                }
                all.extend(self.use_sh(path, interpreter));
                all.extend(self.install_packages(cause, missing_index));
                all.extend(self.runtime_bases());
            }
            Cause::NestedScripts { path } => all.extend(self.use_sh(path, "/bin/sh")),
            Cause::NotExecutable { path, empty } => {
                if !empty {
                    all.extend(self.add_shebang(path));
                }
                all.extend(self.other_program(path));
                all.extend(self.other_path(path));
            }
            Cause::PermissionDenied { path, .. } => {
                all.extend(self.chmod(path));
                all.extend(self.chown(path));
            }
            Cause::NotFound { path, .. } => {
                all.extend(self.use_exec_form(path));
                all.extend(self.other_path(path));
                all.extend(self.copy_program(path));
                all.extend(self.language_bases(path));
                all.extend(self.install_packages(cause, missing_index));
                if path.ends_with("sh") {
                    all.extend(self.runtime_bases());
                }
            }
            Cause::IsDirectory { path } | Cause::SymlinkLoop { path } => {
                all.extend(self.other_path(path));
                all.extend(self.copy_program(path));
            }
            Cause::NothingToStart => all.extend(self.add_cmd()),
            Cause::WrongMachine { path, .. } => {
                all.extend(self.other_platform());
                all.extend(self.other_program(path));
                all.extend(self.build_in_stage());
            }
            Cause::Truncated { path } => {
                all.extend(self.other_program(path));
                all.extend(self.build_in_stage());
                all.extend(self.other_path(path));
            }
            Cause::SharedLibrary { path } => {
                all.extend(self.other_program(path));
                all.extend(self.other_path(path));
            }
            Cause::UnknownUser { user } => all.extend(self.add_user(user)),
            Cause::MainFileMissing { path, .. } => {
                all.extend(self.other_main_file(path));
                all.extend(self.copy_main_file(path));
            }
            // A Dockerfile cannot change how a file system is mounted, secrets do not belong into it, and what a
            // command wants is not known.
            Cause::MountedNoexec { .. } | Cause::VariableMissing { .. } | Cause::ExitsWithError { .. } => {}
        }
        all
    }

    /// An edit that inserts a line behind an instruction.
    fn line_behind(&self, instruction: &Instruction, line: &str) -> TextEdit {
        let end = instruction.span.end;
        TextEdit { span: end..end, insert: format!("\n{line}") }
    }

    /// An edit that inserts a line before an instruction.
    fn line_before(&self, instruction: &Instruction, line: &str) -> TextEdit {
        let start = instruction.span.start;
        TextEdit { span: start..start, insert: format!("{line}\n") }
    }

    /// The last COPY or ADD of the target stage that may have put a path into the image.
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

    /// The last ENTRYPOINT of the target stage, else its last CMD.
    fn start_instruction(&self) -> Option<&Instruction> {
        let instructions = &self.target()?.instructions;
        let is =
            |matches: fn(&Kind) -> bool| instructions.iter().rev().find(move |instruction| matches(&instruction.kind));
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
