//! `stageplay lint`: checks Dockerfiles.

mod report;
mod sarif;
mod stageplay_checks;

use super::dockerfile_source::{DockerfileSource, read_all};
use super::usage_error::UsageError;
use clap::{Args, ValueEnum};
use report::{Problem, Report, Warning};
use stageplay::disk::read_dockerignore;
use stageplay_checks::StageplayChecks;
use stageplay_core::fs::Ignore;
use stageplay_core::lint::{self, Options};
use std::path::PathBuf;

/// The output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people
    Text,
    /// JSON: one object per file, one object per line
    Json,
    /// One SARIF 2.1.0 document
    Sarif,
}

#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// Apply the safe fixes to the files, then print the remaining findings
    #[arg(long)]
    fix: bool,
    /// Run Stageplay's own checks, too. They simulate the build, with the folder of the Dockerfile (or --context) as
    /// the build context
    #[arg(long)]
    stageplay: bool,
    /// The output format
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The build context; the check CopyIgnoredFile uses its .dockerignore
    #[arg(long, value_name = "DIR")]
    context: Option<PathBuf>,
    /// The language of the messages of Stageplay's own checks: en or zh-CN
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    lang: String,
    /// The Dockerfiles to check; - reads standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl Lint {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let ignore = match &self.context {
            Some(directory) => {
                if !directory.is_dir() {
                    return Err(format!("--context {} is not a directory", directory.display()));
                }
                Some(Ignore::parse(&read_dockerignore(directory)?))
            }
            None => None,
        };
        // Stageplay's checks simulate the build, which knows base images; BuildKit's alone look at the text.
        let base_environment = self.stageplay.then_some(stageplay_checks::base_environment as lint::BaseEnvironment);
        let options = Options { ignore: ignore.as_ref(), base_environment, ..Options::default() };
        let mut sources = read_all(&self.files)?;
        let mut checks = self.stageplay.then(|| StageplayChecks::new(self.context.clone(), &self.lang));
        let mut reports = Vec::new();
        for source in &mut sources {
            if self.fix {
                fix(source, &options, checks.as_mut())?;
            }
            let mut report = report(source, &options);
            if let Some(checks) = &mut checks {
                checks.add_findings(source, &mut report)?;
            }
            reports.push(report);
        }
        let has_findings = reports.iter().any(|one| one.error.is_some() || !one.warnings.is_empty());
        match self.format {
            Format::Sarif => println!("{}", sarif::document(&reports, self.stageplay)),
            Format::Json => {
                for report in &reports {
                    println!("{}", serde_json::to_string(report).map_err(|error| error.to_string())?);
                }
            }
            Format::Text => {
                for (source, report) in sources.iter().zip(&reports) {
                    print!("{}", text(source, report));
                }
            }
        }
        Ok(u8::from(has_findings))
    }
}

/// Applies all safe fixes to a file.
fn fix(
    source: &mut DockerfileSource,
    options: &Options,
    checks: Option<&mut StageplayChecks>,
) -> Result<(), UsageError> {
    let mut fixed = lint::fix_all(&source.text, options);
    if let Some(checks) = checks {
        // After a fix of Stageplay's checks, BuildKit's checks may have new findings.
        fixed = lint::fix_all(&checks.fix(source, fixed)?, options);
    }
    if fixed != source.text {
        source.write(&fixed)?;
        source.text = fixed;
    }
    Ok(())
}

/// Runs BuildKit's checks.
fn report(source: &DockerfileSource, options: &Options) -> Report {
    let findings = lint::check(&source.text, options);
    let warning = |one: lint::Warning| Warning {
        rule: one.rule.name,
        message: one.message,
        line: one.line,
        details: None,
        url: one.rule.url(),
    };
    Report {
        file: source.name.clone(),
        error: findings.error.map(|error| Problem {
            suggestion: lint::fix_refusal(&source.text, &error).map(|edit| edit.insert),
            message: error.message,
            line: error.line,
        }),
        warnings: findings.warnings.into_iter().map(warning).collect(),
        assumed: None,
    }
}

/// The findings as text, with the lines of the Dockerfile.
fn text(source: &DockerfileSource, report: &Report) -> String {
    let mut out = String::new();
    let lines: Vec<&str> = source.text.lines().collect();
    let mut add = |kind: &str, message: &str, line: usize, notes: &[String]| {
        out.push_str(&format!("{}:{line}: {kind}: {message}\n", source.name));
        if let Some(shown) = line.checked_sub(1).and_then(|index| lines.get(index)) {
            out.push_str(&format!("  {line:>4} | {}\n", shown.trim_end()));
        }
        for note in notes {
            out.push_str(&format!("       = {note}\n"));
        }
    };
    for one in &report.warnings {
        let mut notes = Vec::new();
        let mut kind = one.rule.to_string();
        if let Some(details) = &one.details {
            kind = format!("{} {}", one.rule, details.name);
            notes.extend(details.fix.as_ref().map(|fix| {
                let how = if fix.safe { "safe: --fix applies it" } else { "check it first" };
                format!("fix: {} ({how})", fix.title)
            }));
        } else if !one.url.is_empty() {
            notes.push(one.url.clone());
        }
        add(&kind, &one.message, one.line, &notes);
    }
    if let Some(error) = &report.error {
        let fix = error.suggestion.as_ref().map(|text| format!("fix: {text} (check it first)"));
        add("error", &error.message, error.line, fix.as_slice());
    }
    for one in report.assumed.iter().flatten() {
        out.push_str(&format!("{}: note: {one}\n", source.name));
    }
    out
}
