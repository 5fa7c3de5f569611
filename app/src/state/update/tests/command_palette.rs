//! The command palette: which command Enter runs.

use super::Page;
use crate::state::{Effect, Msg, Panel, ResultTab};

#[test]
fn enter_runs_what_the_field_finds_and_not_what_the_list_shows() {
    let mut page = Page::new();
    page.update(Msg::ShowPalette(true));
    page.update(Msg::SearchCommands("l".into()));
    page.update(Msg::RunFirstFound("layers".into()));
    assert_eq!((page.model.palette.as_deref(), page.model.result_tab), (None, ResultTab::Layers));
    assert!(page.effects.contains(&Effect::FocusPanel(Panel::Result)), "{:?}", page.effects);
}

#[test]
fn a_text_that_finds_nothing_leaves_the_palette_open() {
    let mut page = Page::new();
    page.update(Msg::ShowPalette(true));
    page.update(Msg::RunFirstFound("no such command".into()));
    assert_eq!(page.model.palette.as_deref(), Some("no such command"));
    page.update(Msg::ShowKeys);
    // A row of the list of keys that opens the palette anew.
    page.update(Msg::RunFromPalette(Box::new(Msg::ShowPalette(true))));
    assert_eq!(page.model.palette.as_deref(), Some(""));
}
