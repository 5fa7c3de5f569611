//! `stageplay diff`: a simulation beside the real build.

use super::build::no_dockerfile;
use super::real::Real;
use super::what::{Bases, How, What};
use super::{Format, Usage, print};
use clap::Args;
use stageplay_core::build::{Cache, Images};
use stageplay_core::compare::{Comparison, Part, Same, compare};
use stageplay_core::image::{Catalogue, Era, Reference};
use stageplay_core::measure::human_size;
use stageplay_core::observe::plan_of;
use stageplay_core::plan::Base;
use stageplay_core::report::build_report;
use stageplay_core::simulate::simulate;
use std::sync::Arc;

#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    what: What,
    /// The real engine: auto, or as in serve --engine.
    #[arg(long, value_name = "WHERE", default_value = "auto")]
    real: String,
    /// Carry every step out, also those whose result is in the engine's cache.
    #[arg(long)]
    no_cache: bool,
    /// Simulate on the engine's own base images, read in full, in place of the catalogue's.
    #[arg(long)]
    real_bases: bool,
    #[command(flatten)]
    how: How,
}

impl Diff {
    pub(crate) fn run(self) -> Result<u8, Usage> {
        let (language, args) = (self.how.language(), self.how.args());
        let real = Real::connect(&self.real)?;
        let (engine, builder) = real.profile(self.how.builder())?;
        let request = match self.what.request(engine, builder)? {
            Ok(request) => request,
            Err(message) => return Ok(no_dockerfile(message, self.how.format)),
        };
        let (catalogue, mut bases) = (self.what.catalogue()?, self.what.bases()?);
        // Before the build: a base image that is missing is said here as the engine will say it.
        let plan = plan_of(&request).ok();
        for stage in plan.iter().flat_map(|plan| &plan.stages).filter(|stage| stage.built) {
            if let Base::Image(reference) = &stage.base {
                self.base(reference, &real, &catalogue, &mut bases)?;
            }
        }
        let theirs = real.build(&request, &self.what, args, self.no_cache, language)?;
        let done = simulate(&request, args, &catalogue, &bases, &mut Cache::new());
        let ours = build_report(&done, language);
        let comparison = compare(&ours, &theirs, language);
        match self.how.format {
            Format::Text => print(&table(&comparison)),
            Format::Json => {
                let document = serde_json::json!({
                    "schema": stageplay_core::report::SCHEMA,
                    "engine": real.name(),
                    "comparison": comparison,
                    "simulated": ours,
                    "real": theirs,
                });
                print(&format!("{document}\n"));
            }
        }
        Ok(u8::from(comparison.differ > 0))
    }

    /// Takes a base image from the engine if that was asked for, or nothing else knows it.
    fn base(&self, reference: &Reference, real: &Real, catalogue: &Catalogue, bases: &mut Bases) -> Result<(), Usage> {
        let known = catalogue.find(reference, Era::Current).is_ok();
        if bases.find(reference).is_some() || known && !self.real_bases {
            return Ok(());
        }
        match real.image(reference) {
            Ok(image) => bases.0.push((reference.clone(), Arc::new(image))),
            Err(error) if self.real_bases => return Err(error),
            // The engine does not have it either: its build will say so.
            Err(_) => {}
        }
        Ok(())
    }
}

fn table(comparison: &Comparison) -> String {
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
