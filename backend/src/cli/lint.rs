//! `stageplay lint`: the build checks.

mod own;
mod sarif;

use super::Usage;
use super::source::{Source, read_all};
use clap::{Args, ValueEnum};
use own::Own;
use serde::Serialize;
use stageplay_core::fs::Ignore;
use stageplay_core::lint::{self, Options};
use stageplay_core::measure::Size;
use std::path::PathBuf;

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON object for each file, each on its own line.
    Json,
    /// One SARIF 2.1.0 document.
    Sarif,
}

#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// Rewrite the files where a check has one safe answer, then print what is left.
    #[arg(long)]
    fix: bool,
    /// Stageplay's own checks too: the build is simulated, with the files beside each Dockerfile
    /// (or of --context) as its context.
    #[arg(long)]
    stageplay: bool,
    /// How findings are printed.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The build context: its .dockerignore decides about CopyIgnoredFile.
    #[arg(long, value_name = "DIR")]
    context: Option<PathBuf>,
    /// The language of Stageplay's own checks: en or zh-CN.
    #[arg(long, default_value = "en")]
    lang: String,
    /// Dockerfiles; `-` is the standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// One file's findings, in the form of the contract.
#[derive(Serialize)]
struct Report {
    file: String,
    error: Option<Problem>,
    warnings: Vec<Warning>,
    /// With --stageplay: what was taken for granted, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    assumed: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Problem {
    message: String,
    line: usize,
    /// The word that was meant, for people.
    #[serde(skip)]
    meant: Option<String>,
}

/// One finding. BuildKit's have rule, message and line.
#[derive(Serialize)]
struct Warning {
    rule: &'static str,
    message: String,
    line: usize,
    #[serde(flatten)]
    own: Option<Details>,
    #[serde(skip)]
    url: String,
}

/// What Stageplay's own checks add.
#[derive(Serialize)]
struct Details {
    name: &'static str,
    cost: Option<Cost>,
    fix: Option<Fix>,
}

/// Bytes in the image.
#[derive(Serialize)]
struct Cost {
    /// `None` when not known; then `at_least` says what is.
    bytes: Option<u64>,
    at_least: u64,
    honesty: &'static str,
    basis: Option<String>,
}

impl Cost {
    fn new(size: &Size) -> Self {
        Cost {
            bytes: size.bytes(),
            at_least: size.at_least(),
            honesty: size.honesty().as_str(),
            basis: size.basis().map(str::to_string),
        }
    }
}

#[derive(Serialize)]
struct Fix {
    title: String,
    /// The image stays the same but for its size: `--fix` applies it.
    safe: bool,
    edits: Vec<Edit>,
}

/// Bytes of the file, and what comes in their place.
#[derive(Serialize)]
struct Edit {
    start: usize,
    end: usize,
    insert: String,
}

impl Lint {
    pub(crate) fn run(self) -> Result<u8, Usage> {
        let ignore = match &self.context {
            Some(directory) => {
                let path = directory.join(".dockerignore");
                match std::fs::read(&path) {
                    Ok(bytes) => Some(Ignore::parse(&String::from_utf8_lossy(&bytes))),
                    Err(_) if directory.is_dir() => None,
                    Err(error) => return Err(format!("{}: {error}", path.display())),
                }
            }
            None => None,
        };
        let options = Options { ignore: ignore.as_ref(), ..Options::default() };
        let mut sources = read_all(&self.files)?;
        let mut own = self.stageplay.then(|| Own::new(self.context.clone(), &self.lang));
        let mut reports = Vec::new();
        for source in &mut sources {
            if self.fix {
                fix(source, &options, own.as_mut())?;
            }
            let mut report = report(source, &options);
            if let Some(own) = &mut own {
                own.add(source, &mut report)?;
            }
            reports.push(report);
        }
        let found = reports.iter().any(|one| one.error.is_some() || !one.warnings.is_empty());
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
        Ok(u8::from(found))
    }
}

fn fix(source: &mut Source, options: &Options, own: Option<&mut Own>) -> Result<(), Usage> {
    let mut fixed = lint::fix_all(&source.text, options);
    if let Some(own) = own {
        // A rewrite of ours may leave something to BuildKit's checks.
        fixed = lint::fix_all(&own.fix(source, fixed)?, options);
    }
    if fixed != source.text {
        source.write(&fixed)?;
        source.text = fixed;
    }
    Ok(())
}

/// BuildKit's findings.
fn report(source: &Source, options: &Options) -> Report {
    let findings = lint::check(&source.text, options);
    let warning = |one: lint::Warning| Warning {
        rule: one.rule.name,
        message: one.message,
        line: one.line,
        own: None,
        url: one.rule.url(),
    };
    Report {
        file: source.name.clone(),
        error: findings.error.map(|error| Problem {
            meant: lint::fix_refusal(&source.text, &error).map(|edit| edit.insert),
            message: error.message,
            line: error.line,
        }),
        warnings: findings.warnings.into_iter().map(warning).collect(),
        assumed: None,
    }
}

/// Findings with the lines they are about.
fn text(source: &Source, report: &Report) -> String {
    let mut out = String::new();
    let mut add = |kind: &str, message: &str, line: usize, notes: &[String]| {
        out.push_str(&format!("{}:{line}: {kind}: {message}\n", source.name));
        if let Some(shown) = line.checked_sub(1).and_then(|index| source.text.lines().nth(index)) {
            out.push_str(&format!("  {line:>4} | {}\n", shown.trim_end()));
        }
        for note in notes {
            out.push_str(&format!("       = {note}\n"));
        }
    };
    for one in &report.warnings {
        let mut notes = Vec::new();
        let mut kind = one.rule.to_string();
        if let Some(own) = &one.own {
            kind = format!("{} {}", one.rule, own.name);
            notes.extend(own.fix.as_ref().map(|fix| {
                let how = if fix.safe { "safe: --fix applies it" } else { "look at it first" };
                format!("fix: {} ({how})", fix.title)
            }));
        } else if !one.url.is_empty() {
            notes.push(one.url.clone());
        }
        add(&kind, &one.message, one.line, &notes);
    }
    if let Some(error) = &report.error {
        let way_out = error.meant.as_ref().map(|meant| format!("fix: {meant} (look at it first)"));
        add("error", &error.message, error.line, way_out.as_slice());
    }
    for one in report.assumed.iter().flatten() {
        out.push_str(&format!("{}: note: {one}\n", source.name));
    }
    out
}
