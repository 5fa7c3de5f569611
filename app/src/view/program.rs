//! A program of the build context: what it says of itself.

use super::Scene;
use crate::state::Msg;
use stageplay_core::measure::human_size;
use stageplay_core::report::ElfReport;
use yew::prelude::*;

pub(super) fn view(scene: &Scene, name: &str, report: &ElfReport) -> Html {
    let held = scene.model.programs.get(name).map(|parts| {
        let (read, size) = (human_size(parts.held(), 3), human_size(report.size, 3));
        scene.t("program.read").replace("{read}", &read).replace("{size}", &size)
    });
    html! {
        <section class="program" id="program" aria-label={name.to_string()}>
            <p>
                <b><code>{ name }</code></b>
                { format!(" · {} · {} · {}", report.machine, report.linking, human_size(report.size, 3)) }
                { for held.map(|held| html! { <small>{ " · " }{ held }</small> }) }
            </p>
            <p>
                <button type="button" class="apply" id="start-program" onclick={scene.on(Msg::StartProgram(name.to_string()))}>{ scene.t("program.start") }</button>
                { " " }
                <button type="button" onclick={scene.on(Msg::Inspect(None))}>{ scene.t("program.close") }</button>
            </p>
            { facts(scene, report) }
        </section>
    }
}

/// What decides whether it starts.
pub(super) fn facts(scene: &Scene, report: &ElfReport) -> Html {
    let row = |id: &str, value: String| html! { <tr><th scope="row">{ scene.t(id) }</th><td><code>{ value }</code></td></tr> };
    let versions: Vec<String> = report
        .versions_needed
        .iter()
        .map(|one| format!("{}: {}", one.library, newest(&one.versions).join(" ")))
        .collect();
    let searched = [report.rpath.as_slice(), report.runpath.as_slice()].concat();
    let made_by = match &report.go {
        Some(go) => go.version.clone(),
        None => report.comment.join(", "),
    };
    let loader = report.interpreter.clone().unwrap_or_else(|| scene.t("program.none"));
    html! {
        <table class="facts"><tbody>
            { row("program.asks", loader) }
            { if report.needed.is_empty() { html! {} } else { row("program.needs", report.needed.join(" ")) } }
            { if versions.is_empty() { html! {} } else { row("program.versions", versions.join("; ")) } }
            { if searched.is_empty() { html! {} } else { row("program.runpath", searched.join(" ")) } }
            { if made_by.is_empty() { html! {} } else { row("program.made-by", made_by) } }
        </tbody></table>
    }
}

/// Of versions the newest of each kind: a library that has `GLIBC_2.28` has `GLIBC_2.17`, too.
fn newest(versions: &[String]) -> Vec<&str> {
    let numbers = |version: &str| -> Vec<u32> {
        version.rsplit('_').next().unwrap_or("").split('.').map(|part| part.parse().unwrap_or(0)).collect()
    };
    let kind = |version: &str| version.rsplit_once('_').map_or(String::new(), |(kind, _)| kind.to_string());
    let mut best: Vec<&str> = Vec::new();
    for version in versions {
        match best.iter_mut().find(|known| kind(known) == kind(version)) {
            Some(known) if numbers(known) < numbers(version) => *known = version,
            Some(_) => {}
            None => best.push(version),
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::newest;

    #[test]
    fn the_newest_version_of_each_kind_stands_for_the_others() {
        let versions = ["GLIBC_2.9", "GLIBC_2.28", "GLIBC_2.3.4", "GCC_3.0"].map(String::from);
        assert_eq!(newest(&versions), ["GLIBC_2.28", "GCC_3.0"]);
    }
}
