//! The stage graph: selection, target, zoom, base images.

use super::Page;
use crate::state::{Effect, Msg, PictureFormat, ResultTab, StagesMsg, Zoom};

const STAGES: &str = "FROM alpine AS base\nRUN echo 1 > /one\n\nFROM --platform=linux/amd64 base AS two\nRUN echo 2 > /two\n\nFROM base AS last\n";

fn page() -> Page {
    let mut page = Page::new();
    page.edit(STAGES);
    page
}

fn send(page: &mut Page, msg: StagesMsg) {
    page.update(Msg::Stages(msg));
}

#[test]
fn the_cursor_marks_the_stage_around_it_and_opens_no_details() {
    let mut page = page();
    send(&mut page, StagesMsg::CursorAt("Dockerfile".into(), 5));
    assert_eq!((page.model.stage_at_cursor(), page.model.stages.selected), (Some(1), None));
    send(&mut page, StagesMsg::CursorAt("main.go".into(), 1));
    assert_eq!(page.model.stage_at_cursor(), Some(1));
    // Details that are shown follow it.
    send(&mut page, StagesMsg::Select(Some(1)));
    send(&mut page, StagesMsg::CursorAt("Dockerfile".into(), 1));
    assert_eq!(page.model.stages.selected, Some(0));
    // A Dockerfile with other stages closes them.
    page.edit("FROM debian:12 AS other\nRUN echo 1\n");
    assert_eq!(page.model.stages.selected, None);
}

#[test]
fn a_click_marks_the_lines_of_the_stage_and_lists_its_layers() {
    let mut page = page();
    page.update(Msg::ShowResultTab(ResultTab::Layers));
    page.effects.clear();
    send(&mut page, StagesMsg::Select(Some(0)));
    assert_eq!(page.effects.first(), Some(&Effect::MarkLines(Some((1, 2)))));
    assert_eq!(page.model.layers.view.stage, Some(0));
    // Of an image that is no stage, and of a stage that is not built, nothing can be listed: the target is.
    for other in [Some(1), Some(3), None] {
        send(&mut page, StagesMsg::Select(other));
        assert_eq!(page.model.layers.view.stage, Some(2));
    }
    let effects = page.model.update(Msg::Stages(StagesMsg::SavePicture(PictureFormat::Svg)));
    assert_eq!(effects, [Effect::SavePicture(PictureFormat::Svg)]);
}

#[test]
fn a_base_is_written_into_the_from_at_the_bottom() {
    let mut page = page();
    send(&mut page, StagesMsg::TakeBase("debian:trixie-slim".into()));
    assert_eq!(page.model.dockerfile_text(), STAGES.replace("FROM alpine AS", "FROM debian:trixie-slim AS"));
}

#[test]
fn the_last_stage_is_the_target_without_a_name_and_the_zoom_has_bounds() {
    let mut page = page();
    send(&mut page, StagesMsg::SelectTarget(Some(1)));
    assert_eq!(page.model.workspace.target.as_deref(), Some("two"));
    assert_eq!(page.model.outcome.as_ref().unwrap().graph.as_ref().unwrap().target, 1);
    send(&mut page, StagesMsg::SelectTarget(Some(2)));
    assert_eq!(page.model.workspace.target, None);
    (0..20).for_each(|_| send(&mut page, StagesMsg::Zoom(Zoom::In)));
    assert_eq!(page.model.stages.zoom, Some(250));
    (0..20).for_each(|_| send(&mut page, StagesMsg::Zoom(Zoom::Out)));
    assert_eq!(page.model.stages.zoom, Some(40));
    send(&mut page, StagesMsg::Zoom(Zoom::Fit));
    assert_eq!(page.model.stages.zoom, None);
}

#[test]
fn played_edits_arrive_and_go_with_the_next_edit() {
    let mut page = page();
    send(&mut page, StagesMsg::PlayEdits);
    assert!(!page.model.stages.is_playing && page.model.stages.edit_plays.is_some());
    page.edit("FROM alpine\n");
    assert_eq!(page.model.stages.edit_plays, None);
}

#[test]
fn the_comparison_of_base_images_is_shown_once_it_is_there() {
    let mut page = Page::new();
    let text = page.model.dockerfile_text().replace("RUN go", "RUN CGO_ENABLED=0 go");
    page.edit(&text);
    page.effects.clear();
    page.update(Msg::CompareBaseImages);
    assert!(page.model.base_image_matrix.as_ref().is_some_and(|matrix| !matrix.is_empty()));
    assert!(page.effects.contains(&Effect::Reveal("choose")), "{:?}", page.effects);
    page.edit("FROM scratch\n");
    assert_eq!(page.model.base_image_matrix, None);
}
