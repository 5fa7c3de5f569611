//! Engines, days, the build cache, checks, assumed files, lessons.

use super::Page;
use crate::effect::Effect;
use crate::first_visit_example::example_workspace;
use stageplay_protocol::{Event, File, LessonBlock, Request, Workspace};

fn go_version(page: &Page) -> String {
    page.outcome().report.bases.first().map(|base| base.resolved.clone()).unwrap_or_default()
}

#[test]
fn the_day_changes_what_tags_mean_in_the_page_and_in_the_terminal() {
    let mut page = Page::new();
    page.edit("FROM golang:latest\n");
    assert!(go_version(&page).starts_with("golang:1.2"), "{}", go_version(&page));
    page.ask(Request::SetAsOf("2018-01-08".into()));
    assert!(go_version(&page).starts_with("golang:1.9.2"), "{}", go_version(&page));
    page.run("docker run golang:latest go version");
    assert!(page.lines().iter().any(|line| line.contains("go1.9.2")), "{:?}", page.lines());
    // It stays with another engine, in a link and after a reload.
    page.ask(Request::SelectEngine("docker-20.10".into(), "buildkit".into()));
    assert!(go_version(&page).starts_with("golang:1.9.2"), "{}", go_version(&page));
    assert_eq!(page.workspace.as_of.as_deref(), Some("2018-01-08"));
    let mut other = Page::empty();
    other.load(page.workspace.clone());
    assert!(go_version(&other).starts_with("golang:1.9.2"), "{}", go_version(&other));
    other.ask(Request::SetAsOf(String::new()));
    assert_eq!(other.workspace.as_of, None);
    assert!(go_version(&other).starts_with("golang:1.20"), "{}", go_version(&other));
}

#[test]
fn what_is_no_day_is_refused_and_changes_nothing() {
    let mut page = Page::new();
    page.ask(Request::SetAsOf("2018-01-08".into()));
    page.ask(Request::SetAsOf("2018-02-30".into()));
    assert_eq!(page.workspace.as_of.as_deref(), Some("2018-01-08"));
    assert!(page.notices()[0].contains("2018-02-30"), "{:?}", page.notices());
}

#[test]
fn another_engine_keeps_the_files() {
    let mut page = Page::new();
    page.ask(Request::Edit(vec![("x.txt".into(), String::new())]));
    page.ask(Request::SelectEngine("docker-17.09".into(), "classic".into()));
    assert_eq!((page.workspace.engine.as_str(), page.workspace.builder.as_str()), ("docker-17.09", "classic"));
    assert_eq!(page.workspace.text("x.txt"), Some(""));
}

#[test]
fn checks_of_a_simulated_build_are_listed_with_their_fixes() {
    let mut page = Page::new();
    page.edit("FROM alpine AS b\nCOPY main.go /m\nRUN chmod 755 /m\nUSER 1\n");
    let checks = &page.outcome().checks;
    assert_eq!(checks.iter().map(|check| check.rule.as_str()).collect::<Vec<_>>(), ["SP001"]);
    let fix = checks[0].fix.as_ref().unwrap();
    assert!(fix.safe && fix.edits.iter().any(|edit| edit.insert.contains("--chmod=755")), "{fix:?}");
}

#[test]
fn an_edit_says_which_steps_run_again_and_why() {
    let mut page = Page::new();
    assert!(page.outcome().cache.is_empty(), "nothing was built before: {:?}", page.outcome().cache);
    let text = page.workspace.text("main.go").unwrap().replace("listening", "waiting");
    page.ask(Request::Edit(vec![("main.go".into(), text)]));
    let reruns: Vec<bool> = page.outcome().cache.iter().map(|step| step.rerun.is_some()).collect();
    assert_eq!(reruns, [false, true, true, true]);
    assert!(page.outcome().cache[1].rerun.as_ref().unwrap().contains("main.go"));
    // A build without an edit does not change the list.
    page.session.simulate();
    page.settle();
    assert_eq!(page.outcome().cache.iter().map(|step| step.rerun.is_some()).collect::<Vec<_>>(), reruns);
}

