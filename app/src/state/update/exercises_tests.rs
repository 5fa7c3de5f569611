//! Exercises: their column, their workspaces, and what is passed on between their scripts and the simulator.

use super::tests::Page;
use super::*;
use crate::state::{ExercisesEffect, ExercisesMsg, Origin};
use stageplay_core::exercise::{Files, PackFile, to_bundle};
use stageplay_protocol::{ExerciseRequest, LessonView};

const PACK: &str = "format = 1\ntitle = \"Say hello\"\n[[goals]]\nname = \"hello\"\nmessage = \"It says hello.\"\nwhen = { output-contains = \"hello\" }\n";

fn bundle() -> String {
    let files = Files::from([
        ("pack.toml".to_string(), PackFile::text(PACK)),
        ("en.md".to_string(), PackFile::text("Make it say hello.\n")),
        ("start/Dockerfile".to_string(), PackFile::text("FROM alpine\n")),
    ]);
    to_bundle("say-hello", &files)
}

/// What the scripts were told, in order.
fn told(page: &mut Page) -> Vec<String> {
    let texts = std::mem::take(&mut page.effects).into_iter().filter_map(|effect| match effect {
        Effect::Exercises(ExercisesEffect::Tell(json)) => Some(json),
        _ => None,
    });
    texts.collect()
}

fn open() -> Page {
    let mut page = Page::new();
    page.update(Msg::StartSimulator);
    page.edit("FROM debian:12\nCMD [\"echo\", \"mine\"]\n");
    page.update(Msg::SelectLesson("own/say-hello".into()));
    assert!(page.effects.contains(&Effect::FindWorkspace("exercise/own/say-hello".into())));
    page.update(Msg::WorkspaceFound("exercise/own/say-hello".into(), None));
    assert_eq!(told(&mut page), [r#"{"want":"own/say-hello"}"#]);
    let provide = ExerciseRequest::Provide("own/say-hello".into(), Some(bundle()));
    page.update(Msg::Exercises(ExercisesMsg::Ask(serde_json::to_string(&provide).unwrap())));
    page
}

#[test]
fn an_exercise_has_a_workspace_of_its_own_and_closing_it_goes_back() {
    let mut page = open();
    assert_eq!(page.model.library.opened.origin, Origin::Exercise("own/say-hello".into()));
    assert!(page.model.exercises.is_open && page.model.has_lesson_column());
    assert_eq!(page.model.dockerfile_text(), "FROM alpine\n");
    assert!(told(&mut page).iter().any(|json| json.contains("\"reached\"")));
    page.edit("FROM alpine\nCMD [\"echo\", \"hello\"]\n");
    assert!(told(&mut page).iter().any(|json| json.contains("\"is_solved\":true")));
    page.update(Msg::Exercises(ExercisesMsg::Hide));
    let goes_back = |effect: &Effect| matches!(effect, Effect::FindWorkspace(id) if id.starts_with("w/"));
    assert!(page.effects.iter().any(goes_back), "{:?}", page.effects);
    assert!(!page.model.exercises.is_open);
}

#[test]
fn another_workspace_closes_an_exercise_and_the_list_stays() {
    let mut page = open();
    told(&mut page);
    page.update(Msg::NewWorkspace);
    assert!(page.model.exercises.is_open);
    assert!(told(&mut page).contains(&"\"closed\"".to_string()));
    page.edit("FROM alpine:3\n");
    assert!(told(&mut page).is_empty(), "nothing is evaluated any more");
}

#[test]
fn undo_goes_back_out_of_an_exercise() {
    let mut page = open();
    page.update(Msg::Undo);
    assert!(page.model.dockerfile_text().contains("mine"), "{}", page.model.dockerfile_text());
    assert!(told(&mut page).contains(&"\"closed\"".to_string()));
}

#[test]
fn the_scripts_get_the_workspace_and_a_failure_to_load_them_is_said() {
    let mut page = Page::new();
    page.update(Msg::Exercises(ExercisesMsg::TellWorkspace));
    assert!(told(&mut page)[0].starts_with("{\"workspace\":{"));
    page.update(Msg::Exercises(ExercisesMsg::Show));
    page.update(Msg::Exercises(ExercisesMsg::NotLoaded("./exercises.js".into())));
    assert!(!page.model.exercises.is_open && page.model.notice.as_deref() == Some("./exercises.js"));
}

#[test]
fn a_lesson_stays_open_when_the_scripts_are_loaded_to_present_it() {
    let mut page = Page::new();
    page.model.lesson = Some(LessonView::default());
    page.update(Msg::Exercises(ExercisesMsg::PresentLesson));
    page.update(Msg::Exercises(ExercisesMsg::Loaded));
    assert!(!page.model.exercises.is_open);
    page.update(Msg::Exercises(ExercisesMsg::Show));
    page.update(Msg::Exercises(ExercisesMsg::Loaded));
    assert!(page.model.exercises.is_open);
}
