//! Builds on a container engine from the command line: the user's own Dockerfiles, as `docker build` builds them.

use super::build_options::BuildInput;
use super::engine_profile::find_builder;
use super::usage_error::UsageError;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use stageplay::engine::{
    BuildOutcome, BuildTask, Engine, EngineAddress, EventSink, Isolation, Job, Journal, Policy, Tls, context,
};
use stageplay::random_id::random_id;
use stageplay_core::api::{Event, Problem, State};
use stageplay_core::build::Request;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::image::{Image, Reference};
use stageplay_core::report::BuildReport;
use stageplay_core::words::Language;
use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// A connected engine.
pub(super) struct RealEngine {
    runtime: Runtime,
    engine: Engine,
}

/// A problem with its line and its advice as one text.
fn problem_text(problem: &Problem) -> String {
    let line = problem.line.map(|line| format!(" (line {line})")).unwrap_or_default();
    let help = problem.help.as_ref().map(|help| format!("\n  {help}")).unwrap_or_default();
    format!("{}{line}{help}", problem.message)
}

impl RealEngine {
    /// Connects to the engine of an address.
    pub(super) fn connect(address: &str) -> Result<Self, UsageError> {
        let address = EngineAddress::parse(address, Tls::default())?;
        let runtime = Runtime::new().map_err(|error| format!("cannot start: {error}"))?;
        let engine = runtime
            .block_on(Engine::connect(&address, &Isolation::default()))
            .map_err(|problem| problem_text(&problem))?;
        Ok(RealEngine { runtime, engine })
    }

    /// The engine profile of the simulation that is nearest to the engine, and the builder with a name or the default
    /// one.
    pub(super) fn profile(&self, builder: Option<&str>) -> Result<(Arc<EngineProfile>, Builder), UsageError> {
        let available = self.engine.builders();
        let builder = match builder {
            Some(name) => find_builder(name, &available, "the engine")?,
            None => available.first().copied().ok_or("the engine has no builder")?,
        };
        Ok((self.engine.profile(), builder))
    }

    /// Builds, and starts the image if `args` are given. The progress is shown on standard error.
    pub(super) fn build(
        &self,
        request: &Request,
        input: &BuildInput,
        args: Option<&[String]>,
        no_cache: bool,
        language: Language,
    ) -> Result<BuildReport, UsageError> {
        let folder = input.context.as_path();
        let empty_folder;
        let folder = if folder.as_os_str() == "-" {
            empty_folder = tempfile::tempdir().map_err(|error| error.to_string())?;
            empty_folder.path()
        } else {
            folder
        };
        // A Dockerfile from outside of the context is added under a name that is not used otherwise.
        let is_inside = input.file.as_deref().is_none_or(|path| path.strip_prefix(folder).is_ok());
        let name = if is_inside { request.name.clone() } else { ".stageplay.Dockerfile".to_string() };
        self.build_folder(&Request { name, ..request.clone() }, folder, args, no_cache, language)
    }

    /// Builds with a folder as the context, and starts the image if `args` are given. The Dockerfile is that of the request,
    /// under its name.
    pub(super) fn build_folder(
        &self,
        request: &Request,
        folder: &Path,
        args: Option<&[String]>,
        no_cache: bool,
        language: Language,
    ) -> Result<BuildReport, UsageError> {
        let policy = Policy::trusted();
        let name = request.name.clone();
        let context = context::from_folder(folder, &name, &request.dockerfile, request.builder, &policy)
            .map_err(|problem| problem_text(&problem))?;
        let text = context.text.clone();
        let job = Job {
            id: random_id(),
            request: Request { dockerfile: text, name, context: stageplay_core::fs::Tree::new(), ..request.clone() },
            context,
            no_cache,
            run: args.map(<[String]>::to_vec),
            language,
        };
        let cancel = CancellationToken::new();
        let display = Arc::new(ProgressDisplay::default());
        let shown = display.clone();
        let events: EventSink = Arc::new(move |event| shown.show(&event));
        let journal = Journal::in_memory();
        let outcome = self.runtime.block_on(async {
            let stop = cancel.clone();
            tokio::spawn(async move {
                if tokio::signal::ctrl_c().await.is_ok() {
                    stop.cancel();
                }
            });
            let task = BuildTask { job: &job, policy: &policy, journal: &journal, cancel: &cancel, events: &events };
            self.engine.run_build(task).await
        });
        display.clear();
        report_of(outcome)
    }

