//! Prints build reports as text.

use super::output::{Format, print};
use stageplay_core::measure::human_size;
use stageplay_core::report::{self, Base, BuildReport, RunReport, Size};
use stageplay_core::words::{Language, say};

/// Prints the report of a build on a container engine: its error, its layers, and how the start of the image went.
pub(super) fn print_real_build(report: &BuildReport) {
    if let Some(error) = &report.error {
        let line = error.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        eprintln!("stageplay: the build fails{line}: {}", error.message.trim());
    }
    if let Some(image) = &report.image {
        let mut out = format!("image {}  {}\n", image.id, image.size.text(4));
        for layer in &image.layers {
            out.push_str(&format!("{:>10}  {}\n", layer.size.text(4), layer.created_by));
        }
        print(&out);
    }
    if let Some(run) = &report.run {
        print_run(run);
    }
}

/// A line for each base image whose facts were neither read from the image nor are unknown, which a warning says.
pub(super) fn base_images(report: &BuildReport, language: Language) -> String {
    let line = |base: &Base| {
        let id = match base.how.as_str() {
            "derived" => "base.derived",
            "rule" => "base.rule",
            _ => return None,
        };
        let day = base.as_of.as_deref().unwrap_or_default();
        let params = [("reference", base.reference.as_str()), ("resolved", base.resolved.as_str()), ("day", day)];
        Some(format!("stageplay: {}\n", say(language, id, &params)))
    };
    report.bases.iter().filter_map(line).collect()
}

/// Prints which files of the context were assumed to exist.
pub(super) fn print_assumed_files(report: &BuildReport, language: Language) {
    if report.assumed.is_empty() {
        return;
    }
    eprintln!("stageplay: {}", say(language, "build.assumed", &[("count", report.assumed.len().to_string())]));
    for file in &report.assumed {
        let line = file.line.to_string();
        eprintln!("  {}", say(language, "build.assumed.file", &[("path", &file.path), ("line", &line)]));
    }
}

/// Tells of an image whose size has estimated or unknown parts which those are, where, and how each could be told.
pub(super) fn size_parts(size: &Size, language: Language) -> String {
    if size.parts().next().is_none() {
        return String::new();
    }
    let (id, shown) = match size.at_least {
        Some(bound) => ("size.at-least", human_size(bound, 3)),
        None => ("size.estimated", size.text(3)),
    };
    let mut out = format!("stageplay: {}\n", say(language, id, &[("size", shown)]));
    for part in size.parts() {
        let line = part.line.map(|line| format!("{}: ", say(language, "size.line", &[("line", line.to_string())])));
        let range = part.range_text().map(|range| format!(" ({range})"));
        let (line, range) = (line.unwrap_or_default(), range.unwrap_or_default());
        out.push_str(&format!("  {line}{}{range}. {}\n", part.what, part.way));
    }
    if size.more_parts > 0 {
        out.push_str(&format!("  {}\n", say(language, "size.more", &[("count", size.more_parts.to_string())])));
    }
    out
}

/// Prints the output of the started image, hints, and why it does not start.
pub(super) fn print_run(run: &RunReport) {
    print(&run.stdout);
    eprint!("{}", run.stderr);
    for hint in &run.hints {
        eprintln!("\nstageplay: {}\n  {}", hint.message, hint.why);
    }
    for sentence in &run.assumed {
        eprintln!("\nstageplay: {sentence}");
    }
    if run.verdict == "starts" {
        return;
    }
    eprintln!("\nstageplay: {}", run.explanation.as_deref().unwrap_or("it does not start"));
    for step in &run.steps {
        let mark = match (step.ok, step.open) {
            (true, _) => "✓",
            (false, true) => "?",
            (false, false) => "✗",
        };
        eprintln!("  {mark} {:8} {}: {}", step.who, step.did, step.result);
    }
    for fix in &run.fixes {
        let size = fix.proof.size.text(3);
        eprintln!("  fix: {} ({} proven, {size})", fix.title, fix.proof.verdict);
    }
}

/// Prints that there is no Dockerfile. This is a failed build, as with Docker, so it returns the exit code 1.
pub(super) fn print_missing_dockerfile(message: String, format: Format) -> u8 {
    match format {
        Format::Text => eprintln!("ERROR: {message}"),
        Format::Json => {
            let report = BuildReport {
                schema: report::SCHEMA,
                error: Some(report::Error { code: "no-dockerfile".into(), message, line: None }),
                warnings: Vec::new(),
                bases: Vec::new(),
                assumed: Vec::new(),
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
