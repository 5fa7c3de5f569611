//! The terms that a step uses, each in one or two sentences.

use crate::view::view_context::ViewContext;
use stageplay_protocol::StartStep;
use yew::prelude::*;

/// The ids of the terms of a step.
fn terms_of(step: &StartStep) -> Vec<&'static str> {
    let mut terms: Vec<&'static str> = match step.code.as_str() {
        "read-config" => vec!["entrypoint"],
        "find-user" => vec!["passwd"],
        "search-path" | "search-path-unlisted" => vec!["path"],
        "open-program" | "open-program-unlisted" | "find-program" => vec!["execve"],
        "check-mode" => vec!["mode"],
        "check-mount" => vec!["noexec"],
        "read-shebang" | "nested-scripts" => vec!["shebang"],
        "read-elf" | "map-program" | "read-format" => vec!["elf"],
        "read-interpreter" => vec!["pt-interp", "loader"],
        "open-interpreter" | "open-interpreter-unlisted" => vec!["loader", "pt-interp"],
        "static-program" => vec!["static"],
        "check-machine" => vec!["machine"],
        "emulate" => vec!["binfmt-misc"],
        "open-library" | "search-library" | "library-unlisted" | "use-library" => vec!["dt-needed", "search-order"],
        "library-is-libc" => vec!["musl"],
        "check-versions" => vec!["symbol-versions"],
        "bind-symbol" | "symbols-not-modelled" => vec!["symbol"],
        "gcompat" => vec!["gcompat"],
        "hand-over" => vec!["entry-point"],
        _ => Vec::new(),
    };
    if step.param("interpreter").is_some() && step.code.starts_with("open-interpreter") {
        let is_elf = |name: &str| step.param("interpreter").is_some_and(|interpreter| interpreter.contains(name));
        match (is_elf("ld-linux"), is_elf("ld-musl")) {
            (true, _) => terms.push("glibc"),
            (_, true) => terms.push("musl"),
            // The interpreter of a script is a program of its own.
            _ => terms = vec!["shebang"],
        }
    }
    match step.param("errno") {
        Some("ENOENT") => terms.push("enoent"),
        Some("EACCES") => terms.push("eacces"),
        _ => {}
    }
    terms
}

/// The definitions of the step's terms.
pub(super) fn view(cx: &ViewContext, step: &StartStep) -> Html {
    let terms = terms_of(step);
    if terms.is_empty() {
        return html! {};
    }
    html! {
        <dl class="terms" aria-label={cx.t("terms.title")}>
            { for terms.into_iter().map(|id| html! {
                <div><dt>{ cx.t(&format!("term.{id}")) }</dt><dd>{ cx.t(&format!("term.{id}.is")) }</dd></div>
            }) }
        </dl>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::t;
    use stageplay_report::words::Language;

    fn step(code: &str, params: &[(&str, &str)]) -> StartStep {
        let params = params.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        StartStep { code: code.into(), params, ..StartStep::default() }
    }

    #[test]
    fn a_missing_loader_is_explained_with_its_c_library_and_its_error() {
        let glibc = step("open-interpreter", &[("interpreter", "/lib64/ld-linux-x86-64.so.2"), ("errno", "ENOENT")]);
        assert_eq!(terms_of(&glibc), ["loader", "pt-interp", "glibc", "enoent"]);
        let script = step("open-interpreter", &[("interpreter", "/bin/bash"), ("errno", "ENOENT")]);
        assert_eq!(terms_of(&script), ["shebang", "enoent"]);
    }

    #[test]
    fn every_term_is_defined_in_both_languages() {
        let text = include_str!("terms.rs");
        let ids = text.split('"').filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
        let has_words = |id: &str| t(Language::English, &format!("term.{id}")) != format!("term.{id}");
        let terms: Vec<&str> = ids.filter(|id| has_words(id)).collect();
        assert!(terms.len() >= 20, "{terms:?}");
        for language in [Language::English, Language::Chinese] {
            assert!(terms.iter().all(|id| t(language, &format!("term.{id}.is")) != format!("term.{id}.is")));
        }
    }
}
