//! The parts of a result that the page shows beside the report: stage graph, cause, layers.

use crate::build_cache::BuildCacheStatus;
use stageplay_core::dockerfile::Kind;
use stageplay_core::exec::Cause;
use stageplay_core::fs::{Change, EntryKind, LayerEntry as Entry};
use stageplay_core::image::{Image, Layer};
use stageplay_core::measure::Size;
use stageplay_core::plan::{Base, Plan};
use stageplay_core::report::BuildReport;
use stageplay_core::simulate::Simulation;
use stageplay_core::words::{Language, say};
use stageplay_protocol::{CacheStep, CauseDiagram, GraphArrow, LayerEntries, LayerEntry, LayerRow, StageGraph};
use std::collections::BTreeSet;

/// Packages, and files, that are listed of one layer.
const MAX_ENTRIES: usize = 200;
/// The interpreters of scripts that are looked for in the image.
const SHELLS: [&str; 3] = ["/bin/sh", "/bin/bash", "/usr/bin/env"];
/// The dynamic loaders that are looked for in the image.
const LOADERS: [&str; 4] = [
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-musl-aarch64.so.1",
];

/// The report without the entries of the steps' layers, of which there may be thousands.
pub(crate) fn without_entries(mut report: BuildReport) -> BuildReport {
    for layer in report.steps.iter_mut().filter_map(|step| step.layer.as_mut()) {
        layer.entries.clear();
        layer.unlisted.clear();
    }
    report
}

/// The steps with their state in the build cache.
pub(crate) fn cache_steps(status: &BuildCacheStatus, language: Language) -> Vec<CacheStep> {
    let steps = status.steps.iter().map(|step| CacheStep {
        line: step.line,
        text: step.text.clone(),
        rerun: step.rerun.as_ref().map(|rerun| say(language, rerun.why, &[("what", &rerun.what)])),
    });
    steps.collect()
}

/// The stages with an arrow for each `FROM`, `COPY --from` and mount between stages.
pub(crate) fn stage_graph(plan: &Plan) -> StageGraph {
    let mut arrows: Vec<GraphArrow> = Vec::new();
    for stage in &plan.stages {
        if let Base::Stage(from) = stage.base {
            arrows.push(GraphArrow { from, to: stage.index, label: "FROM".into(), copies: false });
        }
        let earlier_stage = |word: &str| {
            plan.stages.iter().take(stage.index).find(|other| {
                other.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(word))
                    || other.index.to_string() == word
            })
        };
        for instruction in &stage.instructions {
            if let (Kind::Copy { sources, .. }, Some(from)) = (&instruction.kind, instruction.flag("from"))
                && let Some(other) = earlier_stage(from)
            {
                let label = sources.join(" ");
                arrows.push(GraphArrow { from: other.index, to: stage.index, label, copies: true });
            }
        }
        for from in &stage.copies_from {
            if !arrows.iter().any(|arrow| arrow.to == stage.index && arrow.from == *from && arrow.copies) {
                arrows.push(GraphArrow { from: *from, to: stage.index, label: "--mount".into(), copies: true });
            }
        }
    }
    StageGraph { target: plan.target, arrows }
}

/// The images that the built stages are based on, sorted.
pub(crate) fn base_names(plan: Option<&Plan>) -> Vec<String> {
    let stages = plan.iter().flat_map(|plan| &plan.stages).filter(|stage| stage.built);
    let names: BTreeSet<String> = stages
        .filter_map(|stage| match &stage.base {
            Base::Image(reference) => Some(reference.to_string()),
            _ => None,
        })
        .collect();
    names.into_iter().collect()
}

