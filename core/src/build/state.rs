//! The state of one build while its stages are built.

use super::assumed_context::AssumedContext;
use super::stage_state::FinishedStage;
use super::{BaseUse, BuildError, Built, Cache, Images, Request, engine_messages};
use crate::base_images::{Catalogue, How, Unresolved, unknown_files};
use crate::diag::{Diagnostic, Severity};
use crate::dockerfile::Budget;
use crate::engine::Builder;
use crate::fs::Tree;
use crate::image::{Day, Image, Reference};
use crate::plan::{self, Base, Plan, Source};
use crate::shell::{Answers, Effort, Gap, Stream};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

/// The state of one build.
pub(super) struct BuildState<'a> {
    pub(super) request: &'a Request,
    pub(super) catalogue: &'a Catalogue,
    pub(super) images: &'a dyn Images,
    pub(super) cache: &'a mut Cache,
    /// The context in which steps look for files.
    pub(super) context: Tree,
    /// With `--assume-context`: what is assumed of the context.
    pub(super) assumed: Option<AssumedContext>,
    pub(super) plan: &'a Plan,
    pub(super) built: Built,
    /// The contents behind URLs, as the context declares them.
    pub(super) answers: Answers,
    /// Digest of the inputs besides context and images: URL answers and package indexes.
    pub(super) outside_inputs: String,
    /// What each finished stage passes on to the stages that start from it, by index.
    pub(super) finished_stages: Vec<FinishedStage>,
    /// The remaining cost of expanding and keeping words.
    pub(super) budget: Rc<Budget>,
    /// The bytes that may still be copied before they are charged to the budget.
    pub(super) free_bytes: usize,
    pub(super) shell_steps: u32,
    pub(super) effort: Effort,
    /// The output of the RUN that failed.
    pub(super) failed_output: Vec<(Stream, Vec<u8>)>,
    /// The exit code of the RUN that failed.
    pub(super) failed_exit_code: Option<i32>,
    pub(super) used_args: BTreeSet<String>,
    /// Paths of the context that steps use.
    pub(super) used_context_paths: Vec<String>,
}

impl BuildState<'_> {
    pub(super) fn is_classic(&self) -> bool {
        self.request.builder == Builder::Classic
    }

    pub(super) fn remark(
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

    pub(super) fn remark_gap(&mut self, gap: &Gap, line: usize) {
        let params = match (gap.code, gap.what.split_once(' ')) {
            ("failure-after-gap", Some((status, open))) => {
                vec![("what", status.to_string()), ("open", open.to_string())]
            }
            _ => vec![("what", gap.what.clone())],
        };
        self.remark(gap.code, Severity::Warning, params, Some(line));
    }

    /// Adds a diagnostic for each stage of another platform: only its files are simulated.
    pub(super) fn check_platforms(&mut self) {
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
    pub(super) fn image(&mut self, reference: &Reference, line: usize) -> Result<Arc<Image>, BuildError> {
        if let Some(image) = self.images.find(reference) {
            self.note_base(reference, reference.to_string(), How::Archive, None, "");
            return Ok(image);
        }
        let day = self.request.day();
        let found = self.catalogue.resolve(reference, day).map(|resolved| {
            let source = resolved.facts.source.as_str();
            self.note_base(reference, resolved.name.clone(), resolved.how, resolved.as_of, source);
            if resolved.how == How::Unknown {
                self.remark("image-not-known", Severity::Warning, vec![("image", reference.to_string())], Some(line));
            }
            if let Some(processor) = resolved.processor {
                let platform = vec![("platform", format!("linux/{processor}"))];
                self.remark("platform-not-modelled", Severity::Warning, platform, Some(line));
            }
            self.catalogue.image_of(&resolved.facts)
        });
        found.map_err(|unresolved| match unresolved {
            Unresolved::NotLoaded(family) => {
                self.remark("images-not-loaded", Severity::Note, vec![("what", family.clone())], Some(line));
                let message = format!("the history of {family} is not loaded");
                self.ask_for_images();
                BuildError::on_line("images-not-loaded", message, line)
            }
            Unresolved::NotFound(missing) => {
                let params = vec![("image", reference.to_string()), ("near", missing.near.join(", "))];
                let code = if missing.near.is_empty() { "unknown-image" } else { "unknown-image-near" };
                self.remark(code, Severity::Error, params, Some(line));
                let stages = self.plan.stages.iter().filter_map(|stage| stage.name.as_deref());
                let message = engine_messages::image_not_found(&missing, stages, self.request);
                BuildError::on_line("unknown-image", message, line)
            }
        })
    }

    /// Looks all images of the plan up, so that the catalogue notes at once what of them is not loaded.
    fn ask_for_images(&self) {
        for reference in self.plan.images().iter().filter(|reference| self.images.find(reference).is_none()) {
            let _ = self.catalogue.resolve(reference, self.request.day());
        }
    }

    /// Notes what a reference was taken for.
    fn note_base(&mut self, reference: &Reference, resolved: String, how: How, as_of: Option<Day>, source: &str) {
        let base = BaseUse { reference: reference.clone(), resolved, how, as_of, source: source.to_string() };
        if !self.built.bases.contains(&base) {
            self.built.bases.push(base);
        }
    }

    /// The tree that a COPY or a mount of a stage copies from: the context, a stage or an image.
    pub(super) fn source_tree(
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
            // Nothing of it was built yet: there are the files that it starts from.
            Ok(Source::LaterStage(index)) => match self.plan.stages.get(index).map(|stage| &stage.base) {
                Some(Base::Image(reference)) => Ok(self.image(reference, line)?.tree.clone()),
                _ => Ok(Tree::default()),
            },
            Ok(Source::Image(reference)) => {
                let image = self.image(&reference, line)?;
                let is_unknown = image.base.as_ref().is_some_and(|facts| facts.is_unknown());
                Ok(if is_unknown { unknown_files() } else { image.tree.clone() })
            }
            Err(error) => {
                let message = engine_messages::invalid_from(&error, name, stage, self.request);
                Err(BuildError::on_line(error.code, message, line))
            }
        }
    }
}
