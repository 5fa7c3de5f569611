//! Carries a plan out, step by step, on layered file systems.

mod answers;
mod cache;
mod context;
mod engine_cache;
mod features;
mod files;
mod metadata;
mod mounts;
mod progress;
mod run;
mod stage;
mod words;

pub use cache::Cache;
pub use engine_cache::Rerun;
pub(crate) use features::unknown;
pub use progress::progress;

use crate::base_images::Catalogue;
use crate::diag::{Diagnostic, Severity};
use crate::dockerfile::{self, Budget};
use crate::engine::{Builder, EngineProfile};
use crate::fs::Tree;
use crate::image::{Image, Layer, Reference};
use crate::plan::{self, Plan, Source, Wish};
use crate::shell::{Answers, Effort, Gap, Stream};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Shell commands that one build may run in all its RUN steps together.
const MAX_SHELL_STEPS: u32 = 60_000;
/// Instructions that one build may have.
const MAX_INSTRUCTIONS: usize = 5_000;
/// Steps that one build may have: ONBUILD adds some to each stage that stands on its image.
const MAX_STEPS: usize = 10_000;
/// The deepest stack of layers that Docker makes (moby `layer.maxLayerDepth`).
const MAX_LAYERS: usize = 125;

/// Whether a build argument reaches RUN without ARG (Docker's reference, "Predefined ARGs").
pub fn is_predefined_arg(name: &str) -> bool {
    ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"]
        .iter()
        .any(|known| name == *known || name == known.to_ascii_lowercase())
}

/// Images that are there without a registry: a host's store. Asked before the catalogue.
pub trait Images {
    /// The image of a reference.
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

/// One build, as asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The Dockerfile's text.
    pub dockerfile: String,
    /// Its name, for messages.
    pub name: String,
    /// The build context; a `.dockerignore` in it is obeyed.
    pub context: Tree,
    /// `--target`.
    pub target: Option<String>,
    /// `--build-arg`, by name.
    pub build_args: BTreeMap<String, String>,
    /// `--platform`.
    pub platform: String,
    /// The names to give to the image.
    pub tags: Vec<String>,
    /// Which engine.
    pub engine: Arc<EngineProfile>,
    /// Which of its builders.
    pub builder: Builder,
    /// A RUN that fails is passed over: what it did until then stays, and the build goes on. No engine does that;
    /// it is for who wants to know what comes behind.
    pub passes_failures: bool,
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
            platform: "linux/amd64".into(),
            tags: Vec::new(),
            builder: engine.default_builder(),
            passes_failures: false,
            engine,
        }
    }
}

/// Why a build failed, in the engine's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError {
    /// A stable id.
    pub code: &'static str,
    /// What the engine says.
    pub message: String,
    /// 1-based line of the Dockerfile.
    pub line: Option<usize>,
    /// What `docker build` exits with.
    pub exit_code: i32,
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
    /// The keyword in capitals.
    pub keyword: String,
    /// As `docker history` prints it.
    pub created_by: String,
    /// Taken from the build cache, as the engine goes by it.
    pub cached: bool,
    /// Why it was not taken from there.
    pub rerun: Option<Rerun>,
    /// What it added, if it makes a layer.
    pub layer: Option<Arc<Layer>>,
    /// The image up to here.
    pub image_id: String,
    /// What it printed.
    pub output: Vec<(Stream, Vec<u8>)>,
    /// Of RUN: the commands that its script called, words expanded, in order; at most 500.
    pub commands: Arc<[Vec<String>]>,
    /// It failed: the build ends here.
    pub failed: bool,
}

/// A finished build, or one that failed.
#[derive(Clone, Debug)]
pub struct Built {
    /// The plan; `None` when the text was no Dockerfile.
    pub plan: Option<Plan>,
    /// The steps carried out, in order.
    pub steps: Vec<Step>,
    /// What each stage became, by index.
    pub stages: Vec<Option<Arc<Image>>>,
    /// The result.
    pub image: Option<Arc<Image>>,
    /// Why there is none.
    pub error: Option<BuildError>,
    /// Remarks.
    pub diagnostics: Vec<Diagnostic>,
    /// Bytes that the client sends as the context, counted as its builder's client counts them.
    pub context_bytes: u64,
    /// The build asked for more work than is done: what came behind was not looked at.
    pub gave_up: bool,
}

