//! Real builds from the command line: one's own Dockerfiles on one's own engine, as `docker build` would.

use super::what::What;
use super::{Usage, build};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use stageplay::engine::{Address, Engine, Isolation, Job, Journal, Outcome, Policy, Tell, Tls, context};
use stageplay_core::api::{Event, Problem, State};
use stageplay_core::build::Request;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::image::{Image, Reference};
use stageplay_core::measure::human_size;
use stageplay_core::report::BuildReport;
use stageplay_core::words::Language;
use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// An engine, for one command.
pub(super) struct Real {
    runtime: Runtime,
    engine: Engine,
}

/// A problem with its place and its way out, as one text.
fn words(problem: &Problem) -> String {
    let line = problem.line.map(|line| format!(" (line {line})")).unwrap_or_default();
    let help = problem.help.as_ref().map(|help| format!("\n  {help}")).unwrap_or_default();
    format!("{}{line}{help}", problem.message)
}

impl Real {
    pub(super) fn connect(address: &str) -> Result<Self, Usage> {
        let address = Address::parse(address, Tls::default())?;
        let runtime = Runtime::new().map_err(|error| format!("cannot start: {error}"))?;
        let engine =
            runtime.block_on(Engine::connect(&address, &Isolation::default())).map_err(|problem| words(&problem))?;
        Ok(Real { runtime, engine })
    }

    /// The profile nearest to the engine, and the builder asked for or its usual one.
    pub(super) fn profile(&self, builder: Option<&str>) -> Result<(Arc<EngineProfile>, Builder), Usage> {
        let all = self.engine.builders();
        let builder = match builder {
            None => all.first().copied(),
            Some(name) => Builder::parse(name).filter(|builder| all.contains(builder)),
        };
        let names: Vec<&str> = all.iter().map(|builder| builder.as_str()).collect();
        let builder =
            builder.ok_or_else(|| format!("this engine has no such builder; it has {}", names.join(" and ")))?;
        Ok((self.engine.profile(), builder))
    }

    /// Builds, and starts the image if `args` are given. What happens is shown on standard error.
    pub(super) fn build(
        &self,
        request: &Request,
        what: &What,
        args: Option<&[String]>,
        no_cache: bool,
        language: Language,
    ) -> Result<BuildReport, Usage> {
        let policy = Policy::own();
        let folder = what.context.as_path();
        let empty;
        let folder = if folder.as_os_str() == "-" {
            empty = tempfile::tempdir().map_err(|error| error.to_string())?;
            empty.path()
        } else {
            folder
        };
        // A Dockerfile from elsewhere goes in under a name that is not in the way.
        let inside = what.file.as_deref().is_none_or(|path| path.strip_prefix(folder).is_ok());
        let name = if inside { request.name.clone() } else { ".stageplay.Dockerfile".to_string() };
        let context =
            context::from_folder(folder, &name, &request.dockerfile, &policy).map_err(|problem| words(&problem))?;
        let text = context.text.clone();
        let job = Job {
            id: stageplay::server::new_id(),
            request: Request { dockerfile: text, name, context: stageplay_core::fs::Tree::new(), ..request.clone() },
            context,
            no_cache,
            run: args.map(<[String]>::to_vec),
            language,
        };
        let cancel = CancellationToken::new();
        let shown = Arc::new(Shown::default());
        let ear = shown.clone();
        let tell: Tell = Arc::new(move |event| ear.hear(&event));
        let outcome = self.runtime.block_on(async {
            let stop = cancel.clone();
            tokio::spawn(async move {
                if tokio::signal::ctrl_c().await.is_ok() {
                    stop.cancel();
                }
            });
            self.engine.carry_out(&job, &policy, &Journal::in_memory(), &cancel, &tell).await
        });
        shown.clear();
        report(outcome)
    }

