//! Sizes with a mark of how they are known, and the parts of a size that are estimated or not known.

use super::view_context::ViewContext;
use stageplay_report::measure::{self, human_size};
use stageplay_report::{Size, SizePart};
use yew::prelude::*;

/// The id of the word for how a size is known. A lower bound says "at least", unless nothing is known.
fn honesty_id(size: &Size) -> String {
    match size.at_least {
        Some(bytes) if bytes > 0 => "honesty.at-least".to_string(),
        _ => format!("honesty.{}", size.honesty),
    }
}

/// A size with a mark of how it is known: ≈ modelled, ≥ at least, ? not known, none if it is exact. Screen readers and the
/// tooltip say the word, and the tooltip what the size rests on.
pub(super) fn labelled_size(cx: &ViewContext, size: &Size) -> Html {
    let honesty = cx.t(&honesty_id(size));
    let title = match &size.basis {
        Some(basis) => format!("{honesty}{}{basis}", cx.colon()),
        None => honesty.clone(),
    };
    html! {
        <span class={classes!("size", size.honesty.to_string())} title={title}>
            { size.marked_text() }<span class="visually-hidden">{ " " }{ honesty }</span>
        </span>
    }
}

/// The difference of two sizes with its mark: `≈−6.15MB`. Of a lower bound it is not known by how much it differs.
pub(super) fn difference(before: &Size, after: &Size) -> Option<String> {
    let (one, two) = before.bytes.zip(after.bytes)?;
    let sign = if two < one { "−" } else { "+" };
    let is_modelled = before.honesty != "exact" || after.honesty != "exact";
    Some(measure::marked_text(format!("{sign}{}", human_size(two.abs_diff(one), 3)), is_modelled))
}

/// What the marks of sizes mean.
pub(super) fn legend(cx: &ViewContext) -> Html {
    html! {
        <p class="legend">
            { for [("≈", "honesty.modelled"), ("≥", "honesty.at-least"), ("?", "honesty.unknown")].map(|(mark, id)| html! {
                <span><b>{ mark }</b>{ " " }{ cx.t(id) }</span>
            }) }
            <span>{ cx.t("honesty.no-mark") }</span>
        </p>
    }
}

/// The parts of an image's size that are estimated or not known, each with its line and how it could be told.
pub(super) fn size_parts(cx: &ViewContext, size: &Size) -> Html {
    let count = size.parts().count() + size.more_parts;
    if count == 0 {
        return html! {};
    }
    let title = cx.t(if size.bytes.is_some() { "size-estimated" } else { "size-unknown" });
    let row = |part: &SizePart| {
        let range = part.range_text().map(|range| format!(" ({range})"));
        html! {
            <li title={part.why.clone()}>
                { for part.line.map(|line| html! { <>{ cx.line_button(line) }{ " " }</> }) }
                <code>{ &part.what }</code>{ range.unwrap_or_default() }{ cx.colon() }{ &part.way }
            </li>
        }
    };
    html! {
        <details class="warnings" id="size-parts" open={size.bytes.is_none()}>
            <summary>{ format!("{title} ({count})") }</summary>
            <ul>
                { for size.parts().map(row) }
                { if size.more_parts > 0 { html! { <li>{ format!("… {}", size.more_parts) }</li> } } else { html! {} } }
            </ul>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_bound_says_at_least_unless_nothing_is_known() {
        let id = |size: &measure::Size| honesty_id(&size.into());
        assert_eq!(id(&measure::Size::exact(0)), "honesty.exact");
        assert_eq!(id(&measure::Size::modelled(2_000, "data")), "honesty.modelled");
        assert_eq!(id(&measure::Size::unknown(1_000, "why")), "honesty.at-least");
        assert_eq!(id(&measure::Size::unknown(0, "why")), "honesty.unknown");
    }

    #[test]
    fn a_difference_is_as_certain_as_the_less_certain_of_two_sizes() {
        let exact = |bytes| Size::from(&measure::Size::exact(bytes));
        let modelled = Size::from(&measure::Size::modelled(9_000, "data"));
        assert_eq!(difference(&exact(9_000), &exact(2_000)).as_deref(), Some("−7kB"));
        assert_eq!(difference(&exact(2_000), &modelled).as_deref(), Some("≈+7kB"));
        assert_eq!(difference(&modelled, &Size::from(&measure::Size::unknown(1, "why"))), None);
    }
}
