//! The text of BuildKit with `--progress=plain`: `#5 [2/4] RUN …`.

use super::{print_output, unused_args};
use crate::build::context::transfer_bytes;
use crate::build::{Built, Request};
use crate::image::{Reference, sha256};
use crate::measure::human_size;
use crate::plan::{Base, Plan};
use std::fmt::Write;

/// Numbers BuildKit's vertices and prints each as a block.
struct Vertices<'a> {
    out: &'a mut String,
    number: usize,
    /// 20.10 prints each vertex's digest.
    digests: bool,
}

impl Vertices<'_> {
    fn block(&mut self, name: &str, lines: &[String]) {
        self.number += 1;
        let number = self.number;
        let _ = writeln!(self.out, "#{number} {name}");
        if self.digests {
            let _ = writeln!(self.out, "#{number} {}", sha256(name.as_bytes()));
        }
        for line in lines {
            let _ = writeln!(self.out, "#{number} {line}");
        }
        self.out.push('\n');
    }

    fn done(&mut self, name: &str, lines: &[String]) {
        // The simulated clock does not move.
        let lines: Vec<String> = lines.iter().cloned().chain(["DONE 0.0s".to_string()]).collect();
        self.block(name, &lines);
    }
}

pub(super) fn buildkit(request: &Request, built: &Built, out: &mut String) {
    let modern = request.engine.major() >= 23;
    if modern {
        out.push_str("#0 building with \"default\" instance using docker driver\n\n");
    }
    let mut vertices = Vertices { out, number: 0, digests: !modern };
    let name = request.name.rsplit('/').next().unwrap_or(&request.name);
    let size = human_size(transfer_bytes(name, request.dockerfile.len() as u64), 4);
    vertices.done(
        &format!("[internal] load build definition from {name}"),
        &[format!("transferring dockerfile: {size} done")],
    );
    let ignore = request.context.get("/.dockerignore").and_then(|node| node.content());
    let ignore_size = human_size(ignore.map_or(2, |content| transfer_bytes(".dockerignore", content.len)), 4);
    let load_ignore = |vertices: &mut Vertices| {
        vertices.done("[internal] load .dockerignore", &[format!("transferring context: {ignore_size} done")]);
    };
    if !modern {
        load_ignore(&mut vertices);
    }
    let Some(plan) = &built.plan else {
        excerpt(request, built, vertices.out);
        return;
    };
    let mut seen: Vec<String> = Vec::new();
    let missing = built.error.as_ref().filter(|error| error.code == "unknown-image");
    for stage in plan.stages.iter().filter(|stage| stage.built) {
        let Base::Image(reference) = &stage.base else {
            continue;
        };
        let canonical = reference.canonical();
        if seen.contains(&canonical) {
            continue;
        }
        let block = format!("[internal] load metadata for {canonical}");
        seen.push(canonical);
        match missing.filter(|error| error.line == Some(stage.from.line)) {
            Some(error) => {
                let text = error.message.split(": ").last().unwrap_or("").to_string();
                vertices.block(&block, &[format!("ERROR: {text}")]);
                let _ = writeln!(vertices.out, "------\n > {block}:\n------");
            }
            None => vertices.done(&block, &[]),
        }
    }
    if missing.is_some() {
        excerpt(request, built, vertices.out);
        return;
    }
    if modern {
        load_ignore(&mut vertices);
    }
    steps(built, plan, &mut vertices);
    if let Some(image) = &built.image {
        let mut lines = vec!["exporting layers done".to_string(), format!("writing image {} done", image.id)];
        lines.extend(request.tags.iter().map(|tag| {
            let canonical = Reference::parse(tag).map_or_else(|_| tag.clone(), |reference| reference.canonical());
            let shown =
                if modern { canonical.as_str() } else { canonical.strip_suffix(":latest").unwrap_or(&canonical) };
            format!("naming to {shown} done")
        }));
        vertices.done("exporting to image", &lines);
    }
    if let Some(remark) = unused_args(built) {
        let names = remark.params.first().map_or("", |(_, names)| names.as_str());
        let _ = writeln!(vertices.out, "[Warning] One or more build-args [{names}] were not consumed");
    }
    excerpt(request, built, vertices.out);
}

