//! The stage graph, the target, what changed, and played edits.

use super::Page;
use crate::package_indexes::PackageIndexes;
use stageplay_core::base_images::Catalogue;
use stageplay_protocol::{EdgeKind, PlayedEdit, Request};

const STAGES: &str = "FROM alpine AS base\nRUN echo 1 > /one\n\nFROM base AS other\nRUN --mount=from=base,source=/etc,target=/m echo 22 > /two\n\nFROM scratch\nCOPY --from=base /one /\nCOPY --from=other /two /\n";

fn page() -> Page {
    let mut page = Page::new();
    page.edit(STAGES);
    page
}

#[test]
fn the_graph_has_stages_images_and_what_travels_between_them() {
    let page = page();
    let graph = page.outcome().graph.as_ref().unwrap();
    let images: Vec<Option<&str>> = graph.nodes.iter().map(|node| node.image.as_deref()).collect();
    assert_eq!(images, [None, None, None, Some("alpine:latest"), Some("scratch")]);
    assert_eq!(graph.nodes[1].lines, Some((4, 5)));
    let edges: Vec<(usize, usize, EdgeKind, Option<u64>)> = graph
        .edges
        .iter()
        .map(|edge| (edge.from, edge.to, edge.kind, edge.size.as_ref().and_then(|size| size.bytes)))
        .filter(|edge| edge.2 != EdgeKind::From)
        .collect();
    assert_eq!(
        edges,
        [(0, 1, EdgeKind::Mount, None), (0, 2, EdgeKind::Copy, Some(2)), (1, 2, EdgeKind::Copy, Some(3))]
    );
    // What is used stands before its user.
    assert!(graph.edges.iter().all(|edge| graph.nodes[edge.from].rank < graph.nodes[edge.to].rank));
    let timeline = &page.outcome().timeline;
    assert!(timeline.seconds > 0.0 && timeline.seconds <= timeline.sum);
    assert!(timeline.steps.iter().any(|step| step.is_critical));
}

#[test]
fn a_stage_is_built_as_the_target_and_the_workspace_keeps_it() {
    let mut page = page();
    page.ask(Request::SelectTarget(Some("other".into())));
    let graph = page.outcome().graph.as_ref().unwrap();
    assert_eq!((graph.target, page.outcome().report.stages[2].built), (1, false));
    assert_eq!(page.workspace.target.as_deref(), Some("other"));
    let kept = page.workspace.clone();
    page.ask(Request::SelectTarget(None));
    assert_eq!(page.outcome().graph.as_ref().unwrap().target, 2);
    page.load(kept);
    assert_eq!(page.outcome().graph.as_ref().unwrap().target, 1);
    // A stage that is gone is an error in the engine's words, and not another stage.
    page.edit("FROM alpine\n");
    let error = page.outcome().report.error.as_ref().unwrap();
    assert!(error.message.contains("target stage \"other\" could not be found"), "{error:?}");
}

#[test]
fn what_changed_is_told_since_the_opening_and_since_a_pin() {
    let mut page = Page::new();
    assert_eq!(page.outcome().changes, None);
    page.edit("FROM alpine\nRUN echo 1 > /one\n");
    let changes = page.outcome().changes.clone().unwrap();
    assert!(changes.since_opening && changes.files.is_none());
    assert_eq!(changes.verdict.0, "fails");
    page.ask(Request::KeepState);
    assert_eq!(page.outcome().changes, None);
    page.ask(Request::ShowChangedFiles(true));
    page.edit("FROM alpine\nRUN echo 333 > /one\nRUN echo 1 > /two\n");
    let changes = page.outcome().changes.clone().unwrap();
    assert!(!changes.since_opening);
    let (before, after) = changes.size;
    assert_eq!(after.unwrap().bytes.unwrap() - before.unwrap().bytes.unwrap(), 4);
    let steps: Vec<(Option<usize>, bool, bool)> =
        changes.steps.iter().map(|row| (row.line, row.before.is_some(), row.after.is_some())).collect();
    assert_eq!(steps, [(None, true, false), (Some(2), false, true), (Some(3), false, true)]);
    let files = changes.files.unwrap();
    assert_eq!(files.counts, (1, 1, 0));
    let bytes = |size: &Option<stageplay_core::report::Size>| size.as_ref().and_then(|size| size.bytes);
    let paths: Vec<(&str, Option<u64>, Option<u64>)> =
        files.files.iter().map(|file| (file.path.as_str(), bytes(&file.before), bytes(&file.after))).collect();
    assert_eq!(paths, [("/one", Some(2), Some(4)), ("/two", None, Some(2))]);
    let (one, two) = changes.last_edit.unwrap();
    assert_eq!(two.bytes.unwrap() - one.bytes.unwrap(), 4);
}

