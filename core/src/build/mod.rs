//! Carries out a build plan step by step, on layered file systems.

mod add_archive;
mod assumed_context;
mod build_args;
mod build_cache;
mod build_cache_key;
mod cache_miss_reason;
mod config_instructions;
mod context;
mod copy_add;
mod copy_chown_chmod;
mod copy_exclude_parents;
mod copy_sources;
mod engine_files;
mod engine_messages;
mod expose;
mod file_type_by_name;
mod healthcheck;
mod history_text;
mod old_frontend;
mod onbuild;
mod progress;
mod run;
mod run_mounts;
mod run_volumes;
mod stage;
mod stage_state;
mod state;
mod step_cache;
mod step_layer;
mod step_text;
mod tree_digest;
mod uncertain_failures;
mod unknown_parts;
mod unknown_sources;
mod unmount;
mod url_answers;
mod whole_image;
mod workdir;

pub use assumed_context::{AssumedFile, holds_only_dockerfiles};
pub use build_args::is_predefined_arg;
pub use cache_miss_reason::Rerun;
pub(crate) use engine_messages::pull_refused;
pub(crate) use old_frontend::parse as parse_dockerfile;
pub use progress::progress;
pub use step_cache::Cache;

use crate::base_images::{Catalogue, How};
use crate::diag::{Diagnostic, Severity};
use crate::engine::{Builder, EngineProfile};
use crate::fs::Tree;
use crate::image::{Day, Image, Layer, Reference};
use crate::plan::{self, Plan, Wish};
use crate::shell::{Answers, Effort, Stream};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use assumed_context::AssumedContext;
use state::BuildState;

/// The most shell commands that all RUN steps of one build run together.
const MAX_SHELL_STEPS: u32 = 60_000;
/// The most instructions of one Dockerfile.
const MAX_INSTRUCTIONS: usize = 5_000;

/// Local images, such as those of a host's image store. They take precedence over the catalogue.
pub trait Images {
    /// The local image of a reference.
    fn find(&self, reference: &Reference) -> Option<Arc<Image>>;
}

/// No local images.
#[derive(Clone, Copy, Debug)]
pub struct NoImages;

impl Images for NoImages {
    fn find(&self, _: &Reference) -> Option<Arc<Image>> {
        None
    }
}

/// A request to build.
#[derive(Clone, Debug)]
pub struct Request {
    /// The Dockerfile's text.
    pub dockerfile: String,
    /// The Dockerfile's name, for messages.
    pub name: String,
    /// The build context. A `.dockerignore` in it applies, or under BuildKit `NAME.dockerignore` beside the Dockerfile.
    pub context: Tree,
    /// `--target`.
    pub target: Option<String>,
    /// `--build-arg`, by name.
    pub build_args: BTreeMap<String, String>,
    /// `--secret` is given. Without it a mount of a required secret fails.
    pub has_secrets: bool,
    /// `--platform`.
    pub platform: String,
    /// The names to give to the image.
    pub tags: Vec<String>,
    /// `--as-of`: the day on which tags are looked up; `None` for the day of the engine.
    pub as_of: Option<Day>,
    /// The engine.
    pub engine: Arc<EngineProfile>,
    /// The engine's builder.
    pub builder: Builder,
    /// The build continues after a RUN that fails, with the changes that the command has made. No engine does that; it
    /// serves to check the instructions behind the failing one.
    pub continues_after_failure: bool,
    /// `--assume-context`: sources in the context that are not there are assumed to exist, with unknown content.
    pub assume_context: bool,
}

impl Request {
    /// `docker build .` without options: the engine's usual builder, for linux/amd64.
    pub fn new(dockerfile: impl Into<String>, context: Tree, engine: Arc<EngineProfile>) -> Self {
        Request {
            dockerfile: dockerfile.into(),
            name: "Dockerfile".into(),
            context,
            target: None,
            build_args: BTreeMap::new(),
            has_secrets: false,
            platform: "linux/amd64".into(),
            tags: Vec::new(),
            as_of: None,
            builder: engine.default_builder(),
            continues_after_failure: false,
            assume_context: false,
            engine,
        }
    }

    /// The day on which tags are looked up.
    pub fn day(&self) -> Day {
        self.as_of.unwrap_or_else(|| self.engine.day())
    }
}

