//! What `docker run` prints.

use super::view_context::ViewContext;
use stageplay_report::RunReport;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext, run: &RunReport) -> Html {
    if run.stdout.is_empty() && run.stderr.is_empty() {
        return html! {};
    }
    let code = run.exit_code.map(|code| format!("{} {code}", cx.t("exit-code")));
    html! {
        <figure class="output">
            <figcaption>{ "docker run" }{ for code.map(|code| html! { <small>{ code }</small> }) }</figcaption>
            <pre tabindex="0">{ &run.stdout }<span class="stderr">{ &run.stderr }</span></pre>
        </figure>
    }
}
