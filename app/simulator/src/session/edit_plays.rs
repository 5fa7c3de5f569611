//! Edits that somebody may make, each tried on a copy of the cache that holds the present build.

use super::Session;
use stageplay_core::build::{Built, Cache, Images, NoImages, Request as BuildRequest, Step, build};
use stageplay_core::build_graph::step_seconds;
use stageplay_core::dockerfile::{Command, Kind};
use stageplay_core::engine::Builder;
use stageplay_core::fs::{Content, Tree};
use stageplay_core::text::{TextEdit, apply_edits};
use stageplay_core::words::say;
use stageplay_protocol::{EditPlay, EditPlays, PlayedEdit, PlayedStep};

/// The most files of the context that are edited, one after the other.
const MAX_FILES: usize = 8;
/// The most RUN instructions that are edited.
const MAX_LINES: usize = 6;
/// The rule of the check that proposes another order.
const CACHE_ORDER: &str = "SP005";

/// A build with the cache that it filled.
struct Warm {
    request: BuildRequest,
    built: Built,
    cache: Cache,
}

impl Session {
    /// Tries the edits. Nothing is tried without an image.
    pub(super) fn play_edits(&mut self) {
        let Some(done) = self.simulation.as_ref().filter(|done| done.built.image.is_some()) else {
            let (steps, plays) = (Vec::new(), Vec::new());
            self.edit_plays = Some(EditPlays { steps, plays, seconds: 0.0, reordering: None });
            return;
        };
        let request = done.request.clone();
        let store = self.host.store();
        let snapshot = store.lock().ok().map(|store| store.snapshot());
        let images: &dyn Images = match &snapshot {
            Some(images) => images,
            None => &NoImages,
        };
        let tried = |request: &BuildRequest, cache: &mut Cache| build(request, &self.catalogue, images, cache);
        let warm = |request: BuildRequest| {
            let mut cache = store.lock().map(|store| store.page_cache.clone()).unwrap_or_default();
            let built = tried(&request, &mut cache);
            Warm { request, built, cache }
        };
        let mut present = warm(request.clone());
        let checks = self.check_results.as_ref().map(|results| results.findings(self.language)).unwrap_or_default();
        let reordering = checks.iter().position(|check| check.rule == CACHE_ORDER && check.fix.is_some());
        let fix = reordering.and_then(|index| checks.get(index)?.fix.as_ref());
        let mut reordered = fix.and_then(|fix| {
            let edit = |edit: &stageplay_core::report::Edit| TextEdit {
                span: edit.start..edit.end,
                insert: edit.insert.clone(),
            };
            let edits: Vec<TextEdit> = fix.edits.iter().map(edit).collect();
            let dockerfile = apply_edits(&request.dockerfile, &edits)?;
            Some(warm(BuildRequest { dockerfile, ..request.clone() })).filter(|warm| warm.built.image.is_some())
        });
        let steps: Vec<&Step> = cached_steps(&present.built, request.builder).collect();
        let steps: Vec<PlayedStep> = steps
            .iter()
            .map(|step| PlayedStep { line: step.line, text: step.text.clone(), seconds: step_seconds(step) as f32 })
            .collect();
        let mut plays = Vec::new();
        for edit in files(&request).into_iter().map(PlayedEdit::File).chain(lines(&present.built).map(PlayedEdit::Line))
        {
            let Some(edited) = with_edit(&present.request, &present.built, &edit) else { continue };
            let built = present.cache.without_recording(|cache| tried(&edited, cache));
            let again: Vec<&Step> = cached_steps(&built, request.builder).filter(|step| !step.cached).collect();
            let why = |step: &&Step| match &step.rerun {
                Some(rerun) => say(self.language, rerun.why, &[("what", &rerun.what)]),
                None => String::new(),
            };
            let reruns = steps.iter().map(|step| again.iter().find(|other| other.line == step.line).map(why)).collect();
            let seconds_reordered =
                reordered.as_mut().filter(|_| matches!(edit, PlayedEdit::File(_))).and_then(|warm| {
                    let edited = with_edit(&warm.request, &warm.built, &edit)?;
                    Some(seconds(&warm.cache.without_recording(|cache| tried(&edited, cache)), request.builder))
                });
            plays.push(EditPlay { edit, reruns, seconds: seconds(&built, request.builder), seconds_reordered });
        }
        let all = steps.iter().map(|step| step.seconds).sum();
        self.edit_plays = Some(EditPlays { steps, plays, seconds: all, reordering });
    }
}

/// The steps that an engine caches.
fn cached_steps(built: &Built, builder: Builder) -> impl Iterator<Item = &Step> {
    let is_cached =
        move |keyword: &str| builder == Builder::Classic || matches!(keyword, "RUN" | "COPY" | "ADD" | "WORKDIR");
    built.steps.iter().filter(move |step| step.keyword != "FROM" && is_cached(&step.keyword))
}

/// The seconds of the steps that are not taken from the cache.
fn seconds(built: &Built, builder: Builder) -> f32 {
    cached_steps(built, builder).filter(|step| !step.cached).map(step_seconds).sum::<f64>() as f32
}

/// The files of the context that are edited: those nearest to its root, without Dockerfiles.
fn files(request: &BuildRequest) -> Vec<String> {
    let is_own = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        !name.contains("dockerfile") && name != ".dockerignore"
    };
    let known = |content: &Content| content.bytes().is_some();
    let files = request.context.walk("/").filter(|(path, node)| is_own(path) && node.content().is_some_and(known));
    let mut paths: Vec<&str> = files.map(|(path, _)| path.trim_start_matches('/')).take(2_000).collect();
    paths.sort_by_key(|path| path.matches('/').count());
    paths.into_iter().take(MAX_FILES).map(str::to_string).collect()
}

/// The lines of the RUN instructions that are edited: those of one command line.
fn lines(built: &Built) -> impl Iterator<Item = usize> {
    let stages = built.plan.iter().flat_map(|plan| &plan.stages).filter(|stage| stage.built);
    let runs = stages.flat_map(|stage| &stage.instructions).filter(|instruction| {
        matches!(&instruction.kind, Kind::Run(Command::Shell(_))) && instruction.heredocs.is_empty()
    });
    runs.map(|instruction| instruction.line).take(MAX_LINES).collect::<Vec<_>>().into_iter()
}

/// The request with an edit: a file ends with another line break, and a command with one more that does nothing.
fn with_edit(request: &BuildRequest, built: &Built, edit: &PlayedEdit) -> Option<BuildRequest> {
    match edit {
        PlayedEdit::File(path) => {
            let mut context: Tree = request.context.clone();
            let place = format!("/{path}");
            let node = context.get(&place)?;
            let (mode, mut bytes) = (node.mode, node.content()?.bytes()?.to_vec());
            bytes.push(b'\n');
            context.write(&place, Content::inline(bytes), mode, 0, 0).ok()?;
            Some(BuildRequest { context, ..request.clone() })
        }
        PlayedEdit::Line(line) => {
            let mut all = built.plan.as_ref()?.stages.iter().flat_map(|stage| &stage.instructions);
            let span = all.find(|instruction| instruction.line == *line)?.span.clone();
            let end = span.start + request.dockerfile.get(span)?.trim_end().len();
            let insert = " && true".to_string();
            let dockerfile = apply_edits(&request.dockerfile, &[TextEdit { span: end..end, insert }])?;
            Some(BuildRequest { dockerfile, ..request.clone() })
        }
    }
}
