//! Everything that a check can ask: plan, steps, the image, its start, and a second build.

use super::assume::{Assumed, Assumption, Ground};
use super::{Advice, Fix, Rule};
use crate::base_images::Catalogue;
use crate::build::{self, Built, Cache, Images, Request, Step};
use crate::dockerfile::Instruction;
use crate::exec::Verdict;
use crate::fs::Tree;
use crate::image::Image;
use crate::measure::{Honesty, Size};
use crate::plan::{Base, Plan, Stage};
use crate::start::{self, Run};
use crate::text::{Span, TextEdit, apply_edits};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Instructions that all builds together may have that are only tried. What is not tried is not offered.
const MAX_TRIED: usize = 20_000;

pub(super) struct Case<'a> {
    pub(super) request: &'a Request,
    pub(super) built: &'a Built,
    pub(super) plan: &'a Plan,
    /// The result, unless the build stopped.
    pub(super) image: Option<&'a Arc<Image>>,
    /// Its start.
    pub(super) run: Option<Run>,
    /// The stages that the target is made of, the lowest first.
    pub(super) chain: Vec<usize>,
    pub(super) catalogue: &'a Catalogue,
    /// What had to be taken for granted.
    pub(super) assumed: &'a [Assumption],
    images: &'a dyn Images,
    cache: RefCell<&'a mut Cache>,
    /// Instructions that may still be tried.
    left: Cell<usize>,
}

impl<'a> Case<'a> {
    /// `None` if not even a plan could be made.
    pub(super) fn new(
        ground: &'a Ground,
        catalogue: &'a Catalogue,
        images: &'a dyn Images,
        cache: &'a mut Cache,
    ) -> Option<Self> {
        let plan = ground.built.plan.as_ref()?;
        let mut chain = vec![plan.target];
        while let Some(Base::Stage(below)) = chain.last().and_then(|top| plan.stages.get(*top)).map(|one| &one.base) {
            if chain.contains(below) {
                break;
            }
            chain.push(*below);
        }
        chain.reverse();
        let request = &ground.request;
        let image = ground.built.image.as_ref();
        let run = image.map(|image| start::start(image, &[], &request.engine));
        let cache = RefCell::new(cache);
        let assumed = &ground.assumed;
        Some(Case {
            request,
            built: &ground.built,
            plan,
            image,
            run,
            chain,
            catalogue,
            assumed,
            images,
            cache,
            left: Cell::new(MAX_TRIED),
        })
    }

    pub(super) fn text(&self) -> &'a str {
        &self.request.dockerfile
    }

    pub(super) fn target(&self) -> Option<&'a Stage> {
        self.plan.stages.get(self.plan.target)
    }

    /// The stage whose FROM names the image that the target runs on.
    pub(super) fn root(&self) -> Option<&'a Stage> {
        self.chain.first().and_then(|index| self.plan.stages.get(*index))
    }

    /// The files of the base image at the bottom.
    pub(super) fn base_tree(&self) -> Tree {
        match self.root().map(|stage| &stage.base) {
            Some(Base::Image(reference)) => {
                let known = self.images.find(reference).or_else(|| {
                    let era = self.request.engine.era();
                    self.catalogue.image(reference, era).ok()
                });
                known.map(|image| image.tree.clone()).unwrap_or_default()
            }
            _ => Tree::default(),
        }
    }

    /// Steps whose layers ship, in order.
    pub(super) fn shipped(&self) -> impl Iterator<Item = &'a Step> + '_ {
        self.built.steps.iter().filter(|step| self.chain.contains(&step.stage) && !step.failed)
    }

    /// The instruction of a step; `None` for what a base image's ONBUILD adds.
    pub(super) fn instruction(&self, step: &Step) -> Option<&'a Instruction> {
        let stage = self.plan.stages.get(step.stage)?;
        if step.keyword == "FROM" {
            return Some(&stage.from);
        }
        stage.instructions.iter().find(|one| one.line == step.line)
    }

    /// The bytes of the instruction on a line.
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

    /// Builds another text.
    pub(super) fn rebuild(&self, text: &str, build_args: Option<BTreeMap<String, String>>) -> Option<Arc<Image>> {
        let build_args = build_args.unwrap_or_else(|| self.request.build_args.clone());
        self.build(Request { dockerfile: text.to_string(), build_args, ..self.request.clone() })?.image
    }

    /// Builds anew what needs to be, on what is cached; nothing once enough was tried.
    pub(super) fn build(&self, request: Request) -> Option<Built> {
        let count = self.plan.stages.iter().map(|stage| 1 + stage.instructions.len()).sum::<usize>();
        self.left.set(self.left.get().checked_sub(count)?);
        let images = Assumed { catalogue: self.catalogue, images: self.images, request: self.request };
        Some(build::build(&request, self.catalogue, &images, &mut self.cache.borrow_mut()))
    }

    /// Tries edits out. `None` if the result does not build, grows, or starts worse than before.
    ///
    /// `known`: what the edits touch is modelled in full, so that an equal image proves them safe.
    pub(super) fn fix(&self, id: &'static str, edits: Vec<TextEdit>, known: bool) -> Option<Fix> {
        self.fix_within(0, id, edits, known)
    }

    /// The same, where the image may grow by so many bytes.
    pub(super) fn fix_within(&self, more: u64, id: &'static str, edits: Vec<TextEdit>, known: bool) -> Option<Fix> {
        let old = self.image?;
        let new = self.rebuild(&apply_edits(self.text(), &edits)?, None)?;
        if new.size().at_least() > old.size().at_least() + more {
            return None;
        }
        let verdict = start::start(&new, &[], &self.request.engine).verdict;
        let before = self.run.as_ref().map(|run| run.verdict);
        if before != Some(verdict) && verdict != Verdict::Starts {
            return None;
        }
        let safe = known && before == Some(verdict) && same(old, &new);
        Some(Fix { id: id.into(), params: Vec::new(), edits, safe })
    }

    /// Whether everything that these steps put into layers is modelled.
    pub(super) fn is_known(&self, steps: &[&Step]) -> bool {
        let unknown = |step: &&&Step| step.layer.as_ref().is_some_and(|one| one.size.honesty() == Honesty::Unknown);
        !steps.iter().any(|step| unknown(&step))
    }
}

/// Whether two images are the same but for their layers: files with mode, owner and content, and settings.
fn same(one: &Image, other: &Image) -> bool {
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