    /// An image of the engine.
    pub(super) fn image(&self, reference: &Reference) -> Result<Image, Usage> {
        let Engine::Docker(docker) = &self.engine else {
            return Err("a BuildKit daemon has no images to look at; name a Docker or Podman socket".into());
        };
        let name = reference.to_string();
        let bar = spinner();
        bar.set_message(format!("reading {name} from the engine"));
        let image = self
            .runtime
            .block_on(docker.image(&name, u64::MAX))
            .map_err(|problem| format!("{name}: {}", words(&problem)));
        bar.finish_and_clear();
        image
    }

    /// Fetches an image.
    pub(super) fn pull(&self, reference: &Reference) -> Result<(), Usage> {
        let Engine::Docker(docker) = &self.engine else {
            return Err("a BuildKit daemon keeps no images; name a Docker or Podman socket".into());
        };
        let bar = spinner();
        let told = bar.clone();
        let tell: Tell = Arc::new(move |event| {
            if let Event::Pulling { image, status } = event {
                told.set_message(format!("{image}: {status}"));
            }
        });
        let name = reference.to_string();
        let pulled = self
            .runtime
            .block_on(docker.pull(&name, None, &tell))
            .map_err(|error| format!("cannot fetch {name}: {error}"));
        bar.finish_and_clear();
        pulled
    }

    /// What the engine says it is, such as `docker 20.10.24`.
    pub(super) fn name(&self) -> String {
        let version = match &self.engine {
            Engine::Docker(docker) => docker.version(),
            Engine::Isolated(_) | Engine::Buildkit(_) => "",
        };
        format!("{} {version}", self.engine.kind()).trim_end().to_string()
    }
}

fn report(outcome: Outcome) -> Result<BuildReport, Usage> {
    match (outcome.report, outcome.problem) {
        (Some(report), _) => Ok(report),
        (None, Some(problem)) => Err(words(&problem)),
        (None, None) => Err(match outcome.state {
            State::Cancelled => "the build was cancelled".into(),
            _ => "the engine says nothing of how the build went".into(),
        }),
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    bar.set_style(style);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// What happens, on a terminal as a bar for each step that runs, elsewhere as lines.
#[derive(Default)]
struct Shown {
    all: MultiProgress,
    steps: Mutex<HashMap<usize, (ProgressBar, String)>>,
}

impl Shown {
    fn line(&self, text: &str) {
        if std::io::stderr().is_terminal() {
            let _ = self.all.println(text);
        } else {
            eprintln!("{text}");
        }
    }

    fn hear(&self, event: &Event) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::StepStarted { step, name, .. } => {
                let bar = self.all.add(spinner());
                bar.set_message(name.clone());
                steps.insert(*step, (bar, name.clone()));
            }
            Event::StepFinished { step, cached, seconds, error } => {
                let Some((bar, name)) = steps.remove(step) else { return };
                bar.finish_and_clear();
                match error {
                    Some(error) => self.line(&format!("✗ {name}: {error}")),
                    None if *cached => self.line(&format!("= {name} (cached)")),
                    None => self.line(&format!("✓ {name} ({seconds:.1}s)")),
                }
            }
            Event::Log { text, .. } => text.lines().for_each(|line| self.line(&format!("  {line}"))),
            Event::Pulling { image, status } => self.line(&format!("… {image}: {status}")),
            Event::Starting { command } => self.line(&format!("▶ {}", command.join(" "))),
            _ => {}
        }
    }

    fn clear(&self) {
        let _ = self.all.clear();
    }
}

/// The report of a real build for a terminal: its layers, and how the start went.
pub(super) fn print_report(report: &BuildReport) {
    if let Some(error) = &report.error {
        let line = error.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        eprintln!("stageplay: the build fails{line}: {}", error.message.trim());
    }
    if let Some(image) = &report.image {
        let size =
            |size: &stageplay_core::report::Size| size.bytes.map_or("?".to_string(), |bytes| human_size(bytes, 4));
        let mut out = format!("image {}  {}\n", image.id, size(&image.size));
        for layer in &image.layers {
            out.push_str(&format!("{:>10}  {}\n", size(&layer.size), layer.created_by));
        }
        super::print(&out);
    }
    if let Some(run) = &report.run {
        build::started(run);
    }
}
