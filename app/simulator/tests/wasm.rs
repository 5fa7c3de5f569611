//! Core in a browser: its report is the native one byte for byte, and hostile scripts end.
#![cfg(target_arch = "wasm32")]

use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, NoImages, Request};
use stageplay_core::engine::EngineProfile;
use stageplay_core::fs::{Content, Tree};
use stageplay_core::report::build_report;
use stageplay_core::simulate::simulate;
use stageplay_core::words::Language;
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

/// The files beside the page that the sample needs, by their names in the catalogue.
fn data(name: &str) -> &'static [u8] {
    match name {
        "images" => include_bytes!("../../../core/data/images.jsonl"),
        "image-rules" => include_bytes!("../../../core/data/image_rules.json"),
        "alpine" => include_bytes!("../../../core/data/official/alpine.gz"),
        "buildpack-deps" => include_bytes!("../../../core/data/official/buildpack-deps.gz"),
        "debian" => include_bytes!("../../../core/data/official/debian.gz"),
        "golang" => include_bytes!("../../../core/data/official/golang.gz"),
        "ubuntu" => include_bytes!("../../../core/data/official/ubuntu.gz"),
        other => panic!("the sample does not need {other}"),
    }
}

/// Adds what a simulation asked for; whether there was anything.
fn add_missing(catalogue: &mut Catalogue) -> bool {
    let missing = catalogue.take_missing();
    for name in &missing {
        let bytes = data(name);
        let text = || std::str::from_utf8(bytes).unwrap();
        match name.as_str() {
            "images" => catalogue.add_listed(text()),
            "image-rules" => catalogue.add_rules(text()),
            _ => catalogue.add_family(bytes),
        }
        .unwrap();
    }
    !missing.is_empty()
}

fn report() -> String {
    let mut context = Tree::new();
    for (name, text) in [
        ("/Dockerfile", include_str!("../../tests/sample/Dockerfile")),
        ("/main.go", include_str!("../../tests/sample/main.go")),
    ] {
        context.write(name, Content::inline(text.as_bytes()), 0o644, 0, 0).unwrap();
    }
    let engine = EngineProfile::find("docker-28").unwrap();
    let request = Request::new(include_str!("../../tests/sample/Dockerfile"), context, engine);
    let mut catalogue = Catalogue::builtin();
    loop {
        let done = simulate(&request, Some(&[]), &catalogue, &NoImages, &mut Cache::new());
        if !add_missing(&mut catalogue) {
            return build_report(&done, Language::English).to_json();
        }
    }
}

/// `STAGEPLAY_NATIVE_REPORT` is a file with the native program's report of the same files, from `cargo xtask test`.
#[wasm_bindgen_test]
fn the_report_is_the_native_ones_byte_for_byte() {
    let native = include_str!(env!("STAGEPLAY_NATIVE_REPORT"));
    assert!(native.contains("interpreter-missing"), "the native report is empty");
    assert_eq!(report(), native.trim_end());
}

#[wasm_bindgen_test]
fn hostile_scripts_end_in_the_browser_too() {
    let engine = EngineProfile::find("docker-28").unwrap();
    let deep = |open: &str, inside: &str, close: &str, times: usize| {
        format!("RUN {}{inside}{}", open.repeat(times), close.repeat(times))
    };
    for text in [
        "RUN while true; do :; done".to_string(),
        "RUN f() { f; }; f".to_string(),
        "RUN f() { (f); echo $(f); }; f".to_string(),
        format!("RUN {}", "(".repeat(5000)),
        deep("(", "nope", ")", 39),
        deep("if true; then ", "nope", "; fi", 39),
        deep("\"$(echo ", "nope", ")\"", 39),
        deep("$((", "x", "))", 18),
        deep("{ ", "nope", "; }", 39),
        deep("eval ", "nope", "", 200),
    ] {
        let mut catalogue = Catalogue::builtin();
        catalogue.add_family(data("alpine")).unwrap();
        let request = Request::new(format!("FROM scratch\nFROM alpine\n{text}\n"), Tree::new(), engine.clone());
        let done = simulate(&request, None, &catalogue, &NoImages, &mut Cache::new());
        assert!(!done.built.diagnostics.is_empty() || done.built.error.is_some(), "{text}");
    }
}
