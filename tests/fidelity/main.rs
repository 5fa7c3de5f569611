//! The simulator held against a real Docker engine, where one is present.
//!
//! Base images come from no registry: the engine gets one made here from a static busybox, and the
//! simulator gets the same one as `docker save` writes it. `cases/` holds the Dockerfiles; each is
//! built by both builders, and compared: layers entry by entry, sizes, settings, the start. `random`
//! makes Dockerfiles up that nobody thought of.

mod cache;
mod case;
mod compare;
mod engine;
mod random;
mod terminal;

use case::Case;
use compare::{base, compare, compare_written, request};
use engine::Engine;
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{self, Cache};
use stageplay_core::elf::{self, Elf, Machine};
use stageplay_core::engine::Builder;
use stageplay_core::image_start;
use stageplay_tests::{folder, skipped, write};
use std::path::Path;

#[test]
fn every_case_is_as_the_engine_has_it() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let base = base(&engine);
    let pattern = std::env::var("STAGEPLAY_CASE").ok();
    let cases = case::all(pattern.as_deref());
    assert!(!cases.is_empty(), "no case fits {pattern:?}");
    let mut wrong = Vec::new();
    let (mut equal, mut known) = (0, 0);
    for builder in [Builder::Classic, Builder::Buildkit] {
        let differences = engine.in_lanes(builder, &cases, |engine, case| compare(engine, &base, case, builder));
        for (case, difference) in cases.iter().zip(differences) {
            let name = format!("{} ({})", case.name, builder.as_str());
            let marked = case.known.iter().find(|(which, _)| which == builder.as_str());
            match (difference, marked) {
                (None, None) => {
                    equal += 1;
                    println!("  equal    {name}");
                }
                (Some(difference), Some((_, reason))) => {
                    known += 1;
                    println!("  differs  {name}: {reason}\n           {difference}");
                }
                (Some(difference), None) => {
                    println!("  DIFFERS  {name}\n           {difference}");
                    wrong.push(format!("{name}: {difference}"));
                }
                (None, Some(_)) => wrong.push(format!("{name} is equal now: take its mark away")),
            }
        }
    }
    println!("\n{:5} cases, each by two builders", cases.len());
    println!("{equal:5} equal\n{known:5} known to differ\n{:5} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The Dockerfile that a server writes for an engine makes the same image as the person's own: of every few cases one,
/// of all with STAGEPLAY_CASE.
#[test]
fn what_is_written_for_an_engine_builds_the_same() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let base = base(&engine);
    let pattern = std::env::var("STAGEPLAY_CASE").ok();
    let every = if pattern.is_some() { 1 } else { 9 };
    let mut wrong = Vec::new();
    let (mut equal, mut refused) = (0, 0);
    let mut cases = case::all(pattern.as_deref()).into_iter().step_by(every).collect::<Vec<_>>();
    // The server obeys this file itself.
    cases.retain(|case| case.files.iter().all(|(name, _)| name != ".dockerignore"));
    for builder in [Builder::Classic, Builder::Buildkit] {
        let is_known = |case: &&Case| case.known.iter().any(|(which, _)| which == builder.as_str());
        let cases: Vec<&Case> = cases.iter().filter(|case| !is_known(case)).collect();
        let results = engine.in_lanes(builder, &cases, |engine, case| compare_written(engine, &base, case, builder));
        for (case, result) in cases.iter().zip(results) {
            let name = format!("{} ({})", case.name, builder.as_str());
            match result {
                Ok(None) => equal += 1,
                Ok(Some(difference)) => {
                    println!("  DIFFERS  {name}\n           {difference}");
                    wrong.push(format!("{name}: {difference}"));
                }
                Err(why) => {
                    refused += 1;
                    println!("  refused  {name}: {why}");
                }
            }
        }
    }
    println!("\n{equal:5} equal\n{refused:5} refused\n{:5} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused * 10 < equal, "most Dockerfiles can be written anew");
}

#[test]
fn the_classic_builder_prints_the_same_steps() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let dockerfile = format!(
        "FROM {}\nCOPY a.txt /data/\nRUN chmod +x /data/a.txt && echo done\nWORKDIR /w\nENV A=b\nEXPOSE 80\nCMD [\"sh\"]\nENTRYPOINT echo hi\n",
        engine::BASE
    );
    let dir = folder("fidelity-steps");
    write(&dir, &[("a.txt", "hello\n"), ("Dockerfile", &dockerfile)]);
    let (_, real) = engine.build(&dir, Builder::Classic, &["--no-cache"]);
    let request = request(&engine, &dockerfile, engine::read_context(&dir), Builder::Classic);
    let built = build::build(&request, &Catalogue::builtin(), &base(&engine), &mut Cache::new());
    let (ours, _) = build::progress(&request, &built);
    assert_eq!(engine::without_ids(&ours), engine::without_ids(&real));
}

/// A program that asks for a loader which is not there: the story's heart, on a real kernel.
#[test]
fn a_missing_loader_fails_as_in_the_story() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let mut elf = Elf::new(Machine::X86_64, false);
    elf.interpreter = Some("/lib64/ld-linux-x86-64.so.2".into());
    elf.needed = vec!["libc.so.6".into()];
    let dockerfile = format!("FROM {}\nCOPY app /app\nENTRYPOINT [\"/app\"]\n", engine::BASE);
    let dir = folder("fidelity-loader");
    write(&dir, &[("Dockerfile", &dockerfile)]);
    engine::write_program(&dir.join("app"), &elf::write(&elf));
    let (code, log) = engine.build(&dir, Builder::Classic, &[]);
    assert_eq!(code, 0, "{log}");
    let (code, _, real) = engine.run();
    let request = request(&engine, &dockerfile, engine::read_context(Path::new(&dir)), Builder::Classic);
    let built = build::build(&request, &Catalogue::builtin(), &base(&engine), &mut Cache::new());
    let run = image_start::start(&built.image.expect("an image"), &[], &request.engine);
    assert_eq!((run.stderr.as_str(), run.exit_code), (real.as_str(), Some(code)));
}