/// What the program requires beside what the image has.
pub(crate) fn cause_diagram(done: &Simulation) -> Option<CauseDiagram> {
    let (cause, image) = (done.run.as_ref()?.cause.as_ref()?, done.built.image.as_ref()?);
    let (program, required) = match cause {
        Cause::InterpreterMissing { path, interpreter } => (path, vec![interpreter.clone()]),
        Cause::ScriptInterpreterMissing { path, interpreter, .. } => (path, vec![interpreter.clone()]),
        Cause::LibraryMissing { path, libraries } => (path, libraries.clone()),
        Cause::VersionMissing { path, library, versions } => {
            (path, versions.iter().map(|version| format!("{library}: {version}")).collect())
        }
        Cause::SymbolMissing { path, symbols } => (path, symbols.iter().take(6).cloned().collect()),
        Cause::WrongMachine { path, machine, .. } => (path, vec![machine.clone()]),
        Cause::PermissionDenied { path, .. } => {
            let user = if image.config.user.is_empty() { "root" } else { &image.config.user };
            (path, vec![format!("x · {user}")])
        }
        Cause::UnknownUser { user } => (user, vec![format!("/etc/passwd: {user}")]),
        _ => return None,
    };
    let existing = |paths: &[&str]| -> Vec<String> {
        paths.iter().filter(|path| image.tree.stat("/", path).is_ok()).map(|path| (*path).to_string()).collect()
    };
    let present = match cause {
        Cause::ScriptInterpreterMissing { .. } => existing(&SHELLS),
        Cause::WrongMachine { host, .. } => vec![host.clone()],
        Cause::PermissionDenied { path, mode } => {
            let owner = image.tree.stat("/", path).map(|(_, node)| format!(" {}:{}", node.uid, node.gid));
            vec![format!("{mode}{}", owner.unwrap_or_default())]
        }
        Cause::UnknownUser { .. } => users(image),
        _ => existing(&LOADERS),
    };
    Some(CauseDiagram { program: program.clone(), required, present })
}

/// The first user names of /etc/passwd, at most six.
fn users(image: &Image) -> Vec<String> {
    let passwd = image.tree.stat("/", "/etc/passwd").ok();
    let bytes = passwd.and_then(|(_, node)| node.content()?.bytes().map(<[u8]>::to_vec)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.lines().filter_map(|line| line.split(':').next()).take(6).map(str::to_string).collect()
}

/// The layers of an image; with entries those whose index is in `open`.
pub(crate) fn layers(image: &Image, open: &BTreeSet<usize>, language: Language) -> Vec<LayerRow> {
    let row = |(index, layer): (usize, &Layer)| LayerRow {
        created_by: layer.created_by.clone(),
        size: (&layer.size).into(),
        known_bytes: layer.size.at_least(),
        is_own: is_built_here(layer),
        reason: reason(layer, language),
        entries: open.contains(&index).then(|| entries(layer)),
    };
    image.layers.iter().map(AsRef::as_ref).enumerate().map(row).collect()
}

/// Whether this build made the layer; else it comes from the base image.
fn is_built_here(layer: &Layer) -> bool {
    !layer.entries.is_empty() || layer.created_by.contains("buildkit") || layer.created_by.starts_with("/bin/sh")
}

/// The reason of the layer's size in one line: its packages, or the largest file that it adds or changes.
fn reason(layer: &Layer, language: Language) -> Option<String> {
    if !is_built_here(layer) {
        return Some(say::<&str>(language, "layer.base", &[]));
    }
    if let Some((name, _)) = layer.unlisted.iter().max_by_key(|(_, size)| size.at_least()) {
        let words = [("count", layer.unlisted.len().to_string()), ("name", name.clone())];
        return Some(say(language, "layer.packages", &words));
    }
    let files = || layer.entries.iter().filter(|entry| entry.kind == EntryKind::File);
    let largest = files().max_by_key(|entry| entry.size.at_least())?;
    let id = match largest.change {
        Change::Modified if is_copied_up(layer, largest) => "layer.copied-up",
        Change::Modified => "layer.modified",
        _ => "layer.added",
    };
    Some(say(language, id, &[("path", largest.path.as_ref())]))
}

/// Whether a RUN instruction changed only the metadata of a file, so that the overlay copies the whole file.
fn is_copied_up(layer: &Layer, entry: &Entry) -> bool {
    entry.same_content && entry.kind == EntryKind::File && !layer.created_by.contains("COPY ")
}

/// The packages and files of a layer, the largest packages first.
fn entries(layer: &Layer) -> LayerEntries {
    let mut packages: Vec<&(String, Size)> = layer.unlisted.iter().collect();
    packages.sort_by_key(|(_, size)| std::cmp::Reverse(size.at_least()));
    let left_out = |count: usize| count.saturating_sub(MAX_ENTRIES);
    let file = |entry: &Entry| LayerEntry {
        path: entry.path.to_string(),
        kind: entry.kind.as_str().to_string(),
        mode: entry.mode,
        owner: (entry.uid, entry.gid),
        size: entry.size.human(),
    };
    LayerEntries {
        left_out: left_out(layer.entries.len()) + left_out(packages.len()),
        packages: packages.iter().take(MAX_ENTRIES).map(|(name, size)| (name.clone(), size.into())).collect(),
        files: layer.entries.iter().take(MAX_ENTRIES).map(file).collect(),
    }
}