#[test]
fn data_that_arrives_late_is_no_change() {
    let mut page = Page::empty();
    page.session.package_indexes = PackageIndexes::empty();
    page.session.set_catalogue(Catalogue::builtin());
    let text = "FROM debian:12\nRUN apt-get update && apt-get install -y curl\nCMD [\"curl\"]\n";
    let mut workspace = page.workspace.clone();
    workspace.write("Dockerfile", text.into());
    page.load(workspace);
    assert_eq!(page.outcome().changes, None);
    let size = |page: &Page| page.outcome().report.image.as_ref().unwrap().size.clone();
    let before = size(&page);
    page.edit(&format!("{text}RUN echo 1 > /one\n"));
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../../core/data/packages/debian-12.tsv");
    page.session.take_package_index("debian-12", Ok(std::fs::read_to_string(table).unwrap()));
    page.settle();
    // Both sides know the packages: the edit alone is the change.
    let changes = page.outcome().changes.clone().unwrap();
    let (one, two) = (changes.size.0.unwrap().bytes.unwrap(), changes.size.1.unwrap().bytes.unwrap());
    assert_eq!((two - one, changes.steps.len()), (2, 1), "{:?}", changes.steps);
    assert_eq!(changes.last_edit.map(|(one, two)| two.bytes.unwrap() - one.bytes.unwrap()), Some(2));
    page.edit(text);
    assert_eq!(page.outcome().changes, None);
    assert_ne!(size(&page), before, "the data is used");
}

#[test]
fn another_engine_is_a_change_and_the_way_back_is_none() {
    let mut page = Page::new();
    page.edit("FROM alpine\nRUN echo 1 > /one\n");
    page.ask(Request::KeepState);
    page.ask(Request::SelectEngine("docker-17.09".into(), "classic".into()));
    let changes = page.outcome().changes.clone().unwrap();
    assert!(!changes.since_opening && changes.size.0 != changes.size.1, "{changes:?}");
    page.ask(Request::SelectEngine("docker-28".into(), "buildkit".into()));
    assert_eq!(page.outcome().changes, None);
}

#[test]
fn played_edits_tell_what_each_makes_the_engine_run_again() {
    let mut page = Page::new();
    let files = [
        ("Dockerfile", "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm install\nRUN echo 1 > /one\n"),
        ("package.json", "{}"),
        ("src/main.js", "1"),
    ];
    page.ask(Request::Edit(files.map(|(path, text)| (path.to_string(), text.to_string())).to_vec()));
    page.ask(Request::PlayEdits);
    let plays = page.last.edit_plays.clone().unwrap().unwrap();
    let lines: Vec<usize> = plays.steps.iter().map(|step| step.line).collect();
    assert_eq!(lines, [2, 3, 4, 5]);
    let of = |edit: PlayedEdit| plays.plays.iter().find(|play| play.edit == edit).unwrap();
    let reruns = |edit| of(edit).reruns.iter().map(Option::is_some).collect::<Vec<_>>();
    assert_eq!(reruns(PlayedEdit::File("src/main.js".into())), [false, true, true, true]);
    assert_eq!(reruns(PlayedEdit::Line(5)), [false, false, false, true]);
    let main = of(PlayedEdit::File("src/main.js".into()));
    assert!(main.reruns[1].as_ref().unwrap().contains("src/main.js"), "{main:?}");
    // The check proposes to install before the sources are copied, so that fewer steps run again.
    assert!(plays.reordering.is_some() && main.seconds_reordered.unwrap() < main.seconds, "{plays:?}");
    page.edit("FROM alpine\n");
    assert_eq!(page.last.edit_plays, Some(None));
}

#[test]
fn a_base_image_has_its_facts_with_the_end_of_its_support() {
    let mut page = Page::new();
    page.edit("FROM debian:bookworm\n");
    let details = page.outcome().base_details[0].clone().unwrap();
    assert!(details.distribution.starts_with("debian 12") && details.libc.starts_with("glibc 2.36"), "{details:?}");
    assert_eq!((details.shell.as_deref(), details.package_manager.as_deref()), (Some("dash"), Some("apt")));
    assert_eq!(details.support_end.unwrap().day, "2026-07-11");
}
