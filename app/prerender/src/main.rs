//! `stageplay-prerender FILE`: writes what a first visit shows before any script has run, and what the page's program
//! begins with. `cargo xtask page-inputs` calls it; `www/index.html` includes the file.

use stageplay_app::view::first_visit_html;
use stageplay_core::words::Language;
use stageplay_simulator::first_visit;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: stageplay-prerender FILE");
        return ExitCode::FAILURE;
    };
    match page().and_then(|text| std::fs::write(&path, text).map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}

/// The part of the page: the first visit in English, the same in Chinese as a template, and the data.
fn page() -> Result<String, String> {
    let first = first_visit().ok_or("data about the example's base images is missing")?;
    let data = serde_json::to_string(&first).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
    let rendered =
        |language| runtime.block_on(tokio::task::LocalSet::new().run_until(first_visit_html(&first, language)));
    let (english, chinese) = (rendered(Language::English), rendered(Language::Chinese));
    // No text of the data ends its element: `<` is written as an escape of JSON.
    let data = data.replace('<', "\\u003c");
    Ok(format!(
        "<div id=\"app\"><div class=\"first-visit\">{english}</div><p class=\"loading\" role=\"status\">Stageplay …</p></div>\n<template id=\"first-visit-zh-CN\">{chinese}</template>\n<script type=\"application/json\" id=\"first-visit\">{data}</script>\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_failure_and_its_explanation_are_in_the_page_in_both_languages_without_scripts_and_styles() {
        let page = page().unwrap();
        let first = first_visit().unwrap();
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
        assert_eq!(data.matches('<').count(), 1, "only the end of the element");
    }
}
