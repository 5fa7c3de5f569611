//! Data about base images and package indexes that is fetched, and what waits for it.

use super::Page;
use crate::effect::Effect;
use crate::first_visit_example::example_workspace;
use crate::image_data::image_data_path;
use crate::package_indexes::PackageIndexes;
use stageplay_core::base_images::Catalogue;
use stageplay_protocol::{Event, Request};

/// A page to which everything about base images has to be fetched.
fn page() -> Page {
    let mut page = Page::empty();
    page.session.set_catalogue(Catalogue::empty());
    page
}

fn fetched(effects: &[Effect]) -> Vec<String> {
    let names = effects.iter().filter_map(|effect| match effect {
        Effect::FetchImageData(name) => Some(name.clone()),
        _ => None,
    });
    names.collect()
}

fn file(name: &str) -> Result<Vec<u8>, String> {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../core/data/");
    std::fs::read(format!("{data}{}", image_data_path(name))).map_err(|error| error.to_string())
}

/// Fetches what effects ask for until nothing is asked for; returns all names.
fn settle(page: &mut Page, effects: Vec<Effect>) -> Vec<String> {
    let (mut all, mut open) = (Vec::new(), fetched(&effects));
    while let Some(name) = open.pop() {
        page.session.take_image_data(&name, file(&name));
        open.extend(fetched(&page.settle()));
        assert!(!all.contains(&name), "{name} is fetched again");
        all.push(name);
    }
    all
}

fn arrives(page: &mut Page, name: &str, bytes: Result<Vec<u8>, String>) {
    page.session.take_image_data(name, bytes);
    page.settle();
}

#[test]
fn families_of_a_dockerfile_are_fetched_at_once_and_then_used() {
    let mut page = page();
    let effects = page.edit("FROM python:3.9-slim AS a\nFROM busybox\nCOPY --from=a /etc/passwd /x\n");
    assert_eq!(fetched(&effects), ["busybox", "python"]);
    assert!(page.outcome().lacks_image_data);
    assert_eq!(page.image_data.loading, ["busybox", "python"]);
    let all = settle(&mut page, effects);
    assert!(all.contains(&"debian".to_string()), "{all:?}");
    assert!(!page.outcome().lacks_image_data && page.image_data.loading.is_empty());
    let outcome = page.outcome();
    assert!(outcome.report.bases[0].resolved.starts_with("python:3.9."), "{:?}", outcome.report.bases);
    assert!(outcome.report.stages[0].size.bytes.is_some() && outcome.base_details[0].is_some());
    assert!(outcome.cache.is_empty(), "it is the first build: {:?}", outcome.cache);
    // Nothing is fetched again.
    assert_eq!(fetched(&page.edit("FROM python:3.9-slim\n")), [""; 0]);
}

#[test]
fn a_fetch_that_fails_is_said_and_repeated_when_asked_for() {
    let mut page = page();
    assert_eq!(fetched(&page.edit("FROM alpine:3.17\n")), ["alpine"]);
    arrives(&mut page, "alpine", Err("official/alpine.gz: 503".into()));
    assert_eq!(page.image_data.failures, ["official/alpine.gz: 503"]);
    assert_eq!(fetched(&page.edit("FROM alpine:3.17 \n")), [""; 0]);
    assert_eq!(fetched(&page.ask(Request::RetryImageData)), ["alpine"]);
    // A page that a proxy sent in its place is no history.
    arrives(&mut page, "alpine", Ok(b"<!doctype html>".to_vec()));
    assert_eq!(page.image_data.failures.len(), 1);
    // Neither is that of another family.
    page.ask(Request::RetryImageData);
    arrives(&mut page, "alpine", file("busybox"));
    assert_eq!(page.image_data.failures.len(), 1, "{:?}", page.image_data);
    let effects = page.ask(Request::RetryImageData);
    settle(&mut page, effects);
    assert!(page.image_data.failures.is_empty() && !page.outcome().lacks_image_data);
}

#[test]
fn commands_wait_for_their_images_in_their_order() {
    let mut page = page();
    let mut effects = page.run("docker run alpine:3.17 echo one >> out");
    effects.extend(page.run("echo two >> out; cat out"));
    assert!(!page.lines().contains(&"two"), "{:?}", page.lines());
    settle(&mut page, effects);
    let out = page.lines();
    assert_eq!(out[out.len() - 2..], ["one", "two"], "{out:?}");
    assert!(page.session.waiting.is_empty());
}

#[test]
fn a_command_whose_image_cannot_be_fetched_says_so() {
    let mut page = page();
    page.run("docker pull alpine:3.17");
    arrives(&mut page, "alpine", Err("official/alpine.gz: 503".into()));
    assert!(page.lines().iter().any(|line| line.starts_with("stageplay: ")), "{:?}", page.lines());
    assert!(!page.lines().iter().any(|line| line.contains("Error response from daemon")));
    assert!(page.session.waiting.is_empty());
}

#[test]
fn every_base_image_is_compared_when_the_list_arrived() {
    let mut page = page();
    let effects = page.edit("FROM alpine\nENTRYPOINT [\"/bin/busybox\"]\n");
    settle(&mut page, effects);
    page.session.take_files(vec![("app".into(), vec![0x7f, b'E', b'L', b'F'])]);
    page.settle();
    let effects = page.edit("FROM alpine\nCOPY app /app\nENTRYPOINT [\"/app\"]\n");
    settle(&mut page, effects);
    let effects = page.ask(Request::CompareBaseImages);
    assert!(fetched(&effects).contains(&"images".to_string()), "{effects:?}");
    settle(&mut page, effects);
    assert!(page.session.matrix.as_ref().is_some_and(|all| all.len() > 90), "{:?}", page.session.matrix);
}

