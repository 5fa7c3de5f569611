//! `stageplay compat`: tries a program on every base image, or finds the builder images for a base image.

use super::engine_profile::find_engine;
use super::output::{Format, print};
use super::usage_error::UsageError;
use clap::Args;
use serde_json::json;
use stageplay::disk::content;
use stageplay_core::base_images::{Catalogue, Unresolved};
use stageplay_core::compat::{PLACE, against_bases, builders_for};
use stageplay_core::image::Reference;
use stageplay_core::report::{BuilderReport, MatchReport, builder_report, match_report};
use stageplay_core::words::Language;
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Compat {
    /// The output format
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The engine to simulate; it also decides which version the tag latest means
    #[arg(long, value_name = "ENGINE", default_value = "docker-28")]
    engine: String,
    /// The language of explanations: en or zh-CN
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    lang: String,
    /// List the builder images whose programs start on this base image
    #[arg(long, value_name = "IMAGE", conflicts_with = "path", required_unless_present = "path")]
    base: Option<String>,
    /// The program to try on every base image
    #[arg(value_name = "PROGRAM")]
    path: Option<PathBuf>,
}

impl Compat {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let (profile, _) = find_engine(&self.engine, None)?;
        let language = Language::from_tag(&self.lang);
        let catalogue = Catalogue::builtin();
        let pretty =
            |value| serde_json::to_string_pretty(&value).map(|text| format!("{text}\n")).map_err(|e| e.to_string());
        if let Some(name) = &self.base {
            let reference = Reference::parse(name).map_err(|error| format!("--base {name}: {error}"))?;
            let image = catalogue.image(&reference, profile.day()).map_err(|unresolved| {
                let near = match unresolved {
                    Unresolved::NotFound(missing) if !missing.near.is_empty() => {
                        format!("; similar names: {}", missing.near.join(", "))
                    }
                    _ => String::new(),
                };
                format!("--base {name}: there is no such image{near}")
            })?;
            let found = builders_for(&image, &catalogue, &profile);
            let builders: Vec<BuilderReport> = found.iter().map(|one| builder_report(one, language)).collect();
            print(&match self.format {
                Format::Json => pretty(json!({ "base": name, "builders": builders }))?,
                Format::Text => builder_table(&builders),
            });
            return Ok(0);
        }
        let path = self.path.unwrap_or_default();
        let program = content(&path)?;
        let found = against_bases(&program, PLACE, &catalogue, &profile, profile.day());
        let images: Vec<MatchReport> = found.iter().map(|one| match_report(one, language)).collect();
        print(&match self.format {
            Format::Json => pretty(json!({ "path": path.to_string_lossy(), "images": images }))?,
            Format::Text => image_table(&images),
        });
        Ok(u8::from(!images.iter().any(|one| one.verdict == "starts")))
    }
}

fn image_table(images: &[MatchReport]) -> String {
    let width = images.iter().map(|one| one.image.len()).max().unwrap_or(0);
    let mut out = String::new();
    for one in images {
        let size = one.size.text(3);
        let reason = one.reason.as_deref().unwrap_or("");
        let row = format!("{:<8} {:>8}  {:width$}  {:<12} {reason}", one.verdict, size, one.image, one.libc);
        let _ = writeln!(out, "{}", row.trim_end());
    }
    out
}

fn builder_table(builders: &[BuilderReport]) -> String {
    let width = builders.iter().map(|one| one.image.len()).max().unwrap_or(0);
    let mut out = String::new();
    for one in builders {
        let compilers: Vec<String> = one.compilers.iter().map(|(name, version)| format!("{name} {version}")).collect();
        let reason = one.reason.as_deref().unwrap_or("");
        let row =
            format!("{:<8} {:width$}  {:<12} {}  {reason}", one.verdict, one.image, one.libc, compilers.join(", "));
        let _ = writeln!(out, "{}", row.trim_end());
    }
    out
}
