//! Stageplay's own checks on the command line: contexts from disk, findings in words.

use super::{Cost, Details, Edit, Fix, Report, Warning};
use crate::cli::source::Source;
use crate::cli::{Usage, directory};
use stageplay_core::advice::{self, Advice, Assumption};
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, NoImages, Request};
use stageplay_core::engine::EngineProfile;
use stageplay_core::fs::Tree;
use stageplay_core::words::{Language, say};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The engine whose build is simulated: the newest that is known.
const ENGINE: &str = "docker-28";

pub(super) struct Own {
    catalogue: Catalogue,
    cache: Cache,
    context: Option<PathBuf>,
    language: Language,
    /// Contexts that were read, each once.
    read: BTreeMap<PathBuf, Tree>,
}

impl Own {
    pub(super) fn new(context: Option<PathBuf>, language: &str) -> Self {
        Own {
            catalogue: Catalogue::builtin(),
            cache: Cache::new(),
            context,
            language: Language::from_tag(language),
            read: BTreeMap::new(),
        }
    }

    fn request(&mut self, source: &Source, text: String) -> Result<Request, Usage> {
        let engine = EngineProfile::find(ENGINE).ok_or_else(|| format!("unknown engine {ENGINE}"))?;
        let beside = source.directory().map(Path::to_path_buf);
        let context = match self.context.clone().or(beside) {
            Some(directory) => match self.read.get(&directory) {
                Some(tree) => tree.clone(),
                None => {
                    let way_out = |error| format!("{error}\n--context DIR names another folder as the build context");
                    let tree = directory::context(&directory).map_err(way_out)?;
                    self.read.insert(directory, tree.clone());
                    tree
                }
            },
            None => Tree::new(),
        };
        Ok(Request { name: source.file_name(), ..Request::new(text, context, engine) })
    }

    /// A text with all safe fixes.
    pub(super) fn fix(&mut self, source: &Source, text: String) -> Result<String, Usage> {
        let request = self.request(source, text)?;
        Ok(advice::fix_all(&request, &self.catalogue, &NoImages, &mut self.cache))
    }

    /// Adds findings to a file's report, in order of lines.
    pub(super) fn add(&mut self, source: &Source, report: &mut Report) -> Result<(), Usage> {
        let request = self.request(source, source.text.clone())?;
        let advised = advice::advise(&request, &self.catalogue, &NoImages, &mut self.cache);
        report.warnings.extend(advised.findings.iter().map(|one| self.warning(one)));
        report.warnings.sort_by_key(|one| one.line);
        let mut notes: Vec<String> = advised.assumed.iter().map(|one| self.assumed(one)).collect();
        // What BuildKit's own checks refuse is told already.
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
            own: Some(Details { name: one.rule.name, cost: one.cost.as_ref().map(Cost::new), fix }),
            url: String::new(),
        }
    }

    fn assumed(&self, one: &Assumption) -> String {
        match one {
            Assumption::Image(image) => say(self.language, "advice.assumed.image", &[("image", image)]),
            Assumption::Run(line) => say(self.language, "advice.assumed.run", &[("line", &line.to_string())]),
            Assumption::File { path, .. } => say(self.language, "advice.assumed.file", &[("path", path)]),
        }
    }
}
