//! Fixes for a program whose loader, libraries, symbol versions or symbols are missing: link it statically, use another
//! builder image, use another base image, or copy the libraries.

use super::{Candidate, FixContext};
use crate::dockerfile::{Command, Kind};
use crate::elf::{self, Machine};
use crate::exec::{Credentials, Start, System};
use crate::fs;
use crate::plan::Base;
use crate::text::TextEdit;
use std::collections::BTreeMap;

/// The most other base images that are tried, the smallest first.
const MAX_BASES: usize = 16;
/// The most other builder images that are tried, the smallest first.
const MAX_BUILDERS: usize = 8;

impl FixContext<'_> {
    /// `go build` to `CGO_ENABLED=0 go build`, wherever a built stage compiles.
    pub(super) fn link_go_statically(&self) -> Option<Candidate> {
        let mut edits = Vec::new();
        for stage in self.plan.stages.iter().filter(|stage| stage.built) {
            for instruction in &stage.instructions {
                let text = self.text(instruction);
                if matches!(instruction.kind, Kind::Run(Command::Shell(_))) && !text.contains("CGO_ENABLED=0") {
                    edits.extend(self.edit(instruction, "go build", "CGO_ENABLED=0 go build"));
                }
            }
        }
        (!edits.is_empty()).then_some(Candidate { id: "static-go", params: vec![], edits })
    }

    /// `FROM golang` to `FROM golang:alpine` in the stages that compile.
    pub(super) fn alpine_builder(&self) -> Option<Candidate> {
        let day = self.request.day();
        for stage in self.plan.stages.iter().filter(|stage| stage.built && stage.index != self.plan.target) {
            let Base::Image(reference) = &stage.base else {
                continue;
            };
            if reference.tag.contains("alpine") {
                continue;
            }
            let tag = match reference.tag.as_str() {
                "latest" => "alpine".to_string(),
                tag => format!("{}-alpine", tag.split('-').next().unwrap_or(tag)),
            };
            let mut better = reference.clone();
            better.tag = tag;
            if self.catalogue.find(&better, day).is_err() {
                continue;
            }
            let image = better.to_string();
            let Kind::From { image: written, .. } = &stage.from.kind else {
                continue;
            };
            let edit = self.edit(&stage.from, written, &image)?;
            return Some(Candidate { id: "builder-alpine", params: vec![("image", image)], edits: vec![edit] });
        }
        None
    }

    /// Other base images for the target: plain distributions, the smallest first.
    pub(super) fn runtime_bases(&self) -> Vec<Candidate> {
        let Some(stage) = self.root_stage() else {
            return Vec::new();
        };
        let Kind::From { image: written, .. } = &stage.from.kind else {
            return Vec::new();
        };
        let day = self.request.day();
        let plain =
            ["alpine", "debian", "ubuntu", "gcr.io/distroless/base-debian13", "gcr.io/distroless/base-debian12"];
        let mut bases: Vec<(u64, String)> = self
            .catalogue
            .entries(day)
            .filter(|facts| plain.contains(&facts.name.as_str()))
            .map(|facts| (facts.size, facts.reference()))
            .collect();
        bases.sort();
        bases
            .into_iter()
            .take(MAX_BASES)
            .filter_map(|(_, image)| {
                let edit = self.edit(&stage.from, written, &image)?;
                Some(Candidate { id: "runtime-base", params: vec![("image", image)], edits: vec![edit] })
            })
            .collect()
    }

    /// Replaces the base image by the smallest official ones that have the program of a language: `java` is in those of
    /// Eclipse Temurin.
    pub(super) fn language_bases(&self, program: &str) -> Vec<Candidate> {
        let images: &[&str] = match fs::path::file_name(program) {
            "java" => &["eclipse-temurin:21-jre-alpine", "eclipse-temurin:21-jre"],
            "node" | "npm" => &["node:22-alpine", "node:22-slim"],
            "python" | "python3" | "pip" => &["python:3.13-alpine", "python:3.13-slim"],
            "ruby" => &["ruby:3.4-alpine", "ruby:3.4-slim"],
            "php" => &["php:8.4-cli-alpine", "php:8.4-cli"],
            _ => return Vec::new(),
        };
        let Some(stage) = self.root_stage() else { return Vec::new() };
        let Kind::From { image: written, .. } = &stage.from.kind else { return Vec::new() };
        let candidate = |image: &&str| {
            let edit = self.edit(&stage.from, written, image)?;
            Some(Candidate::new("language-base", vec![("image", (*image).to_string())], vec![edit]))
        };
        images.iter().filter_map(candidate).collect()
    }

    /// Compiles a program in a stage, if it comes from the context and its Go source is beside it.
    pub(super) fn build_in_stage(&self) -> Option<Candidate> {
        if self.plan.stages.len() != 1 {
            return None;
        }
        let stage = self.target()?;
        let mut sources: Vec<&str> = Vec::new();
        for (name, node) in self.request.context.children("/") {
            let is_main = name.ends_with(".go")
                && node
                    .content()
                    .and_then(|c| c.bytes())
                    .is_some_and(|b| String::from_utf8_lossy(b).contains("package main"));
            if is_main {
                sources.push(name);
            }
        }
        if sources.is_empty() {
            return None;
        }
        let copy = stage.instructions.iter().find(|instruction| match &instruction.kind {
            Kind::Copy { sources, .. } => {
                instruction.flag("from").is_none() && sources.len() == 1 && {
                    let path = fs::path::join("/", sources.first().map_or("", String::as_str));
                    let node = self.request.context.get(&path);
                    node.and_then(|node| node.content()).is_some_and(is_go)
                }
            }
            _ => false,
        })?;
        let Kind::Copy { sources: copied, .. } = &copy.kind else {
            return None;
        };
        let copied = copied.first()?;
        let name = fs::path::file_name(copied);
        let builder = "golang:alpine";
        let files = sources.join(" ");
        let directory = if sources.len() > 1 { "./" } else { "." };
        let first = stage.from.span.start;
        let stage_text = format!(
            "FROM {builder} AS builder\nWORKDIR /go/src\nCOPY {files} {directory}\nRUN CGO_ENABLED=0 go build -o {name} {files}\n\n"
        );
        let mut edits = vec![TextEdit { span: first..first, insert: stage_text }];
        edits.push(self.edit(copy, copied, &format!("--from=builder /go/src/{name}"))?);
        Some(Candidate { id: "build-inside", params: vec![("image", builder.to_string())], edits })
    }

    /// Other releases and variants of the builder image, the smallest first, in each stage that compiles.
    pub(super) fn other_builders(&self) -> Vec<Candidate> {
        let day = self.request.day();
        // The Alpine variant is a candidate of `alpine_builder`.
        let alpine = self.alpine_builder().is_some();
        let mut all: Vec<(u64, Candidate)> = Vec::new();
        for stage in self.plan.stages.iter().filter(|stage| stage.built && stage.index != self.plan.target) {
            let (Base::Image(reference), Kind::From { image: written, .. }) = (&stage.base, &stage.from.kind) else {
                continue;
            };
            let own = self.catalogue.find(reference, day).ok();
            let others = self.catalogue.entries(day).filter(|facts| {
                facts.name == reference.repository && own.as_ref().is_none_or(|own| own.tags != facts.tags)
            });
            for facts in others {
                let image = facts.reference();
                if alpine && image.contains("alpine") {
                    continue;
                }
                let edit = self.edit(&stage.from, written, &image);
                all.extend(
                    edit.map(|edit| (facts.size, Candidate::new("builder-other", vec![("image", image)], vec![edit]))),
                );
            }
        }
        all.sort_by_key(|(size, _)| *size);
        all.into_iter().take(MAX_BUILDERS).map(|(_, candidate)| candidate).collect()
    }

    /// Copies the loader and the libraries from the stage that the program comes from, each to the same path.
    pub(super) fn copy_libraries(&self, path: &str) -> Option<Candidate> {
        let copy = self.copy_of(path)?;
        let from = copy.flag("from")?;
        let stage = self.plan.stages.iter().find(|stage| {
            stage.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(from)) || stage.index.to_string() == from
        })?;
        let image = self.built.stages.get(stage.index)?.as_ref()?;
        let Kind::Copy { sources, .. } = &copy.kind else { return None };
        let source = fs::path::join("/", sources.first()?);
        let system = System::new(&image.tree, Machine::X86_64);
        let who = Credentials::default();
        let start = Start { cwd: "/", path: &source, argv: &[], env: &[], who: &who };
        let printed = system.ldd(start).ok().filter(|printed| printed.code == 0)?;
        // A line is `name => path (address)`, or the loader's own path.
        let files = printed.stdout.lines().filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.iter().rev().find(|word| word.starts_with('/')).copied()
        });
        let mut by_folder: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for file in files {
            by_folder.entry(fs::path::parent(file)).or_default().push(file);
        }
        if by_folder.is_empty() {
            return None;
        }
        let lines: Vec<String> = by_folder
            .iter()
            .map(|(folder, files)| format!("COPY --from={from} {} {folder}/", files.join(" ")))
            .collect();
        let edit = self.line_behind(copy, &lines.join("\n"));
        Some(Candidate::new("copy-libraries", vec![("stage", from.to_string())], vec![edit]))
    }
}

/// Whether a file was linked by Go's linker or by the simulator's model of it.
fn is_go(content: &fs::Content) -> bool {
    elf::is_elf(&content.read_at(0, 4))
        && (elf::read(content).is_ok_and(|elf| elf.behaviour.is_some()) || elf::details(content).go.is_some())
}
