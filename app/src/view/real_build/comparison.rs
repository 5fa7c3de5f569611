//! The comparison of a real build with its simulation.

use super::calibration;
use crate::i18n::say;
use crate::state::RealBuild;
use crate::view::text_format::shorten;
use crate::view::view_context::ViewContext;
use stageplay_report::compare::{Comparison, Part, Same};
use stageplay_report::measure::human_size;
use yew::prelude::*;

/// The most characters of a cell of the table.
const MAX_TEXT: usize = 160;

/// The counts, a table of the compared parts, and the calibrate button if the base images differ.
pub(super) fn view(cx: &ViewContext, build: &RealBuild, comparison: &Comparison) -> Html {
    let counts = [
        ("equal", comparison.equal),
        ("close", comparison.close),
        ("differs", comparison.differ),
        ("unknown", comparison.unknown),
    ];
    let base_differs = comparison.parts.iter().any(|part| part.what == "base" && part.same != Same::Equal);
    let simulation_fails = build.report.as_ref().is_some_and(|report| report.image.is_some())
        && comparison.parts.iter().any(|part| part.what == "build" && part.same == Same::Differs);
    html! {
        <div class="comparison">
            <p class="basis">
                { for counts.iter().filter(|(_, count)| *count > 0).map(|(id, count)| html! {
                    <span class={classes!("chip", *id)}>{ format!("{count} {}", cx.t(&format!("same.{id}"))) }</span>
                }) }
            </p>
            <table>
                <thead><tr><th></th><th>{ cx.t("part") }</th><th>{ cx.t("simulated") }</th><th>{ cx.t("real.label") }</th></tr></thead>
                <tbody>{ for comparison.parts.iter().map(|part| row(cx, part)) }</tbody>
            </table>
            { if base_differs || simulation_fails { calibration::calibrate_button(cx) } else { html! {} } }
        </div>
    }
}

fn row(cx: &ViewContext, part: &Part) -> Html {
    let (class, mark) = match part.same {
        Same::Equal => ("equal", "="),
        Same::Close => ("close", "≈"),
        Same::Differs => ("differs", "≠"),
        Same::Unknown => ("unknown", "?"),
    };
    let delta = part.delta_bytes.filter(|delta| *delta != 0).map(|delta| {
        let sign = if delta < 0 { "−" } else { "+" };
        format!(" ({sign}{})", human_size(delta.unsigned_abs(), 3))
    });
    let what = say(cx.model.language, &format!("compare.what.{}", part.what), &[]);
    let name = html! { <>{ what }{ " " }<code>{ shorten(&part.name, MAX_TEXT) }</code></> };
    html! {
        <tr class={class} data-what={part.what.clone()}>
            <td><span title={cx.t(&format!("same.{class}"))}>{ mark }</span></td>
            <td>
                { cx.line_link(part.line, name) }
                { for part.why.iter().map(|why| html! { <p class="why">{ why }</p> }) }
                { if part.details.is_empty() { html! {} } else { html! {
                    <details><summary>{ cx.t("real.entries") }</summary><pre tabindex="0">{ part.details.join("\n") }</pre></details>
                } } }
            </td>
            <td>{ shorten(&part.simulated, MAX_TEXT) }</td>
            <td>{ shorten(&part.real, MAX_TEXT) }{ for delta }</td>
        </tr>
    }
}
