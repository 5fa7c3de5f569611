//! The state of one stage while it is built, and what a step did to it.

use super::state::BuildState;
use super::{BuildError, history_text};
use crate::dockerfile::{Budget, Lex, Variables};
use crate::fs::Tree;
use crate::image::Image;
use crate::measure::Part;
use crate::shell::{Gap, Stream};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// The state of a stage that is being built.
pub(super) struct StageState {
    pub(super) index: usize,
    pub(super) image: Image,
    /// The files of the image that the stage starts from.
    pub(super) base: Tree,
    /// The build arguments in scope that have a value.
    pub(super) args: BTreeMap<String, String>,
    /// The names that ARG declared in this stage, in order.
    pub(super) declared: Vec<String>,
    /// Which one applies of a variable and a build argument of the same name. BuildKit takes the later one (`true`), the
    /// classic builder always the variable (observed with Docker 20.10.24).
    pub(super) later_wins: bool,
    /// The number of steps carried out.
    pub(super) steps: usize,
    /// This stage has set CMD, so ENTRYPOINT does not reset it.
    pub(super) cmd_set: bool,
    pub(super) escape: char,
    /// The remaining cost of expanding and keeping words.
    pub(super) budget: Rc<Budget>,
    /// Digest of everything that the stage depends on so far: the key of the simulation's step cache.
    pub(super) key: String,
    /// The engine's build cache key of the last step.
    pub(super) build_cache_key: String,
}

/// The cost of hashing and keeping a setting, in steps, besides one step for each of its bytes.
const STEPS_PER_SETTING: usize = 16;

/// What a finished stage passes on to the stages that start from it, besides its image.
#[derive(Clone, Debug, Default)]
pub(super) struct FinishedStage {
    /// Digest of everything that the stage depends on.
    pub(super) key: String,
    pub(super) build_cache_key: String,
    pub(super) args: BTreeMap<String, String>,
}

/// What a step did.
#[derive(Default)]
pub(super) struct StepEffect {
    /// The tree after the step, if the step may have changed files.
    pub(super) tree: Option<Tree>,
    /// The text that `docker history` prints.
    pub(super) created_by: String,
    pub(super) output: Vec<(Stream, Vec<u8>)>,
    /// Of RUN: the exit code, if it is known.
    pub(super) exit_code: Option<i32>,
    pub(super) commands: Vec<Vec<String>>,
    pub(super) gaps: Vec<Gap>,
    /// Files of installed packages. Their size is part of the package's.
    pub(super) packaged: BTreeSet<Arc<str>>,
    /// Parts of the layer's size that are not known, besides files of unknown size.
    pub(super) unknown: Vec<Part>,
}

/// The names of the variables of an environment.
pub(super) fn env_names(env: &[String]) -> BTreeSet<&str> {
    env.iter().filter_map(|pair| pair.split_once('=')).map(|(name, _)| name).collect()
}

impl Variables for StageState {
    fn get(&self, name: &str) -> Option<&str> {
        // An exhausted budget is reported by the caller's next charge.
        let _ = self.budget.spend(self.image.config.env.len());
        let (env, arg) = (self.image.config.env_value(name), self.args.get(name).map(String::as_str));
        if self.later_wins { arg.or(env) } else { env.or(arg) }
    }
}

impl StageState {
    /// Expands a word with the build arguments and the environment at this point.
    pub(super) fn expand(&self, word: &str, line: usize) -> Result<String, BuildError> {
        self.expand_with(Lex::new(self.escape), word, line)
    }

    /// Expands a here-document. Quotes have no meaning there, and the escape character is always a backslash.
    pub(super) fn expand_document(&self, content: &str, line: usize) -> Result<String, BuildError> {
        self.expand_with(Lex { skip_quotes: true, ..Lex::new('\\') }, content, line)
    }

    pub(super) fn expand_with(&self, lex: Lex, text: &str, line: usize) -> Result<String, BuildError> {
        let expansion = lex.word(text, self, &self.budget).map(|expansion| expansion.text.into_owned());
        expansion.map_err(|error| not_expanded(error.message, line))
    }

    /// Charges steps for work that does not grow with the length of the instruction alone.
    pub(super) fn spend(&self, steps: usize, line: usize) -> Result<(), BuildError> {
        self.budget.spend(steps).map_err(|message| not_expanded(message, line))
    }

    /// Charges the steps of filtering a tree by patterns, and returns the tree.
    pub(super) fn charged_tree(
        &self,
        filtered: Result<(Tree, usize), String>,
        line: usize,
    ) -> Result<Tree, BuildError> {
        let (tree, steps) = filtered.map_err(|message| not_expanded(message, line))?;
        self.spend(steps, line)?;
        Ok(tree)
    }

    /// Charges bytes of text that is kept.
    pub(super) fn charge_text(&self, bytes: usize, line: usize) -> Result<(), BuildError> {
        self.budget.make(bytes).map_err(|message| not_expanded(message, line))
    }

    /// Charges a variable that is set.
    pub(super) fn charge_variable(&self, name: &str, value: &str, line: usize) -> Result<(), BuildError> {
        self.budget.set(name, value).map_err(|message| not_expanded(message, line))
    }

    /// The cost of hashing and keeping the settings of the stage so far, in steps.
    pub(super) fn settings_cost(&self) -> usize {
        let config = &self.image.config;
        let lists = [config.env.len(), self.args.len(), config.labels.len(), config.on_build.len()];
        let sets = [config.exposed_ports.len(), config.volumes.len(), self.image.history.len()];
        let entries: usize = lists.iter().chain(&sets).sum();
        let pair = |(name, value): (&String, &String)| name.len() + value.len();
        let bytes = config.env.iter().chain(&config.on_build).chain(&config.volumes).map(String::len);
        let bytes = bytes.chain(self.args.iter().chain(&config.labels).map(pair)).sum::<usize>();
        entries * STEPS_PER_SETTING + bytes
    }

    /// The environment of a command: the image's variables and the build arguments in scope.
    pub(super) fn environment(&self) -> Vec<String> {
        let env = &self.image.config.env;
        let set = env_names(env);
        let value = |pair: &String| {
            let (name, _) = pair.split_once('=')?;
            self.args.get(name).filter(|_| self.later_wins).map(|value| format!("{name}={value}"))
        };
        let own = env.iter().map(|pair| value(pair).unwrap_or_else(|| pair.clone()));
        let args = self.args.iter().filter(|(name, _)| !set.contains(name.as_str()));
        own.chain(args.map(|(name, value)| format!("{name}={value}"))).collect()
    }

    /// The effect of an instruction that changes no files.
    pub(super) fn metadata_effect(&self, state: &BuildState, text: &str) -> StepEffect {
        StepEffect { created_by: history_text::setting(state, text), ..StepEffect::default() }
    }
}

fn not_expanded(message: String, line: usize) -> BuildError {
    BuildError::on_line("expansion", message, line)
}
