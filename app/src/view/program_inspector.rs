//! A program of the build context: its ELF headers, and a button that starts it in an image.

use super::elf_table;
use super::view_context::ViewContext;
use crate::state::Msg;
use stageplay_protocol::InspectedProgram;
use stageplay_report::measure::human_size;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext, program: &InspectedProgram) -> Html {
    let InspectedProgram { path: name, headers, bytes_read } = program;
    let size = human_size(headers.size, 3);
    let read_so_far =
        bytes_read.map(|read| cx.t("program.read").replace("{read}", &human_size(read, 3)).replace("{size}", &size));
    html! {
        <section class="program" id="program" aria-label={name.to_string()}>
            <p>
                <b><code>{ name }</code></b>
                { format!(" · {} · {} · {}", headers.machine, headers.linking, size) }
                { for read_so_far.map(|text| html! { <small>{ " · " }{ text }</small> }) }
            </p>
            <p>
                <button type="button" class="apply" id="start-program" onclick={cx.on(Msg::StartProgram(name.to_string()))}>{ cx.t("program.start") }</button>
                { " " }
                <button type="button" onclick={cx.on(Msg::InspectProgram(None))}>{ cx.t("program.close") }</button>
            </p>
            { elf_table::view(cx, headers) }
        </section>
    }
}
