//! Calibration: the simulation uses the engine's facts on base images instead of the catalogue's.

use crate::state::{Msg, RealBuildMsg};
use crate::view::view_context::ViewContext;
use yew::prelude::*;

/// The facts in use, if any: a link that saves them as a file for `build --catalog`, and a button that drops them.
pub(super) fn view(cx: &ViewContext) -> Html {
    let facts = &cx.model.real_builds.calibration;
    if facts.is_empty() {
        return html! {};
    }
    let file = format!("data:application/jsonl;charset=utf-8,{}", String::from(js_sys::encode_uri_component(facts)));
    let count = cx.t("real.calibrated").replace("{count}", &facts.lines().count().to_string());
    html! {
        <p class="basis" id="calibration">
            { count }{ " " }
            <a href={file} download="stageplay-catalog.jsonl">{ cx.t("real.calibration-file") }</a>{ " " }
            <button type="button" id="forget-calibration" onclick={cx.on(Msg::RealBuild(RealBuildMsg::ForgetCalibration))}>{ cx.t("real.forget-calibration") }</button>
        </p>
    }
}

/// The button that starts the calibration.
pub(super) fn calibrate_button(cx: &ViewContext) -> Html {
    html! {
        <p>
            <button type="button" id="calibrate" disabled={cx.model.real_builds.is_calibrating} onclick={cx.on(Msg::RealBuild(RealBuildMsg::Calibrate))}>
                { cx.t(if cx.model.real_builds.is_calibrating { "real.calibrating" } else { "real.calibrate" }) }
            </button>
            <small>{ cx.t("real.calibrate-hint") }</small>
        </p>
    }
}
