//! Fixes for a start that fails: edits of the Dockerfile, each offered only after the fixed
//! Dockerfile was simulated and starts.

use crate::build::{Built, Request};
use crate::dockerfile::{Command, Instruction, Kind};
use crate::engine::Builder;
use crate::exec::{Cause, Verdict};
use crate::fs::{self, EntryKind};
use crate::image::{Catalogue, Image};
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
    /// The repository of the image it names, release numbers left out.
    fn family(&self) -> String {
        let image = self.params.first().map_or("", |(_, image)| image.as_str());
        image.split(':').next().unwrap_or("").trim_end_matches(|c: char| c.is_ascii_digit()).to_string()
    }
}

/// At most this many other base images are tried, smallest first.
const MAX_BASES: usize = 16;
/// Of those that start, so many are offered.
const OFFERED_BASES: usize = 2;

/// Everything a fix can be made from.
struct Case<'a> {
    request: &'a Request,
    plan: &'a Plan,
    catalogue: &'a Catalogue,
    image: &'a Image,
}

/// Fixes for a failed start, each proven by `prove`, which simulates a Dockerfile's text.
pub fn fixes(
    request: &Request,
    built: &Built,
    run: &Run,
    catalogue: &Catalogue,
    prove: &mut dyn FnMut(&str) -> Option<Proof>,
) -> Vec<Fix> {
    let (Some(plan), Some(image), Some(cause)) = (&built.plan, &built.image, &run.cause) else {
        return Vec::new();
    };
    let case = Case { request, plan, catalogue, image };
    let mut found: Vec<Fix> = Vec::new();
    // One of each family is enough to choose from: not two releases of one distribution.
    let mut offered_bases: Vec<String> = Vec::new();
    for candidate in case.candidates(cause) {
        let family = (candidate.id == "runtime-base").then(|| candidate.family());
        if family.as_ref().is_some_and(|family| offered_bases.len() >= OFFERED_BASES || offered_bases.contains(family))
        {
            continue;
        }
        let Some(text) = apply_edits(&request.dockerfile, &candidate.edits) else {
            continue;
        };
        let Some(proof) = prove(&text).filter(|proof| proof.verdict == Verdict::Starts) else {
            continue;
        };
        offered_bases.extend(family);
        found.push(Fix { id: candidate.id, params: candidate.params, edits: candidate.edits, proof });
    }
    found
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

    fn candidates(&self, cause: &Cause) -> Vec<Candidate> {
        let mut all = Vec::new();
        match cause {
            Cause::InterpreterMissing { .. }
            | Cause::InterpreterUnusable { .. }
            | Cause::LibraryMissing { .. }
            | Cause::LibraryUnusable { .. }
            | Cause::SymbolMissing { .. }
            | Cause::VersionMissing { .. } => {
                all.extend(self.static_go());
                all.extend(self.build_inside());
                all.extend(self.builder_alpine());
                all.extend(self.runtime_bases());
            }
            Cause::ScriptInterpreterMissing { .. } => all.extend(self.runtime_bases()),
            Cause::PermissionDenied { path, .. } => all.extend(self.executable(path)),
            Cause::NotFound { path, .. } => {
                all.extend(self.exec_form(path));
                all.extend(self.right_path(path));
            }
            Cause::NothingToStart => all.extend(self.add_cmd()),
            Cause::IsDirectory { path } => all.extend(self.right_path(path)),
            Cause::NotExecutable { .. }
            | Cause::WrongMachine { .. }
            | Cause::SymlinkLoop { .. }
            | Cause::Truncated { .. }
            | Cause::NestedScripts { .. }
            | Cause::MountedNoexec { .. }
            | Cause::UnknownUser { .. } => {}
        }
        all
    }

    /// `go build` to `CGO_ENABLED=0 go build`, wherever a built stage compiles.
    fn static_go(&self) -> Option<Candidate> {
        let mut edits = Vec::new();
        for stage in self.plan.stages.iter().filter(|stage| stage.built) {
            for instruction in &stage.instructions {
                let text = self.text(instruction);
                if matches!(instruction.kind, Kind::Run(Command::Shell(_))) && !text.contains("CGO_ENABLED=0") {
                    edits.extend(self.edit(instruction, "go build", "CGO_ENABLED=0 go build"));
                }
            }
        }
        (!edits.is_empty()).then_some(Candidate { id: "static-go", params: vec![], edits })
    }

    /// `FROM golang` to `FROM golang:alpine` in the stages that compile.
    fn builder_alpine(&self) -> Option<Candidate> {
        let era = self.request.engine.era();
        for stage in self.plan.stages.iter().filter(|stage| stage.built && stage.index != self.plan.target) {
            let Base::Image(reference) = &stage.base else {
                continue;
            };
            if reference.tag.contains("alpine") {
                continue;
            }
            let wanted = match reference.tag.as_str() {
                "latest" => "alpine".to_string(),
                tag => format!("{}-alpine", tag.split('-').next().unwrap_or(tag)),
            };
            let mut better = reference.clone();
            better.tag = wanted;
            if self.catalogue.find(&better, era).is_err() {
                continue;
            }
            let image = better.to_string();
            let Kind::From { image: written, .. } = &stage.from.kind else {
                continue;
            };
            let edit = self.edit(&stage.from, written, &image)?;
            return Some(Candidate { id: "builder-alpine", params: vec![("image", image)], edits: vec![edit] });
        }
        None
    }

    /// Other images to run on: plain distributions, smallest first.
    fn runtime_bases(&self) -> Vec<Candidate> {
        let Some(stage) = self.root_stage() else {
            return Vec::new();
        };
        let Kind::From { image: written, .. } = &stage.from.kind else {
            return Vec::new();
        };
        let era = self.request.engine.era();
        let plain =
            ["alpine", "debian", "ubuntu", "gcr.io/distroless/base-debian13", "gcr.io/distroless/base-debian12"];
        let mut bases: Vec<(u64, String)> = self
            .catalogue
            .entries(era)
            .filter(|facts| plain.contains(&facts.name.as_str()))
            .map(|facts| (facts.size, facts.reference()))
            .collect();
        bases.sort();
        bases
            .into_iter()
            .take(MAX_BASES)
            .filter_map(|(_, image)| {
                let edit = self.edit(&stage.from, written, &image)?;
                Some(Candidate { id: "runtime-base", params: vec![("image", image)], edits: vec![edit] })
            })
            .collect()
    }

    /// A program that comes from the context, with its Go source beside it: compile it in a stage.
    fn build_inside(&self) -> Option<Candidate> {
        if self.plan.stages.len() != 1 {
            return None;
        }
        let stage = self.target()?;
        let mut sources: Vec<&str> = Vec::new();
        for (name, node) in self.request.context.children("/") {
            let is_main = name.ends_with(".go")
                && node
                    .content()
                    .and_then(|c| c.bytes())
                    .is_some_and(|b| String::from_utf8_lossy(b).contains("package main"));
            if is_main {
                sources.push(name);
            }
        }
        if sources.is_empty() {
            return None;
        }
        let copy = stage.instructions.iter().find(|instruction| match &instruction.kind {
            Kind::Copy { sources, .. } => {
                instruction.flag("from").is_none() && sources.len() == 1 && {
                    let path = fs::path::join("/", sources.first().map_or("", String::as_str));
                    let node = self.request.context.get(&path);
                    node.and_then(|node| node.content()).is_some_and(|content| crate::elf::is_elf(content.head()))
                }
            }
            _ => false,
        })?;
        let Kind::Copy { sources: copied, .. } = &copy.kind else {
            return None;
        };
        let copied = copied.first()?;
        let name = fs::path::file_name(copied);
        let builder = "golang:alpine";
        let files = sources.join(" ");
        let directory = if sources.len() > 1 { "./" } else { "." };
        let first = stage.from.span.start;
        let stage_text = format!(
            "FROM {builder} AS builder\nWORKDIR /go/src\nCOPY {files} {directory}\nRUN CGO_ENABLED=0 go build -o {name} {files}\n\n"
        );
        let mut edits = vec![TextEdit { span: first..first, insert: stage_text }];
        edits.push(self.edit(copy, copied, &format!("--from=builder /go/src/{name}"))?);
        Some(Candidate { id: "build-inside", params: vec![("image", builder.to_string())], edits })
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

    fn executable(&self, path: &str) -> Vec<Candidate> {
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

    /// The instruction that says what is started.
    fn starter(&self) -> Option<&Instruction> {
        let instructions = &self.target()?.instructions;
        let is =
            |wanted: fn(&Kind) -> bool| instructions.iter().rev().find(move |instruction| wanted(&instruction.kind));
        is(|kind| matches!(kind, Kind::Entrypoint(_))).or_else(|| is(|kind| matches!(kind, Kind::Cmd(_))))
    }

    /// `ENTRYPOINT /app` without a shell in the image: `ENTRYPOINT ["/app"]`.
    fn exec_form(&self, path: &str) -> Option<Candidate> {
        let starter = self.starter()?;
        let (Kind::Entrypoint(Command::Shell(text)) | Kind::Cmd(Command::Shell(text))) = &starter.kind else {
            return None;
        };
        if !path.ends_with("sh") || text.contains(['$', '&', '|', ';', '"', '\'']) {
            return None;
        }
        let words: Vec<String> = text.split_whitespace().map(|word| format!("{word:?}")).collect();
        let insert = format!("{} [{}]", starter.keyword, words.join(", "));
        Some(Candidate {
            id: "exec-form",
            params: vec![],
            edits: vec![TextEdit { span: starter.span.clone(), insert }],
        })
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

    fn right_path(&self, path: &str) -> Vec<Candidate> {
        let Some(starter) = self.starter() else {
            return Vec::new();
        };
        let name = fs::path::file_name(path);
        let mut places = self.own_programs();
        places.retain(|place| place != path);
        // The same name elsewhere first, then anything else that can run.
        places.sort_by_key(|place| fs::path::file_name(place) != name);
        places
            .into_iter()
            .take(3)
            .filter_map(|place| {
                let edit = self.edit(starter, path, &place)?;
                Some(Candidate { id: "right-path", params: vec![("path", place)], edits: vec![edit] })
            })
            .collect()
    }

    fn add_cmd(&self) -> Vec<Candidate> {
        let end = self.request.dockerfile.trim_end().len();
        self.own_programs()
            .into_iter()
            .take(3)
            .map(|place| {
                let edit = TextEdit { span: end..end, insert: format!("\nCMD [{place:?}]") };
                Candidate { id: "add-cmd", params: vec![("path", place)], edits: vec![edit] }
            })
            .collect()
    }
}
