//! Other base images: the program of the image on every base image, by size.

use crate::state::{Msg, StagesMsg};
use crate::view::view_context::ViewContext;
use stageplay_protocol::BaseMatch;
use yew::prelude::*;

/// A button that asks for the comparison, then the bars of those on which the program starts, and the others.
pub(super) fn view(cx: &ViewContext) -> Html {
    let Some(outcome) = cx.model.outcome.as_ref().filter(|outcome| outcome.starts_program) else { return html! {} };
    let title = html! { <h3>{ cx.t("choose.title") }</h3> };
    let Some(matches) = &cx.model.base_image_matrix else {
        return html! {
            <section class="card choose" id="choose" aria-label={cx.t("choose.title")}>
                { title }
                <p>{ cx.t("choose.what") }</p>
                <button type="button" class="apply" id="compare" onclick={cx.on(Msg::CompareBaseImages)}>{ cx.t("matrix.compare") }</button>
            </section>
        };
    };
    let (starts, others): (Vec<&BaseMatch>, Vec<&BaseMatch>) = matches.iter().partition(|one| one.verdict == "starts");
    let bytes = |one: &BaseMatch| one.size.bytes.or(one.size.at_least).unwrap_or(0);
    let largest = starts.iter().map(|one| bytes(one)).max().unwrap_or(0).max(1);
    let used = &outcome.base_names;
    html! {
        <section class="card choose" id="choose" aria-label={cx.t("choose.title")}>
            { title }
            <p>{ cx.t("choose.count").replace("{starts}", &starts.len().to_string()).replace("{all}", &matches.len().to_string()) }{ " " }{ cx.t("choose.caveat") }</p>
            <ul class="matrix" id="matrix" tabindex="0" aria-label={cx.t("matrix.title")}>
                { for starts.iter().map(|one| {
                    let share = ((bytes(one) * 1000 / largest) as f32 / 10.0).max(0.4).to_string();
                    let is_used = used.iter().any(|name| name == &one.image || name.strip_suffix(":latest") == Some(&one.image));
                    let take = cx.on(Msg::Stages(StagesMsg::TakeBase(one.image.clone())));
                    let name = format!("{} {}", cx.t("choose.take"), one.image);
                    html! {
                        <li class={classes!("starts", is_used.then_some("used"))}>
                            <code>{ &one.image }</code>
                            <small>{ if one.libc.is_empty() { cx.t("base.none") } else { one.libc.clone() } }</small>
                            <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="share" width={share} height="10" rx="0.6" /></svg>
                            <span class="weight">{ one.size.marked_text() }</span>
                            <button type="button" disabled={is_used || !cx.model.is_outcome_current()} aria-label={name} onclick={take}>{ cx.t(if is_used { "choose.used" } else { "choose.take" }) }</button>
                        </li>
                    }
                }) }
            </ul>
            { if others.is_empty() { html! {} } else { html! {
                <details class="others" id="not-starting">
                    <summary>{ format!("{} ({})", cx.t("choose.others"), others.len()) }</summary>
                    <ul>
                        { for others.iter().map(|one| html! {
                            <li class={one.verdict.clone()}>
                                <code>{ &one.image }</code>{ " " }<b>{ cx.t(&format!("matrix.{}", one.verdict)) }</b>
                                { for one.reason.iter().map(|why| html! { <small>{ why }</small> }) }
                            </li>
                        }) }
                    </ul>
                </details>
            } } }
        </section>
    }
}
