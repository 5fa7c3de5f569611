//! A program of the build context: its ELF headers, and a button that starts it in an image.

use super::elf_table;
use super::view_context::ViewContext;
use crate::state::Msg;
use stageplay_core::measure::human_size;
use stageplay_core::report::ElfReport;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext, name: &str, report: &ElfReport) -> Html {
    let read_so_far = cx.model.large_programs.get(name).map(|parts| {
        let (read, size) = (human_size(parts.loaded_bytes(), 3), human_size(report.size, 3));
        cx.t("program.read").replace("{read}", &read).replace("{size}", &size)
    });
    html! {
        <section class="program" id="program" aria-label={name.to_string()}>
            <p>
                <b><code>{ name }</code></b>
                { format!(" · {} · {} · {}", report.machine, report.linking, human_size(report.size, 3)) }
                { for read_so_far.map(|text| html! { <small>{ " · " }{ text }</small> }) }
            </p>
            <p>
                <button type="button" class="apply" id="start-program" onclick={cx.on(Msg::StartProgram(name.to_string()))}>{ cx.t("program.start") }</button>
                { " " }
                <button type="button" onclick={cx.on(Msg::InspectProgram(None))}>{ cx.t("program.close") }</button>
            </p>
            { elf_table::view(cx, report) }
        </section>
    }
}
