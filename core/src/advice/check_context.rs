//! The input of every check: plan, steps, the image, its start, and the means to build a changed Dockerfile.

use super::assumptions::{AssumedBuild, AssumedImages, Assumption};
use super::{Advice, Fix, Rule};
use crate::base_images::Catalogue;
use crate::build::{self, Built, Cache, Images, Request, Step};
use crate::dockerfile::Instruction;
use crate::exec::Verdict;
use crate::fs::Tree;
use crate::image::Image;
use crate::image_start::{self, Run};
use crate::measure::{Honesty, Size};
use crate::plan::{Base, Plan, Stage};
use crate::text::{Span, TextEdit, apply_edits};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most instructions of all trial builds together. A fix that is not tried is not offered.
const MAX_TRIAL_INSTRUCTIONS: usize = 20_000;

/// A build, its image and its start, as checks see them.
pub(super) struct CheckContext<'a> {
    pub(super) request: &'a Request,
    pub(super) built: &'a Built,
    pub(super) plan: &'a Plan,
    /// The image, unless the build failed.
    pub(super) image: Option<&'a Arc<Image>>,
    /// The start of the image.
    pub(super) run: Option<Run>,
    /// The stages that the target consists of, from the base image upwards.
    pub(super) chain: Vec<usize>,
    pub(super) catalogue: &'a Catalogue,
    /// What was assumed for the build.
    pub(super) assumed: &'a [Assumption],
    images: &'a dyn Images,
    cache: RefCell<&'a mut Cache>,
    /// The number of instructions that trial builds may still have.
    trial_instructions_left: Cell<usize>,
}

impl<'a> CheckContext<'a> {
    /// Starts the image. `None` if the build has no plan.
    pub(super) fn new(
        assumed_build: &'a AssumedBuild,
        catalogue: &'a Catalogue,
        images: &'a dyn Images,
        cache: &'a mut Cache,
    ) -> Option<Self> {
        let plan = assumed_build.built.plan.as_ref()?;
        let mut chain = vec![plan.target];
        while let Some(Base::Stage(below)) = chain.last().and_then(|top| plan.stages.get(*top)).map(|one| &one.base) {
            if chain.contains(below) {
                break;
            }
            chain.push(*below);
        }
        chain.reverse();
        let request = &assumed_build.request;
        let image = assumed_build.built.image.as_ref();
        let run = image.map(|image| image_start::start(image, &[], &request.engine));
        let cache = RefCell::new(cache);
        let assumed = &assumed_build.assumed;
        Some(CheckContext {
            request,
            built: &assumed_build.built,
            plan,
            image,
            run,
            chain,
            catalogue,
            assumed,
            images,
            cache,
            trial_instructions_left: Cell::new(MAX_TRIAL_INSTRUCTIONS),
        })
    }

