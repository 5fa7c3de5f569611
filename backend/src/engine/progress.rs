//! Turns what an engine reports during a build into events: the classic builder's messages, and BuildKit's vertices and
//! logs.

use super::build_task::EventSink;
use super::classic_output::{Claim, ClassicMessage, ClassicOutputParser, StepImage};
use super::daemon_paths::DaemonPaths;
use super::output_decoder::OutputDecoder;
use super::output_limit::{FLOOD_FACTOR, MAX_REPORT_OUTPUT, prefix_within, truncation_notice};
use super::policy::Policy;
use crate::problem::problem;
use bollard::moby::buildkit::v1::StatusResponse;
use stageplay_core::api::{Event, Problem};
use stageplay_core::canonical::stage_name;
use stageplay_core::dockerfile::Instruction;
use stageplay_core::plan::{Base, Plan};
use stageplay_core::real_build::ObservedStep;
use stageplay_report::without_control_characters;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

/// Bytes of output that are collected for one event.
const MAX_EVENT_OUTPUT: usize = 8 << 10;
/// Steps of a build that have events. No Dockerfile has more.
const MAX_STEPS: usize = 10_000;
/// Characters of the name of a step.
const MAX_NAME_CHARS: usize = 2_000;
/// Characters of the name of a stage in the name of a step.
const MAX_STAGE_NAME_CHARS: usize = 200;
/// The streams of a program.
const STREAMS: [&str; 2] = ["stdout", "stderr"];
/// Characters of the error of a step.
const MAX_ERROR_CHARS: usize = 4_000;

/// The form of the Dockerfile that an engine gets. It decides how BuildKit numbers the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DockerfileForm {
    /// The original text.
    Original,
    /// A canonical Dockerfile, with other names for the stages.
    Canonical,
    /// A canonical Dockerfile, and the daemon gets the base images from this server.
    CanonicalWithImages,
}

/// The position of an instruction: the index of its stage, and its line.
type Position = (usize, usize);

fn is_image(base: &Base) -> bool {
    matches!(base, Base::Image(_))
}

/// Whether BuildKit counts an instruction as a step of its stage (dockerfile2llb, `cmdIndex`). FROM counts only if it
/// pulls an image, which it does not if the daemon gets the image from this server.
fn is_counted_step(base: &Base, keyword: &str, form: DockerfileForm) -> bool {
    match keyword {
        "FROM" => is_image(base) && form != DockerfileForm::CanonicalWithImages,
        keyword => matches!(keyword, "RUN" | "COPY" | "ADD" | "WORKDIR"),
    }
}

struct Step {
    number: usize,
    position: Option<Position>,
    started: Instant,
    has_ended: bool,
}

