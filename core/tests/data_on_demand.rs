//! A catalogue that gets each piece of its data when it asks for it says the same as one that has all of it.

#![allow(clippy::disallowed_methods, reason = "it reads the files that a page fetches")]

use stageplay_core::base_images::{Catalogue, IMAGE_RULES, LISTED_IMAGES, file_name};
use stageplay_core::build::{Cache, NoImages, Request};
use stageplay_core::engine::EngineProfile;
use stageplay_core::fs::Tree;
use stageplay_core::packages::index::Indexes;
use stageplay_core::report::build_report;
use stageplay_core::simulate::{Simulation, simulate};
use stageplay_core::words::Language;
use std::collections::BTreeSet;
use std::fs;

/// As often a page waits for data, at most: families are built on others, and fixes look at further images.
const MAX_ROUNDS: usize = 4;

fn add(catalogue: &mut Catalogue, name: &str) {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
    let text = |name: &str| fs::read_to_string(format!("{data}/{name}")).unwrap();
    match name {
        LISTED_IMAGES => catalogue.add_listed(&text("images.jsonl")),
        IMAGE_RULES => catalogue.add_rules(&text("image_rules.json")),
        family => catalogue.add_family(&fs::read(format!("{data}/official/{}.gz", file_name(family))).unwrap()),
    }
    .unwrap();
}

fn run(text: &str, engine: &str, catalogue: &Catalogue) -> Simulation {
    let request = Request::new(text, Tree::new(), EngineProfile::find(engine).unwrap());
    simulate(&request, Some(&[]), catalogue, &NoImages, &mut Cache::new())
}

#[test]
fn data_that_comes_when_it_is_asked_for_gives_the_same_report() {
    let whole = Catalogue::builtin();
    for (text, engine) in [
        ("FROM python:3.9-slim\nRUN pip --version\n", "docker-28"),
        ("FROM golang:latest\nFROM node:18 AS n\nFROM alpine\nCOPY --from=n /bin/sh /x\n", "docker-20.10"),
        ("FROM gcr.io/distroless/static-debian12\nCMD [\"/a\"]\n", "docker-28"),
        ("FROM registry.access.redhat.com/ubi8/nodejs-18\n", "docker-28"),
        ("FROM eclipse-temurin:17-jre-alpine\nCMD [\"/bin/nope\"]\n", "docker-28"),
        ("FROM example.com/team/app:1\nRUN apk add curl\n", "docker-28"),
        ("FROM nosuchimage\n", "docker-28"),
        ("FROM python:3.99\n", "docker-28"),
    ] {
        let mut catalogue = Catalogue::empty();
        catalogue.packages = Indexes::builtin();
        let mut had = BTreeSet::new();
        let mut rounds = 0;
        let done = loop {
            let done = run(text, engine, &catalogue);
            let missing = catalogue.take_missing();
            if missing.is_empty() {
                break done;
            }
            let error = done.built.error.as_ref().map(|error| error.code);
            assert!(rounds > 0 || error == Some("images-not-loaded"), "{text}: {error:?}");
            for name in missing {
                assert!(had.insert(name.clone()), "{text}: {name} is asked for again");
                add(&mut catalogue, &name);
            }
            rounds += 1;
        };
        assert!(rounds <= MAX_ROUNDS, "{text}: {rounds} rounds for {had:?}");
        let report = |done: &Simulation| build_report(done, Language::English).to_json();
        assert_eq!(report(&done), report(&run(text, engine, &whole)), "{text}");
    }
}

#[test]
fn all_images_of_a_dockerfile_are_asked_for_at_once() {
    let catalogue = Catalogue::empty();
    run("FROM alpine AS a\nFROM debian\nCOPY --from=a /x /x\nCOPY --from=busybox /y /y\n", "docker-28", &catalogue);
    let asked: Vec<String> = catalogue.take_missing().into_iter().collect();
    assert_eq!(asked, ["alpine", "busybox", "debian"]);
    assert!(catalogue.take_missing().is_empty());
}

#[test]
fn damaged_data_is_refused() {
    let mut catalogue = Catalogue::empty();
    assert!(catalogue.add_family(b"<!doctype html>").is_err());
    assert!(catalogue.add_family(&[0x1f, 0x8b, 0, 0]).is_err());
    assert!(catalogue.add_listed("<!doctype html>").is_err());
    assert!(catalogue.add_rules("{}").is_err());
}