/// Why a build failed, with the engine's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError {
    /// A stable id.
    pub code: &'static str,
    /// The engine's message.
    pub message: String,
    /// 1-based line of the Dockerfile.
    pub line: Option<usize>,
    /// The exit code of `docker build`.
    pub exit_code: i32,
}

impl BuildError {
    /// An error of the instruction on a 1-based line, after which `docker build` exits with 1.
    pub(crate) fn on_line(code: &'static str, message: String, line: usize) -> Self {
        BuildError { code, message, line: Some(line), exit_code: 1 }
    }
}

/// One step that was carried out.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its stage.
    pub stage: usize,
    /// 1-based line.
    pub line: usize,
    /// The instruction as the engine announces it.
    pub text: String,
    /// The keyword in upper case.
    pub keyword: String,
    /// The text that `docker history` prints.
    pub created_by: String,
    /// Whether the engine takes the step from its build cache.
    pub cached: bool,
    /// Why the step was not taken from the build cache.
    pub rerun: Option<Rerun>,
    /// The layer, if the step makes one.
    pub layer: Option<Arc<Layer>>,
    /// The id of the image after this step; empty under BuildKit.
    pub image_id: String,
    /// The output of the command.
    pub output: Vec<(Stream, Vec<u8>)>,
    /// Of RUN: the exit code of its command, if it is known.
    pub exit_code: Option<i32>,
    /// Of RUN: the commands that its script called, words expanded, in order; at most 500.
    pub commands: Arc<[Vec<String>]>,
    /// The step failed and ended the build.
    pub failed: bool,
}

/// A base image that a build uses, and what its reference was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUse {
    /// The reference in familiar form.
    pub reference: Reference,
    /// The most specific name of the build that it means.
    pub resolved: String,
    /// How the facts of the image are known.
    pub how: How,
    /// The day for which the tag was looked up; `None` where that does not matter.
    pub as_of: Option<Day>,
    /// Where the facts were read; empty if nothing is known.
    pub source: String,
}

/// A finished build, or one that failed.
#[derive(Clone, Debug)]
pub struct Built {
    /// The plan; `None` if the Dockerfile is not valid.
    pub plan: Option<Plan>,
    /// The steps carried out, in order.
    pub steps: Vec<Step>,
    /// The image of each stage, by index; `None` for a stage that was not built.
    pub stages: Vec<Option<Arc<Image>>>,
    /// The image of the target stage.
    pub image: Option<Arc<Image>>,
    /// Why there is no image.
    pub error: Option<BuildError>,
    /// The base images, in the order in which they were used.
    pub bases: Vec<BaseUse>,
    /// With [`Request::assume_context`]: the sources that are assumed, in order of the steps that read them.
    pub assumed: Vec<AssumedFile>,
    /// Warnings and notes.
    pub diagnostics: Vec<Diagnostic>,
    /// Bytes of the context that the client sends, as the client of the builder counts them.
    pub context_bytes: u64,
    /// The build exceeded a limit of the simulation. The instructions behind that point were not simulated.
    pub gave_up: bool,
}

impl Built {
    pub(crate) fn failed(error: BuildError) -> Self {
        Built {
            plan: None,
            steps: Vec::new(),
            stages: Vec::new(),
            image: None,
            error: Some(error),
            bases: Vec::new(),
            assumed: Vec::new(),
            diagnostics: Vec::new(),
            context_bytes: 0,
            gave_up: false,
        }
    }
}

/// Simulates a build. Mistakes in the request are in [`Built::error`]; the function itself does not fail.
pub fn build(request: &Request, catalogue: &Catalogue, images: &dyn Images, cache: &mut Cache) -> Built {
    if !request.assume_context {
        return build_in(request, None, catalogue, images, cache).0;
    }
    // A step may copy a directory before a later step names a file of it, so the files are collected in a build that is
    // only tried.
    let (_, context) = cache.without_recording(|cache| build_in(request, None, catalogue, images, cache));
    build_in(request, Some(context), catalogue, images, cache).0
}

