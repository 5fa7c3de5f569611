//! `stageplay lint`: the build checks.

mod sarif;

use super::Usage;
use super::source::{Source, read_all};
use clap::{Args, ValueEnum};
use serde::Serialize;
use stageplay_core::fs::Ignore;
use stageplay_core::lint::{self, Findings, Options};
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
    /// How findings are printed.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The build context: its .dockerignore decides about CopyIgnoredFile.
    #[arg(long, value_name = "DIR")]
    context: Option<PathBuf>,
    /// Dockerfiles; `-` is the standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// One file's findings, in the form of the contract.
#[derive(Serialize)]
struct Report<'a> {
    file: &'a str,
    error: Option<Problem<'a>>,
    warnings: Vec<Warning<'a>>,
}

#[derive(Serialize)]
struct Problem<'a> {
    message: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct Warning<'a> {
    rule: &'a str,
    message: &'a str,
    line: usize,
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
        if self.fix {
            for source in &mut sources {
                fix(source, &options)?;
            }
        }
        let findings: Vec<Findings> = sources.iter().map(|source| lint::check(&source.text, &options)).collect();
        let found = findings.iter().any(|one| one.error.is_some() || !one.warnings.is_empty());
        match self.format {
            Format::Sarif => println!("{}", sarif::document(&sources, &findings)),
            Format::Json => {
                for (source, findings) in sources.iter().zip(&findings) {
                    println!("{}", serde_json::to_string(&report(source, findings)).map_err(|e| e.to_string())?);
                }
            }
            Format::Text => {
                for (source, findings) in sources.iter().zip(&findings) {
                    print!("{}", text(source, findings));
                }
            }
        }
        Ok(u8::from(found))
    }
}

fn fix(source: &mut Source, options: &Options) -> Result<(), Usage> {
    let fixed = lint::fix_all(&source.text, options);
    if fixed != source.text {
        source.write(&fixed)?;
        source.text = fixed;
    }
    Ok(())
}

fn report<'a>(source: &'a Source, findings: &'a Findings) -> Report<'a> {
    Report {
        file: &source.name,
        error: findings.error.as_ref().map(|error| Problem { message: &error.message, line: error.line }),
        warnings: findings
            .warnings
            .iter()
            .map(|one| Warning { rule: one.rule.name, message: &one.message, line: one.line })
            .collect(),
    }
}

/// A finding with the line it is about.
fn text(source: &Source, findings: &Findings) -> String {
    let mut out = String::new();
    let mut add = |kind: &str, message: &str, line: usize, url: &str| {
        out.push_str(&format!("{}:{line}: {kind}: {message}\n", source.name));
        if let Some(shown) = line.checked_sub(1).and_then(|index| source.text.lines().nth(index)) {
            out.push_str(&format!("  {line:>4} | {}\n", shown.trim_end()));
        }
        if !url.is_empty() {
            out.push_str(&format!("       = {url}\n"));
        }
    };
    for one in &findings.warnings {
        add(one.rule.name, &one.message, one.line, &one.rule.url());
    }
    if let Some(error) = &findings.error {
        add("error", &error.message, error.line, "");
    }
    out
}