/// The names of BuildKit's vertices, by step: `[stage 2/4] RUN …`. `None` for a step that has no vertex.
fn step_names(plan: &Plan, built: &Built) -> Vec<Option<String>> {
    let makes_vertex = |keyword: &str| matches!(keyword, "FROM" | "RUN" | "COPY" | "ADD" | "WORKDIR");
    let alone = plan.stages.len() == 1;
    let mut counts = vec![0usize; plan.stages.len()];
    built
        .steps
        .iter()
        .map(|step| {
            if !makes_vertex(&step.keyword) {
                return None;
            }
            let stage = plan.stages.get(step.stage)?;
            // FROM of `scratch` or of a stage is not counted, because nothing is fetched (dockerfile2llb, `cmdTotal`).
            let fetched = matches!(stage.base, Base::Image(_));
            if step.keyword == "FROM" && !fetched {
                return None;
            }
            let total = usize::from(fetched)
                + stage
                    .instructions
                    .iter()
                    .filter(|instruction| makes_vertex(&instruction.keyword.to_ascii_uppercase()))
                    .count();
            let count = counts.get_mut(step.stage)?;
            *count += 1;
            let width = total.to_string().len();
            let name = stage.name.clone().map_or_else(|| format!("stage-{}", stage.index), |name| name.to_lowercase());
            let prefix = if alone { String::new() } else { format!("{name} ") };
            let text = match (&stage.base, step.keyword.as_str()) {
                (Base::Image(reference), "FROM") => format!("FROM {}", reference.canonical()),
                (_, "FROM") => return None,
                _ => step.text.clone(),
            };
            Some(format!("[{prefix}{count:>width$}/{total}] {text}"))
        })
        .collect()
}

fn steps(built: &Built, plan: &Plan, vertices: &mut Vertices) {
    let uses_context =
        built.steps.iter().any(|step| matches!(step.keyword.as_str(), "COPY" | "ADD") && !step.text.contains("--from"));
    if uses_context {
        let size = human_size(built.context_bytes, 4);
        vertices.done("[internal] load build context", &[format!("transferring context: {size} done")]);
    }
    let mut bases: Vec<String> = Vec::new();
    for (step, name) in built.steps.iter().zip(step_names(plan, built)) {
        let Some(name) = name else { continue };
        if step.keyword == "FROM" {
            let base = name.split("] ").nth(1).unwrap_or("").to_string();
            if bases.contains(&base) {
                continue;
            }
            bases.push(base);
        }
        let mut lines = Vec::new();
        let mut printed = String::new();
        print_output(step, if step.cached { "" } else { "0.000 " }, &mut printed);
        if step.cached {
            vertices.block(&name, &["CACHED".to_string()]);
            continue;
        }
        lines.extend(printed.lines().map(str::to_string));
        match (&built.error, step.failed) {
            (Some(error), true) => {
                lines.push(format!("ERROR: {}", error.message.trim_start_matches("failed to solve: ")));
                vertices.block(&name, &lines);
                // BuildKit repeats the end of the output of a step that fails.
                let _ = writeln!(vertices.out, "------\n > {name}:");
                vertices.out.push_str(&printed);
                vertices.out.push_str("------\n");
            }
            _ => vertices.done(&name, &lines),
        }
    }
}

/// The lines around the instruction that failed, as BuildKit's clients show them since 23.0.
fn excerpt(request: &Request, built: &Built, out: &mut String) {
    let Some(line) = built.error.as_ref().and_then(|error| error.line).filter(|_| request.engine.major() >= 23) else {
        return;
    };
    let _ = writeln!(out, "{}:{line}\n--------------------", request.name);
    let last = built
        .plan
        .as_ref()
        .and_then(|plan| {
            let all = plan.stages.iter().flat_map(|stage| std::iter::once(&stage.from).chain(&stage.instructions));
            all.chain(&plan.global).find(|instruction| instruction.line == line).map(|instruction| {
                line + request.dockerfile.get(instruction.span.clone()).map_or(0, |text| text.matches('\n').count())
            })
        })
        .unwrap_or(line);
    for (index, text) in request.dockerfile.lines().enumerate() {
        let number = index + 1;
        if number + 2 >= line && number <= last + 2 {
            let mark = if (line..=last).contains(&number) { ">>>" } else { "   " };
            let _ = writeln!(out, "{number:>4} | {mark} {text}");
        }
    }
    out.push_str("--------------------\n");
}
