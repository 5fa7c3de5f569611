//! `stageplay elf`: shows the headers of an ELF file.

use super::output::{Format, print};
use super::usage_error::UsageError;
use clap::Args;
use stageplay::disk::content;
use stageplay_core::report::{ElfReport, elf_report};
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Elf {
    /// The output format
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The ELF file
    #[arg(value_name = "FILE")]
    path: PathBuf,
}

impl Elf {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let content = content(&self.path)?;
        let report = match elf_report(&content) {
            Ok(report) => report,
            Err(error) => {
                eprintln!("stageplay: {}: {error}", self.path.display());
                return Ok(1);
            }
        };
        match self.format {
            Format::Json => print(&format!("{}\n", serde_json::to_string_pretty(&report).map_err(|e| e.to_string())?)),
            Format::Text => print(&text(&report)),
        }
        Ok(0)
    }
}

fn text(report: &ElfReport) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "{name:<18}{value}");
        }
    };
    line("file", &format!("ELF {}-bit {}-endian, {}, {}", report.class, report.endian, report.kind, report.machine));
    line("linking", report.linking);
    line("size", &format!("{} bytes", report.size));
    line("interpreter", report.interpreter.as_deref().unwrap_or(""));
    line("soname", report.soname.as_deref().unwrap_or(""));
    for name in &report.needed {
        line("needs", name);
    }
    line("rpath", &report.rpath.join(":"));
    line("runpath", &report.runpath.join(":"));
    line("flags", &report.flags.join(" "));
    for need in &report.versions_needed {
        line("needs versions", &format!("{}: {}", need.library, need.versions.join(" ")));
    }
    line("defines versions", &report.versions_defined.join(" "));
    line("undefined symbols", &report.undefined_symbols.len().to_string());
    line("build id", report.build_id.as_deref().unwrap_or(""));
    line("oldest kernel", report.oldest_kernel.as_deref().unwrap_or(""));
    for comment in &report.comment {
        line("made by", comment);
    }
    if let Some(go) = &report.go {
        line("made by", &format!("{} {}", go.version, go.path.as_deref().unwrap_or("")));
        for (name, value) in &go.settings {
            line("  setting", &format!("{name}={value}"));
        }
    }
    line("symbols", if report.stripped { "stripped" } else { "not stripped" });
    line("debug info", if report.debug_info { "yes" } else { "no" });
    line("damaged", report.damaged.as_deref().unwrap_or(""));
    out
}
