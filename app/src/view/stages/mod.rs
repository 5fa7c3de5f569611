//! The stages: the graph, the selected stage, the steps in time, what changed, the build cache, the base images.

mod base_images;
mod build_cache;
mod changes;
mod choose_base;
mod details;
mod edit_plays;
mod geometry;
mod graph;
mod list;
mod timeline;

use super::view_context::ViewContext;
use crate::state::{Msg, PictureFormat, StagesMsg, Zoom};
use stageplay_protocol::Outcome;
use yew::prelude::*;

/// The chain of stages, with the selected stage and the steps in time.
pub(super) fn chain_view(cx: &ViewContext, outcome: &Outcome) -> Html {
    let Some(graph) = &outcome.graph else { return html! {} };
    html! {
        <section class="stages" id="stages" aria-label={cx.t("stages")}>
            <header>
                <h3>{ cx.t("stages") }</h3>
                { toolbar(cx) }
            </header>
            { graph::view(cx, outcome, graph) }
            { graph::legend(cx) }
            { list::view(cx, outcome, graph) }
            { details::view(cx, outcome, graph) }
            { timeline::view(cx, outcome) }
        </section>
    }
}

/// What the last edit changed, in one line.
pub(super) fn changes_line(cx: &ViewContext) -> Html {
    changes::line(cx)
}

/// Everything that changed since the compared state.
pub(super) fn changes_view(cx: &ViewContext) -> Html {
    changes::view(cx)
}

/// The build cache: what the last edit made run again, and edits to try.
pub(super) fn cache_view(cx: &ViewContext) -> Html {
    html! {
        <>
            { build_cache::view(cx) }
            { edit_plays::view(cx) }
        </>
    }
}

/// The base images, and others on which the program starts.
pub(super) fn bases_view(cx: &ViewContext) -> Html {
    html! {
        <>
            { base_images::view(cx) }
            { choose_base::view(cx) }
        </>
    }
}

fn toolbar(cx: &ViewContext) -> Html {
    let button = |id: &str, text: &str, msg: StagesMsg| {
        let name = cx.t(&format!("stages.{id}"));
        html! {
            <button type="button" id={format!("stages-{id}")} title={name.clone()} aria-label={name} onclick={cx.on(Msg::Stages(msg))}>{ text }</button>
        }
    };
    let is_vertical = cx.model.stages.is_vertical;
    html! {
        <div class="tools" role="toolbar" aria-label={cx.t("stages.tools")}>
            { button("turn", if is_vertical { "→" } else { "↓" }, StagesMsg::SetVertical(!is_vertical)) }
            { button("zoom-out", "−", StagesMsg::Zoom(Zoom::Out)) }
            { button("fit", &cx.model.stages.zoom.map_or_else(|| cx.t("stages.fitted"), |zoom| format!("{zoom}%")), StagesMsg::Zoom(Zoom::Fit)) }
            { button("zoom-in", "+", StagesMsg::Zoom(Zoom::In)) }
            { button("svg", "SVG", StagesMsg::SavePicture(PictureFormat::Svg)) }
            { button("png", "PNG", StagesMsg::SavePicture(PictureFormat::Png)) }
        </div>
    }
}

/// A duration with its unit: at least so many seconds or minutes.
pub(super) fn duration(cx: &ViewContext, seconds: f32) -> String {
    match seconds {
        _ if seconds < 0.05 => format!("0 {}", cx.t("stages.seconds")),
        _ if seconds < 10.0 => format!("{seconds:.1} {}", cx.t("stages.seconds")),
        _ if seconds < 120.0 => format!("{seconds:.0} {}", cx.t("stages.seconds")),
        _ => format!("{:.1} {}", seconds / 60.0, cx.t("stages.minutes")),
    }
}
