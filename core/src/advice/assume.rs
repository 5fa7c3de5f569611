//! Going on where something is not known: unknown base images, files that the context lacks.

use crate::base_images::Catalogue;
use crate::build::{self, Built, Cache, Images, Request};
use crate::dockerfile::{Budget, Instruction, Kind, Lex, Variables};
use crate::elf::{self, Elf, Machine};
use crate::fs::{Content, Doubt, Tree, path};
use crate::image::{Config, DEFAULT_PATH, Image, Layer, Reference};
use crate::lint::{Options, variables_at};
use crate::measure::Size;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most files that are assumed: a Dockerfile that names more is not somebody's.
const MAX_FILES: usize = 200;

/// What was taken for granted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assumption {
    /// A base image that the catalogue does not have, with a shell and nothing else known.
    Image(String),
    /// A file of the context, its content unknown.
    File {
        /// Its path in the context.
        path: String,
        /// 1-based line that copies it.
        line: usize,
    },
    /// A RUN that fails here, on a 1-based line: it is taken to succeed.
    Run(usize),
}

/// A build, with what had to be assumed for it.
pub(super) struct Ground {
    /// The context has the assumed files.
    pub(super) request: Request,
    pub(super) built: Built,
    pub(super) assumed: Vec<Assumption>,
}

/// Images as they are known, and in place of the others a stand-in.
pub(super) struct Assumed<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) images: &'a dyn Images,
    pub(super) request: &'a Request,
}

impl Assumed<'_> {
    fn is_known(&self, reference: &Reference) -> bool {
        self.images.find(reference).is_some() || self.catalogue.find(reference, self.request.engine.era()).is_ok()
    }
}

impl Images for Assumed<'_> {
    fn find(&self, reference: &Reference) -> Option<Arc<Image>> {
        if self.is_known(reference) {
            return self.images.find(reference);
        }
        Some(Arc::new(stand_in(reference)))
    }
}

/// An image of which nothing is known but that a RUN finds a shell in it.
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

/// Builds; each file that a COPY misses in the context is put there and the build tried again.
pub(super) fn build(request: &Request, catalogue: &Catalogue, images: &dyn Images, cache: &mut Cache) -> Ground {
    let mut ground = Ground {
        built: build::build(request, catalogue, &Assumed { catalogue, images, request }, cache),
        request: request.clone(),
        assumed: Vec::new(),
    };
    while ground.assumed.len() < MAX_FILES
        && let Some(error) = &ground.built.error
        && let Some(line) = error.line
    {
        if error.code == "run-failed" && !ground.request.continues_after_failure {
            // What a failing step breaks is one thing, what comes behind another.
            ground.request.continues_after_failure = true;
            ground.built = build::build(&ground.request, catalogue, &Assumed { catalogue, images, request }, cache);
            let passed = ground.built.diagnostics.iter().filter(|one| one.code == "failure-after-gap");
            let lines = passed.filter_map(|one| one.line);
            ground.assumed.extend(lines.map(Assumption::Run).collect::<BTreeSet<_>>());
            continue;
        }
        if error.code != "copy-not-found" {
            break;
        }
        let missing = missing_sources(&ground, line);
        if missing.is_empty() {
            break;
        }
        for path in missing {
            let content = Content::unknown(format!("{path} is not in the context"));
            let place = path::join("/", &path);
            let made = match path.ends_with(['/', '.']) {
                true => {
                    let made = ground.request.context.mkdir_all(&place, 0o755, 0, 0);
                    made.map(|place| ground.request.context.set_partial(&place))
                }
                false => ground
                    .request
                    .context
                    .mkdir_all(path::parent(&place), 0o755, 0, 0)
                    // It may be executable: nothing is concluded from the mode of what is not there.
                    .and_then(|_| ground.request.context.write(&place, content, 0o755, 0, 0)),
            };
            if made.is_err() {
                return ground;
            }
            ground.assumed.push(Assumption::File { path, line });
        }
        let assumed = Assumed { catalogue, images, request };
        ground.built = build::build(&ground.request, catalogue, &assumed, cache);
    }
    let assumed = Assumed { catalogue, images, request };
    let unknown: BTreeSet<String> = references(&ground.built)
        .into_iter()
        .filter(|reference| !assumed.is_known(reference))
        .map(|reference| reference.to_string())
        .collect();
    ground.assumed.extend(unknown.into_iter().map(Assumption::Image));
    ground
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

/// What the COPY on a line names and the context does not have.
fn missing_sources(ground: &Ground, line: usize) -> Vec<String> {
    let Some(plan) = &ground.built.plan else {
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
    let options = Options { build_args: Some(&ground.request.build_args), ..Options::default() };
    let values = Values(variables_at(&ground.request.dockerfile, &options, line));
    let lex = Lex::new(plan.escape);
    let budget = Budget::default();
    let words = sources.iter().filter_map(|source| lex.word(source, &values, &budget).ok());
    let paths = words.map(|word| word.text.into_owned()).filter(|path| !path.is_empty() && !path.contains("://"));
    paths.filter(|path| ground.request.context.stat("/", path).is_err()).collect()
}

struct Values(Vec<(String, String)>);

impl Variables for Values {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
