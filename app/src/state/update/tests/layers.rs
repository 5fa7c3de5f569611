//! The layer explorer and the walk through a start.

use super::Page;
use crate::state::{Effect, Msg, WalkMsg, positions};
use stageplay_protocol::ExplorerRequest;

fn explore(page: &mut Page, request: ExplorerRequest) {
    page.update(Msg::Explore(request));
}

#[test]
fn the_explorer_is_asked_once_and_a_new_worker_shows_what_the_last_one_did() {
    let mut page = Page::new();
    assert!(page.model.layers_shown().len() > 1, "the result has the layers before the explorer is asked");
    explore(&mut page, ExplorerRequest::SetOpen(true));
    explore(&mut page, ExplorerRequest::Search("etc/passwd".into()));
    let found = page.model.layers.view.rows.len();
    assert!((1..4).contains(&found), "{found}");
    page.answers = false;
    explore(&mut page, ExplorerRequest::SetOpen(true));
    assert!(page.posted.is_empty(), "it is open already");
    page.answers = true;
    page.update(Msg::WorkerFailed("unreachable".into()));
    page.update(Msg::RestartSimulator);
    assert_eq!((page.model.layers.view.rows.len(), page.model.layers.query.as_str()), (found, "etc/passwd"));
}

#[test]
fn a_file_that_is_inspected_is_scrolled_to() {
    let mut page = Page::new();
    explore(&mut page, ExplorerRequest::SetOpen(true));
    page.effects.clear();
    explore(&mut page, ExplorerRequest::Inspect(Some("/etc/passwd".into())));
    assert!(page.effects.contains(&Effect::Reveal("viewed")), "{:?}", page.effects);
    assert!(page.model.layers.view.file.is_some());
}

#[test]
fn a_walk_begins_at_the_step_that_fails_and_goes_both_ways() {
    let mut page = Page::new();
    let count = positions(page.model.outcome.as_deref().expect("a result"));
    assert_eq!(page.model.walk_position(), count - 1, "the last step fails");
    page.update(Msg::WalkStart(WalkMsg::Previous));
    page.update(Msg::WalkStart(WalkMsg::To(0)));
    page.update(Msg::WalkStart(WalkMsg::Previous));
    assert_eq!(page.model.walk_position(), 0);
    page.update(Msg::WalkStart(WalkMsg::To(usize::MAX)));
    page.update(Msg::WalkStart(WalkMsg::Next));
    assert_eq!(page.model.walk_position(), count - 1);
}

#[test]
fn a_play_begins_anew_at_the_end_and_ends_with_the_last_step() {
    let mut page = Page::new();
    let last = page.model.walk_position();
    page.effects.clear();
    page.update(Msg::WalkStart(WalkMsg::Play));
    assert_eq!((page.model.walk_position(), page.model.start_walk.is_playing), (0, true));
    let mut ticks = 0;
    while let Some(Effect::WaitForStep(play)) = page.effects.pop() {
        ticks += 1;
        page.update(Msg::WalkStart(WalkMsg::Tick(play - 1)));
        assert!(page.effects.is_empty(), "the clock of an earlier play");
        page.update(Msg::WalkStart(WalkMsg::Tick(play)));
    }
    assert_eq!((ticks, page.model.walk_position(), page.model.start_walk.is_playing), (last, last, false));
}

#[test]
fn another_result_begins_another_walk_and_the_same_one_does_not() {
    let mut page = Page::new();
    page.update(Msg::StartSimulator);
    page.update(Msg::WalkStart(WalkMsg::To(1)));
    let text = page.model.dockerfile_text().to_string();
    page.edit(&format!("{text}# a comment\n"));
    assert_eq!(page.model.walk_position(), 1);
    page.update(Msg::ApplyFix(0));
    assert_eq!((page.verdict().as_str(), page.model.walk_position()), ("starts", 0));
}
