//! The RUN instruction that ends a build: its command, its exit code and the end of what it printed.

use super::view_context::ViewContext;
use stageplay_report::{BuildReport, Step};
use yew::prelude::*;

/// The lines of the output that are shown at first.
const LINES: usize = 12;

pub(super) fn view(cx: &ViewContext, report: &BuildReport) -> Html {
    let Some(step) = report.steps.iter().find(|step| step.failed) else { return html! {} };
    let lines: Vec<&str> = step.output.trim_end().lines().collect();
    let (before, shown) = lines.split_at(lines.len().saturating_sub(LINES));
    html! {
        <figure class="output failed-step" id="failed-step">
            <figcaption>
                { cx.line_button(step.line) }
                <code>{ command(step) }</code>
                { for step.exit_code.map(|code| html! { <small>{ format!("{} {code}", cx.t("exit-code")) }</small> }) }
            </figcaption>
            { for (!before.is_empty()).then(|| html! {
                <details><summary>{ format!("{} {}", cx.t("failed-step.before"), before.len()) }</summary><pre tabindex="0">{ before.join("\n") }</pre></details>
            }) }
            { match shown.is_empty() {
                true => html! { <p class="hint">{ cx.t("failed-step.silent") }</p> },
                false => html! { <pre tabindex="0" class="stderr">{ shown.join("\n") }</pre> },
            } }
        </figure>
    }
}

/// The instruction as it was written.
fn command(step: &Step) -> &str {
    let text = step.created_by.strip_suffix("# buildkit").unwrap_or(&step.created_by).trim_end();
    text.strip_prefix("RUN /bin/sh -c ").or_else(|| text.strip_prefix("/bin/sh -c ")).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_shown_without_the_shell_that_runs_it() {
        let step = |text: &str| Step {
            stage: 0,
            line: 2,
            created_by: text.into(),
            cached: false,
            rerun: None,
            layer: None,
            output: String::new(),
            exit_code: Some(1),
            failed: true,
        };
        assert_eq!(command(&step("RUN /bin/sh -c go build # buildkit")), "go build");
        assert_eq!(command(&step("/bin/sh -c go build")), "go build");
        assert_eq!(command(&step("RUN [\"x\"]")), "RUN [\"x\"]");
    }
}
