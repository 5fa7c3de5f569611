//! What `docker build --check` says of a Dockerfile: its build checks, and what it refuses.
//!
//! Follows BuildKit's conversion (`frontend/dockerfile/dockerfile2llb`, moby/buildkit 73ed682) as
//! far as a Dockerfile alone decides: parse, stages, variables, then each instruction in order.
//! Nothing is built. [`check`] is the way in; [`rules`] lists the checks.

mod check_directive;
mod cmd_entrypoint;
mod copy;
mod definition_description;
mod dispatch;
mod env_and_arg;
mod expose;
mod fix;
mod git_ref;
mod names_and_casing;
mod persistent_map;
mod platform;
pub mod rules;
mod run_mounts;
mod secret_names;
mod source_date_epoch;
mod stage_graph;
mod undefined_variables;
mod variable_scope;
mod workdir;

pub use check_directive::Skips;
pub use fix::{fix, fix_all, fix_refusal};
pub use rules::Rule;
pub use secret_names::is_secret;

use crate::ignore::Ignore;
use crate::text::Span;
use crate::{Instruction, Kind, ParseError, Variables, syntax, typed};
use check_directive::Config;
use std::collections::BTreeMap;

/// One build check that speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Which check.
    pub rule: &'static Rule,
    /// BuildKit's words.
    pub message: String,
    /// 1-based line of the instruction, as BuildKit counts it.
    pub line: usize,
    /// Bytes of the instruction it is about.
    pub span: Span,
}

/// Why the build would stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// BuildKit's words.
    pub message: String,
    /// 1-based line; 0 where BuildKit names none.
    pub line: usize,
    /// Bytes it is about; the whole file where no instruction is meant.
    pub span: Span,
}

/// What the checks found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// In the order in which BuildKit comes to them.
    pub warnings: Vec<Warning>,
    /// What stops the build, if anything does.
    pub error: Option<Refusal>,
}

/// Tells the environment of a base image by its reference: names and values.
pub type BaseEnvironment = fn(&str) -> Vec<(String, String)>;

/// What the checks are told beside the text. The default is `docker build --check` without flags.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'o> {
    /// `--target`; without it all stages are looked at.
    pub target: Option<&'o str>,
    /// `--build-arg`.
    pub build_args: Option<&'o BTreeMap<String, String>>,
    /// Passes over stages that the target does not need, as a build does.
    pub needed_only: bool,
    /// The context's `.dockerignore`.
    pub ignore: Option<&'o Ignore>,
    /// Stands in for the file's `check` directive.
    pub check: Option<&'o str>,
    /// What is built for; `linux/amd64` if nothing is said.
    pub platform: Option<&'o str>,
    /// What is known of the environment of a base image, by its reference. Without it each base image sets only PATH.
    pub base_environment: Option<BaseEnvironment>,
}

impl<'o> Options<'o> {
    /// Whether all stages are looked at.
    fn all_stages(&self) -> bool {
        !self.needed_only && self.target.is_none_or(str::is_empty)
    }

    fn build_arg(&self, name: &str) -> Option<&'o str> {
        self.build_args.and_then(|args| args.get(name)).map(String::as_str)
    }
}

/// Checks a Dockerfile.
///
/// ```
/// use stageplay_dockerfile::lint::{Options, check};
/// let found = check("FROM alpine as base\nCMD echo hi\n", &Options::default());
/// let names: Vec<&str> = found.warnings.iter().map(|warning| warning.rule.name).collect();
/// assert_eq!(names, ["FromAsCasing", "JSONArgsRecommended"]);
/// ```
pub fn check(text: &str, options: &Options) -> Findings {
    let mut report = Report::default();
    let result = run(text, options, &mut report);
    Findings { warnings: report.warnings, error: result.err() }
}

/// The variables that the instruction on a line sees, with their values, the one set last at the end.
///
/// For FROM they are the global arguments. Nothing if the build would stop before that line.
pub fn variables_at(text: &str, options: &Options, line: usize) -> Vec<(String, String)> {
    let mut report = Report { probe: Some(line), ..Report::default() };
    // What stops the build behind the line is no matter here.
    let _ = run(text, options, &mut report);
    report.probed
}

/// Collects warnings.
#[derive(Default)]
struct Report {
    warnings: Vec<Warning>,
    /// The line whose variables are asked for.
    probe: Option<usize>,
    probed: Vec<(String, String)>,
}

