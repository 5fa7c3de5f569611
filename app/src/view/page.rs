//! The whole page: the bar at the top and the panels.

use super::layer_explorer::{file_tree, layer_list};
use super::view_context::ViewContext;
use super::{
    build_cache, checks, editor, header, lesson, notice, panel_switch, real_build, simulator_state, terminal, verdict,
};
use crate::state::{Msg, Panel};
use yew::prelude::*;

/// The page. The editor is created inside the element of `container`, which shows `code` until then.
pub(super) fn view(cx: &ViewContext, container: &NodeRef, terminal_end: &NodeRef, code: Html) -> Html {
    let model = cx.model;
    let panel = match model.panel {
        Panel::Lesson => "show-lesson",
        Panel::Editor => "show-editor",
        Panel::Result => "show-result",
        Panel::Terminal => "show-terminal",
    };
    // While another result is awaited, the last one stays and fades.
    let awaited = model.is_result_awaited();
    html! {
        <>
            <a class="skip" href="#editor">{ cx.t("skip") }</a>
            { header::view(cx) }
            { notice::view(cx) }
            <main class={classes!("page", panel)}>
                { lesson::view(cx) }
                { editor::view(cx, container, code) }
                <section class="result" aria-label={cx.t("result")} aria-busy={awaited.to_string()}>
                    { simulator_state::view(cx) }
                    <div class={classes!("last-result", awaited.then_some("awaited"))}>
                        { verdict::view(cx) }
                        { checks::view(cx) }
                        { real_build::view(cx) }
                        { build_cache::view(cx) }
                        { layer_list::view(cx) }
                        { file_tree::view(cx) }
                        { real_build::no_server_view(cx) }
                    </div>
                    { for (!model.version.is_empty()).then(|| html! {
                        <footer class="basis" id="version">{ format!("Stageplay {}", model.version) }</footer>
                    }) }
                </section>
                <terminal::Terminal
                    lines={model.terminal.lines.clone()}
                    history={model.terminal.history.clone()}
                    language={model.language.tag()}
                    end={terminal_end.clone()}
                    on_command={cx.dispatch.reform(Msg::RunCommand)}
                />
            </main>
            { panel_switch::view(cx) }
        </>
    }
}