#[test]
fn a_workspace_of_dockerfiles_alone_assumes_the_other_files() {
    let text = "FROM alpine\nCOPY a.txt b.txt /\n";
    let of = |files: &[(&str, &str)]| {
        let mut workspace = Workspace { files: Vec::<File>::new(), ..example_workspace() };
        workspace.write("Dockerfile", text.into());
        files.iter().for_each(|(path, text)| workspace.write(path, (*text).into()));
        workspace
    };
    let assumed =
        |page: &Page| -> Vec<String> { page.outcome().report.assumed.iter().map(|file| file.path.clone()).collect() };
    let fails = |page: &Page| page.outcome().report.error.is_some();
    let mut page = Page::empty();
    page.load(of(&[]));
    assert_eq!((assumed(&page), fails(&page)), (vec!["a.txt".to_string(), "b.txt".to_string()], false));
    assert!(page.workspace.assume_context, "the page keeps it");
    // A file that is added replaces its assumption, and the other one stays.
    page.ask(Request::Edit(vec![("a.txt".into(), String::new())]));
    assert_eq!((assumed(&page), fails(&page)), (vec!["b.txt".to_string()], false));
    let saved = page.workspace.clone();
    page.load(saved);
    assert_eq!(assumed(&page), ["b.txt"]);
    page.ask(Request::AssumeFiles(false));
    assert!(assumed(&page).is_empty() && fails(&page) && !page.workspace.assume_context);
    // With files, a missing one fails as in the engine.
    page.load(of(&[("a.txt", "")]));
    assert!(assumed(&page).is_empty() && fails(&page));
}

fn lesson(slug: &str) -> (String, String) {
    let text = |language: &str| {
        let lessons = concat!(env!("CARGO_MANIFEST_DIR"), "/../../www/lessons");
        std::fs::read_to_string(format!("{lessons}/{slug}/{language}.md")).unwrap()
    };
    (text("en"), text("zh-CN"))
}

#[test]
fn a_lesson_sets_its_workspace_up_and_its_commands_are_compared() {
    let mut page = Page::new();
    let slug = "then/01-on-ubuntu";
    assert_eq!(page.ask(Request::OpenLesson(slug.into())), [Effect::FetchLesson(slug.into())]);
    // An answer for a lesson that is not awaited any more is dropped.
    page.session.take_lesson("then/06-multi-stage", Ok(lesson("then/06-multi-stage")));
    page.session.take_lesson(slug, Ok(lesson(slug)));
    page.settle();
    let view = page.last.lesson.clone().expect("a lesson");
    assert_eq!((view.slug.as_str(), page.workspace.lesson.as_deref()), (slug, Some(slug)));
    assert_eq!(page.workspace.engine, "docker-17.09");
    assert!(page.events.contains(&Event::LessonStarted));
    let Some(LessonBlock::Console(id, commands)) =
        view.blocks.iter().find(|block| matches!(block, LessonBlock::Console(..))).cloned()
    else {
        panic!("a lesson has commands")
    };
    assert!(!commands.is_empty());
    page.ask(Request::RunLessonCommand(id.clone(), 0));
    let is_result =
        |event: &Event| matches!(event, Event::LessonResult(of, 0, result) if *of == id && result.as_expected);
    assert!(page.events.iter().any(is_result), "{:?}", page.events);
    page.ask(Request::SetLanguage("zh-CN".into()));
    assert_ne!(page.last.lesson.as_ref().map(|lesson| &lesson.title), Some(&view.title));
}