#[test]
fn a_comparison_that_is_asked_for_before_the_first_result_waits_for_it() {
    let mut page = page();
    let mut effects = page.load(example_workspace());
    effects.extend(page.ask(Request::CompareBaseImages));
    settle(&mut page, effects);
    assert!(page.session.matrix.as_ref().is_some_and(|all| all.len() > 90), "{:?}", page.session.matrix);
}

#[test]
fn data_that_only_fixes_need_is_no_edit() {
    let mut page = page();
    let effects =
        page.edit("FROM golang AS b\nRUN go version\nFROM alpine\nCOPY --from=b /bin/bash /b\nCMD [\"/b\"]\n");
    let all = settle(&mut page, effects);
    assert!(all.contains(&"ubuntu".to_string()), "other bases are tried: {all:?}");
    assert_eq!(page.verdict(), "fails");
    assert!(page.outcome().cache.is_empty(), "{:?}", page.outcome().cache);
}

#[test]
fn a_lesson_begins_when_the_images_of_its_setup_arrived() {
    let mut page = page();
    let slug = "then/03-not-found-on-alpine";
    let text = |language: &str| {
        let lessons = concat!(env!("CARGO_MANIFEST_DIR"), "/../../www/lessons");
        std::fs::read_to_string(format!("{lessons}/{slug}/{language}.md")).unwrap()
    };
    page.ask(Request::OpenLesson(slug.into()));
    page.session.take_lesson(slug, Ok((text("en"), text("zh-CN"))));
    let effects = page.settle();
    assert_eq!(fetched(&effects), ["golang"]);
    assert!(!page.events.contains(&Event::LessonStarted));
    settle(&mut page, effects);
    assert!(page.events.contains(&Event::LessonStarted));
    assert!(page.workspace.files.iter().any(|file| file.path == "myhttpserver"), "{:?}", page.workspace.files);
    assert_eq!((page.notices().len(), page.workspace.engine.as_str()), (0, "docker-17.09"));
}

#[test]
fn an_editor_s_question_fetches_what_it_lacks() {
    let mut page = page();
    let effects = page.ask(Request::Ask(1, r#"{"ask":"complete","text":"FROM golang:1.","at":14}"#.into()));
    assert!(fetched(&effects).contains(&"golang".to_string()), "{effects:?}");
    assert!(page.events.is_empty(), "it waits for what it lacks");
    settle(&mut page, effects);
    assert!(
        matches!(&page.events[..], [Event::Answer(1, answer)] if answer.contains("golang:1.")),
        "{:?}",
        page.events
    );
}

#[test]
fn an_edit_while_the_data_of_the_opened_workspace_is_fetched_is_an_edit() {
    let mut page = page();
    let mut effects = page.load(example_workspace());
    assert!(page.outcome().lacks_image_data);
    let text = page.workspace.text("Dockerfile").unwrap().replace("COPY main.go .", "COPY main.go ./");
    // While a line is typed, the text cannot be parsed.
    effects.extend(page.edit(&text.replace("COPY main.go ./", "C")));
    effects.extend(page.edit(&text));
    settle(&mut page, effects);
    assert!(page.session.stage_trees.iter().all(Option::is_some));
    let reruns: Vec<bool> = page.outcome().cache.iter().map(|step| step.rerun.is_some()).collect();
    // The program is the same, so that the last step is taken from the cache.
    assert_eq!(reruns, [false, true, true, false], "{:?}", page.outcome().cache);
}

#[test]
fn data_that_arrives_piece_by_piece_is_simulated_once() {
    let mut page = page();
    let effects = page.edit("FROM python:3.9-slim AS a\nFROM busybox\nCOPY --from=a /etc/passwd /x\n");
    assert_eq!(fetched(&effects), ["busybox", "python"]);
    arrives(&mut page, "busybox", file("busybox"));
    assert!(page.last.outcome.is_none());
    arrives(&mut page, "python", file("python"));
    assert!(page.last.outcome.is_some());
}

#[test]
fn a_package_index_is_requested_once_and_then_used() {
    let mut page = Page::new();
    page.session.package_indexes = PackageIndexes::empty();
    page.session.set_catalogue(Catalogue::builtin());
    let text = "FROM debian:12\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\nCMD [\"curl\"]\n";
    let wanted = Effect::FetchPackageIndex("debian-12".into());
    assert!(page.edit(text).contains(&wanted));
    assert!(!page.edit(&format!("{text}\n")).contains(&wanted), "it is on its way");
    page.session.take_package_index("debian-12", Err("packages/debian-12.tsv: 503".into()));
    page.settle();
    assert_eq!(page.notices(), ["packages/debian-12.tsv: 503"]);
    assert!(page.edit(text).contains(&wanted), "an edit asks again");
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../../core/data/packages/debian-12.tsv");
    page.session.take_package_index("debian-12", Ok(std::fs::read_to_string(table).unwrap()));
    page.settle();
    let unknown = page.outcome().report.warnings.iter().any(|one| one.rule == "package-index-not-loaded");
    assert!(!unknown && page.outcome().report.image.as_ref().is_some_and(|image| image.size.bytes.is_some()));
}
