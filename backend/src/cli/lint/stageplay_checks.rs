//! Stageplay's own checks. They simulate the build of each Dockerfile.

use super::report::{Cost, Details, Edit, Fix, Report, Warning};
use crate::cli::build_context;
use crate::cli::dockerfile_source::DockerfileSource;
use crate::cli::usage_error::UsageError;
use stageplay_core::advice::{self, Advice, Assumption};
use stageplay_core::base_images::{Catalogue, newest_day};
use stageplay_core::build::{Cache, NoImages, Request};
use stageplay_core::engine::EngineProfile;
use stageplay_core::fs::Tree;
use stageplay_core::image::Reference;
use stageplay_core::words::{Language, say};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The engine that is simulated: the newest one.
const ENGINE: &str = "docker-28";

/// Runs the checks. Base images, build results and contexts are cached for all files.
pub(super) struct StageplayChecks {
    catalogue: Catalogue,
    cache: Cache,
    context: Option<PathBuf>,
    language: Language,
    /// Contexts by their folder.
    contexts: BTreeMap<PathBuf, Tree>,
}

/// The environment of a base image, as far as the catalogue knows it.
pub(super) fn base_environment(reference: &str) -> Vec<(String, String)> {
    let Ok(reference) = Reference::parse(reference) else { return Vec::new() };
    let image = Catalogue::builtin().image(&reference, newest_day());
    let environment = image.map(|image| image.config.env.clone()).unwrap_or_default();
    environment
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

impl StageplayChecks {
    pub(super) fn new(context: Option<PathBuf>, language: &str) -> Self {
        StageplayChecks {
            catalogue: Catalogue::builtin(),
            cache: Cache::new(),
            context,
            language: Language::from_tag(language),
            contexts: BTreeMap::new(),
        }
    }

    fn request(&mut self, source: &DockerfileSource, text: String) -> Result<Request, UsageError> {
        let engine = EngineProfile::find(ENGINE).ok_or_else(|| format!("unknown engine {ENGINE}"))?;
        let own_folder = source.directory().map(Path::to_path_buf);
        let context = match self.context.clone().or(own_folder) {
            Some(directory) => match self.contexts.get(&directory) {
                Some(tree) => tree.clone(),
                None => {
                    let with_help = |error| format!("{error}\nchoose another build context with --context DIR");
                    let tree = build_context::read_context(&directory).map_err(with_help)?;
                    self.contexts.insert(directory, tree.clone());
                    tree
                }
            },
            None => Tree::new(),
        };
        Ok(Request { name: source.file_name(), ..Request::new(text, context, engine) })
    }

    /// Applies all safe fixes to a text.
    pub(super) fn fix(&mut self, source: &DockerfileSource, text: String) -> Result<String, UsageError> {
        let request = self.request(source, text)?;
        Ok(advice::fix_all(&request, &self.catalogue, &NoImages, &mut self.cache))
    }

    /// Adds the findings to the report of a file, sorted by line.
    pub(super) fn add_findings(&mut self, source: &DockerfileSource, report: &mut Report) -> Result<(), UsageError> {
        let request = self.request(source, source.text.clone())?;
        let advised = advice::advise(&request, &self.catalogue, &NoImages, &mut self.cache);
        report.warnings.extend(advised.findings.iter().map(|one| self.warning(one)));
        report.warnings.sort_by_key(|one| one.line);
        let mut notes: Vec<String> = advised.assumed.iter().map(|one| self.assumption(one)).collect();
        // An error that BuildKit's checks report is not repeated.
        if let (Some(stopped), None) = (&advised.error, &report.error) {
            notes.push(say(self.language, "advice.stopped", &[("message", &stopped.message)]));
        }
        report.assumed = Some(notes);
        Ok(())
    }

    fn warning(&self, one: &Advice) -> Warning {
        let fix = one.fix.as_ref().map(|fix| Fix {
            title: say(self.language, &fix.id, &fix.params),
            safe: fix.safe,
            edits: fix
                .edits
                .iter()
                .map(|edit| Edit { start: edit.span.start, end: edit.span.end, insert: edit.insert.clone() })
                .collect(),
        });
        Warning {
            rule: one.rule.code,
            message: say(self.language, &one.id, &one.params),
            line: one.line,
            details: Some(Details { name: one.rule.name, cost: one.cost.as_ref().map(Cost::new), fix }),
            url: String::new(),
        }
    }

    fn assumption(&self, one: &Assumption) -> String {
        match one {
            Assumption::Image(image) => say(self.language, "advice.assumed.image", &[("image", image)]),
            Assumption::Run(line) => say(self.language, "advice.assumed.run", &[("line", &line.to_string())]),
            Assumption::File { path, .. } => say(self.language, "advice.assumed.file", &[("path", path)]),
        }
    }
}