    /// Reads an image of the engine.
    pub(super) fn image(&self, reference: &Reference) -> Result<Image, UsageError> {
        let Engine::Docker(docker) = &self.engine else {
            return Err("a BuildKit daemon has no images; give the socket of Docker or Podman".into());
        };
        let name = reference.to_string();
        let bar = spinner();
        bar.set_message(format!("reading {name} from the engine"));
        let image = self
            .runtime
            .block_on(docker.image(&name, u64::MAX))
            .map_err(|problem| format!("{name}: {}", problem_text(&problem)));
        bar.finish_and_clear();
        image
    }

    /// Pulls an image.
    pub(super) fn pull(&self, reference: &Reference) -> Result<(), UsageError> {
        let Engine::Docker(docker) = &self.engine else {
            return Err("a BuildKit daemon cannot pull images; give the socket of Docker or Podman".into());
        };
        let bar = spinner();
        let shown = bar.clone();
        let events: EventSink = Arc::new(move |event| {
            if let Event::Pulling { image, status } = event {
                shown.set_message(format!("{image}: {status}"));
            }
        });
        let name = reference.to_string();
        let pulled = self
            .runtime
            .block_on(docker.pull(&name, None, &events))
            .map_err(|error| format!("cannot pull {name}: {error}"));
        bar.finish_and_clear();
        pulled
    }

    /// The kind and the version of the engine, such as `docker 20.10.24`.
    pub(super) fn name(&self) -> String {
        match self.engine.version() {
            Some(version) => format!("{} {version}", self.engine.kind()),
            None => self.engine.kind().to_string(),
        }
    }
}

/// The report of a build, or the problem that ended it.
fn report_of(outcome: BuildOutcome) -> Result<BuildReport, UsageError> {
    match (outcome.report, outcome.problem) {
        (Some(report), _) => Ok(report),
        (None, Some(problem)) => Err(problem_text(&problem)),
        (None, None) => Err(match outcome.state {
            State::Cancelled => "the build was cancelled".into(),
            _ => "the engine did not report a result".into(),
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

/// Shows the progress of a build: on a terminal with a spinner for each running step, otherwise as lines.
#[derive(Default)]
struct ProgressDisplay {
    spinners: MultiProgress,
    /// The spinner and the name of each running step.
    steps: Mutex<HashMap<usize, (ProgressBar, String)>>,
}

impl ProgressDisplay {
    fn print_line(&self, text: &str) {
        if std::io::stderr().is_terminal() {
            let _ = self.spinners.println(text);
        } else {
            eprintln!("{text}");
        }
    }

    fn show(&self, event: &Event) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::StepStarted { step, name, .. } => {
                let bar = self.spinners.add(spinner());
                bar.set_message(name.clone());
                steps.insert(*step, (bar, name.clone()));
            }
            Event::StepFinished { step, cached, seconds, error } => {
                let Some((bar, name)) = steps.remove(step) else { return };
                bar.finish_and_clear();
                match error {
                    Some(error) => self.print_line(&format!("✗ {name}: {error}")),
                    None if *cached => self.print_line(&format!("= {name} (cached)")),
                    None => self.print_line(&format!("✓ {name} ({seconds:.1}s)")),
                }
            }
            Event::Log { text, .. } => text.lines().for_each(|line| self.print_line(&format!("  {line}"))),
            Event::Pulling { image, status } => self.print_line(&format!("… {image}: {status}")),
            Event::Starting { command } => self.print_line(&format!("▶ {}", command.join(" "))),
            _ => {}
        }
    }

    fn clear(&self) {
        let _ = self.spinners.clear();
    }
}
