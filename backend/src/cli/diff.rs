//! `stageplay diff`: compares a simulated build with the same build on a container engine.

use super::build_options::{BaseArchives, BuildInput, BuildOptions};
use super::output::{Format, print};
use super::real_engine::RealEngine;
use super::report_text::print_missing_dockerfile;
use super::usage_error::UsageError;
use clap::Args;
use stageplay_core::base_images::{Catalogue, newest_day};
use stageplay_core::build::{Cache, Images, Request};
use stageplay_core::compare::{Comparison, Part, Same, compare};
use stageplay_core::image::Reference;
use stageplay_core::measure::human_size;
use stageplay_core::plan::Base;
use stageplay_core::real_build::plan_of;
use stageplay_core::report::build_report;
use stageplay_core::simulate::simulate;
use std::sync::Arc;

#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    input: BuildInput,
    /// The container engine: auto for a local engine, or an address as for serve --engine
    #[arg(long, value_name = "ADDRESS", default_value = "auto")]
    real: String,
    /// Run every step, without the engine's build cache
    #[arg(long)]
    no_cache: bool,
    /// Simulate with the base images of the engine instead of those of the catalogue
    #[arg(long)]
    real_bases: bool,
    #[command(flatten)]
    options: BuildOptions,
}

impl Diff {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let (language, args) = (self.options.language(), self.options.args());
        let real = RealEngine::connect(&self.real)?;
        let (engine, builder) = real.profile(self.options.builder())?;
        let request = match self.input.request(engine, builder)? {
            // A real engine of any age pulls what a tag means today.
            Ok(request) => Request { as_of: request.as_of.or_else(|| Some(newest_day())), ..request },
            Err(message) => return Ok(print_missing_dockerfile(message, self.options.format)),
        };
        let (catalogue, mut bases) = (self.input.catalogue()?, self.input.base_archives()?);
        // The base images are read before the build, so that a missing one is reported first.
        let plan = plan_of(&request).ok();
        for stage in plan.iter().flat_map(|plan| &plan.stages).filter(|stage| stage.built) {
            if let Base::Image(reference) = &stage.base {
                self.add_base_image(reference, &real, &catalogue, &mut bases)?;
            }
        }
        let real_report = real.build(&request, &self.input, args, self.no_cache, language)?;
        let done = simulate(&request, args, &catalogue, &bases, &mut Cache::new());
        let simulated_report = build_report(&done, language);
        let comparison = compare(&simulated_report, &real_report, language);
        match self.options.format {
            Format::Text => print(&comparison_text(&comparison)),
            Format::Json => {
                let document = serde_json::json!({
                    "schema": stageplay_core::report::SCHEMA,
                    "engine": real.name(),
                    "comparison": comparison,
                    "simulated": simulated_report,
                    "real": real_report,
                });
                print(&format!("{document}\n"));
            }
        }
        Ok(u8::from(comparison.differ > 0))
    }

    /// Reads a base image from the engine, if `--real-bases` is given or neither `--base` nor the catalogue has it.
    fn add_base_image(
        &self,
        reference: &Reference,
        real: &RealEngine,
        catalogue: &Catalogue,
        bases: &mut BaseArchives,
    ) -> Result<(), UsageError> {
        let known = catalogue.find(reference, newest_day()).is_ok();
        if bases.find(reference).is_some() || known && !self.real_bases {
            return Ok(());
        }
        match real.image(reference) {
            Ok(image) => bases.0.push((reference.clone(), Arc::new(image))),
            Err(error) if self.real_bases => return Err(error),
            // The engine does not have it either; its build will report that.
            Err(_) => {}
        }
        Ok(())
    }
}

fn comparison_text(comparison: &Comparison) -> String {
    let mut out = String::new();
    for part in &comparison.parts {
        let sign = match part.same {
            Same::Equal => "=",
            Same::Close => "≈",
            Same::Differs => "≠",
            Same::Unknown => "?",
        };
        let line = part.line.map(|line| format!("{line:>4}")).unwrap_or("    ".into());
        let name: String = part.name.chars().take(60).collect();
        out.push_str(&format!("{sign} {line}  {:<9} {name}", part.what));
        if part.same == Same::Equal {
            out.push_str(&format!("  {}\n", first_line(&part.real)));
            continue;
        }
        out.push_str(&format!(
            "\n          simulated {}\n          real      {}{}\n",
            first_line(&part.simulated),
            first_line(&part.real),
            delta(part)
        ));
        for detail in &part.details {
            out.push_str(&format!("          {detail}\n"));
        }
        if let Some(why) = &part.why {
            out.push_str(&format!("          {why}\n"));
        }
    }
    out.push_str(&format!(
        "{} equal, {} close, {} differ, {} not known\n",
        comparison.equal, comparison.close, comparison.differ, comparison.unknown
    ));
    out
}

fn delta(part: &Part) -> String {
    match part.delta_bytes {
        Some(0) | None => String::new(),
        Some(delta) => {
            let sign = if delta < 0 { "−" } else { "+" };
            format!("  ({sign}{})", human_size(delta.unsigned_abs(), 4))
        }
    }
}

fn first_line(text: &str) -> String {
    let line: String = text.lines().next().unwrap_or("").chars().take(120).collect();
    if text.lines().count() > 1 { format!("{line} …") } else { line }
}
