//! How fast builds are simulated, nothing cached, one thread.
//!
//! `cargo xtask bench build`

use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, NoImages, Request};
use stageplay_core::engine::EngineProfile;
use stageplay_core::fs::{Content, Tree};
use stageplay_core::simulate::simulate;
use std::time::{Duration, Instant};

/// Rounds of which the fastest counts.
const ROUNDS: usize = 9;

const STORY: &str = "FROM golang:alpine AS builder\nWORKDIR /go/src\nCOPY httpserver.go .\nRUN go build -o myhttpserver ./httpserver.go\nFROM alpine:latest\nWORKDIR /root/\nCOPY --from=builder /go/src/myhttpserver .\nRUN chmod +x /root/myhttpserver\nENTRYPOINT [\"/root/myhttpserver\"]\n";
const SERVER: &str = "package main\n\nimport (\n\t\"fmt\"\n\t\"net/http\"\n)\n\nfunc main() {\n\tfmt.Println(\"http daemon start\")\n\thttp.ListenAndServe(\":8080\", nil)\n}\n";

fn request(text: String) -> Request {
    let engine = EngineProfile::find("docker-28").expect("a profile");
    let mut context = Tree::new();
    context.write("/httpserver.go", Content::inline(SERVER.as_bytes()), 0o644, 0, 0).expect("a file");
    Request::new(text, context, engine)
}

/// Stages of five steps, each on the files of the one before.
fn chain(stages: usize) -> String {
    let mut text = String::new();
    for stage in 0..stages {
        text.push_str(&format!("FROM alpine AS s{stage}\n"));
        let from = stage.saturating_sub(1);
        let source = if stage == 0 { "httpserver.go".to_string() } else { format!("--from=s{from} /w{from}/out") };
        text.push_str(&format!(
            "WORKDIR /w{stage}\nCOPY {source} in\nRUN mkdir -p a/b && cp in a/b/c && echo {stage} > out\nENV N={stage}\n"
        ));
    }
    text
}

fn best(text: &str, catalogue: &Catalogue) -> Duration {
    let request = request(text.to_string());
    let once = || {
        let start = Instant::now();
        let done = simulate(&request, Some(&[]), catalogue, &NoImages, &mut Cache::new());
        assert!(done.built.error.is_none(), "{:?}", done.built.error);
        start.elapsed()
    };
    (0..ROUNDS).map(|_| once()).min().unwrap_or_default()
}

fn main() {
    let catalogue = Catalogue::builtin();
    let ms = |took: Duration| took.as_secs_f64() * 1000.0;
    println!("                                   ms   a step, µs");
    let story = best(STORY, &catalogue);
    println!("the story's Dockerfile       {:8.3}   {:8.1}", ms(story), ms(story) * 1000.0 / 9.0);
    for stages in [50, 100, 200, 400] {
        let took = best(&chain(stages), &catalogue);
        let steps = stages * 5;
        println!(
            "{steps:4} steps in {stages:3} stages     {:8.3}   {:8.1}",
            ms(took),
            ms(took) * 1000.0 / steps as f64
        );
    }
}
