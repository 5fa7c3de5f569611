//! The headers of an ELF file as a table.

use super::view_context::ViewContext;
use stageplay_protocol::ProgramHeaders;
use yew::prelude::*;

/// A table of the headers that decide whether a program starts.
pub(super) fn view(cx: &ViewContext, headers: &ProgramHeaders) -> Html {
    let row =
        |id: &str, value: String| html! { <tr><th scope="row">{ cx.t(id) }</th><td><code>{ value }</code></td></tr> };
    let versions = headers.versions.iter();
    let versions: Vec<String> =
        versions.map(|(library, versions)| format!("{library}: {}", newest_versions(versions).join(" "))).collect();
    let loader = headers.interpreter.clone().unwrap_or_else(|| cx.t("program.no-loader"));
    html! {
        <table class="facts"><tbody>
            { row("program.loader", loader) }
            { if headers.needed.is_empty() { html! {} } else { row("program.libraries", headers.needed.join(" ")) } }
            { if versions.is_empty() { html! {} } else { row("program.versions", versions.join("; ")) } }
            { if headers.search_paths.is_empty() { html! {} } else { row("program.runpath", headers.search_paths.join(" ")) } }
            { if headers.built_with.is_empty() { html! {} } else { row("program.built-with", headers.built_with.clone()) } }
        </tbody></table>
    }
}

/// The newest of each kind of symbol versions. A library with `GLIBC_2.28` has all older versions, too.
fn newest_versions(versions: &[String]) -> Vec<&str> {
    let numbers = |version: &str| -> Vec<u32> {
        version.rsplit('_').next().unwrap_or("").split('.').map(|part| part.parse().unwrap_or(0)).collect()
    };
    let kind = |version: &str| version.rsplit_once('_').map_or(String::new(), |(kind, _)| kind.to_string());
    let mut newest: Vec<&str> = Vec::new();
    for version in versions {
        match newest.iter_mut().find(|known| kind(known) == kind(version)) {
            Some(known) if numbers(known) < numbers(version) => *known = version,
            Some(_) => {}
            None => newest.push(version),
        }
    }
    newest
}

#[cfg(test)]
mod tests {
    use super::newest_versions;

    #[test]
    fn the_newest_version_of_each_kind_is_shown() {
        let versions = ["GLIBC_2.9", "GLIBC_2.28", "GLIBC_2.3.4", "GCC_3.0"].map(String::from);
        assert_eq!(newest_versions(&versions), ["GLIBC_2.28", "GCC_3.0"]);
    }
}