impl Report {
    /// Keeps what an instruction sees, if it is the one that is asked for.
    fn look(&mut self, line: usize, scope: &variable_scope::Scope) {
        if self.probe == Some(line) {
            let value = |name: &str| scope.get(name).unwrap_or("").to_string();
            self.probed = scope.names().into_iter().map(|name| (name.to_string(), value(name))).collect();
        }
    }

    fn warn(&mut self, config: &Config, rule: &'static Rule, place: &Place, message: impl FnOnce() -> String) {
        if config.runs(rule) {
            self.warnings.push(Warning { rule, message: message(), line: place.line, span: place.span.clone() });
        }
    }
}

/// Where something stands.
#[derive(Clone, Debug, Default)]
struct Place {
    line: usize,
    span: Span,
}

impl Place {
    fn of(instruction: &Instruction<&str>) -> Self {
        Place { line: instruction.line, span: instruction.span.clone() }
    }

    fn refuse(&self, message: String) -> Refusal {
        Refusal { message, line: self.line, span: self.span.clone() }
    }
}

/// An error that BuildKit gives no place.
fn nowhere(message: String) -> Refusal {
    Place::default().refuse(message)
}

/// An instruction, and what the comments before it say about checks.
struct Entry<'t> {
    instruction: Instruction<&'t str>,
    comments: &'t [&'t str],
}

fn run(text: &str, options: &Options, report: &mut Report) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(nowhere("the Dockerfile cannot be empty".into()));
    }
    let wanted = options.check.unwrap_or_else(|| check_directive::directive(text));
    let config = Config::parse(wanted).map_err(|reason| nowhere(format!("failed to parse check options: {reason}")))?;
    let file = syntax::parse(text);
    if let Some(error) = file.errors.first() {
        return Err(refusal(error));
    }
    for line in &file.empty_continuations {
        let at = file.nodes.partition_point(|node| node.end_line < *line);
        let span = file.nodes.get(at).filter(|node| node.line <= *line);
        let place = Place { line: *line as usize, span: span.map_or(0..0, |node| node.span.clone()) };
        report.warn(&config, &rules::NO_EMPTY_CONTINUATION, &place, || "Empty continuation line".into());
    }
    let entries = type_all(&file, &config, report)?;
    let first = entries.iter().position(|entry| matches!(entry.instruction.kind, Kind::From { .. }));
    let Some(first) = first else {
        return Err(nowhere("dockerfile contains no stages to build".into()));
    };
    let (global, stages) = entries.split_at(first);
    names_and_casing::check_stage_names(stages, &config, report);
    names_and_casing::check_casing(stages, &config, report);
    dispatch::run(global, stages, file.escape, options, &config, report)?;
    if config.error && !report.warnings.is_empty() {
        let mut names: Vec<&str> = report.warnings.iter().map(|warning| warning.rule.name).collect();
        names.sort_unstable();
        names.dedup();
        return Err(nowhere(format!("lint violation found for rules: {}", names.join(", "))));
    }
    Ok(())
}

fn refusal(error: &ParseError) -> Refusal {
    Refusal { message: error.to_string(), line: error.line.unwrap_or(0), span: error.span.clone() }
}

fn type_all<'t>(
    file: &'t syntax::File<'t>,
    config: &Config<'t>,
    report: &mut Report,
) -> Result<Vec<Entry<'t>>, Refusal> {
    let mut entries = Vec::with_capacity(file.nodes.len());
    let mut in_stage = false;
    for node in &file.nodes {
        let comments = file.comments(node);
        let config = config.with_comments(comments);
        let place = Place { line: node.line as usize, span: node.span.clone() };
        names_and_casing::check_node(file, node, &place, &config, report);
        let instruction = typed(file, node).map_err(|message| {
            let span = node.span.clone();
            refusal(&ParseError { message, line: Some(node.line as usize), span, typed: true })
        })?;
        match &instruction.kind {
            Kind::From { .. } => in_stage = true,
            Kind::Arg(_) => {}
            _ if !in_stage => return Err(place.refuse("no build stage in current context".into())),
            _ => {}
        }
        definition_description::check_description(&instruction, comments, &place, &config, report);
        entries.push(Entry { instruction, comments });
    }
    Ok(entries)
}
