//! Assumptions with which a build continues where something is not known: unknown base images, files that the context
//! lacks, commands that fail here.

use crate::base_images::{Catalogue, How};
use crate::build::{self, Built, Cache, Images, Request};
use crate::image::{Image, Reference};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Something that is assumed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assumption {
    /// A base image that the catalogue lacks. It is assumed to have a shell; nothing else of it is known.
    Image(String),
    /// A source of COPY, ADD or a bind mount that the context lacks, with unknown content.
    File {
        /// Its path in the context, as [`build::AssumedFile::path`].
        path: String,
        /// 1-based line that reads it.
        line: usize,
    },
    /// A RUN on a 1-based line that fails in the simulation and is assumed to succeed.
    Run(usize),
}

/// A build with its assumptions.
pub(super) struct AssumedBuild {
    pub(super) request: Request,
    pub(super) built: Built,
    pub(super) assumed: Vec<Assumption>,
}

/// Known images, and a stand-in for each other image.
pub(super) struct AssumedImages<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) images: &'a dyn Images,
    pub(super) request: &'a Request,
}

impl AssumedImages<'_> {
    fn is_known(&self, reference: &Reference) -> bool {
        let resolved = || self.catalogue.resolve(reference, self.request.day());
        self.images.find(reference).is_some() || resolved().is_ok_and(|resolved| resolved.how != How::Unknown)
    }
}

impl Images for AssumedImages<'_> {
    fn find(&self, reference: &Reference) -> Option<Arc<Image>> {
        if self.is_known(reference) {
            return self.images.find(reference);
        }
        Some(self.catalogue.unknown_image(reference))
    }
}

/// Builds with sources that the context lacks assumed to exist. Steps behind a RUN that fails are carried out, too.
pub(super) fn build(request: &Request, catalogue: &Catalogue, images: &dyn Images, cache: &mut Cache) -> AssumedBuild {
    let known = AssumedImages { catalogue, images, request };
    let mut request = Request { assume_context: true, ..request.clone() };
    let mut built = build::build(&request, catalogue, &known, cache);
    let mut assumed = Vec::new();
    if built.error.as_ref().is_some_and(|error| error.code == "run-failed" && error.line.is_some()) {
        request.continues_after_failure = true;
        built = build::build(&request, catalogue, &known, cache);
        let passed = built.diagnostics.iter().filter(|one| one.code == "failure-after-gap");
        let lines = passed.filter_map(|one| one.line);
        assumed.extend(lines.map(Assumption::Run).collect::<BTreeSet<_>>());
    }
    assumed.extend(built.assumed.iter().map(|one| Assumption::File { path: one.path.clone(), line: one.line }));
    let unknown: BTreeSet<String> = references(&built)
        .into_iter()
        .filter(|reference| !known.is_known(reference))
        .map(|reference| reference.to_string())
        .collect();
    assumed.extend(unknown.into_iter().map(Assumption::Image));
    AssumedBuild { request, built, assumed }
}

/// The images that stages start from.
fn references(built: &Built) -> Vec<Reference> {
    let stages = built.plan.iter().flat_map(|plan| &plan.stages).filter(|stage| stage.built);
    stages
        .filter_map(|stage| match &stage.base {
            crate::plan::Base::Image(reference) => Some(reference.clone()),
            _ => None,
        })
        .collect()
}