impl Built {
    fn failed(error: BuildError) -> Self {
        Built {
            plan: None,
            steps: Vec::new(),
            stages: Vec::new(),
            image: None,
            error: Some(error),
            diagnostics: Vec::new(),
            context_bytes: 0,
            gave_up: false,
        }
    }
}

/// Builds. User mistakes are in [`Built::error`]; the function itself does not fail.
pub fn build(request: &Request, catalogue: &Catalogue, images: &dyn Images, cache: &mut Cache) -> Built {
    let context = match context::sent(&request.context) {
        Ok(context) => context,
        Err(reason) => {
            let message = format!(".dockerignore: {reason}");
            return Built::failed(BuildError { code: "too-many-patterns", message, line: None, exit_code: 1 });
        }
    };
    // BuildKit sends what steps ask for, which is known at the end.
    let context_bytes = if request.builder == Builder::Classic { context::tar_bytes(request, &context) } else { 0 };
    let (builder, major) = (request.builder, request.engine.major());
    let read = dockerfile::parse(&request.dockerfile);
    let file = match read.and_then(|file| features::unknown(&file, request).map_or(Ok(file), Err)) {
        Ok(file) => file,
        Err(error) => {
            let message = words::parse_error(&error, request);
            let failed = BuildError { code: "parse", message, line: error.line, exit_code: 1 };
            return Built { context_bytes, ..Built::failed(failed) };
        }
    };
    if file.instructions.len() > MAX_INSTRUCTIONS {
        let message = format!("more than {MAX_INSTRUCTIONS} instructions are not simulated");
        let failed = BuildError { code: "too-many-instructions", message, line: None, exit_code: 1 };
        return Built { context_bytes, ..Built::failed(failed) };
    }
    let wish =
        Wish { target: request.target.as_deref(), build_args: request.build_args.clone(), platform: &request.platform };
    let plan = match plan::plan(&file, &wish, builder, major) {
        Ok(plan) => plan,
        Err(error) => {
            let message = words::plan_error(&error, request);
            let failed = BuildError { code: error.code, message, line: error.line, exit_code: 1 };
            return Built { context_bytes, ..Built::failed(failed) };
        }
    };
    cache.begin();
    let mut work = Work {
        request,
        catalogue,
        images,
        cache,
        context: &context,
        plan: &plan,
        built: Built {
            plan: Some(plan.clone()),
            steps: Vec::new(),
            stages: vec![None; plan.stages.len()],
            image: None,
            error: None,
            diagnostics: Vec::new(),
            context_bytes,
            gave_up: false,
        },
        left: vec![stage::Left::default(); plan.stages.len()],
        budget: Rc::default(),
        free_bytes: files::free_bytes(&context),
        shell_steps: MAX_SHELL_STEPS,
        effort: Effort::default(),
        failed_output: Vec::new(),
        used_args: Default::default(),
        taken: Vec::new(),
        answers: Answers::default(),
        outside: String::new(),
    };
    match answers::read(&request.context) {
        Ok(answers) => work.answers = answers,
        Err(error) => {
            let params = vec![("place", answers::PLACE.trim_start_matches('/').to_string()), ("what", error)];
            work.remark("bad-answers", Severity::Warning, params, None);
        }
    }
    work.outside = format!("{} {}", answers::digest(&work.answers), catalogue.packages.names());
    work.check_platforms();
    if work.built.error.is_none() {
        for stage in plan.stages.iter().filter(|stage| stage.built) {
            if let Err(error) = stage::build(&mut work, stage) {
                work.built.error = Some(error);
                break;
            }
        }
    }
    work.remark_unused_args();
    work.built.gave_up = work.budget.is_used_up() || work.effort.is_over();
    let (mut built, taken) = (work.built, work.taken);
    if builder == Builder::Buildkit {
        built.context_bytes = context::transfer(&context, &taken);
    }
    if built.error.is_none() {
        built.image = built.stages.get(plan.target).cloned().flatten();
        if let (Builder::Classic, Some(image)) = (builder, &built.image)
            && image.id.is_empty()
        {
            built.image = None;
            let message = "No image was generated. Is your Dockerfile empty?".to_string();
            built.error = Some(BuildError { code: "no-image", message, line: None, exit_code: 1 });
        }
    }
    built
}

