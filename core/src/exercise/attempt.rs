//! A workspace under a pack's settings: its build, its start, and what conditions ask further.

use super::definition::Edit;
use super::files::{self, Files, MAX_BYTES, PackFile};
use super::pack::Pack;
use crate::advice::{self, Advised};
use crate::base_images::Catalogue;
use crate::build::{self, BuildError, Built, Cache, NoImages, Request};
use crate::fs::Content;
use crate::hints::{self, Hint};
use crate::host::{CommandOutput, Host};
use crate::image::Image;
use crate::image_start::{self, Run};
use crate::lint;
use crate::measure::Size;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Error codes of builds that end because something is not modelled or a limit of the simulation is reached.
const NOT_SIMULATED: [&str; 6] = [
    "images-not-loaded",
    "platform-not-modelled",
    "too-many-instructions",
    "too-many-patterns",
    "too-many-steps",
    "too-many-layers",
];

/// A workspace that was built and started.
#[derive(Debug)]
pub struct Attempt<'a> {
    pub(super) pack: &'a Pack,
    catalogue: &'a Arc<Catalogue>,
    pub(super) files: &'a Files,
    /// The commands that were used in the terminal.
    pub(super) commands: &'a [String],
    pub(super) request: Request,
    /// The build.
    pub built: Built,
    /// The start, if there is an image.
    pub run: Option<Run>,
    /// The hints about an image that starts.
    pub hints: Vec<Hint>,
    cache: RefCell<Cache>,
    advised: OnceCell<Advised>,
    linted: OnceCell<lint::Findings>,
    edited: RefCell<BTreeMap<String, Option<Arc<Built>>>>,
    start_size: OnceCell<Option<Size>>,
}

impl<'a> Attempt<'a> {
    /// Builds and starts a workspace.
    pub fn new(pack: &'a Pack, files: &'a Files, commands: &'a [String], catalogue: &'a Arc<Catalogue>) -> Self {
        let mut cache = Cache::new();
        let request = request(pack, files);
        let built = match files.get(&pack.dockerfile) {
            Some(file) if file.as_text().is_some() => build::build(&request, catalogue, &NoImages, &mut cache),
            found => without_dockerfile(pack, found.is_some()),
        };
        let run = built.image.as_ref().map(|image| image_start::start(image, &pack.arguments, &pack.engine));
        let hints = match (&built.image, &run) {
            (Some(image), Some(run)) => hints::hints(image, run),
            _ => Vec::new(),
        };
        Attempt {
            pack,
            catalogue,
            files,
            commands,
            request,
            built,
            run,
            hints,
            cache: RefCell::new(cache),
            advised: OnceCell::new(),
            linted: OnceCell::new(),
            edited: RefCell::default(),
            start_size: OnceCell::new(),
        }
    }

    /// The image; without one, why there is none.
    pub(super) fn image(&self) -> Result<&Arc<Image>, Option<&BuildError>> {
        self.built.image.as_ref().ok_or(self.built.error.as_ref())
    }

    /// Whether the build failed only because the simulation knows no more.
    pub(super) fn is_build_unknown(&self) -> bool {
        let code = self.built.error.as_ref().map_or("", |error| error.code);
        self.built.gave_up || NOT_SIMULATED.contains(&code)
    }

    /// Whether the Dockerfile is one: it can be read and its stages make sense.
    pub fn is_gradable(&self) -> bool {
        self.built.plan.is_some()
    }

    /// The names of the package indexes that the build lacked, in order.
    pub fn missing_indexes(&self) -> Vec<String> {
        let missing = self.built.diagnostics.iter().filter(|one| one.code == "package-index-not-loaded");
        let names = missing.flat_map(|one| &one.params).filter(|(key, _)| *key == "what");
        names.map(|(_, name)| name.clone()).collect()
    }

    pub(super) fn advised(&self) -> &Advised {
        self.advised.get_or_init(|| {
            let mut cache = self.cache.borrow_mut();
            let request = Request { dockerfile: with_all_checks(&self.request.dockerfile), ..self.request.clone() };
            cache.without_recording(|cache| advice::advise(&request, self.catalogue, &NoImages, cache))
        })
    }

    pub(super) fn linted(&self) -> &lint::Findings {
        self.linted.get_or_init(|| {
            let options = lint::Options {
                target: self.request.target.as_deref(),
                build_args: Some(&self.request.build_args),
                ..lint::Options::default()
            };
            lint::check(&with_all_checks(&self.request.dockerfile), &options)
        })
    }

