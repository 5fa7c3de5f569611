//! The pieces of the program that load when they are first needed, see [`Piece`].
//!
//! With the feature `split` each function that `load!` makes is a place where `page-bindings` of `xtask/tools` cuts the
//! program: what only the view behind it reaches becomes a WebAssembly file of its own.
#![allow(unsafe_code, reason = "the macro of wasm_split_helpers declares the imports and exports of the pieces")]

use super::editor_findings::editor_findings as result_findings;
use super::piece_view::View;
use super::terminal::{NewDrawing, draw};
use super::view_context::ViewContext;
use super::{command_palette, dialogs, lesson, piece_view, result, verdict_strip};
use crate::effects::page_address::shows_first_visit;
use crate::effects::requests::perform_request;
use crate::effects::settings::load_settings;
use crate::i18n::{Words, chinese, keep_chinese};
use crate::interop::{first_visit, lint};
use crate::state::{
    DockerfileLanguage, Effect, Model, Msg, Piece, ResultPiece, keep_dockerfile_language, keep_result_piece,
};
use stageplay_report::words::Language;
use std::cell::Cell;
use yew::prelude::*;

/// What [`Piece::Result`] holds.
#[derive(Clone, Copy)]
struct ResultViews {
    functions: ResultPiece,
    verdict: View,
    result: View,
    palette: View,
    findings: fn(&Model) -> Option<String>,
}

impl ResultViews {
    fn whole() -> ResultViews {
        ResultViews {
            functions: ResultPiece::whole(),
            verdict: verdict_strip::view,
            result: result::view,
            palette: command_palette::view,
            findings: result_findings,
        }
    }
}

/// What carries out an effect.
type Perform = fn(Effect, Callback<Msg>);

thread_local! {
    static RESULT: Cell<Option<ResultViews>> = const { Cell::new(None) };
    static TERMINAL: Cell<Option<NewDrawing>> = const { Cell::new(None) };
}

macro_rules! load {
    ($name:ident, $module:ident, $content:ty, $value:expr) => {
        #[cfg(feature = "split")]
        #[wasm_split_helpers::wasm_split($module, fallible)]
        fn $name() -> Result<$content, wasm_split_helpers::SplitLoaderError> {
            Ok($value)
        }

        #[cfg(not(feature = "split"))]
        async fn $name() -> Result<$content, std::convert::Infallible> {
            Ok($value)
        }
    };
}

load!(result, result, ResultViews, ResultViews::whole());
// One file with the result: each file costs a journey to the server, at the time at which the simulator loads.
load!(language, result, DockerfileLanguage, DockerfileLanguage::whole(lint::lint));
load!(result_tabs, result_tabs, View, super::result_tabs::view);
// One file: apart they would share many that hold next to nothing.
load!(dialogs, others, View, dialogs::view);
load!(requests, others, Perform, perform_request);
load!(lesson, others, View, lesson::view);
load!(terminal, others, NewDrawing, draw);
load!(chinese_words, chinese, Words, chinese());

/// Loads the piece that asks the browser, a server or another site for something; `None` if it is lost.
pub(super) async fn load_requests() -> Option<Perform> {
    requests().await.ok()
}

/// What draws a terminal, if it is loaded.
pub(super) fn terminal_drawing() -> Option<NewDrawing> {
    TERMINAL.get()
}

/// Loads what the first rendering needs: the words of the language of the page, and everything that shows a workspace of
/// which the HTML does not show the result.
pub async fn load_first() {
    if load_settings().0 == Language::Chinese {
        load(Piece::Chinese).await;
    }
    if !shows_first_visit() {
        load(Piece::Language).await;
        load(Piece::Result).await;
    }
}

/// Loads a piece, if it is not there. Returns whether it is there.
pub(super) async fn load(piece: Piece) -> bool {
    let view = match piece {
        Piece::Result => {
            let views = result().await.ok();
            if let Some(views) = views {
                keep_result_piece(views.functions);
            }
            RESULT.set(views);
            return views.is_some();
        }
        Piece::Language => {
            let language = language().await;
            if let Ok(language) = &language {
                keep_dockerfile_language(*language);
                lint::offer(language.lint);
            }
            return language.is_ok();
        }
        Piece::Terminal => {
            TERMINAL.set(terminal().await.ok());
            return TERMINAL.get().is_some();
        }
        Piece::Chinese => {
            let words = chinese_words().await;
            words.iter().copied().for_each(keep_chinese);
            return words.is_ok();
        }
        Piece::Requests => return load_requests().await.is_some(),
        Piece::Lesson => lesson().await.ok(),
        Piece::ResultTabs => result_tabs().await.ok(),
        Piece::Dialogs => dialogs().await.ok(),
    };
    piece_view::keep(piece, view);
    view.is_some()
}

/// The verdict, as the HTML shows it until its piece is there.
pub(super) fn verdict(cx: &ViewContext) -> Html {
    match result_views() {
        Some(views) => (views.verdict)(cx),
        None => {
            kept(cx, "verdict", html! { <section class="verdict" id="verdict" aria-label={cx.t("verdict")}></section> })
        }
    }
}

/// The result, as the HTML shows it until its piece is there.
pub(super) fn result_view(cx: &ViewContext) -> Html {
    match result_views() {
        Some(views) => (views.result)(cx),
        None => kept(
            cx,
            "result",
            html! {
                <section class="result" aria-label={cx.t("result")}>{ piece_view::view(cx, Piece::Result) }</section>
            },
        ),
    }
}

#[cfg(feature = "split")]
fn result_views() -> Option<ResultViews> {
    RESULT.get()
}

#[cfg(not(feature = "split"))]
fn result_views() -> Option<ResultViews> {
    Some(ResultViews::whole())
}

/// The command palette, if it is open: what is typed at once after its key is meant for it.
pub(super) fn command_palette(cx: &ViewContext) -> Html {
    result_views().map(|views| (views.palette)(cx)).unwrap_or_default()
}

/// The findings for the open file, see [`super::diagnostics`].
pub(super) fn editor_findings(model: &Model) -> Option<String> {
    (result_views()?.findings)(model)
}

/// An element of the first visit, if it is what is to be shown.
fn kept(cx: &ViewContext, name: &str, otherwise: Html) -> Html {
    let element = first_visit::part(name).filter(|_| cx.model.shows_first_html());
    element.map_or(otherwise, Html::VRef)
}