    pub(super) fn text(&self) -> &'a str {
        &self.request.dockerfile
    }

    pub(super) fn target(&self) -> Option<&'a Stage> {
        self.plan.stages.get(self.plan.target)
    }

    /// The stage whose FROM names the base image of the target.
    pub(super) fn root(&self) -> Option<&'a Stage> {
        self.chain.first().and_then(|index| self.plan.stages.get(*index))
    }

    /// The files of the base image of the target.
    pub(super) fn base_tree(&self) -> Tree {
        match self.root().map(|stage| &stage.base) {
            Some(Base::Image(reference)) => {
                let known = self.images.find(reference).or_else(|| {
                    let day = self.request.day();
                    self.catalogue.image(reference, day).ok()
                });
                known.map(|image| image.tree.clone()).unwrap_or_default()
            }
            _ => Tree::default(),
        }
    }

    /// The steps whose layers are in the image, in order.
    pub(super) fn shipped_steps(&self) -> impl Iterator<Item = &'a Step> + '_ {
        self.built.steps.iter().filter(|step| self.chain.contains(&step.stage) && !step.failed)
    }

    /// The instruction of a step; `None` for a step of a base image's ONBUILD.
    pub(super) fn instruction(&self, step: &Step) -> Option<&'a Instruction> {
        let stage = self.plan.stages.get(step.stage)?;
        if step.keyword == "FROM" {
            return Some(&stage.from);
        }
        stage.instructions.iter().find(|one| one.line == step.line)
    }

    /// The byte range of the instruction on a 1-based line.
    pub(super) fn span(&self, line: usize) -> Span {
        let all = self.plan.stages.iter().flat_map(|stage| std::iter::once(&stage.from).chain(&stage.instructions));
        all.chain(&self.plan.global).find(|one| one.line == line).map_or(0..0, |one| one.span.clone())
    }

    pub(super) fn advice(
        &self,
        rule: &'static Rule,
        id: impl Into<Cow<'static, str>>,
        line: usize,
        params: Vec<(&'static str, String)>,
        cost: Option<Size>,
    ) -> Advice {
        Advice { rule, id: id.into(), params, line, span: self.span(line), cost, fix: None }
    }

    /// Builds another text of the Dockerfile.
    pub(super) fn rebuild(&self, text: &str, build_args: Option<BTreeMap<String, String>>) -> Option<Arc<Image>> {
        let build_args = build_args.unwrap_or_else(|| self.request.build_args.clone());
        self.build(Request { dockerfile: text.to_string(), build_args, ..self.request.clone() })?.image
    }

    /// Carries out a trial build with the cache; `None` once the limit of trial builds is reached.
    pub(super) fn build(&self, request: Request) -> Option<Built> {
        let count = self.plan.stages.iter().map(|stage| 1 + stage.instructions.len()).sum::<usize>();
        self.trial_instructions_left.set(self.trial_instructions_left.get().checked_sub(count)?);
        let images = AssumedImages { catalogue: self.catalogue, images: self.images, request: self.request };
        Some(build::build(&request, self.catalogue, &images, &mut self.cache.borrow_mut()))
    }

    /// Tries edits. `None` if the result does not build, is larger, or starts worse than before.
    ///
    /// `known`: everything that the edits affect is modelled, so that an equal image proves them safe.
    pub(super) fn fix(&self, id: &'static str, edits: Vec<TextEdit>, known: bool) -> Option<Fix> {
        self.fix_within(0, id, edits, known)
    }

    /// As [`CheckContext::fix`], where the image may grow by `more` bytes.
    pub(super) fn fix_within(&self, more: u64, id: &'static str, edits: Vec<TextEdit>, known: bool) -> Option<Fix> {
        let old = self.image?;
        let new = self.rebuild(&apply_edits(self.text(), &edits)?, None)?;
        if new.size().at_least() > old.size().at_least() + more {
            return None;
        }
        let verdict = image_start::start(&new, &[], &self.request.engine).verdict;
        let before = self.run.as_ref().map(|run| run.verdict);
        if before != Some(verdict) && verdict != Verdict::Starts {
            return None;
        }
        let safe = known && before == Some(verdict) && is_same_image(old, &new);
        Some(Fix { id: id.into(), params: Vec::new(), edits, safe })
    }

    /// Whether the sizes of the layers of these steps are known.
    pub(super) fn is_known(&self, steps: &[&Step]) -> bool {
        let unknown = |step: &&&Step| step.layer.as_ref().is_some_and(|one| one.size.honesty() == Honesty::Unknown);
        !steps.iter().any(|step| unknown(&step))
    }
}

/// Whether two images are equal but for their layers: files with mode, owner and content, and configuration.
fn is_same_image(one: &Image, other: &Image) -> bool {
    let mut theirs = other.tree.walk("/");
    let files = one.tree.walk("/").all(|(path, node)| {
        theirs.next().is_some_and(|(other_path, other)| {
            path == other_path
                && node.kind == other.kind
                && (node.mode, node.uid, node.gid) == (other.mode, other.uid, other.gid)
        })
    });
    files && theirs.next().is_none() && one.config == other.config
}