    /// The build after an edit, with the build cache that this build left; `None` if the edit does not fit the workspace.
    pub(super) fn after_edit(&self, name: &str) -> Option<Arc<Built>> {
        if let Some(known) = self.edited.borrow().get(name) {
            return known.clone();
        }
        let built = self.pack.edit(name).and_then(|edit| apply(edit, self.files)).map(|files| {
            let request = request(self.pack, &files);
            let mut cache = self.cache.borrow_mut();
            Arc::new(cache.without_recording(|cache| build::build(&request, self.catalogue, &NoImages, cache)))
        });
        self.edited.borrow_mut().insert(name.to_string(), built.clone());
        built
    }

    /// The size of the starting workspace's image; `None` if it makes none.
    pub(super) fn start_size(&self) -> Option<&Size> {
        let compute = || {
            let request = request(self.pack, &self.pack.start);
            let built = build::build(&request, self.catalogue, &NoImages, &mut Cache::new());
            built.image.map(|image| image.size())
        };
        self.start_size.get_or_init(compute).as_ref()
    }

    /// Runs a command line on a host with the workspace.
    pub(super) fn command(&self, line: &str) -> CommandOutput {
        host(self.pack, self.files, self.catalogue).run(line)
    }
}

/// A Dockerfile whose `# check=` lines turn no check off.
fn with_all_checks(dockerfile: &str) -> String {
    let is_check = |line: &str| {
        let name = line.trim_start().strip_prefix('#').and_then(|rest| rest.split_once('='));
        name.is_some_and(|(name, _)| name.trim().eq_ignore_ascii_case("check"))
    };
    let lines = dockerfile.split_inclusive('\n');
    // What stands there instead is the default, so that other directives stay directives.
    lines
        .map(|line| if is_check(line.trim_start_matches('\u{feff}')) { "# check=error=false\n" } else { line })
        .collect()
}

/// A host under a pack's settings, with files in its working directory.
pub(super) fn host(pack: &Pack, files: &Files, catalogue: &Arc<Catalogue>) -> Host {
    let mut host = Host::new(catalogue.clone(), pack.engine.clone(), pack.builder);
    host.set_as_of(pack.day);
    for (path, file) in files {
        // The paths were checked when the files were read.
        let _ = host.write(path, Content::inline(file.bytes.as_slice()), file.mode);
    }
    host
}

/// The build of a workspace under a pack's settings.
pub fn request(pack: &Pack, files: &Files) -> Request {
    let dockerfile = files.get(&pack.dockerfile).and_then(PackFile::as_text).unwrap_or("");
    Request {
        name: pack.dockerfile.clone(),
        target: pack.target.clone(),
        build_args: pack.build_args.clone(),
        as_of: pack.day,
        builder: pack.builder,
        ..Request::new(dockerfile, files::tree(files), pack.engine.clone())
    }
}

fn without_dockerfile(pack: &Pack, is_there: bool) -> Built {
    let message = match is_there {
        true => format!("{} is not UTF-8 text", pack.dockerfile),
        false => format!("failed to read dockerfile: open {}: no such file or directory", pack.dockerfile),
    };
    Built::failed(BuildError { code: "no-dockerfile", message, line: None, exit_code: 1 })
}

/// The files after an edit; `None` if it does not fit them.
fn apply(edit: &Edit, files: &Files) -> Option<Files> {
    let mut files = files.clone();
    if edit.remove {
        files.remove(&edit.file)?;
        return Some(files);
    }
    if let Some(text) = &edit.text {
        let mode = files.get(&edit.file).map_or(0o644, |file| file.mode);
        files.insert(edit.file.clone(), PackFile { mode, bytes: text.clone().into_bytes() });
        return Some(files);
    }
    let file = files.get_mut(&edit.file)?;
    if let Some(text) = &edit.append {
        file.bytes.extend_from_slice(text.as_bytes());
    }
    if let (Some(from), Some(to)) = (&edit.replace, &edit.with) {
        let text = std::str::from_utf8(&file.bytes).ok()?;
        let count = text.matches(from.as_str()).count();
        // A short text may occur often, and what replaces it may be long.
        let grown = count.saturating_mul(to.len()).saturating_add(text.len());
        if count == 0 || grown > 2 * MAX_BYTES {
            return None;
        }
        file.bytes = text.replace(from.as_str(), to).into_bytes();
    }
    Some(files)
}
