//! What `docker build` prints: the classic builder's steps, or BuildKit's plain progress.
//!
//! Observed with Docker 20.10.24 (both builders); 17.09 after its sources and the article.

use super::{Built, Request, Step};
use crate::diag::Diagnostic;
use crate::dockerfile::syntax;
use crate::engine::Builder;
use crate::image::{Hasher, Reference, sha256, short_id};
use crate::measure::human_size;
use crate::plan::{Base, Plan};
use std::fmt::Write;

/// The text that a terminal shows of a build, and what it shows as its error.
pub fn progress(request: &Request, built: &Built) -> (String, String) {
    let mut out = String::new();
    match request.builder {
        Builder::Classic => classic(request, built, &mut out),
        Builder::Buildkit => buildkit(request, built, &mut out),
    }
    let error = built.error.as_ref().map_or(String::new(), |error| match (request.builder, request.engine.major()) {
        (Builder::Buildkit, 23..) => format!("ERROR: {}\n", error.message),
        _ => format!("{}\n", error.message),
    });
    (out, error)
}

/// A tag as Docker completes it: `name` becomes `name:latest`.
fn full_tag(tag: &str) -> String {
    Reference::parse(tag).map_or_else(|_| tag.to_string(), |reference| reference.to_string())
}

/// An id for the container in which a step ran: a digest, as everything here.
fn container_id(step: &Step) -> String {
    let id =
        Hasher::default().part("container").part(&step.image_id).part(&step.text).number(step.line as u64).finish();
    short_id(&id).to_string()
}

fn unused_args(built: &Built) -> Option<&Diagnostic> {
    built.diagnostics.iter().find(|remark| remark.code == "unused-build-arg")
}

fn classic(request: &Request, built: &Built, out: &mut String) {
    let _ = writeln!(out, "Sending build context to Docker daemon {:>8}", human_size(built.context_bytes, 4));
    let Some(plan) = &built.plan else { return };
    empty_continuations(request, out);
    let old = request.engine.major() < 18;
    let up_to = if old { plan.stages.len() } else { plan.target + 1 };
    let stages = plan.stages.iter().take(up_to);
    let total = plan.global.len() + stages.map(|stage| 1 + stage.instructions.len()).sum::<usize>();
    let mut number = 0;
    for instruction in plan.global.iter().filter(|_| !built.steps.is_empty()) {
        number += 1;
        let _ = writeln!(out, "Step {number}/{total} : {}", instruction.original);
        if old {
            out.push_str(" ---> \n");
        }
    }
    let mut steps = built.steps.as_slice();
    while let Some((step, rest)) = steps.split_first() {
        number += 1;
        let _ = writeln!(out, "Step {number}/{total} : {}", step.text);
        // What a base has kept for those who build on it belongs to FROM: it has no steps of its own.
        let is_trigger = |one: &&Step| step.keyword == "FROM" && one.line == step.line && one.stage == step.stage;
        let count = rest.iter().take_while(is_trigger).count();
        let (triggers, rest) = rest.split_at(count);
        steps = rest;
        if triggers.is_empty() {
            classic_step(step, old, true, out);
            continue;
        }
        let _ = writeln!(out, "# Executing {count} build trigger{}", if count == 1 { "" } else { "s" });
        for (index, trigger) in triggers.iter().enumerate() {
            // One id for all of it.
            classic_step(trigger, old, index + 1 == count, out);
        }
    }
    if let Some(remark) = unused_args(built) {
        let names = remark.params.first().map_or("", |(_, names)| names.as_str());
        let _ = writeln!(out, "[Warning] One or more build-args [{names}] were not consumed");
    }
    if let Some(image) = &built.image {
        let _ = writeln!(out, "Successfully built {}", short_id(&image.id));
        for tag in &request.tags {
            let _ = writeln!(out, "Successfully tagged {}", full_tag(tag));
        }
    }
}

/// Instructions that go on over empty lines: the classic builder remarks on them before all.
fn empty_continuations(request: &Request, out: &mut String) {
    let file = syntax::parse(&request.dockerfile);

    let nodes: Vec<_> =
        file.nodes.iter().filter(|node| file.empty_continuations.binary_search(&node.end_line).is_ok()).collect();
    for node in &nodes {
        let _ = writeln!(out, "[WARNING]: Empty continuation line found in:\n    {}", node.text);
    }
    if !nodes.is_empty() {
        out.push_str("[WARNING]: Empty continuation lines will become errors in a future release.\n");
    }
}

/// `ends`: what it made is shown behind it.
fn classic_step(step: &Step, old: bool, ends: bool, out: &mut String) {
    let id = if ends { format!(" ---> {}\n", short_id(&step.image_id)) } else { String::new() };
    if step.cached {
        let _ = write!(out, " ---> Using cache\n{id}");
        return;
    }
    let container = container_id(step);
    let has_container = !matches!(step.keyword.as_str(), "FROM" | "COPY" | "ADD");
    // What the builder itself remarks comes first.
    if step.keyword != "RUN" {
        print_output(step, "", out);
    }
    // 17.09 makes a container for WORKDIR and does not announce it.
    if has_container && !(old && step.keyword == "WORKDIR") && (!step.failed || step.keyword == "RUN") {
        let _ = writeln!(out, " ---> Running in {container}");
    }
    if step.keyword == "RUN" {
        print_output(step, "", out);
    }
    if step.failed {
        return;
    }
    let removing = format!("Removing intermediate container {container}\n");
    if has_container && !old {
        out.push_str(&removing);
    }
    out.push_str(&id);
    if has_container && old {
        out.push_str(&removing);
    }
}

fn print_output(step: &Step, prefix: &str, out: &mut String) {
    let bytes: Vec<u8> = step.output.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    for line in String::from_utf8_lossy(&bytes).lines() {
        let _ = writeln!(out, "{prefix}{line}");
    }
}

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

/// Bytes that a file costs in BuildKit's transfer: its record, and its content if it is sent.
pub(super) fn transfer_bytes(name: &str, len: u64) -> u64 {
    let varint = if len < 128 { 1 } else { 2 };
    20 + name.len() as u64 + varint + len + 6
}

fn buildkit(request: &Request, built: &Built, out: &mut String) {
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

/// What BuildKit calls a step: `[stage 2/4] RUN …`.
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
            // Only an image is fetched: FROM of scratch or of a stage is no step (dockerfile2llb, `cmdTotal`).
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
                // The end of a failing step's output is shown once more.
                let _ = writeln!(vertices.out, "------\n > {name}:");
                vertices.out.push_str(&printed);
                vertices.out.push_str("------\n");
            }
            _ => vertices.done(&name, &lines),
        }
    }
}

/// The lines around a mistake, as BuildKit's clients show them since 23.0.
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
