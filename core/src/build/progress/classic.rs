//! The text of the classic builder: `Step 1/4 : FROM …`.

use super::{print_output, unused_args};
use crate::build::{Built, Request, Step};
use crate::dockerfile::syntax;
use crate::image::{Hasher, Reference, short_id};
use crate::measure::human_size;
use std::fmt::Write;

/// A tag as Docker completes it: `name` becomes `name:latest`.
fn full_tag(tag: &str) -> String {
    Reference::parse(tag).map_or_else(|_| tag.to_string(), |reference| reference.to_string())
}

/// An id of the container in which a step ran. It is a digest, so that equal builds print the same.
fn container_id(step: &Step) -> String {
    let id =
        Hasher::default().part("container").part(&step.image_id).part(&step.text).number(step.line as u64).finish();
    short_id(&id).to_string()
}

pub(super) fn classic(request: &Request, built: &Built, out: &mut String) {
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
        // The ONBUILD triggers of a base image belong to the FROM and are not numbered as steps.
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
            // Only the last trigger prints an image id.
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

/// Warnings about instructions that continue over empty lines. The classic builder prints them first.
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

/// Prints one step. `ends`: the id of the resulting image follows.
fn classic_step(step: &Step, old: bool, ends: bool, out: &mut String) {
    let id = if ends { format!(" ---> {}\n", short_id(&step.image_id)) } else { String::new() };
    if step.cached {
        let _ = write!(out, " ---> Using cache\n{id}");
        return;
    }
    let container = container_id(step);
    let has_container = !matches!(step.keyword.as_str(), "FROM" | "COPY" | "ADD");
    // The builder's own remarks come first.
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