#[test]
fn a_lesson_is_not_compared_with_what_was_open_before() {
    let mut page = Page::new();
    let slug = "then/03-not-found-on-alpine";
    page.ask(Request::OpenLesson(slug.into()));
    page.session.take_lesson(slug, Ok(lesson(slug)));
    page.settle();
    assert!(page.workspace.lesson.is_some());
    assert_eq!(page.outcome().changes, None);
}

#[test]
fn a_saved_workspace_of_a_lesson_is_not_set_up_again() {
    let mut page = Page::empty();
    let slug = "then/03-not-found-on-alpine";
    let mut saved = Workspace { lesson: Some(slug.into()), ..example_workspace() };
    saved.write("mine.txt", "mine".into());
    assert!(page.load(saved).contains(&Effect::FetchLesson(slug.into())));
    page.session.take_lesson(slug, Ok(lesson(slug)));
    page.settle();
    assert!(page.last.lesson.is_some());
    assert_eq!((page.workspace.text("mine.txt"), page.workspace.lesson.as_deref()), (Some("mine"), Some(slug)));
    // Another workspace leaves the lesson.
    page.load(example_workspace());
    assert_eq!(page.workspace.lesson, None);
}

#[test]
fn another_state_of_the_workspace_keeps_the_host_and_contents_that_only_the_simulator_has() {
    let mut page = Page::new();
    let program = [&[0x7f, b'E', b'L', b'F'][..], &[0xff; 100_000]].concat();
    page.session.take_files(vec![("bin/app".into(), program.clone()), ("src/a.txt".into(), b"a\n".to_vec())]);
    page.settle();
    page.run("docker build -t kept .");
    let with_files = page.workspace.clone();
    let mut without = with_files.clone();
    without.files.retain(|file| !file.path.contains('/'));
    without.write("main.go", "package main\n".into());
    page.ask(Request::SetWorkspace(Box::new(without.clone())));
    assert_eq!((page.workspace.files.len(), page.last.workspace.clone()), (with_files.files.len(), None));
    page.run("ls; docker images");
    let lines = page.lines().join("\n");
    assert!(lines.contains("kept") && !lines.ends_with("bin"), "{lines}");
    page.ask(Request::SetWorkspace(Box::new(with_files.clone())));
    page.run("wc -c bin/app; cat src/a.txt");
    assert!(page.lines().join("\n").contains(&format!("{} bin/app\na", program.len())), "{:?}", page.lines());
    // Another engine is another host.
    let other = Workspace { engine: "docker-17.09".into(), builder: "classic".into(), ..with_files };
    page.ask(Request::SetWorkspace(Box::new(other)));
    assert_eq!(page.session.workspace().engine, "docker-17.09");
    // What is not valid changes nothing, and is said.
    let before = page.session.workspace();
    let escaping = File { path: "../x".into(), ..before.files[0].clone() };
    page.ask(Request::SetWorkspace(Box::new(Workspace { files: vec![escaping], ..before.clone() })));
    assert_eq!(page.workspace, before);
    assert!(page.notices().last().is_some_and(|notice| notice.contains("../x")), "{:?}", page.notices());
}

#[test]
fn a_fix_of_a_failed_build_that_needs_a_package_index_comes_with_it() {
    let mut page = Page::empty();
    page.session.package_indexes = crate::package_indexes::PackageIndexes::empty();
    page.session.set_catalogue(stageplay_core::base_images::Catalogue::builtin());
    let mut workspace = page.workspace.clone();
    workspace.write("Dockerfile", "FROM debian:12\nRUN apk add --no-cache curl\nCMD [\"true\"]\n".into());
    page.load(workspace);
    assert!(page.outcome().build_fixes.is_empty() && page.outcome().build_hint.is_some());
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../../core/data/packages/debian-12.tsv");
    page.session.take_package_index("debian-12", Ok(std::fs::read_to_string(table).unwrap()));
    page.settle();
    let fixes: Vec<&str> = page.outcome().build_fixes.iter().map(|fix| fix.id.as_str()).collect();
    assert_eq!(fixes, ["own-manager"]);
}