/// Simulates a build, and returns it with the context that its steps saw at its end.
///
/// `assumed`: the context with files that are assumed.
fn build_in(
    request: &Request,
    assumed: Option<Tree>,
    catalogue: &Catalogue,
    images: &dyn Images,
    cache: &mut Cache,
) -> (Built, Tree) {
    let ignore = context::ignored(request);
    let client = context::ContextWalk::of(request);
    let context = match context::without_ignored(&request.context, ignore.clone(), client) {
        Ok(context) => context,
        Err(reason) => {
            let message = format!(".dockerignore: {reason}");
            let failed = BuildError { code: "too-many-patterns", message, line: None, exit_code: 1 };
            return (Built::failed(failed), Tree::new());
        }
    };
    // BuildKit sends only the files that steps use; they are known after the build.
    let context_bytes = if request.builder == Builder::Classic { context::tar_bytes(request, &context) } else { 0 };
    let (builder, major) = (request.builder, request.engine.major());
    let file = match old_frontend::parse(request) {
        Ok(file) => file,
        Err(error) => {
            let message = engine_messages::parse_error(&error, request);
            let failed = BuildError { code: "parse", message, line: error.line, exit_code: 1 };
            return (Built { context_bytes, ..Built::failed(failed) }, context);
        }
    };
    if file.instructions.len() > MAX_INSTRUCTIONS {
        let message = format!("more than {MAX_INSTRUCTIONS} instructions are not simulated");
        let failed = BuildError { code: "too-many-instructions", message, line: None, exit_code: 1 };
        return (Built { context_bytes, ..Built::failed(failed) }, context);
    }
    let wish =
        Wish { target: request.target.as_deref(), build_args: request.build_args.clone(), platform: &request.platform };
    let plan = match plan::plan(&file, &wish, builder, major) {
        Ok(plan) => plan,
        Err(error) => {
            let message = engine_messages::plan_error(&error, request);
            let failed = BuildError { code: error.code, message, line: error.line, exit_code: 1 };
            return (Built { context_bytes, ..Built::failed(failed) }, context);
        }
    };
    cache.begin();
    let assumed_context =
        request.assume_context.then(|| AssumedContext::new(&context, ignore.unwrap_or_default(), &request.name));
    let mut state = BuildState {
        request,
        catalogue,
        images,
        cache,
        context: assumed.unwrap_or_else(|| assumed_context.as_ref().map_or(context.clone(), AssumedContext::context)),
        assumed: assumed_context,
        plan: &plan,
        built: Built {
            plan: Some(plan.clone()),
            steps: Vec::new(),
            stages: vec![None; plan.stages.len()],
            image: None,
            error: None,
            bases: Vec::new(),
            assumed: Vec::new(),
            diagnostics: Vec::new(),
            context_bytes,
            gave_up: false,
        },
        finished_stages: vec![stage_state::FinishedStage::default(); plan.stages.len()],
        budget: Rc::default(),
        free_bytes: copy_sources::free_bytes(&context),
        shell_steps: MAX_SHELL_STEPS,
        effort: Effort::default(),
        failed_output: Vec::new(),
        failed_exit_code: None,
        used_args: Default::default(),
        used_context_paths: Vec::new(),
        answers: Answers::default(),
        outside_inputs: String::new(),
    };
    match url_answers::read(&request.context) {
        Ok(answers) => state.answers = answers,
        Err(error) => {
            let params =
                vec![("place", url_answers::ANSWERS_FILE.trim_start_matches('/').to_string()), ("what", error)];
            state.remark("bad-answers", Severity::Warning, params, None);
        }
    }
    state.outside_inputs = format!("{} {}", url_answers::digest(&state.answers), catalogue.packages.names());
    state.check_platforms();
    if state.built.error.is_none() {
        for stage in plan.stages.iter().filter(|stage| stage.built) {
            if let Err(error) = stage::build(&mut state, stage) {
                state.built.error = Some(error);
                break;
            }
        }
    }
    state.remark_unused_args();
    state.built.gave_up = state.budget.is_used_up() || state.effort.is_over();
    state.built.assumed = state.assumed.take().map(|assumed| assumed.files).unwrap_or_default();
    let (mut built, used_context_paths, seen) = (state.built, state.used_context_paths, state.context);
    if builder == Builder::Buildkit {
        built.context_bytes = context::transferred_bytes(&context, &used_context_paths);
    }
    if built.error.is_none() {
        built.image = built.stages.get(plan.target).cloned().flatten();
        if let (Builder::Classic, Some(image)) = (builder, &built.image)
            && image.id.is_empty()
        {
            built.image = None;
            built.error = Some(engine_messages::no_image());
        }
    }
    (built, seen)
}

#[cfg(test)]
mod tests;
