//! The pieces of the page's program that load when they are first needed.

use super::dockerfile_language::dockerfile_language;
use stageplay_report::words::Language;
#[cfg(feature = "split")]
use std::cell::Cell;

/// A piece of the page's program: code that the first screen does not need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The verdict and the overview, what the simulator tells, and most of what messages do, see [`super::ResultPiece`].
    Result,
    /// What the text of a Dockerfile alone tells, see [`super::DockerfileLanguage`].
    Language,
    /// The tabs of the result, all but the overview.
    ResultTabs,
    /// The dialogs.
    Dialogs,
    /// What the browser, a server or another site is asked for now and then.
    Requests,
    /// The open lesson, and the place of the exercises.
    Lesson,
    /// What xterm.js shows in the terminal.
    Terminal,
    /// The words of the page in Chinese. Until they are there, it speaks English.
    Chinese,
}

impl Piece {
    /// All pieces, in the order in which they are loaded if nothing asks for one.
    pub const ALL: [Piece; 8] = [
        Piece::Result,
        Piece::Language,
        Piece::ResultTabs,
        Piece::Dialogs,
        Piece::Requests,
        Piece::Lesson,
        Piece::Terminal,
        Piece::Chinese,
    ];
}

/// How far a piece is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PieceState {
    /// Nothing asked for it.
    #[default]
    Absent,
    /// It is being loaded.
    Loading,
    /// It can be used.
    Loaded,
    /// It could not be loaded.
    Failed,
}

/// How far each piece is.
#[derive(Clone, Debug)]
pub struct Pieces([PieceState; Piece::ALL.len()]);

impl Pieces {
    /// The pieces of a page that begins in a language, whose words are there.
    pub(super) fn of_page(language: Language) -> Pieces {
        let mut pieces = Pieces([PieceState::Absent; Piece::ALL.len()]);
        // Without the feature the words are a part of the program.
        let has_chinese = language == Language::Chinese || !cfg!(feature = "split");
        for (piece, is_there) in [
            (Piece::Chinese, has_chinese),
            (Piece::Result, is_result_loaded()),
            (Piece::Language, dockerfile_language().is_some() && cfg!(feature = "split")),
        ] {
            if is_there {
                pieces.set(piece, PieceState::Loaded);
            }
        }
        pieces
    }

    /// Notes how far a piece is.
    pub(super) fn set(&mut self, piece: Piece, state: PieceState) {
        self.0[piece as usize] = state;
    }

    /// How far a piece is.
    pub fn state(&self, piece: Piece) -> PieceState {
        self.0[piece as usize]
    }
}

#[cfg(feature = "split")]
thread_local! {
    static IS_RESULT_LOADED: Cell<bool> = const { Cell::new(false) };
}

/// Notes that [`Piece::Result`] is loaded, also before there is a page.
#[cfg(feature = "split")]
pub(super) fn note_result_loaded() {
    IS_RESULT_LOADED.set(true);
}

#[cfg(feature = "split")]
fn is_result_loaded() -> bool {
    IS_RESULT_LOADED.get()
}

/// The piece is a part of this program.
#[cfg(not(feature = "split"))]
fn is_result_loaded() -> bool {
    true
}
