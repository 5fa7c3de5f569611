//! Assumptions with which a build continues where something is not known: unknown base images, files that the context
//! lacks, commands that fail here.

use crate::base_images::{Catalogue, How};
use crate::build::{self, Built, Cache, Images, Request};
use crate::dockerfile::{Budget, Instruction, Kind, Lex, Variables};
use crate::elf::{self, Elf, Machine};
use crate::fs::{Content, Doubt, Tree, path};
use crate::image::{Config, DEFAULT_PATH, Image, Layer, Reference};
use crate::lint::{Options, variables_at};
use crate::measure::Size;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most files that are assumed.
const MAX_ASSUMED_FILES: usize = 200;

/// Something that is assumed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assumption {
    /// A base image that the catalogue lacks. It is assumed to have a shell; nothing else of it is known.
    Image(String),
    /// A file of the context, with unknown content.
    File {
        /// Its path in the context.
        path: String,
        /// 1-based line that copies it.
        line: usize,
    },
    /// A RUN on a 1-based line that fails in the simulation and is assumed to succeed.
    Run(usize),
}

/// A build with its assumptions.
pub(super) struct AssumedBuild {
    /// The request. Its context has the assumed files.
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
        Some(Arc::new(stand_in(reference)))
    }
}

/// An image of which nothing is known but that it has a shell.
fn stand_in(reference: &Reference) -> Image {
    let why = format!("{reference}: not in the catalogue");
    let mut tree = Tree::new();
    tree.doubt_more(Doubt::Anything);
    if tree.mkdir_all("/bin", 0o755, 0, 0).is_ok() {
        let head = elf::write(&Elf::new(Machine::X86_64, false));
        let content = Content::started(head, why.as_str());
        let _ = tree.write("/bin/sh", content, 0o755, 0, 0);
    }
    let layer = Layer {
        created_by: String::new(),
        size: Size::unknown(0, why),
        entries: Vec::new(),
        unlisted: Vec::new(),
        diff_id: format!("assumed:{reference}"),
    };
    let config = Config { env: vec![format!("PATH={DEFAULT_PATH}")], ..Config::default() };
    let mut image = Image::scratch();
    image.id = layer.diff_id.clone();
    (image.layers, image.config, image.tree) = (vec![Arc::new(layer)], config, tree);
    image.sealed()
}

/// Builds. Each source that a COPY lacks in the context is added there, and the build is tried again.
pub(super) fn build(request: &Request, catalogue: &Catalogue, images: &dyn Images, cache: &mut Cache) -> AssumedBuild {
    let mut assumed_build = AssumedBuild {
        built: build::build(request, catalogue, &AssumedImages { catalogue, images, request }, cache),
        request: request.clone(),
        assumed: Vec::new(),
    };
    while assumed_build.assumed.len() < MAX_ASSUMED_FILES
        && let Some(error) = &assumed_build.built.error
        && let Some(line) = error.line
    {
        if error.code == "run-failed" && !assumed_build.request.continues_after_failure {
            // The steps behind the failing one are checked, too.
            assumed_build.request.continues_after_failure = true;
            assumed_build.built =
                build::build(&assumed_build.request, catalogue, &AssumedImages { catalogue, images, request }, cache);
            let passed = assumed_build.built.diagnostics.iter().filter(|one| one.code == "failure-after-gap");
            let lines = passed.filter_map(|one| one.line);
            assumed_build.assumed.extend(lines.map(Assumption::Run).collect::<BTreeSet<_>>());
            continue;
        }
        if error.code != "copy-not-found" {
            break;
        }
        let missing = missing_sources(&assumed_build, line);
        if missing.is_empty() {
            break;
        }
        for path in missing {
            let content = Content::unknown(format!("{path} is not in the context"));
            let place = path::join("/", &path);
            let made = match path.ends_with(['/', '.']) {
                true => {
                    let made = assumed_build.request.context.mkdir_all(&place, 0o755, 0, 0);
                    made.map(|place| assumed_build.request.context.set_partial(&place))
                }
                false => assumed_build
                    .request
                    .context
                    .mkdir_all(path::parent(&place), 0o755, 0, 0)
                    // The file may be executable: no check concludes anything from the mode of an assumed file.
                    .and_then(|_| assumed_build.request.context.write(&place, content, 0o755, 0, 0)),
            };
            if made.is_err() {
                return assumed_build;
            }
            assumed_build.assumed.push(Assumption::File { path, line });
        }
        let assumed = AssumedImages { catalogue, images, request };
        assumed_build.built = build::build(&assumed_build.request, catalogue, &assumed, cache);
    }
    let assumed = AssumedImages { catalogue, images, request };
    let unknown: BTreeSet<String> = references(&assumed_build.built)
        .into_iter()
        .filter(|reference| !assumed.is_known(reference))
        .map(|reference| reference.to_string())
        .collect();
    assumed_build.assumed.extend(unknown.into_iter().map(Assumption::Image));
    assumed_build
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

/// The sources of the COPY on a line that the context lacks.
fn missing_sources(assumed_build: &AssumedBuild, line: usize) -> Vec<String> {
    let Some(plan) = &assumed_build.built.plan else {
        return Vec::new();
    };
    let of_line = |instruction: &&Instruction| instruction.line == line;
    let found = plan.stages.iter().flat_map(|stage| &stage.instructions).find(of_line);
    let Some(instruction) = found.filter(|one| one.flag("from").is_none_or(str::is_empty)) else {
        return Vec::new();
    };
    let (Kind::Copy { sources, .. } | Kind::Add { sources, .. }) = &instruction.kind else {
        return Vec::new();
    };
    let options = Options { build_args: Some(&assumed_build.request.build_args), ..Options::default() };
    let values = Values(variables_at(&assumed_build.request.dockerfile, &options, line));
    let lex = Lex::new(plan.escape);
    let budget = Budget::default();
    let words = sources.iter().filter_map(|source| lex.word(source, &values, &budget).ok());
    let paths = words.map(|word| word.text.into_owned()).filter(|path| !path.is_empty() && !path.contains("://"));
    paths.filter(|path| assumed_build.request.context.stat("/", path).is_err()).collect()
}

struct Values(Vec<(String, String)>);

impl Variables for Values {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