/// The state of one build at work.
pub(crate) struct Work<'a> {
    request: &'a Request,
    catalogue: &'a Catalogue,
    images: &'a dyn Images,
    cache: &'a mut Cache,
    context: &'a Tree,
    plan: &'a Plan,
    built: Built,
    /// What addresses answer, as the context declares it.
    answers: Answers,
    /// Names what steps may take from outside of context and images: answers and package indexes.
    outside: String,
    /// What each finished stage leaves to those that stand on it.
    left: Vec<stage::Left>,
    /// What the words of its instructions may still cost.
    budget: Rc<Budget>,
    /// Bytes that may still be copied before they are charged.
    free_bytes: usize,
    shell_steps: u32,
    effort: Effort,
    /// What the RUN that failed had printed.
    failed_output: Vec<(Stream, Vec<u8>)>,
    used_args: std::collections::BTreeSet<String>,
    /// Paths of the context that steps take.
    taken: Vec<String>,
}

impl Work<'_> {
    fn is_classic(&self) -> bool {
        self.request.builder == Builder::Classic
    }

    fn remark(
        &mut self,
        code: &'static str,
        severity: Severity,
        params: Vec<(&'static str, String)>,
        line: Option<usize>,
    ) {
        let remark = Diagnostic { code, severity, params, line };
        if !self.built.diagnostics.contains(&remark) {
            self.built.diagnostics.push(remark);
        }
    }

    fn remark_gap(&mut self, gap: &Gap, line: usize) {
        self.remark(gap.code, Severity::Warning, vec![("what", gap.what.clone())], Some(line));
    }

    /// Remarks on stages for other machines, of which nothing is simulated but their files.
    fn check_platforms(&mut self) {
        for stage in &self.plan.stages {
            if let Some(platform) = stage.platform.as_deref().or(Some(self.request.platform.as_str()))
                && platform != "linux/amd64"
            {
                self.built.diagnostics.push(Diagnostic {
                    code: "platform-not-modelled",
                    severity: Severity::Warning,
                    params: vec![("platform", platform.to_string())],
                    line: Some(stage.from.line),
                });
            }
        }
    }

    /// An image by reference: local, or from the catalogue.
    fn image(&mut self, reference: &Reference, line: usize) -> Result<Arc<Image>, BuildError> {
        if let Some(image) = self.images.find(reference) {
            return Ok(image);
        }
        self.catalogue.image(reference, self.request.engine.era()).map_err(|missing| {
            let params = vec![("image", reference.to_string()), ("near", missing.near.join(", "))];
            let code = if missing.near.is_empty() { "unknown-image" } else { "unknown-image-near" };
            self.remark(code, Severity::Error, params, Some(line));
            BuildError {
                code: "unknown-image",
                message: words::unknown_image(reference, self.request),
                line: Some(line),
                exit_code: 1,
            }
        })
    }

    /// The files that a COPY or a mount of a stage takes from: the context, a stage or an image.
    fn source_tree(
        &mut self,
        stage: usize,
        from: Option<&str>,
        line: usize,
        by_number: bool,
    ) -> Result<Tree, BuildError> {
        let Some(name) = from else { return Ok(self.context.clone()) };
        match plan::source(self.plan, stage, name, line, by_number) {
            Ok(Source::Stage(index)) => {
                Ok(self.built.stages.get(index).cloned().flatten().map(|image| image.tree.clone()).unwrap_or_default())
            }
            Ok(Source::Image(reference)) => Ok(self.image(&reference, line)?.tree.clone()),
            Err(error) => {
                let message = words::bad_source(&error, name, stage, self.request);
                Err(BuildError { code: error.code, message, line: Some(line), exit_code: 1 })
            }
        }
    }

    /// `--build-arg` names that no ARG of the Dockerfile takes.
    fn remark_unused_args(&mut self) {
        let declared: std::collections::BTreeSet<&String> = self
            .plan
            .global
            .iter()
            .filter_map(|instruction| match &instruction.kind {
                dockerfile::Kind::Arg(args) => Some(args.iter().map(|(name, _)| name)),
                _ => None,
            })
            .flatten()
            .collect();
        let unused: Vec<String> = self
            .request
            .build_args
            .keys()
            .filter(|name| !declared.contains(name) && !self.used_args.contains(*name) && !is_predefined_arg(name))
            .cloned()
            .collect();
        if !unused.is_empty() {
            self.remark("unused-build-arg", Severity::Warning, vec![("names", unused.join(" "))], None);
        }
    }
}

#[cfg(test)]
mod tests;
