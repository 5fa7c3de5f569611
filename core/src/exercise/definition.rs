//! `pack.toml`, as it is written.

use super::condition::Condition;
use super::number::Count;
use super::text::Text;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// What a pack says of an exercise apart from its Markdown and its files (`pack.toml`).
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "A pack of Stageplay (pack.toml)"))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Definition {
    /// The version of the format: 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1)))]
    pub format: u32,
    /// The heading.
    #[cfg_attr(feature = "schema", schemars(with = "Text"))]
    pub title: Spanned<Text>,
    /// The languages, the first of which is that of the original; without it, those of the Markdown files, `en` first.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<String>>"))]
    pub languages: Option<Spanned<Vec<String>>>,
    /// The engine's id; without it, `docker-28`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub engine: Option<Spanned<String>>,
    /// `classic` or `buildkit`; without it, the engine's default.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub builder: Option<Spanned<String>>,
    /// The day on which tags are looked up, `YYYY-MM-DD`; without it, the day of the engine.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub date: Option<Spanned<String>>,
    /// The Dockerfile in the workspace; without it, `Dockerfile`.
    pub dockerfile: Option<String>,
    /// The stage to build; without it, the last one.
    pub target: Option<String>,
    /// `--build-arg`, by name.
    #[serde(default)]
    pub build_args: BTreeMap<String, String>,
    /// Arguments that the image is started with.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// Commands that run on the simulated host before the console blocks and are not shown.
    #[serde(default)]
    pub setup: Vec<String>,
    /// The commands that the solution uses in the terminal, for goals about them.
    #[serde(default)]
    pub solution_commands: Vec<String>,
    /// Files of the workspace that are executable, beside those that are so on disk.
    #[serde(default)]
    pub executable: Vec<String>,
    /// The goals, in the order in which they are to be reached.
    #[serde(default)]
    pub goals: Vec<GoalDefinition>,
    /// Goals that only the edition has with which it is graded: the page tells students that there are such.
    pub hidden_goals: Option<HiddenGoals>,
    /// The hints: the first of which the condition is true is shown.
    #[serde(default)]
    pub hints: Vec<HintDefinition>,
    /// Edits of the workspace, by name, for goals about the build cache.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, Edit>"))]
    pub edits: BTreeMap<String, Spanned<Edit>>,
    /// Variables by name, each with its values. `{{name}}` in texts of the pack is replaced by one of them, another one for
    /// each student.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, Vec<String>>"))]
    pub variables: BTreeMap<String, Spanned<Vec<String>>>,
}

/// A goal.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GoalDefinition {
    /// A short name, the heading of its column when graded: small letters, digits and hyphens.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub name: Spanned<String>,
    /// What must be true.
    #[cfg_attr(feature = "schema", schemars(with = "Condition"))]
    pub when: Spanned<Condition>,
    /// What is to be reached, in one sentence.
    #[cfg_attr(feature = "schema", schemars(with = "Text"))]
    pub message: Spanned<Text>,
    /// Its points; without it, 1.
    pub points: Option<Count>,
    /// The goal is not shown before it is graded.
    #[serde(default)]
    pub hidden: bool,
}

/// How many goals a student does not see, and what they count.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HiddenGoals {
    /// Their number.
    pub count: Count,
    /// Their points together.
    pub points: Count,
}

/// A hint.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HintDefinition {
    /// When it is shown; without it, on request after the hints that apply.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Condition>"))]
    pub when: Option<Spanned<Condition>>,
    /// The hint.
    #[cfg_attr(feature = "schema", schemars(with = "Text"))]
    pub text: Spanned<Text>,
}

/// A change of one file. Exactly one of `append`, `text`, `replace` and `remove` is given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Edit {
    /// The file's path in the workspace.
    pub file: String,
    /// A text that is added to its end.
    pub append: Option<String>,
    /// Its new content.
    pub text: Option<String>,
    /// A text in it, each occurrence of which becomes `with`.
    pub replace: Option<String>,
    /// What `replace` becomes.
    pub with: Option<String>,
    /// The file is removed.
    #[serde(default)]
    pub remove: bool,
}

impl Edit {
    /// Whether exactly one kind of change is given.
    pub(super) fn is_one_change(&self) -> bool {
        let kinds = [self.append.is_some(), self.text.is_some(), self.replace.is_some(), self.remove];
        kinds.iter().filter(|given| **given).count() == 1 && self.replace.is_some() == self.with.is_some()
    }
}
