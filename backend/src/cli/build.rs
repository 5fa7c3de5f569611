//! `stageplay build`.

use super::real::{self, Real};
use super::what::{How, What};
use super::{Format, Usage, engine, print};
use clap::Args;
use stageplay_core::build::{self, Cache};
use stageplay_core::report::{self, BuildReport, build_report};
use stageplay_core::simulate::simulate;
use stageplay_core::words::Language;

#[derive(Debug, Args)]
pub(crate) struct Build {
    #[command(flatten)]
    what: What,
    /// docker-17.09, 18.09, 19.03, 20.10.0, 20.10.7, 20.10 (the last of them), 23.0, 24.0, 25.0, 26.1, 27.3, 27.5 or 28.
    #[arg(long, default_value = "docker-28")]
    engine: String,
    /// Build on a real engine instead, and print what it says: auto, or as in serve --engine.
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true, default_missing_value = "auto", conflicts_with = "engine")]
    real: Option<String>,
    /// With --real: carry every step out, also those whose result is in the engine's cache.
    #[arg(long, requires = "real")]
    no_cache: bool,
    #[command(flatten)]
    how: How,
}

impl Build {
    pub(crate) fn run(self) -> Result<u8, Usage> {
        let (language, args) = (self.how.language(), self.how.args());
        if let Some(address) = &self.real {
            return self.for_real(address, args, language);
        }
        let (engine, builder) = engine(&self.engine, self.how.builder())?;
        let request = match self.what.request(engine, builder)? {
            Ok(request) => request,
            Err(message) => return Ok(no_dockerfile(message, self.how.format)),
        };
        let done = simulate(&request, args, &self.what.catalogue()?, &self.what.bases()?, &mut Cache::new());
        let report = build_report(&done, language);
        match self.how.format {
            Format::Json => print(&format!("{}\n", report.to_json())),
            Format::Text => {
                let (out, err) = build::progress(&request, &done.built);
                print(&out);
                eprint!("{err}");
                for warning in &report.warnings {
                    let line = warning.line.map(|line| format!(" (line {line})")).unwrap_or_default();
                    eprintln!("stageplay: {}{line}", warning.message);
                }
                if let Some(run) = &report.run {
                    started(run);
                }
            }
        }
        Ok(u8::from(!report.succeeded()))
    }

    fn for_real(&self, address: &str, args: Option<&[String]>, language: Language) -> Result<u8, Usage> {
        let real = Real::connect(address)?;
        let (engine, builder) = real.profile(self.how.builder())?;
        let request = match self.what.request(engine, builder)? {
            Ok(request) => request,
            Err(message) => return Ok(no_dockerfile(message, self.how.format)),
        };
        let report = real.build(&request, &self.what, args, self.no_cache, language)?;
        match self.how.format {
            Format::Json => print(&format!("{}\n", report.to_json())),
            Format::Text => real::print_report(&report),
        }
        Ok(u8::from(!report.succeeded()))
    }
}

/// What the image prints, and behind it why it does not start.
pub(super) fn started(run: &report::RunReport) {
    print(&run.stdout);
    eprint!("{}", run.stderr);
    for hint in &run.hints {
        eprintln!("\nstageplay: {}\n  {}", hint.message, hint.why);
    }
    if run.verdict == "starts" {
        return;
    }
    eprintln!("\nstageplay: {}", run.explanation.as_deref().unwrap_or("it does not start"));
    for step in &run.steps {
        eprintln!("  {} {:8} {}: {}", if step.ok { "✓" } else { "✗" }, step.who, step.did, step.result);
    }
    for fix in &run.fixes {
        let size =
            fix.proof.size.bytes.map_or("unknown size".into(), |bytes| stageplay_core::measure::human_size(bytes, 3));
        eprintln!("  fix: {} ({} proven, {size})", fix.title, fix.proof.verdict);
    }
}

/// A build without a Dockerfile fails, as with Docker: exit code 1.
pub(super) fn no_dockerfile(message: String, format: Format) -> u8 {
    match format {
        Format::Text => eprintln!("ERROR: {message}"),
        Format::Json => {
            let report = BuildReport {
                schema: report::SCHEMA,
                error: Some(report::Error { code: "no-dockerfile".into(), message, line: None }),
                warnings: Vec::new(),
                stages: Vec::new(),
                steps: Vec::new(),
                image: None,
                run: None,
            };
            print(&format!("{}\n", report.to_json()));
        }
    }
    1
}
