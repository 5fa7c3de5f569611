//! The pieces of the page's program.

use super::Page;
use crate::state::{Dialog, Effect, Model, Msg, Piece, PieceState, ResultTab, Theme};
use stageplay_report::words::Language;
use stageplay_simulator::{first_result, first_visit};

fn asked(page: &mut Page) -> Vec<Piece> {
    let pieces = std::mem::take(&mut page.effects).into_iter().filter_map(|effect| match effect {
        Effect::LoadPiece(piece) => Some(piece),
        _ => None,
    });
    pieces.collect()
}

#[test]
fn a_piece_is_loaded_when_it_is_first_shown_and_not_again() {
    let mut page = Page::new();
    page.update(Msg::ShowResultTab(ResultTab::Overview));
    page.update(Msg::ShowDialog(None));
    page.effects.retain(|effect| matches!(effect, Effect::LoadPiece(_)));
    assert_eq!(asked(&mut page), []);
    let mut page = Page::new();
    page.answers = false;
    page.update(Msg::ShowDialog(Some(Dialog::Home)));
    assert_eq!(asked(&mut page), [Piece::Dialogs]);
    page.update(Msg::ShowDialog(Some(Dialog::Share)));
    assert_eq!((asked(&mut page), page.model.pieces.state(Piece::Dialogs)), (vec![], PieceState::Loading));
    page.update(Msg::PieceLoaded(Piece::Dialogs, true));
    page.update(Msg::LoadPiece(Piece::Dialogs));
    assert_eq!((asked(&mut page), page.model.pieces.state(Piece::Dialogs)), (vec![], PieceState::Loaded));
}

#[test]
fn a_piece_that_is_lost_waits_until_it_is_asked_for_again() {
    let mut page = Page::new();
    page.update(Msg::ShowDialog(Some(Dialog::Home)));
    page.effects.clear();
    page.update(Msg::PieceLoaded(Piece::Dialogs, false));
    page.update(Msg::SearchHome("x".into()));
    assert_eq!((asked(&mut page), page.model.pieces.state(Piece::Dialogs)), (vec![], PieceState::Failed));
    page.update(Msg::LoadPiece(Piece::Dialogs));
    assert_eq!(
        (asked(&mut page), page.model.pieces.state(Piece::Dialogs)),
        (vec![Piece::Dialogs], PieceState::Loading)
    );
}

#[test]
fn once_the_simulator_is_ready_everything_is_loaded() {
    let mut page = Page::new();
    page.update(Msg::StartSimulator);
    // The first one is a part of this program; the last one is another language.
    assert_eq!(asked(&mut page), Piece::ALL[1..Piece::ALL.len() - 1]);
}

#[test]
fn the_example_s_result_is_shown_once_it_is_read_unless_something_else_is_open() {
    let result = first_result().expect("the example's data");
    for (is_other_open, is_shown) in [(false, true), (true, false)] {
        let mut model = Model::new(first_visit(), Language::English, Theme::System);
        assert!(model.shows_first_html() && model.outcome.is_none());
        if is_other_open {
            model.update(Msg::NewWorkspace);
        }
        model.update(Msg::FirstResultRead(Box::new(result.clone())));
        assert_eq!((model.shows_first_html(), model.outcome.is_some()), (false, is_shown));
    }
}
