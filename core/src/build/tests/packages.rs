//! What package managers bring, seen as layers.

use crate::build::{Cache, NoImages, Request, build};
use crate::engine::EngineProfile;
use crate::fs::Tree;
use crate::image::{Catalogue, Layer};
use crate::measure::Honesty;
use std::sync::Arc;

fn layers(text: &str) -> Result<Vec<Arc<Layer>>, String> {
    let engine = EngineProfile::find("docker-28").unwrap();
    let request = Request::new(text, Tree::new(), engine);
    let built = build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new());
    match built.error {
        Some(error) => Err(error.message),
        None => Ok(built.steps.iter().filter_map(|step| step.layer.clone()).collect()),
    }
}

fn names(layer: &Layer) -> Vec<&str> {
    layer.unlisted.iter().map(|(what, _)| what.as_str()).collect()
}

#[test]
fn a_package_brings_what_it_needs_and_the_layer_has_a_size() {
    let all = layers("FROM alpine:3.22\nRUN apk add --no-cache curl\nRUN apk add --no-cache curl\n").unwrap();
    let first = names(&all[0]);
    assert!(first.contains(&"curl") && first.contains(&"libcurl") && !first.contains(&"musl"), "{first:?}");
    assert_eq!(all[0].size.honesty(), Honesty::Modelled);
    let sum: u64 = all[0].unlisted.iter().map(|(_, size)| size.at_least()).sum();
    assert!(sum > 1_000_000 && all[0].size.at_least() > sum, "{sum}");
    // The second time nothing is new.
    assert!(all[1].unlisted.is_empty());
}

#[test]
fn a_group_that_is_removed_in_the_same_step_weighs_nothing() {
    let text = "FROM alpine:3.22\nRUN apk add --no-cache --virtual .deps build-base && apk del .deps\n";
    assert!(layers(text).unwrap()[0].unlisted.is_empty());
}

#[test]
fn recommended_packages_come_unless_they_are_declined() {
    let size = |flag: &str| {
        let text = format!(
            "FROM debian:12\nRUN apt-get update && apt-get install -y {flag} git && rm -rf /var/lib/apt/lists/*\n"
        );
        let all = layers(&text).unwrap();
        assert_eq!(all[0].size.honesty(), Honesty::Modelled, "{:?}", all[0].size);
        all[0].size.at_least()
    };
    assert!(size("") > size("--no-install-recommends") + 1_000_000);
}

#[test]
fn lists_weigh_until_they_are_removed() {
    let size = |end: &str| layers(&format!("FROM debian:12\nRUN apt-get update{end}\n")).unwrap()[0].size.at_least();
    assert!(size("") > 15_000_000);
    assert_eq!(size(" && rm -rf /var/lib/apt/lists/*"), 0);
}

#[test]
fn without_lists_no_package_is_found() {
    let error = layers("FROM debian:12\nRUN apt-get install -y curl\n").unwrap_err();
    assert!(error.contains("exit code: 100"), "{error}");
}

#[test]
fn a_package_that_the_index_lacks_leaves_the_size_unknown() {
    let all = layers("FROM alpine:3.22\nRUN apk add --no-cache no-such-package curl\n").unwrap();
    assert_eq!(all[0].size.honesty(), Honesty::Unknown);
    assert!(all[0].size.at_least() > 1_000_000);
}
