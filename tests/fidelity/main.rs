//! The simulator held against a real Docker engine, where one is present.
//!
//! Base images come from no registry: the engine gets one made here from a static busybox, and the
//! simulator gets the same one as `docker save` writes it. `cases/` holds the Dockerfiles; each is
//! built by both builders, and compared: layers entry by entry, sizes, settings, the start.

mod cache;
mod case;
mod engine;

use case::Case;
use engine::Engine;
use serde_json::Value;
use stageplay_core::archive::Archive;
use stageplay_core::build::{self, Built, Cache, Images, Request};
use stageplay_core::elf::{self, Elf, Machine};
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::fs::{Memory, Tree};
use stageplay_core::image::{Catalogue, Image, Reference};
use stageplay_core::report::BuildReport;
use stageplay_core::simulate::Simulation;
use stageplay_core::start;
use stageplay_core::words::Language;
use stageplay_tests::{folder, skipped, write};
use std::path::Path;
use std::sync::Arc;

/// The engine's base image, read from its archive.
struct Local(Arc<Image>);

impl Images for Local {
    fn find(&self, reference: &Reference) -> Option<Arc<Image>> {
        (reference.repository == engine::BASE).then(|| self.0.clone())
    }
}

fn base(engine: &Engine) -> Local {
    let source = Arc::new(Memory(engine.save(engine::BASE).into()));
    Local(Arc::new(Archive::open(source).expect("an archive").image().expect("an image")))
}

fn request(text: &str, context: Tree, builder: Builder) -> Request {
    let engine = EngineProfile::find("docker-20.10").expect("the engine's profile");
    Request { tags: vec!["stageplay-test".into()], builder, ..Request::new(text, context, engine) }
}

/// The context of a case on disk.
fn lay(case: &Case) -> std::path::PathBuf {
    let directory = folder("fidelity-context");
    engine::lay_context(&directory);
    let files: Vec<(&str, &str)> = case.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    write(&directory, &files);
    write(&directory, &[("Dockerfile", &case.dockerfile)]);
    directory
}

/// `None` if engine and simulator agree, else the first difference.
fn compare(engine: &Engine, base: &Local, case: &Case, builder: Builder) -> Option<String> {
    let directory = lay(case);
    let (code, log) = engine.build(&directory, builder, &["--no-cache"]);
    let request = request(&case.dockerfile, engine::read_context(&directory), builder);
    let built = build::build(&request, &Catalogue::builtin(), base, &mut Cache::new());
    // That a failure was passed over is a remark, and no gap; what a date would be in shows by itself.
    let remarks = ["ignored-failure", "no-clock"];
    let gaps = built.diagnostics.iter().filter(|one| !remarks.contains(&one.code));
    let gaps: Vec<String> = gaps.map(|one| format!("{} {:?}", one.code, one.params)).collect();
    if !gaps.is_empty() {
        return Some(format!("not modelled: {}", gaps.join("; ")));
    }
    if code != 0 {
        return failure(&built, builder, code, &log);
    }
    if let Some(error) = &built.error {
        return Some(format!("the engine builds, ours says {:?}", error.message));
    }
    let image = built.image.clone()?;
    let (config, layers) = match engine.saved() {
        Ok(saved) => saved,
        Err(error) => return Some(error),
    };
    let report = BuildReport::new(
        &Simulation {
            request: request.clone(),
            built: built.clone(),
            run: None,
            hints: Vec::new(),
            fixes: Vec::new(),
            wants: None,
        },
        Language::English,
    );
    let own = image.layers.len() - base.0.layers.len();
    if own != layers.len() - base.0.layers.len() {
        return Some(format!("{} layers, the engine makes {}", own, layers.len() - base.0.layers.len()));
    }
    let ours = engine::reported(&report, &image.layers[base.0.layers.len()..]);
    for (index, (ours, real)) in ours.iter().zip(&layers[base.0.layers.len()..]).enumerate() {
        let missing = real.iter().find(|line| !ours.contains(line));
        let extra = ours.iter().find(|line| !real.contains(line));
        if missing.is_some() || extra.is_some() {
            let shown = |line: Option<&String>| line.map_or("–".to_string(), Clone::clone);
            return Some(format!("layer {index}: engine {} | ours {}", shown(missing), shown(extra)));
        }
    }
    let sizes: Vec<u64> = image.layers.iter().skip(base.0.layers.len()).map(|layer| layer.size.at_least()).collect();
    let real_sizes = engine.layer_sizes(&config, own);
    if sizes != real_sizes {
        return Some(format!("sizes: engine {real_sizes:?} | ours {sizes:?}"));
    }
    settings(&image, &config).or_else(|| if case.start { started(engine, &image, &request) } else { None })
}

fn failure(built: &Built, builder: Builder, code: i32, log: &str) -> Option<String> {
    let Some(error) = &built.error else {
        return Some(format!("ours builds, the engine says {:?}", log.trim().lines().last().unwrap_or("")));
    };
    if error.exit_code != code {
        return Some(format!("exit code: engine {code} | ours {}", error.exit_code));
    }
    let last = log.trim().lines().last().unwrap_or("");
    // BuildKit's client prints more than one line, in forms of its own.
    let last = engine::without_colours(last);
    let differs = builder == Builder::Classic && error.message.trim() != last;
    differs.then(|| format!("words: engine {last:?} | ours {:?}", error.message.trim()))
}

/// The settings that an image specification knows.
fn settings(image: &Image, real: &Value) -> Option<String> {
    const KEYS: [&str; 12] = [
        "User",
        "ExposedPorts",
        "Env",
        "Entrypoint",
        "Cmd",
        "Volumes",
        "WorkingDir",
        "Labels",
        "StopSignal",
        "Healthcheck",
        "Shell",
        "OnBuild",
    ];
    let ours = image.config.to_oci("linux/amd64", &[], &[]);
    let plain = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Object(items) if items.is_empty() => None,
        other => Some(other.clone()),
    };
    KEYS.iter().find_map(|key| {
        let (ours, real) = (plain(&ours["config"][key]), plain(&real["config"][key]));
        (ours != real).then(|| format!("{key}: engine {real:?} | ours {ours:?}"))
    })
}

fn started(engine: &Engine, image: &Image, request: &Request) -> Option<String> {
    let (code, out, err) = engine.run();
    let run = start::start(image, &[], &request.engine);
    let ours = (run.exit_code, engine::words(&run.stdout), engine::words(&run.stderr));
    let real = (Some(code), engine::words(&out), engine::words(&err));
    (ours != real).then(|| format!("start: engine {real:?} | ours {ours:?}"))
}

#[test]
fn every_case_is_as_the_engine_has_it() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let base = base(&engine);
    let pattern = std::env::var("STAGEPLAY_CASE").ok();
    let cases = case::all(pattern.as_deref());
    assert!(!cases.is_empty(), "no case fits {pattern:?}");
    let mut wrong = Vec::new();
    let (mut equal, mut known) = (0, 0);
    for case in &cases {
        for builder in [Builder::Classic, Builder::Buildkit] {
            let difference = compare(&engine, &base, case, builder);
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
    let request = request(&dockerfile, engine::read_context(&dir), Builder::Classic);
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
    let request = request(&dockerfile, engine::read_context(Path::new(&dir)), Builder::Classic);
    let built = build::build(&request, &Catalogue::builtin(), &base(&engine), &mut Cache::new());
    let run = start::start(&built.image.expect("an image"), &[], &request.engine);
    assert_eq!((run.stderr.as_str(), run.exit_code), (real.as_str(), Some(code)));
}
