//! One Dockerfile, built by a real engine and by the simulator: the first difference between the two.

use crate::case::Case;
use crate::engine::{self, Engine};
use serde_json::Value;
use stageplay_core::archive::Archive;
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{self, Built, Cache, Images, Request};
use stageplay_core::canonical::{self, BaseImage, ContextIndex, Known};
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::fs::{Memory, Tree};
use stageplay_core::image::{Image, Reference};
use stageplay_core::image_start;
use stageplay_core::report::build_report;
use stageplay_core::simulate::Simulation;
use stageplay_core::words::Language;
use stageplay_tests::write;
use std::sync::Arc;

/// The engine's base image, read from its archive.
pub(crate) struct Local(Arc<Image>);

impl Images for Local {
    fn find(&self, reference: &Reference) -> Option<Arc<Image>> {
        (reference.repository == engine::BASE).then(|| self.0.clone())
    }
}

pub(crate) fn base(engine: &Engine) -> Local {
    let source = Arc::new(Memory(engine.save(engine::BASE).into()));
    Local(Arc::new(Archive::open(source).expect("an archive").image().expect("an image")))
}

pub(crate) fn request(engine: &Engine, text: &str, context: Tree, builder: Builder) -> Request {
    let tags = vec![engine.image.clone()];
    let engine = EngineProfile::find("docker-20.10").expect("the engine's profile");
    Request { tags, builder, ..Request::new(text, context, engine) }
}

/// The context of a case on disk.
fn lay(engine: &Engine, case: &Case) -> std::path::PathBuf {
    let directory = engine.folder("fidelity-context");
    engine::lay_context(&directory);
    let files: Vec<(&str, &str)> = case.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    write(&directory, &files);
    write(&directory, &[("Dockerfile", &case.dockerfile)]);
    directory
}

/// `None` if engine and simulator agree, else the first difference.
pub(crate) fn compare(engine: &Engine, base: &Local, case: &Case, builder: Builder) -> Option<String> {
    let directory = lay(engine, case);
    let request = request(engine, &case.dockerfile, engine::read_context(&directory), builder);
    let (code, log) = engine.build(&directory, builder, &["--no-cache"]);
    agree(engine, base, case, &request, code, &log, &[]).or_else(|| {
        let built = build::build(&request, &Catalogue::builtin(), base, &mut Cache::new());
        if code == 0 { printed(&request, &built, &log) } else { None }
    })
}

/// The same for the Dockerfile that is written anew for an engine: an error if it cannot be expressed.
///
/// # Errors
/// Why it cannot.
pub(crate) fn compare_written(
    engine: &Engine,
    base: &Local,
    case: &Case,
    builder: Builder,
) -> Result<Option<String>, String> {
    let directory = lay(engine, case);
    let request = request(engine, &case.dockerfile, engine::read_context(&directory), builder);
    let whole = |error: String| Ok(Some(error));
    let plan = match stageplay_core::real_build::plan_of(&request) {
        Ok(plan) => plan,
        // What core refuses no engine sees.
        Err(_) => return Ok(None),
    };
    let found = canonical::images(&plan, &request, "linux/amd64").map_err(|refused| refused.message)?;
    let bases = found
        .iter()
        .map(|asked| (asked.key(), BaseImage { name: asked.reference.exact(), config: base.0.config.clone() }));
    let known = Known {
        bases: &bases.collect(),
        platform: "linux/amd64",
        context: &ContextIndex::default(),
        network: false,
        stopped: &|| false,
    };
    let written = canonical::canonical(&plan, &request, known).map_err(|refused| refused.message)?;
    let around = engine.folder("fidelity-written");
    if let Err(error) = std::fs::rename(&directory, around.join(canonical::CONTEXT)) {
        return whole(error.to_string());
    }
    let files = written.files.iter().map(|file| (file.path.as_str(), file.text.as_str()));
    write(&around, &files.chain([("Dockerfile", written.text.as_str())]).collect::<Vec<_>>());
    let (code, log) = engine.build(&around, builder, &["--no-cache"]);
    Ok(agree(engine, base, case, &request, code, &written.as_written(&log), &written.triggers))
}

/// Whether what the engine made, or said, is what the simulator makes of a request; `triggers` as they were written for
/// the engine, and as the person has them.
fn agree(
    engine: &Engine,
    base: &Local,
    case: &Case,
    request: &Request,
    code: i32,
    log: &str,
    triggers: &[(String, String)],
) -> Option<String> {
    let builder = request.builder;
    let built = build::build(request, &Catalogue::builtin(), base, &mut Cache::new());
    // That a failure was passed over is a remark, and no gap; what a date would be in shows by itself.
    let remarks = ["assumed-processors", "ignored-failure", "no-clock"];
    let gaps = built.diagnostics.iter().filter(|one| !remarks.contains(&one.code));
    let gaps: Vec<String> = gaps.map(|one| format!("{} {:?}", one.code, one.params)).collect();
    if !gaps.is_empty() {
        return Some(format!("not modelled: {}", gaps.join("; ")));
    }
    if code != 0 {
        return failure(&built, builder, code, log);
    }
    if let Some(error) = &built.error {
        return Some(format!("the engine builds, ours says {:?}", error.message));
    }
    let image = built.image.clone()?;
    let (mut config, layers) = match engine.saved() {
        Ok(saved) => saved,
        Err(error) => return Some(error),
    };
    for trigger in config["config"]["OnBuild"].as_array_mut().into_iter().flatten() {
        if let Some((_, theirs)) = triggers.iter().find(|(here, _)| trigger == here) {
            *trigger = theirs.as_str().into();
        }
    }
    let report = build_report(
        &Simulation {
            request: request.clone(),
            built: built.clone(),
            run: None,
            hints: Vec::new(),
            fixes: Vec::new(),
            build_hint: None,
            missing_index: None,
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
    settings(&image, &config).or_else(|| if case.start { started(engine, &image, request) } else { None })
}

/// What the classic builder prints: its steps, and what commands say. BuildKit's lines have times in them.
fn printed(request: &Request, built: &Built, log: &str) -> Option<String> {
    // What has a date in it is another text at each build.
    let has_date = built.diagnostics.iter().any(|one| one.code == "no-clock");
    if request.builder != Builder::Classic || has_date {
        return None;
    }
    let (ours, real) = (engine::without_ids(&build::progress(request, built).0), engine::without_ids(log));
    let (ours, real) = (by_step(&ours), by_step(&real));
    let differs = ours.iter().zip(&real).find(|(ours, real)| ours != real);
    differs.map(|(ours, real)| format!("printed: engine {real:?} | ours {ours:?}"))
}

/// A log's steps, the lines of each sorted: a step's two streams come as they will.
fn by_step(log: &str) -> Vec<Vec<&str>> {
    let steps = log.split("\nStep ").map(|step| {
        let mut lines: Vec<&str> = step.lines().collect();
        lines.sort_unstable();
        lines
    });
    steps.collect()
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
    let run = image_start::start(image, &[], &request.engine);
    let ours = (run.exit_code, engine::words(&run.stdout), engine::words(&run.stderr));
    let real = (Some(code), engine::words(&out), engine::words(&err));
    (ours != real).then(|| format!("start: engine {real:?} | ours {ours:?}"))
}
