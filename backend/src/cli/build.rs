//! `stageplay build`: simulates a build, or builds on a container engine.

use super::build_options::{BuildInput, BuildOptions};
use super::engine_profile::find_engine;
use super::output::{Format, print};
use super::real_engine::RealEngine;
use super::report_text::{
    base_images, print_assumed_files, print_missing_dockerfile, print_real_build, print_run, size_parts,
};
use super::usage_error::UsageError;
use clap::Args;
use stageplay_core::build::{self, Cache, Request};
use stageplay_core::report::build_report;
use stageplay_core::simulate::simulate;
use stageplay_core::words::Language;

#[derive(Debug, Args)]
pub(crate) struct Build {
    #[command(flatten)]
    input: BuildInput,
    /// The engine to simulate: docker-17.09, docker-18.09, docker-19.03, docker-20.10.0, docker-20.10.7, docker-20.10
    /// (the latest 20.10), docker-23.0, docker-24.0, docker-25.0, docker-26.1, docker-27.3, docker-27.5 or docker-28
    #[arg(long, value_name = "ENGINE", default_value = "docker-28")]
    engine: String,
    /// Build on a container engine instead of simulating: auto for a local engine, or an address as for serve --engine
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = "auto", conflicts_with = "engine")]
    real: Option<String>,
    /// With --real: run every step, without the engine's build cache
    #[arg(long, requires = "real")]
    no_cache: bool,
    /// Assume that files of the context that COPY, ADD and RUN --mount name exist, where they are missing. Their size and
    /// content are unknown
    #[arg(long, conflicts_with = "real")]
    assume_context: bool,
    #[command(flatten)]
    options: BuildOptions,
}

impl Build {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let (language, args) = (self.options.language(), self.options.args());
        if let Some(address) = &self.real {
            return self.build_on_engine(address, args, language);
        }
        let (engine, builder) = find_engine(&self.engine, self.options.builder())?;
        let request = match self.input.request(engine, builder)? {
            Ok(request) => request,
            Err(message) => return Ok(print_missing_dockerfile(message, self.options.format)),
        };
        let request = Request { assume_context: self.assume_context, ..request };
        let done = simulate(&request, args, &self.input.catalogue()?, &self.input.base_archives()?, &mut Cache::new());
        let report = build_report(&done, language);
        match self.options.format {
            Format::Json => print(&format!("{}\n", report.to_json())),
            Format::Text => {
                let (out, err) = build::progress(&request, &done.built);
                print(&out);
                eprint!("{err}");
                eprint!("{}", base_images(&report, language));
                for warning in &report.warnings {
                    let line = warning.line.map(|line| format!(" (line {line})")).unwrap_or_default();
                    eprintln!("stageplay: {}{line}", warning.message);
                }
                print_assumed_files(&report, language);
                if let Some(image) = &report.image {
                    eprint!("{}", size_parts(&image.size, language));
                }
                if let Some(run) = &report.run {
                    print_run(run);
                }
            }
        }
        Ok(u8::from(!report.succeeded()))
    }

    fn build_on_engine(&self, address: &str, args: Option<&[String]>, language: Language) -> Result<u8, UsageError> {
        let real = RealEngine::connect(address)?;
        let (engine, builder) = real.profile(self.options.builder())?;
        let request = match self.input.request(engine, builder)? {
            Ok(request) => request,
            Err(message) => return Ok(print_missing_dockerfile(message, self.options.format)),
        };
        let report = real.build(&request, &self.input, args, self.no_cache, language)?;
        match self.options.format {
            Format::Json => print(&format!("{}\n", report.to_json())),
            Format::Text => print_real_build(&report),
        }
        Ok(u8::from(!report.succeeded()))
    }
}