/// Tracks the steps of one build and emits events.
pub(super) struct Progress {
    events: EventSink,
    /// The folders of the builder, which messages do not show.
    pub(super) daemon_paths: DaemonPaths,
    /// Stage, line and text of every instruction, in the order in which the classic builder numbers them.
    instructions: Vec<(Option<usize>, usize, String)>,
    /// For each stage, the index of its first instruction in `instructions`, and their number.
    instructions_of_stages: HashMap<usize, (usize, usize)>,
    /// The positions of the instructions that BuildKit counts, by the name of the stage.
    counted_steps: HashMap<String, Vec<Position>>,
    /// For a canonical Dockerfile: the names of these steps if BuildKit built the original Dockerfile.
    original_names: HashMap<Position, String>,
    steps: HashMap<String, Step>,
    classic_parser: ClassicOutputParser,
    /// The key of the classic builder's current step.
    current_step: Option<String>,
    /// Output is ignored, because the build is being stopped.
    is_muted: bool,
    observed_steps: BTreeMap<Position, ObservedStep>,
    /// The position of the first step that failed.
    pub(super) failed_step: Option<Position>,
    /// The last image of each stage, by the index of the stage. Only the classic builder reports it.
    pub(super) stage_images: BTreeMap<usize, String>,
    /// Output that is not sent yet: step, stream, text.
    pending: Option<(Option<usize>, &'static str, String)>,
    /// The decoders of the streams of each step.
    decoders: HashMap<(Option<usize>, &'static str), OutputDecoder>,
    /// Bytes of output that are kept.
    max_output: usize,
    /// Bytes of output so far.
    output_bytes: usize,
    /// Steps whose output was cut in the event stream; each gets one notice.
    truncated_steps: BTreeSet<Option<usize>>,
    /// Steps whose output was cut in the report; each gets one notice.
    truncated_reports: BTreeSet<Position>,
}

/// What the caller must do after a message of the classic builder.
#[derive(Debug, PartialEq)]
pub(super) enum ClassicAction {
    /// Watch the container with this id: a step runs in it.
    StepContainer(String),
    /// Record this image: a step ended with it.
    StepImage(StepImage),
    /// Ask the engine, and pass the answer to [`Progress::resolve_claim`].
    Verify(Claim),
    /// Nothing.
    None,
}

impl Progress {
    pub(super) fn new(plan: &Plan, form: DockerfileForm, policy: &Policy, events: EventSink) -> Self {
        let is_canonical = form != DockerfileForm::Original;
        let mut counted_steps: HashMap<String, Vec<Position>> = HashMap::new();
        let entry = |stage, instruction: &Instruction| (stage, instruction.line, instruction.original.clone());
        let mut instructions: Vec<_> = plan.global.iter().map(|instruction| entry(None, instruction)).collect();
        let has_one_stage = plan.stages.len() == 1;
        let mut instructions_of_stages = HashMap::new();
        let mut original_names = HashMap::new();
        let stages: Vec<_> = plan.stages.iter().filter(|stage| stage.built || !is_canonical).collect();
        for stage in &stages {
            let all = || std::iter::once(&stage.from).chain(&stage.instructions);
            instructions_of_stages.insert(stage.index, (instructions.len(), stage.instructions.len() + 1));
            instructions.extend(all().map(|instruction| entry(Some(stage.index), instruction)));
            let name = match &stage.name {
                _ if is_canonical => stage_name(stage.index),
                Some(name) => name.to_lowercase(),
                None => format!("stage-{}", stage.index),
            };
            let counted_instructions: Vec<&Instruction> = all()
                .filter(|instruction| is_counted_step(&stage.base, &instruction.keyword.to_ascii_uppercase(), form))
                .collect();
            let position = |instruction: &&Instruction| (stage.index, instruction.line);
            let counted: Vec<_> = counted_instructions.iter().map(position).collect();
            if is_canonical {
                // The name stands in the name of each step, and may be as long as a line.
                let prefix = match &stage.name {
                    _ if has_one_stage => String::new(),
                    Some(name) => format!("{} ", first_chars(name, MAX_STAGE_NAME_CHARS).to_lowercase()),
                    None => format!("stage-{} ", stage.index),
                };
                let total =
                    counted.len() + usize::from(!is_counted_step(&stage.base, "FROM", form) && is_image(&stage.base));
                for (number, instruction) in counted_instructions.iter().enumerate() {
                    let name = format!("[{prefix}{}/{total}] {}", number + 1, instruction.original);
                    original_names.insert(position(instruction), name);
                }
            }
            // BuildKit leaves out the name of the only stage, or gives it (observed with Docker 20.10.24).
            if stages.len() == 1 {
                counted_steps.insert(String::new(), counted.clone());
            }
            counted_steps.insert(name, counted);
        }
        Progress {
            events,
            daemon_paths: DaemonPaths::default(),
            instructions,
            instructions_of_stages,
            counted_steps,
            original_names,
            steps: HashMap::new(),
            classic_parser: ClassicOutputParser::default(),
            current_step: None,
            is_muted: false,
            observed_steps: BTreeMap::new(),
            failed_step: None,
            stage_images: BTreeMap::new(),
            pending: None,
            decoders: HashMap::new(),
            max_output: policy.log,
            output_bytes: 0,
            truncated_steps: BTreeSet::new(),
            truncated_reports: BTreeSet::new(),
        }
    }

    /// What the engine reported of each step, for the report. The steps are moved out.
    pub(super) fn take_observed_steps(&mut self) -> BTreeMap<Position, ObservedStep> {
        std::mem::take(&mut self.observed_steps)
    }

    fn start_step(&mut self, key: &str, name: &str, position: Option<Position>) {
        if self.steps.contains_key(key) || self.steps.len() >= MAX_STEPS {
            return;
        }
        self.flush();
        let number = self.steps.len();
        self.steps.insert(key.to_string(), Step { number, position, started: Instant::now(), has_ended: false });
        if let Some(position) = position {
            self.observed_steps.entry(position).or_default();
        }
        let (stage, line) = (position.map(|position| position.0), position.map(|position| position.1));
        let name = without_control_characters(&first_chars(name, MAX_NAME_CHARS)).into_owned();
        (self.events)(Event::StepStarted { step: number, name, stage, line });
    }

    fn end_step(&mut self, key: &str, cached: bool, seconds: Option<f64>, error: Option<String>) {
        if let Some(step) = self.steps.get(key).filter(|step| !step.has_ended) {
            self.finish_output(Some(step.number), step.position);
        }
        self.flush();
        let Some(step) = self.steps.get_mut(key).filter(|step| !step.has_ended) else { return };
        step.has_ended = true;
        let seconds = seconds.unwrap_or_else(|| step.started.elapsed().as_secs_f64());
        if let Some(position) = step.position {
            let observed = self.observed_steps.entry(position).or_default();
            observed.cached |= cached;
            observed.failed |= error.is_some();
            if error.is_some() {
                self.failed_step.get_or_insert(position);
            }
        }
        let error = error.map(|error| without_control_characters(&error).into_owned());
        (self.events)(Event::StepFinished { step: step.number, cached, seconds, error });
    }

    /// Handles output of a step, or of the builder if `key` names no step. Output beyond the limit of the build is
    /// dropped; one notice for each affected step says so.
    ///
    /// # Errors
    /// The build prints [`FLOOD_FACTOR`] times as much as is kept.
    fn output(&mut self, key: Option<&str>, stream: &'static str, bytes: &[u8]) -> Result<(), Problem> {
        if self.is_muted {
            return Ok(());
        }
        self.output_bytes = self.output_bytes.saturating_add(bytes.len());
        let max_printed = self.max_output.saturating_mul(FLOOD_FACTOR);
        if self.output_bytes > max_printed {
            self.flush();
            let what = format!("the build printed more than {max_printed} bytes and was stopped");
            return Err(problem("log-flood", what, "print less, or redirect the output to a file"));
        }
        let (step, position) = match key.and_then(|key| self.steps.get(key)) {
            Some(step) => (Some(step.number), step.position),
            None => (None, None),
        };
        let text = if self.output_bytes <= self.max_output {
            self.decoders.entry((step, stream)).or_default().decode(bytes)
        } else if self.truncated_steps.insert(step) {
            STREAMS.iter().for_each(|stream| drop(self.decoders.remove(&(step, stream))));
            truncation_notice("the output of a build", self.max_output)
        } else {
            return Ok(());
        };
        self.add_output(step, position, stream, text);
        Ok(())
    }

    /// Adds text of a stream to the report and to the pending output.
    fn add_output(&mut self, step: Option<usize>, position: Option<Position>, stream: &'static str, text: String) {
        if text.is_empty() {
            return;
        }
        if let Some(position) = position {
            self.add_to_report(position, &text);
        }
        match &mut self.pending {
            Some((of_step, of_stream, kept))
                if *of_step == step && *of_stream == stream && kept.len() < MAX_EVENT_OUTPUT =>
            {
                kept.push_str(&text)
            }
            _ => {
                self.flush();
                self.pending = Some((step, stream, text));
            }
        }
    }

    /// Adds what the streams of a step left incomplete at their end.
    fn finish_output(&mut self, step: Option<usize>, position: Option<Position>) {
        for stream in STREAMS {
            if let Some(mut decoder) = self.decoders.remove(&(step, stream)) {
                self.add_output(step, position, stream, decoder.finish());
            }
        }
    }

    /// Adds output to the report of a step. If it exceeds the limit of the report, a notice follows the part that fits.
    fn add_to_report(&mut self, position: Position, text: &str) {
        let Some(observed) = self.observed_steps.get_mut(&position) else { return };
        if self.truncated_reports.contains(&position) {
            return;
        }
        let fitting = prefix_within(text, MAX_REPORT_OUTPUT.saturating_sub(observed.output.len()));
        observed.output.extend(fitting.bytes());
        if fitting.len() < text.len() {
            self.truncated_reports.insert(position);
            let notice = truncation_notice("the output of a step in the report", MAX_REPORT_OUTPUT);
            observed.output.extend(notice.bytes());
        }
    }

    /// Sends pending output as an event. The caller does this when no output has arrived for a moment.
    pub(super) fn flush(&mut self) {
        if let Some((step, stream, text)) = self.pending.take() {
            (self.events)(Event::Log { step, stream: stream.into(), text });
        }
    }

    /// Whether output is pending.
    pub(super) fn has_pending_output(&self) -> bool {
        self.pending.is_some()
    }

    /// Ignores output from now on.
    pub(super) fn mute(&mut self) {
        self.flush();
        self.is_muted = true;
    }

    /// Handles a message of the classic builder or of Podman.
    ///
    /// # Errors
    /// The build prints far more than is kept.
    pub(super) fn classic(&mut self, text: &str) -> Result<ClassicAction, Problem> {
        let message = self.classic_parser.parse(text);
        self.handle_classic(message)
    }

    /// Handles the message of a claim after the engine was asked.
    ///
    /// # Errors
    /// The build prints far more than is kept.
    pub(super) fn resolve_claim(&mut self, claim: Claim, is_true: bool) -> Result<ClassicAction, Problem> {
        let message = self.classic_parser.resolve(claim, is_true);
        self.handle_classic(message)
    }

    fn handle_classic(&mut self, message: ClassicMessage) -> Result<ClassicAction, Problem> {
        let key = self.current_step.clone();
        let position = key.as_ref().and_then(|key| self.steps.get(key)?.position);
        match message {
            ClassicMessage::Step { stage, number } => {
                self.end_current_step(None);
                // Podman counts the steps of each stage separately.
                let (first, count) = match stage {
                    None => (0, self.instructions.len()),
                    Some(stage) => self.instructions_of_stages.get(&stage).copied().unwrap_or_default(),
                };
                let index = Some(number.saturating_sub(1)).filter(|index| *index < count).map(|index| first + index);
                // The name is the text of the Dockerfile, because a program could print any name.
                let (position, name) = match index.and_then(|index| self.instructions.get(index)).cloned() {
                    Some((stage, line, name)) => (stage.map(|stage| (stage, line)), name),
                    None => (None, format!("step {number}")),
                };
                let key = format!("#{stage:?}.{number}");
                self.start_step(&key, &name, position);
                self.current_step = Some(key);
            }
            ClassicMessage::Cached => {
                if let Some(observed) = position.and_then(|position| self.observed_steps.get_mut(&position)) {
                    observed.cached = true;
                }
            }
            ClassicMessage::Container(id) => return Ok(ClassicAction::StepContainer(id)),
            ClassicMessage::Image(image) => {
                self.stage_images.extend(position.map(|(stage, _)| (stage, image.id.clone())));
                return Ok(ClassicAction::StepImage(image));
            }
            ClassicMessage::Claim(claim) => return Ok(ClassicAction::Verify(claim)),
            ClassicMessage::Output(text) => {
                // The classic builder prints standard error in red.
                let (stream, text) = match text.strip_prefix("\u{1b}[91m") {
                    Some(red) => ("stderr", red.trim_end_matches("\u{1b}[0m")),
                    None => ("stdout", &*text),
                };
                self.output(key.as_deref(), stream, text.as_bytes())?;
            }
            ClassicMessage::Ignored => {}
        }
        Ok(ClassicAction::None)
    }

    fn end_current_step(&mut self, error: Option<&str>) {
        let Some(key) = self.current_step.take() else { return };
        let observed = self.steps.get(&key).and_then(|step| self.observed_steps.get(&step.position?));
        let cached = observed.is_some_and(|observed| observed.cached);
        let error = error.map(|error| self.daemon_paths.without(error).into_owned());
        self.end_step(&key, cached, None, error);
    }

    /// Handles a status message of BuildKit.
    ///
    /// # Errors
    /// The build prints far more than is kept.
    pub(super) fn buildkit(&mut self, status: &StatusResponse) -> Result<(), Problem> {
        for vertex in &status.vertexes {
            if vertex.started.is_none() && vertex.completed.is_none() {
                continue;
            }
            let position = self.position_of(&vertex.name);
            let name = position.and_then(|position| self.original_names.get(&position)).unwrap_or(&vertex.name).clone();
            self.start_step(&vertex.digest, &name, position);
        }
        for log in &status.logs {
            let stream = if log.stream == 2 { "stderr" } else { "stdout" };
            self.output(Some(&log.vertex), stream, &log.msg)?;
        }
        for warning in &status.warnings {
            let text = [b"warning: ".as_slice(), &warning.short, b"\n"].concat();
            self.output(Some(&warning.vertex), "stderr", &text)?;
        }
        for vertex in &status.vertexes {
            let (Some(started), Some(completed)) = (&vertex.started, &vertex.completed) else { continue };
            #[allow(clippy::cast_precision_loss, reason = "seconds of one build")]
            let seconds =
                (completed.seconds - started.seconds) as f64 + f64::from(completed.nanos - started.nanos) / 1e9;
            let error = (!vertex.error.is_empty())
                .then(|| first_chars(&self.daemon_paths.without(&vertex.error), MAX_ERROR_CHARS));
            self.end_step(&vertex.digest, vertex.cached, Some(seconds.max(0.0)), error);
        }
        Ok(())
    }

    /// The position of a vertex: `[builder 2/4] RUN …` is the second counted instruction of the stage `builder`.
    fn position_of(&self, name: &str) -> Option<(usize, usize)> {
        let (inside, _) = name.strip_prefix('[')?.split_once(']')?;
        let mut words = inside.split_whitespace().rev();
        let (number, _) = words.next()?.split_once('/')?;
        let number: usize = number.parse().ok()?;
        let stage = words.next().filter(|word| !word.contains('/')).unwrap_or("");
        self.counted_steps.get(&stage.to_lowercase())?.get(number.checked_sub(1)?).copied()
    }

    /// Ends all steps that have not ended, and sends pending output. `error` is why the build failed.
    pub(super) fn finish(&mut self, error: Option<&str>) {
        self.end_current_step(error);
        let mut open: Vec<(usize, String)> = self
            .steps
            .iter()
            .filter(|(_, step)| !step.has_ended)
            .map(|(key, step)| (step.number, key.clone()))
            .collect();
        open.sort();
        for (_, key) in open {
            self.end_step(&key, false, None, error.map(|_| "stopped".to_string()));
        }
        self.finish_output(None, None);
        self.flush();
    }
}

fn first_chars(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stageplay_core::build::Request;
    use stageplay_core::engine::EngineProfile;
    use stageplay_core::fs::Tree;
    use stageplay_core::real_build::plan_of;
    use std::sync::{Arc, Mutex};

    const FILE: &str = "ARG V=1\nFROM a:$V AS Low\nRUN one\nENV A=b\nRUN two\n\nFROM b\nCOPY --from=low /x /x\n";

    fn progress(policy: &Policy) -> (Progress, Arc<Mutex<Vec<Event>>>) {
        let request = Request::new(FILE, Tree::new(), EngineProfile::find("docker-28").unwrap());
        let recorded = Arc::new(Mutex::new(Vec::new()));
        let recorder = recorded.clone();
        let events: EventSink = Arc::new(move |event| recorder.lock().unwrap().push(event));
        (Progress::new(&plan_of(&request).unwrap(), DockerfileForm::Original, policy, events), recorded)
    }

    #[test]
    fn the_names_of_both_builders_lead_to_the_same_lines() {
        let (progress, _) = progress(&Policy::default());
        assert_eq!(progress.position_of("[low 1/3] FROM docker.io/library/a:1"), Some((0, 2)));
        assert_eq!(progress.position_of("[low 3/3] RUN two"), Some((0, 5)));
        assert_eq!(progress.position_of("[linux/amd64 stage-1 2/2] COPY --from=low /x /x"), Some((1, 8)));
        assert_eq!(progress.position_of("[internal] load build context"), None);
        assert_eq!(progress.instructions[4], (Some(0), 5, "RUN two".to_string()));
        let text = "FROM scratch AS base\nADD x /\nFROM base\nRUN one\n";
        let request = Request::new(text, Tree::new(), EngineProfile::find("docker-28").unwrap());
        let progress =
            Progress::new(&plan_of(&request).unwrap(), DockerfileForm::Original, &Policy::default(), Arc::new(|_| {}));
        assert_eq!(progress.position_of("[base 1/1] ADD x /"), Some((0, 2)));
        let written =
            Progress::new(&plan_of(&request).unwrap(), DockerfileForm::Canonical, &Policy::default(), Arc::new(|_| {}));
        assert_eq!(written.position_of("[1/1] RUN x"), None);
        let one = Request::new("FROM a\nRUN one\n", Tree::new(), EngineProfile::find("docker-28").unwrap());
        let one =
            Progress::new(&plan_of(&one).unwrap(), DockerfileForm::Canonical, &Policy::default(), Arc::new(|_| {}));
        assert_eq!((one.position_of("[2/2] RUN x"), one.position_of("[s0 2/2] RUN x")), (Some((0, 2)), Some((0, 2))));
        assert_eq!(written.position_of("[s1 1/1] RUN [\"/bin/sh\", \"-c\", \"one\"]"), Some((1, 4)));
        assert_eq!(
            (&*written.original_names[&(0, 2)], &*written.original_names[&(1, 4)]),
            ("[base 1/1] ADD x /", "[stage-1 1/1] RUN one")
        );
        assert_eq!(progress.position_of("[stage-1 1/1] RUN one"), Some((1, 4)));
        // If the daemon gets the image from this server, FROM is not a step, but it is part of the total.
        let request = Request::new(FILE, Tree::new(), EngineProfile::find("docker-28").unwrap());
        let plan = plan_of(&request).unwrap();
        let progress = Progress::new(&plan, DockerfileForm::CanonicalWithImages, &Policy::default(), Arc::new(|_| {}));
        assert_eq!(progress.position_of("[s0 1/3] RUN [\"/bin/sh\", \"-c\", \"one\"]"), Some((0, 3)));
        assert_eq!(progress.position_of("[s1 1/2] COPY --from=s0 [\"/x\", \"/x\"]"), Some((1, 8)));
        assert_eq!(&*progress.original_names[&(0, 3)], "[low 1/3] RUN one");
    }

    #[test]
    fn the_name_of_a_stage_does_not_stand_whole_in_the_name_of_each_step() {
        let text = format!("FROM scratch AS b\nFROM scratch AS {}\n{}", "a".repeat(60_000), "RUN x\n".repeat(1_000));
        let request = Request::new(&text, Tree::new(), EngineProfile::find("docker-28").unwrap());
        let plan = plan_of(&request).unwrap();
        let progress = Progress::new(&plan, DockerfileForm::Canonical, &Policy::default(), Arc::new(|_| {}));
        let bytes: usize = progress.original_names.values().map(String::len).sum();
        assert!(progress.original_names.len() == 1_000 && bytes < 300_000, "{bytes}");
    }

    #[test]
    fn a_classic_log_becomes_steps_and_output() {
        let (mut progress, recorded) = progress(&Policy::default());
        for text in [
            "Step 1/7 : ARG V=1\n",
            "Step 2/7 : FROM a:1\n",
            "Step 3/7 : RUN \u{7}something else\n",
            " ---> Running in 0123456789ab\n",
            "hello\n",
            "\u{1b}[91mbad\u{1b}[0m",
            "Successfully built six\n",
            "Removing intermediate container 0123456789ab\n",
        ] {
            progress.classic(text).unwrap();
        }
        let ClassicAction::Verify(claim) = progress.classic(" ---> 0123456789ab\n").unwrap() else { panic!("a claim") };
        assert!(
            matches!(progress.resolve_claim(claim, true).unwrap(), ClassicAction::StepImage(image) if image.is_new)
        );
        progress.classic("Step 4/7 : ENV A=b\n").unwrap();
        progress.finish(Some("ended \u{1b}[2J\u{7} /var/lib/docker/overlay2/0a/merged/l1"));
        let recorded = recorded.lock().unwrap();
        let of_step: Vec<&Event> = recorded.iter().skip(4).collect();
        assert!(
            matches!(of_step[0], Event::StepStarted { step: 2, stage: Some(0), line: Some(3), name } if name == "RUN one")
        );
        assert!(matches!(of_step[1], Event::Log { step: Some(2), text, .. } if text == "hello\n"));
        assert!(matches!(of_step[2], Event::Log { stream, text, .. } if stream == "stderr" && text == "bad"));
        assert!(matches!(of_step[3], Event::Log { text, .. } if text == "Successfully built six\n"));
        assert!(matches!(of_step[4], Event::StepFinished { step: 2, cached: false, error: None, .. }));
        assert!(
            matches!(of_step[6], Event::StepFinished { error: Some(error), .. } if error == "ended \u{fffd} /l1"),
            "{:?}",
            of_step[6]
        );
    }

    #[test]
    fn a_character_that_comes_in_two_chunks_is_whole() {
        use bollard::moby::buildkit::v1::{Vertex, VertexLog};
        let (mut progress, recorded) = progress(&Policy::default());
        let mut vertex = Vertex {
            digest: "d".into(),
            name: "[low 2/3] RUN one".into(),
            started: Some(Default::default()),
            ..Vertex::default()
        };
        let log =
            |stream, msg: &[u8]| VertexLog { vertex: "d".into(), stream, msg: msg.to_vec(), ..VertexLog::default() };
        // The streams are independent, and the standard error ends inside of a character.
        let logs = vec![log(1, b"\xe4"), log(2, b"\xe6\x96"), log(1, b"\xb8\xad\n")];
        progress
            .buildkit(&StatusResponse { vertexes: vec![vertex.clone()], logs, ..StatusResponse::default() })
            .unwrap();
        vertex.completed = Some(Default::default());
        progress.buildkit(&StatusResponse { vertexes: vec![vertex], ..StatusResponse::default() }).unwrap();
        assert_eq!(logs_of(&recorded.lock().unwrap(), 0), "中\n\u{fffd}");
        assert_eq!(progress.take_observed_steps()[&(0, 3)].output, "中\n\u{fffd}".as_bytes());
    }

    #[test]
    fn podman_numbers_each_stage() {
        let (mut progress, _) = progress(&Policy::default());
        progress.classic("[2/2] STEP 1/2: FROM b\n").unwrap();
        progress.classic("[2/2] STEP 2/2: COPY --from=low /x /x\n").unwrap();
        assert!(progress.observed_steps.contains_key(&(1, 8)));
    }

    #[test]
    fn output_is_bounded_and_a_flood_ends_it() {
        let (mut progress, recorded) = progress(&Policy { log: 100, ..Policy::default() });
        let result = (0..1_000).map(|_| progress.classic("0123456789\n")).find(Result::is_err);
        assert_eq!(result.unwrap().unwrap_err().code, "log-flood");
        let length: usize = recorded.lock().unwrap().iter().map(|event| format!("{event:?}").len()).sum();
        assert!(length < 1_000, "{length}");
    }

    fn logs_of(events: &[Event], of_step: usize) -> String {
        let text = |event: &Event| match event {
            Event::Log { step: Some(step), text, .. } if *step == of_step => Some(text.clone()),
            _ => None,
        };
        events.iter().filter_map(text).collect()
    }

    #[test]
    fn each_step_whose_output_is_cut_has_one_notice_with_the_limit() {
        let (mut progress, recorded) = progress(&Policy { log: 100, ..Policy::default() });
        progress.classic("Step 1/7 : ARG V=1\n").unwrap();
        progress.classic("Step 2/7 : FROM a:1\n").unwrap();
        progress.classic("first\n").unwrap();
        (0..20).for_each(|_| drop(progress.classic("0123456789\n").unwrap()));
        progress.classic("Step 3/7 : RUN one\n").unwrap();
        (0..20).for_each(|_| drop(progress.classic("0123456789\n").unwrap()));
        progress.finish(None);
        let notice = truncation_notice("the output of a build", 100);
        assert!(notice.contains("100 bytes"));
        let recorded = recorded.lock().unwrap();
        for (step, begins_with) in [(1, "first\n"), (2, &*notice)] {
            let log = logs_of(&recorded, step);
            assert!(log.starts_with(begins_with) && log.ends_with(&notice), "{log}");
            assert_eq!(log.matches(&notice).count(), 1, "{log}");
        }
        let steps = progress.take_observed_steps();
        assert!(steps[&(0, 2)].output.ends_with(notice.as_bytes()) && steps[&(0, 3)].output == notice.as_bytes());
    }

    #[test]
    fn a_report_says_where_it_cuts_the_output_of_a_step() {
        let (mut progress, recorded) = progress(&Policy::default());
        progress.classic("Step 1/7 : ARG V=1\n").unwrap();
        progress.classic("Step 2/7 : FROM a:1\n").unwrap();
        let line = format!("{}\n", "é".repeat(500));
        let count = MAX_REPORT_OUTPUT / line.len() + 10;
        (0..count).for_each(|_| drop(progress.classic(&line).unwrap()));
        progress.finish(None);
        let log = logs_of(&recorded.lock().unwrap(), 1);
        assert_eq!(log, line.repeat(count), "the event stream has all of it");
        let output = String::from_utf8(progress.take_observed_steps().remove(&(0, 2)).unwrap().output).unwrap();
        let notice = truncation_notice("the output of a step in the report", MAX_REPORT_OUTPUT);
        assert!(notice.contains("65536 bytes") && output.ends_with(&notice));
        let kept = output.len() - notice.len();
        assert!((MAX_REPORT_OUTPUT - 1..=MAX_REPORT_OUTPUT).contains(&kept), "{kept}");
    }
}
