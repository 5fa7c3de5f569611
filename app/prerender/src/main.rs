//! `stageplay-prerender FOLDER`: writes what a first visit shows before any script has run, and what the page's program begins
//! with (`first-visit.html`), and the examples and exercises as data (`examples`, `packs`, `embed-packs`).
//! `cargo xtask page-inputs` calls it; `www/index.html` includes the results, and `embed/build.mjs` takes `embed-packs`.

mod examples;
mod files;
mod packs;

use stageplay_app::view::first_visit_html;
use stageplay_core::words::Language;
use stageplay_simulator::{first_result, first_visit};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: stageplay-prerender FOLDER");
        return ExitCode::FAILURE;
    };
    match write(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> Result<(), String> {
    files::put(&folder.join("first-visit.html"), &page()?)?;
    examples::write(&folder.join("examples"))?;
    packs::write(&folder.join("packs"), &folder.join("embed-packs"))
}

/// The part of the page: the first visit in English, the same in Chinese as a template, and the data.
fn page() -> Result<String, String> {
    let first = first_visit();
    let result = first_result().ok_or("data about the example's base images is missing")?;
    // No text of the data ends its element: `<` is written as an escape of JSON.
    let element = |id: &str, json: serde_json::Result<String>| {
        let json = json.map_err(|error| format!("{id}: {error}"))?.replace('<', "\\u003c");
        Ok::<_, String>(format!("<script type=\"application/json\" id=\"{id}\">{json}</script>\n"))
    };
    let data = element("first-visit", serde_json::to_string(&first))?
        + &element("first-result", serde_json::to_string(&result))?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
    let rendered = |language| {
        runtime.block_on(tokio::task::LocalSet::new().run_until(first_visit_html(&first, &result, language)))
    };
    let (english, chinese) = (rendered(Language::English), rendered(Language::Chinese));
    Ok(format!(
        "<div id=\"app\"><div class=\"first-visit\">{english}</div><p class=\"loading\" role=\"status\">Stageplay …</p></div>\n<template id=\"first-visit-zh-CN\">{chinese}</template>\n{data}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_failure_and_its_explanation_are_in_the_page_in_both_languages_without_scripts_and_styles() {
        let page = page().unwrap();
        let first = first_result().unwrap();
        let (english, rest) = page.split_once("<template").unwrap();
        let (chinese, data) = rest.split_once("<script type=\"application/json\"").unwrap();
        for (html, outcome) in [(english, &first.english), (chinese, &first.chinese)] {
            assert!(html.contains("data-verdict=\"fails\"") && html.contains("data-fix=\"static-go\""));
            let run = outcome.report.run.as_ref().unwrap();
            for text in [run.explanation.as_ref().unwrap(), outcome.why.as_ref().unwrap()] {
                let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                assert!(html.contains(&escaped), "{escaped}");
            }
            assert!(html.contains("FROM") && html.contains("golang:latest"));
            assert!(!html.contains("<script") && !html.contains(" style=") && !html.contains("<style"), "{html}");
        }
        assert_eq!(data.matches('<').count(), 3, "only the ends of the elements and the begin of the second one");
    }
}
