//! The graphs are those that dockerfilegraph's issues ask for (patrickhoefler/dockerfilegraph #2, #19, #82, #99, #174,
//! #422).

use super::*;
use crate::base_images::Catalogue;
use crate::build::{Cache, NoImages, Request, build};
use crate::engine::{Builder, EngineProfile};
use crate::fs::{Content, Tree};

fn built_by(text: &str, builder: Builder) -> Built {
    let mut context = Tree::new();
    context.write("/a", Content::inline(*b"text"), 0o644, 0, 0).unwrap();
    let engine = EngineProfile::find("docker-28").unwrap();
    let request = Request { builder, ..Request::new(text, context, engine) };
    build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new())
}

fn built(text: &str) -> Built {
    built_by(text, Builder::Buildkit)
}

/// The edges as `FROM>TO kind line paths`.
fn edges(text: &str) -> Vec<String> {
    let graph = graph(&built(text)).unwrap();
    let name = |index: usize| match graph.nodes.get(index) {
        Some(Node::Stage(stage)) => stage.to_string(),
        Some(Node::Image(image)) => image.clone(),
        None => "?".into(),
    };
    let line = |edge: &Edge| {
        format!("{}>{} {:?} {} {}", name(edge.from), name(edge.to), edge.kind, edge.line, edge.paths)
            .trim_end()
            .to_string()
    };
    graph.edges.iter().map(line).collect()
}

#[test]
fn each_copy_is_an_edge_with_its_paths() {
    let text = "FROM alpine AS one\nFROM scratch\nCOPY --from=one /bin /etc /\nCOPY --from=0 /usr /usr\nCOPY a /";
    assert_eq!(edges(text), ["alpine:latest>0 From 1", "scratch>1 From 2", "0>1 Copy 3 /bin /etc", "0>1 Copy 4 /usr"]);
}

#[test]
fn each_mount_is_an_edge_also_several_of_one_instruction() {
    let text = "FROM alpine AS one\nFROM alpine AS two\nFROM alpine\nRUN --mount=from=one,source=/etc,target=/x --mount=type=cache,from=two,target=/y --mount=type=bind,from=busybox,target=/z --mount=type=tmpfs,target=/t true";
    assert_eq!(
        edges(text)[2..],
        ["alpine:latest>2 From 3", "0>2 Mount 4 /etc", "1>2 Mount 4 /", "busybox:latest>2 Mount 4 /"]
    );
}

#[test]
fn an_image_is_one_node_however_often_it_is_used() {
    let text = "FROM alpine AS one\nFROM alpine:latest AS two\nFROM one\nCOPY --from=alpine /etc/hosts /h\nCOPY --from=busybox /bin/sh /b\nCOPY --from=busybox /bin/ls /c";
    let graph = graph(&built(text)).unwrap();
    let images: Vec<&Node> = graph.nodes.iter().filter(|node| matches!(node, Node::Image(_))).collect();
    assert_eq!(images, [&Node::Image("alpine:latest".into()), &Node::Image("busybox:latest".into())]);
    assert_eq!(graph.edges.iter().filter(|edge| edge.kind == EdgeKind::From).count(), 3);
}

#[test]
fn a_build_argument_names_the_image() {
    let text = "ARG VERSION=3.19\nFROM alpine:${VERSION} AS release\nFROM scratch\nCOPY --from=release /etc/passwd /";
    assert_eq!(edges(text)[0], "alpine:3.19>0 From 2");
}

#[test]
fn what_is_copied_and_what_a_stage_adds_to_has_a_size() {
    let built = built("FROM alpine AS one\nRUN dd if=/dev/zero of=/f bs=1000 count=5\nFROM one\nCOPY --from=one /f /g");
    let sizes: Vec<Option<u64>> = graph(&built).unwrap().edges.iter().map(|edge| edge.size.as_ref()?.bytes()).collect();
    assert_eq!((sizes[0], sizes[2]), (None, Some(5000)));
    assert!(sizes[1] > Some(5000));
}

#[test]
fn buildkit_runs_stages_side_by_side_and_the_classic_builder_does_not() {
    let text = "FROM alpine AS one\nRUN dd if=/dev/zero of=/f bs=1000000 count=72\nFROM alpine AS two\nRUN true\nFROM alpine\nCOPY --from=one /f /f\nCOPY --from=two /etc/hosts /h";
    let of = |builder| timeline(&built_by(text, builder), builder, &|_| None);
    let (classic, buildkit) = (of(Builder::Classic), of(Builder::Buildkit));
    let sum: f64 = classic.steps.iter().map(|step| step.seconds).sum();
    assert!(
        (classic.seconds - sum).abs() < 1e-9
            && classic.steps.iter().all(|step| step.is_critical || step.seconds == 0.0)
    );
    assert!(buildkit.seconds < sum);
    // The longer stage decides; the other one runs beside it.
    let critical: Vec<Option<usize>> =
        buildkit.steps.iter().filter(|step| step.is_critical && step.step.is_some()).map(|step| step.stage).collect();
    assert_eq!(critical, [Some(0), Some(2), Some(2)]);
    let starts: Vec<f64> = buildkit.steps.iter().filter(|step| step.stage != Some(2)).map(|step| step.start).collect();
    assert!(starts.iter().all(|start| *start == 0.0), "{starts:?}");
}

#[test]
fn a_dockerfile_without_a_plan_has_no_graph() {
    assert_eq!(graph(&built("FROM")), None);
    assert_eq!(timeline(&built("FROM"), Builder::Buildkit, &|_| None), Timeline::default());
}
