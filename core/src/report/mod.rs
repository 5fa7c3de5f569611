//! Makes reports (`stageplay-report`) from internal types: the only form in which results leave core as data.
//!
//! The page, `--format json` and the server all use them.

mod compat;
mod elf;
mod image_size;
mod process_launch;
mod whiteouts;

pub use compat::{builder_report, match_report};
pub use elf::{elf_report, linking};
pub use process_launch::exec_report;
pub use stageplay_report::{
    AssumedFile, Base, BuildReport, BuilderReport, Edit, ElfReport, Entry, Error, ExecReport, FixReport, GoReport,
    HintReport, ImageLayer, ImageReport, LayerReport, MatchReport, MissingReport, ProofReport, RunReport, SCHEMA, Size,
    SizePart, Stage, Step, TraceReport, UnlistedReport, VersionsReport, Warning, Waste, WastedFile, say_phrase,
    warning,
};

use crate::archive;
use crate::build::BaseUse;
use crate::exec::{Cause, TraceStep};
use crate::hints::Hint;
use crate::image::{Image, Layer};
use crate::measure;
use crate::simulate::Simulation;
use crate::words::{Language, say};

fn base(used: &BaseUse) -> Base {
    Base {
        reference: used.reference.to_string(),
        resolved: used.resolved.clone(),
        how: used.how.as_str().to_string(),
        as_of: used.as_of.map(|day| day.to_string()),
        source: Some(used.source.clone()).filter(|source| !source.is_empty()),
    }
}

/// The report of a simulation, with its words in one language.
pub fn build_report(done: &Simulation, language: Language) -> BuildReport {
    let built = &done.built;
    let mut warnings: Vec<Warning> = built.diagnostics.iter().map(|remark| warning(remark, language)).collect();
    if let Some(run) = &done.run {
        let params = |what: &str| vec![("what", what.to_string())];
        warnings.extend(run.gaps.iter().map(|gap| Warning {
            rule: gap.code.to_string(),
            message: say(language, &format!("diag.{}", gap.code), &params(&gap.what)),
            line: None,
        }));
    }
    let stages = built.plan.iter().flat_map(|plan| &plan.stages).map(|stage| {
        let size = built.stages.get(stage.index).cloned().flatten().map(|image| image.size());
        let none = measure::Size::unknown(0, if stage.built { "the build failed" } else { "not built" });
        Stage {
            index: stage.index,
            name: stage.name.clone(),
            base: stage.base_name.clone(),
            built: stage.built,
            copies_from: stage.copies_from.iter().copied().collect(),
            size: Size::said(&size.unwrap_or(none), language),
        }
    });
    BuildReport {
        schema: SCHEMA,
        error: built.error.as_ref().map(|error| Error {
            code: error.code.to_string(),
            message: error.message.clone(),
            line: error.line,
        }),
        warnings,
        bases: built.bases.iter().map(base).collect(),
        assumed: built.assumed.iter().map(|one| AssumedFile { path: one.path.clone(), line: one.line }).collect(),
        stages: stages.collect(),
        steps: built
            .steps
            .iter()
            .filter(|step| !step.failed || step.keyword == "RUN")
            .map(|step| Step {
                stage: step.stage,
                line: step.line,
                created_by: match step.keyword == "FROM" || step.created_by.is_empty() {
                    true => step.text.clone(),
                    false => step.created_by.clone(),
                },
                cached: step.cached,
                rerun: step
                    .rerun
                    .as_ref()
                    .filter(|rerun| !rerun.is_first())
                    .map(|rerun| say(language, rerun.why, &[("what", &rerun.what)])),
                layer: step.layer.as_deref().map(|made| layer(made, language)),
                output: output(&step.output),
                exit_code: step.exit_code,
                failed: step.failed,
            })
            .collect(),
        image: built.image.as_deref().map(|made| image(made, done, language)),
        run: run(done, language),
    }
}

/// The end of a step's output as text.
fn output<S>(printed: &[(S, Vec<u8>)]) -> String {
    /// The most bytes of one step's output.
    const MAX_BYTES: usize = 1 << 16;
    let mut parts: Vec<&[u8]> = Vec::new();
    let mut left = MAX_BYTES;
    for (_, bytes) in printed.iter().rev() {
        parts.push(bytes.get(bytes.len().saturating_sub(left)..).unwrap_or_default());
        left = left.saturating_sub(bytes.len());
        if left == 0 {
            break;
        }
    }
    parts.reverse();
    String::from_utf8_lossy(&parts.concat()).into_owned()
}

