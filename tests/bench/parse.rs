//! How fast Dockerfiles are read, checked and written anew for an engine, beside another reader, in one run and one thread.
//!
//! `cargo xtask bench parse DIR`, where DIR holds Dockerfiles, at any depth.

use stageplay_core::build::Request;
use stageplay_core::canonical::{self, BaseImage, ContextIndex, Known};
use stageplay_core::dockerfile::syntax;
use stageplay_core::engine::EngineProfile;
use stageplay_core::fs::Tree;
use stageplay_core::lint::{Options, check};
use stageplay_core::real_build::plan_of;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Rounds of which the fastest counts; one more warms up.
const ROUNDS: usize = 7;

fn main() -> ExitCode {
    // `cargo bench` adds `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [directory] = words.as_slice() else {
        eprintln!("usage: cargo xtask bench parse DIR");
        return ExitCode::from(2);
    };
    let mut paths = Vec::new();
    find(Path::new(directory), &mut paths);
    paths.sort();
    let texts: Vec<String> = paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    if texts.is_empty() {
        eprintln!("no Dockerfiles in {directory}");
        return ExitCode::FAILURE;
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    println!("{} files, {bytes} bytes", texts.len());
    let options = Options::default();
    let peer = measure(&texts, |text| {
        black_box(parse_dockerfile::parse(text).is_ok());
    });
    let rows = [
        ("parse", measure(&texts, |text| drop(black_box(syntax::parse(text))))),
        ("parse and check", measure(&texts, |text| drop(black_box(check(text, &options))))),
        ("parse, plan, write for an engine", measure(&texts, write_anew)),
        ("parse, crate parse-dockerfile", peer),
        (
            "read every byte",
            measure(&texts, |text| {
                black_box(text.bytes().filter(|byte| *byte == b'\n').count());
            }),
        ),
    ];
    println!("{:<36}{:>10}{:>22}", "", "MB/s", "of parse-dockerfile");
    for (name, time) in rows {
        let speed = bytes as f64 / 1e6 / time.as_secs_f64();
        println!("{name:<36}{speed:>10.1}{:>22.2}", peer.as_secs_f64() / time.as_secs_f64());
    }
    ExitCode::SUCCESS
}

/// What a server does with a Dockerfile before an engine gets it, every image looked up.
fn write_anew(text: &str) {
    let profile = EngineProfile::find("docker-28").expect("a profile");
    let request = Request::new(text, Tree::new(), profile);
    let Ok(plan) = plan_of(&request) else { return };
    let Ok(asked) = canonical::images(&plan, &request, "linux/amd64") else { return };
    let bases = asked.iter().map(|asked| (asked.key(), BaseImage::default())).collect();
    let known = Known {
        bases: &bases,
        platform: "linux/amd64",
        context: &ContextIndex::default(),
        network: false,
        stopped: &|| false,
    };
    let _ = black_box(canonical::canonical(&plan, &request, known));
}

fn measure(texts: &[String], work: impl Fn(&str)) -> Duration {
    let round = || {
        let start = Instant::now();
        texts.iter().for_each(|text| work(text));
        start.elapsed()
    };
    round();
    (0..ROUNDS).map(|_| round()).min().unwrap_or_default()
}

fn find(path: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(path) else {
        if path.is_file() {
            found.push(path.to_path_buf());
        }
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            find(&path, found);
        } else {
            found.push(path);
        }
    }
}
