//! The whole page: the header, the verdict, and the panels with the splitters between them.

use super::icon::icon;
use super::view_context::ViewContext;
use super::{editor, header, panel_switch, piece_view, pieces, splitter, terminal, toasts, workspace_notices};
use crate::state::{FoldablePanel, Msg, Panel, Piece, Splitter};
use yew::prelude::*;

/// The page. The editor is created inside the element of `container`, which shows `code` until then.
pub(super) fn view(cx: &ViewContext, container: &NodeRef, terminal_pane: &NodeRef, code: Html) -> Html {
    let model = cx.model;
    let has_lesson = model.has_lesson_column();
    let panel = match model.panel {
        Panel::Lesson if has_lesson => "show-lesson",
        Panel::Lesson | Panel::Editor => "show-editor",
        Panel::Result => "show-result",
        Panel::Terminal => "show-terminal",
    };
    let is_folded = |panel| model.panel_layout.is_folded(panel);
    let lesson_class = match (has_lesson, is_folded(FoldablePanel::Lesson)) {
        (false, _) => "no-lesson",
        (true, false) => "has-lesson",
        (true, true) => "has-folded-lesson",
    };
    html! {
        <>
            <a class="skip" href="#editor">{ cx.t("skip") }</a>
            { header::view(cx) }
            { workspace_notices::view(cx) }
            <main class={classes!("page", panel, lesson_class)}>
                { pieces::verdict(cx) }
                if has_lesson {
                    { lesson_panel(cx) }
                }
                <div class={classes!("work", is_folded(FoldablePanel::Terminal).then_some("folded-terminal"))}>
                    { editor::view(cx, container, code) }
                    { splitter::view(cx, Splitter::Terminal) }
                    { terminal::view(cx, terminal_pane) }
                </div>
                { splitter::view(cx, Splitter::Result) }
                { pieces::result_view(cx) }
            </main>
            { panel_switch::view(cx) }
            { toasts::view(cx) }
            { pieces::command_palette(cx) }
            if model.dialog.is_some() {
                { piece_view::view(cx, Piece::Dialogs) }
            }
        </>
    }
}

/// The lesson with its splitter; a button that unfolds it, if it is folded.
fn lesson_panel(cx: &ViewContext) -> Html {
    let is_folded = cx.model.panel_layout.is_folded(FoldablePanel::Lesson);
    let words = cx.t(if is_folded { "lesson.unfold" } else { "lesson.fold" });
    html! {
        <>
            <div class="lesson-panel">
                <button type="button" class="fold" id="fold-lesson" title={words.clone()} aria-label={words}
                    aria-expanded={(!is_folded).to_string()} onclick={cx.on(Msg::FoldPanel(FoldablePanel::Lesson, !is_folded))}>
                    { icon(if is_folded { "chevron-right" } else { "chevron-left" }) }
                </button>
                { piece_view::view(cx, Piece::Lesson) }
            </div>
            { splitter::view(cx, Splitter::Lesson) }
        </>
    }
}