fn layer(layer: &Layer, language: Language) -> LayerReport {
    LayerReport {
        size: Size::said(&layer.size, language),
        entries: layer.entries.iter().flat_map(whiteouts::saved_entries).collect(),
        unlisted: layer
            .unlisted
            .iter()
            .map(|(what, size)| UnlistedReport { what: say_phrase(language, what), size: Size::said(size, language) })
            .collect(),
    }
}

fn image(image: &Image, done: &Simulation, language: Language) -> ImageReport {
    let diff_ids: Vec<&str> = image.layers.iter().map(|layer| layer.diff_id.as_str()).collect();
    ImageReport {
        id: image.id.clone(),
        size: Size::with_parts(&image_size::with_lines(image, &done.built), language),
        layers: image
            .layers
            .iter()
            .map(|layer| ImageLayer { created_by: layer.created_by.clone(), size: Size::said(&layer.size, language) })
            .collect(),
        config: image.config.to_oci(&done.request.platform, &diff_ids, &image.history),
        waste: waste(image),
    }
}

fn waste(image: &Image) -> Option<Waste> {
    /// The most files that are listed.
    const MAX_FILES: usize = 20;
    /// The most entries of all layers that are analysed.
    const MAX_ENTRIES: usize = 20_000;
    if image.layers.iter().map(|layer| layer.entries.len()).sum::<usize>() > MAX_ENTRIES {
        return None;
    }
    let found = archive::analyse_image(image);
    let files = found.wasted.into_iter().take(MAX_FILES).filter(|one| one.bytes > 0);
    Some(Waste {
        efficiency: found.efficiency,
        bytes: found.wasted_bytes,
        files: files.map(|one| WastedFile { path: one.path, bytes: one.bytes, layers: one.layers }).collect(),
    })
}

/// Why something fails or is unknown: one sentence, and for a cause also a longer explanation.
fn explanation(
    cause: Option<&Cause>,
    unknown: Option<&(&'static str, String)>,
    language: Language,
) -> (Option<String>, Option<String>) {
    match (cause, unknown) {
        (Some(cause), _) => {
            let params = cause.params();
            let short = say(language, &format!("cause.{}", cause.code()), &params);
            (Some(short), Some(say(language, &format!("cause.{}.why", cause.code()), &params)))
        }
        (None, Some((code, what))) => (Some(say(language, &format!("unknown.{code}"), &[("what", what)])), None),
        (None, None) => (None, None),
    }
}

fn trace(step: &TraceStep, language: Language) -> TraceReport {
    let result = if step.ok { "ok" } else { "fail" };
    TraceReport {
        who: step.who.as_str().into(),
        did: say(language, &format!("trace.{}.did", step.code), &step.params),
        result: say(language, &format!("trace.{}.{result}", step.code), &step.params),
        ok: step.ok,
        open: step.is_open(),
    }
}

fn run(done: &Simulation, language: Language) -> Option<RunReport> {
    let run = done.run.as_ref()?;
    let (explanation, _) = explanation(run.cause.as_ref(), run.unknown.as_ref(), language);
    let steps = run.trace.iter().map(|step| trace(step, language)).collect();
    Some(RunReport {
        verdict: run.verdict.as_str().into(),
        exit_code: run.exit_code,
        stdout: run.stdout.clone(),
        stderr: run.stderr.clone(),
        cause: run.cause.as_ref().map(|cause| cause.code().to_string()),
        explanation,
        assumed: run
            .assumed
            .iter()
            .map(|(code, what)| say(language, &format!("assumed.{code}"), &[("what", what)]))
            .collect(),
        steps,
        hints: done.hints.iter().map(|found| hint(found, language)).collect(),
        fixes: fix_reports(done, language),
    })
}

/// The proven fixes in words.
pub fn fix_reports(done: &Simulation, language: Language) -> Vec<FixReport> {
    done.fixes
        .iter()
        .map(|fix| FixReport {
            id: fix.id.to_string(),
            title: say(language, &format!("fix.{}", fix.id), &fix.params),
            why: say(language, &format!("fix.{}.why", fix.id), &fix.params),
            edits: fix
                .edits
                .iter()
                .map(|edit| Edit { start: edit.span.start, end: edit.span.end, insert: edit.insert.clone() })
                .collect(),
            proof: ProofReport {
                verdict: fix.proof.verdict.as_str().into(),
                size: Size::said(&fix.proof.size, language),
            },
        })
        .collect()
}

/// A hint in words.
pub(crate) fn hint(hint: &Hint, language: Language) -> HintReport {
    let word = |suffix: &str| say(language, &format!("hint.{}{suffix}", hint.code), &hint.params);
    HintReport { code: hint.code.to_string(), message: word(""), why: word(".why") }
}
