//! What an engine says while it builds, as events: the classic builder's lines, BuildKit's vertices.

use super::control::without_control_characters;
use super::grammar::{Claim, Grammar, Made, Message};
use super::policy::LOG_FLOOD;
use super::{Policy, Tell, problem};
use bollard::moby::buildkit::v1::StatusResponse;
use stageplay_core::api::{Event, Problem};
use stageplay_core::canonical::stage_name;
use stageplay_core::dockerfile::Instruction;
use stageplay_core::observe::Told;
use stageplay_core::plan::{Base, Plan};
use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

/// A piece of output that is told at once; more waits for the next.
const PIECE: usize = 8 << 10;
/// Output of one step that stays in the report.
const MOST_OUTPUT: usize = 64 << 10;
/// Steps that are told of; a Dockerfile has fewer.
const MOST_STEPS: usize = 10_000;

/// What an engine reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// The person's own text.
    Text,
    /// A Dockerfile that was written anew, with names of its own for the stages.
    Written,
    /// The same, and base images are handed to it by us.
    Handed,
}

fn is_image(base: &Base) -> bool {
    matches!(base, Base::Image(_))
}

/// Whether BuildKit numbers an instruction among a stage's steps (dockerfile2llb, `cmdIndex`): FROM only if it
/// fetches an image, which it does not where we hand the image over.
fn counts(base: &Base, keyword: &str, reading: Reading) -> bool {
    match keyword {
        "FROM" => is_image(base) && reading != Reading::Handed,
        keyword => matches!(keyword, "RUN" | "COPY" | "ADD" | "WORKDIR"),
    }
}

struct Step {
    number: usize,
    place: Option<(usize, usize)>,
    begun: Instant,
    over: bool,
}

/// Keeps the state of one build's steps and tells what happens.
pub(super) struct Progress {
    tell: Tell,
    /// Stage, line and text of every instruction, as the classic builder numbers them.
    order: Vec<(Option<usize>, usize, String)>,
    /// Stage and line of the instructions that BuildKit counts, by the stage's name.
    counted: HashMap<String, Vec<(usize, usize)>>,
    /// Of a Dockerfile that was written anew, what BuildKit would call each of these in the person's own.
    names: HashMap<(usize, usize), String>,
    steps: HashMap<String, Step>,
    /// The classic builder's messages, and its step.
    grammar: Grammar,
    current: Option<String>,
    /// Nothing more is told of what is printed: the build is being ended.
    is_mute: bool,
    pub(super) told: BTreeMap<(usize, usize), Told>,
    /// Where the first step failed.
    pub(super) failed: Option<(usize, usize)>,
    /// Under the classic builder, the last image of each stage.
    pub(super) stages: BTreeMap<usize, String>,
    pending: Option<(Option<usize>, &'static str, String)>,
    log: usize,
    kept: usize,
    cut: bool,
}

/// What a message of the classic builder asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// A step runs in a container of this id.
    Container(String),
    /// A step ended with this image.
    Image(Made),
    /// The engine is to be asked, and [`Progress::decide`] told.
    Claim(Claim),
    /// Nothing.
    Else,
}

impl Progress {
    pub(super) fn new(plan: &Plan, reading: Reading, policy: &Policy, tell: Tell) -> Self {
        let written = reading != Reading::Text;
        let mut counted: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
        let one = |stage, instruction: &Instruction| (stage, instruction.line, instruction.original.clone());
        let mut order: Vec<_> = plan.global.iter().map(|instruction| one(None, instruction)).collect();
        let alone = plan.stages.len() == 1;
        let mut names = HashMap::new();
        let read: Vec<_> = plan.stages.iter().filter(|stage| stage.built || !written).collect();
        for stage in &read {
            let all = || std::iter::once(&stage.from).chain(&stage.instructions);
            order.extend(all().map(|instruction| one(Some(stage.index), instruction)));
            let name = match &stage.name {
                _ if written => stage_name(stage.index),
                Some(name) => name.to_lowercase(),
                None => format!("stage-{}", stage.index),
            };
            let of_stage: Vec<_> = all()
                .filter(|instruction| counts(&stage.base, &instruction.keyword.to_ascii_uppercase(), reading))
                .map(|instruction| (stage.index, instruction.line))
                .collect();
            if written {
                let prefix = match &stage.name {
                    _ if alone => String::new(),
                    Some(name) => format!("{} ", name.to_lowercase()),
                    None => format!("stage-{} ", stage.index),
                };
                let total =
                    of_stage.len() + usize::from(!counts(&stage.base, "FROM", reading) && is_image(&stage.base));
                for (number, place) in of_stage.iter().enumerate() {
                    let text = all().find(|one| one.line == place.1).map_or("", |one| one.original.as_str());
                    names.insert(*place, format!("[{prefix}{}/{total}] {text}", number + 1));
                }
            }
            // BuildKit names the only stage of a Dockerfile in no way, or by its name (seen with Docker 20.10.24).
            if read.len() == 1 {
                counted.insert(String::new(), of_stage.clone());
            }
            counted.insert(name, of_stage);
        }
        Progress {
            tell,
            order,
            counted,
            names,
            steps: HashMap::new(),
            grammar: Grammar::default(),
            current: None,
            is_mute: false,
            told: BTreeMap::new(),
            failed: None,
            stages: BTreeMap::new(),
            pending: None,
            log: policy.log,
            kept: 0,
            cut: false,
        }
    }

    fn begin(&mut self, key: &str, name: &str, place: Option<(usize, usize)>) {
        if self.steps.contains_key(key) || self.steps.len() >= MOST_STEPS {
            return;
        }
        self.flush();
        let number = self.steps.len();
        self.steps.insert(key.to_string(), Step { number, place, begun: Instant::now(), over: false });
        if let Some(place) = place {
            self.told.entry(place).or_default();
        }
        let (stage, line) = (place.map(|place| place.0), place.map(|place| place.1));
        let name = without_control_characters(&clip(name, 2_000)).into_owned();
        (self.tell)(Event::StepStarted { step: number, name, stage, line });
    }

    fn end(&mut self, key: &str, cached: bool, seconds: Option<f64>, error: Option<String>) {
        self.flush();
        let Some(step) = self.steps.get_mut(key).filter(|step| !step.over) else { return };
        step.over = true;
        let seconds = seconds.unwrap_or_else(|| step.begun.elapsed().as_secs_f64());
        if let Some(place) = step.place {
            let told = self.told.entry(place).or_default();
            told.cached |= cached;
            told.failed |= error.is_some();
            if error.is_some() {
                self.failed.get_or_insert(place);
            }
        }
        let error = error.map(|error| without_control_characters(&error).into_owned());
        (self.tell)(Event::StepFinished { step: step.number, cached, seconds, error });
    }

    /// Something printed. What is over the limit is dropped, and said once.
    ///
    /// # Errors
    /// A flood: far more than is kept.
    fn print(&mut self, key: Option<&str>, stream: &'static str, bytes: &[u8]) -> Result<(), Problem> {
        if self.is_mute {
            return Ok(());
        }
        self.kept = self.kept.saturating_add(bytes.len());
        if self.kept > self.log.saturating_mul(LOG_FLOOD) {
            self.flush();
            let what = format!("the build printed more than {} bytes", self.log * LOG_FLOOD);
            return Err(problem("log-flood", what, "print less, or into a file"));
        }
        let (step, place) = match key.and_then(|key| self.steps.get(key)) {
            Some(step) => (Some(step.number), step.place),
            None => (None, None),
        };
        let text = if self.kept <= self.log {
            without_control_characters(&String::from_utf8_lossy(bytes)).into_owned()
        } else if self.cut {
            return Ok(());
        } else {
            self.cut = true;
            format!("… more than {} bytes of output: the rest is not kept\n", self.log)
        };
        if let Some(told) = place.and_then(|place| self.told.get_mut(&place))
            && told.output.len() < MOST_OUTPUT
        {
            told.output.extend(text.bytes().take(MOST_OUTPUT - told.output.len()));
        }
        match &mut self.pending {
            Some((which, what, kept)) if *which == step && *what == stream && kept.len() < PIECE => {
                kept.push_str(&text)
            }
            _ => {
                self.flush();
                self.pending = Some((step, stream, text));
            }
        }
        Ok(())
    }

    /// Tells the output that waits. Called when nothing has come for a moment.
    pub(super) fn flush(&mut self) {
        if let Some((step, stream, text)) = self.pending.take() {
            (self.tell)(Event::Log { step, stream: stream.into(), text });
        }
    }

    /// Whether output waits.
    pub(super) fn waits(&self) -> bool {
        self.pending.is_some()
    }

    /// What is printed from now on is not told.
    pub(super) fn mute(&mut self) {
        self.flush();
        self.is_mute = true;
    }

    /// A message of the classic builder, or Podman's lines of the same meaning.
    ///
    /// # Errors
    /// A flood of output.
    pub(super) fn classic(&mut self, text: &str) -> Result<Said, Problem> {
        let message = self.grammar.read(text);
        self.take(message)
    }

    /// What the engine says of a claim.
    ///
    /// # Errors
    /// A flood of output.
    pub(super) fn decide(&mut self, claim: Claim, holds: bool) -> Result<Said, Problem> {
        let message = self.grammar.decide(claim, holds);
        self.take(message)
    }

    fn take(&mut self, message: Message) -> Result<Said, Problem> {
        let key = self.current.clone();
        let place = key.as_ref().and_then(|key| self.steps.get(key)?.place);
        match message {
            Message::Step { stage, number } => {
                self.end_current(false, None);
                // Podman numbers the steps of each stage anew.
                let mut own = self.order.iter().filter(|(known, _, _)| stage.is_none() || *known == stage);
                // The name is the file's own text: what the stream says is not needed for it.
                let (place, name) = match own.nth(number.saturating_sub(1)).cloned() {
                    Some((stage, line, name)) => (stage.map(|stage| (stage, line)), name),
                    None => (None, format!("step {number}")),
                };
                let key = format!("#{stage:?}.{number}");
                self.begin(&key, &name, place);
                self.current = Some(key);
            }
            Message::Cached => {
                if let Some(told) = place.and_then(|place| self.told.get_mut(&place)) {
                    told.cached = true;
                }
            }
            Message::Container(id) => return Ok(Said::Container(id)),
            Message::Image(made) => {
                self.stages.extend(place.map(|(stage, _)| (stage, made.id.clone())));
                return Ok(Said::Image(made));
            }
            Message::Claim(claim) => return Ok(Said::Claim(claim)),
            Message::Output(text) => {
                // The classic builder colours what came from the error stream.
                let (stream, text) = match text.strip_prefix("\u{1b}[91m") {
                    Some(red) => ("stderr", red.trim_end_matches("\u{1b}[0m")),
                    None => ("stdout", &*text),
                };
                self.print(key.as_deref(), stream, text.as_bytes())?;
            }
            Message::Nothing => {}
        }
        Ok(Said::Else)
    }

    fn end_current(&mut self, failed: bool, message: Option<&str>) {
        let Some(key) = self.current.take() else { return };
        let cached = self.steps.get(&key).and_then(|step| self.told.get(&step.place?)).is_some_and(|told| told.cached);
        let error = failed.then(|| message.unwrap_or("failed").to_string());
        self.end(&key, cached, None, error);
    }

    /// What BuildKit says of its vertices.
    ///
    /// # Errors
    /// A flood of output.
    pub(super) fn buildkit(&mut self, status: &StatusResponse) -> Result<(), Problem> {
        for vertex in &status.vertexes {
            if vertex.started.is_none() && vertex.completed.is_none() {
                continue;
            }
            let place = self.place_of(&vertex.name);
            let name = place.and_then(|place| self.names.get(&place)).unwrap_or(&vertex.name).clone();
            self.begin(&vertex.digest, &name, place);
        }
        for log in &status.logs {
            let stream = if log.stream == 2 { "stderr" } else { "stdout" };
            self.print(Some(&log.vertex), stream, &log.msg)?;
        }
        for warning in &status.warnings {
            let text = [b"warning: ".as_slice(), &warning.short, b"\n"].concat();
            self.print(Some(&warning.vertex), "stderr", &text)?;
        }
        for vertex in &status.vertexes {
            let (Some(started), Some(completed)) = (&vertex.started, &vertex.completed) else { continue };
            #[allow(clippy::cast_precision_loss, reason = "seconds of one build")]
            let seconds =
                (completed.seconds - started.seconds) as f64 + f64::from(completed.nanos - started.nanos) / 1e9;
            let error = (!vertex.error.is_empty()).then(|| clip(&vertex.error, 4_000));
            self.end(&vertex.digest, vertex.cached, Some(seconds.max(0.0)), error);
        }
        Ok(())
    }

    /// `[builder 2/4] RUN …`: the second instruction that counts, of that stage.
    fn place_of(&self, name: &str) -> Option<(usize, usize)> {
        let (inside, _) = name.strip_prefix('[')?.split_once(']')?;
        let mut words = inside.split_whitespace().rev();
        let (number, _) = words.next()?.split_once('/')?;
        let number: usize = number.parse().ok()?;
        let stage = words.next().filter(|word| !word.contains('/')).unwrap_or("");
        self.counted.get(&stage.to_lowercase())?.get(number.checked_sub(1)?).copied()
    }

    /// The build is over; whatever is still open ends with it.
    pub(super) fn finish(&mut self, error: Option<&str>) {
        self.end_current(error.is_some(), error);
        let mut open: Vec<(usize, String)> =
            self.steps.iter().filter(|(_, step)| !step.over).map(|(key, step)| (step.number, key.clone())).collect();
        open.sort();
        for (_, key) in open {
            self.end(&key, false, None, error.map(|_| "stopped".to_string()));
        }
        self.flush();
    }
}

fn clip(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stageplay_core::build::Request;
    use stageplay_core::engine::EngineProfile;
    use stageplay_core::fs::Tree;
    use stageplay_core::observe::plan_of;
    use std::sync::{Arc, Mutex};

    const FILE: &str = "ARG V=1\nFROM a:$V AS Low\nRUN one\nENV A=b\nRUN two\n\nFROM b\nCOPY --from=low /x /x\n";

    fn progress(policy: &Policy) -> (Progress, Arc<Mutex<Vec<Event>>>) {
        let request = Request::new(FILE, Tree::new(), EngineProfile::find("docker-28").unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = heard.clone();
        let tell: Tell = Arc::new(move |event| ear.lock().unwrap().push(event));
        (Progress::new(&plan_of(&request).unwrap(), Reading::Text, policy, tell), heard)
    }

    #[test]
    fn the_names_of_both_builders_lead_to_the_same_lines() {
        let (progress, _) = progress(&Policy::default());
        assert_eq!(progress.place_of("[low 1/3] FROM docker.io/library/a:1"), Some((0, 2)));
        assert_eq!(progress.place_of("[low 3/3] RUN two"), Some((0, 5)));
        assert_eq!(progress.place_of("[linux/amd64 stage-1 2/2] COPY --from=low /x /x"), Some((1, 8)));
        assert_eq!(progress.place_of("[internal] load build context"), None);
        assert_eq!(progress.order[4], (Some(0), 5, "RUN two".to_string()));
        let text = "FROM scratch AS base\nADD x /\nFROM base\nRUN one\n";
        let request = Request::new(text, Tree::new(), EngineProfile::find("docker-28").unwrap());
        let progress = Progress::new(&plan_of(&request).unwrap(), Reading::Text, &Policy::default(), Arc::new(|_| {}));
        assert_eq!(progress.place_of("[base 1/1] ADD x /"), Some((0, 2)));
        let written =
            Progress::new(&plan_of(&request).unwrap(), Reading::Written, &Policy::default(), Arc::new(|_| {}));
        assert_eq!(written.place_of("[1/1] RUN x"), None);
        let one = Request::new("FROM a\nRUN one\n", Tree::new(), EngineProfile::find("docker-28").unwrap());
        let one = Progress::new(&plan_of(&one).unwrap(), Reading::Written, &Policy::default(), Arc::new(|_| {}));
        assert_eq!((one.place_of("[2/2] RUN x"), one.place_of("[s0 2/2] RUN x")), (Some((0, 2)), Some((0, 2))));
        assert_eq!(written.place_of("[s1 1/1] RUN [\"/bin/sh\", \"-c\", \"one\"]"), Some((1, 4)));
        assert_eq!(
            (&*written.names[&(0, 2)], &*written.names[&(1, 4)]),
            ("[base 1/1] ADD x /", "[stage-1 1/1] RUN one")
        );
        assert_eq!(progress.place_of("[stage-1 1/1] RUN one"), Some((1, 4)));
        // An image that is handed over is not fetched: its FROM is counted, and has no number.
        let request = Request::new(FILE, Tree::new(), EngineProfile::find("docker-28").unwrap());
        let plan = plan_of(&request).unwrap();
        let progress = Progress::new(&plan, Reading::Handed, &Policy::default(), Arc::new(|_| {}));
        assert_eq!(progress.place_of("[s0 1/3] RUN [\"/bin/sh\", \"-c\", \"one\"]"), Some((0, 3)));
        assert_eq!(progress.place_of("[s1 1/2] COPY --from=s0 [\"/x\", \"/x\"]"), Some((1, 8)));
        assert_eq!(&*progress.names[&(0, 3)], "[low 1/3] RUN one");
    }

    #[test]
    fn a_classic_log_becomes_steps_and_output() {
        let (mut progress, heard) = progress(&Policy::default());
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
        let Said::Claim(claim) = progress.classic(" ---> 0123456789ab\n").unwrap() else { panic!("a claim") };
        assert!(matches!(progress.decide(claim, true).unwrap(), Said::Image(made) if made.is_new));
        progress.classic("Step 4/7 : ENV A=b\n").unwrap();
        progress.finish(Some("ended \u{1b}[2J\u{7}"));
        let heard = heard.lock().unwrap();
        let of_step: Vec<&Event> = heard.iter().skip(4).collect();
        assert!(
            matches!(of_step[0], Event::StepStarted { step: 2, stage: Some(0), line: Some(3), name } if name == "RUN one")
        );
        assert!(matches!(of_step[1], Event::Log { step: Some(2), text, .. } if text == "hello\n"));
        assert!(matches!(of_step[2], Event::Log { stream, text, .. } if stream == "stderr" && text == "bad"));
        assert!(matches!(of_step[3], Event::Log { text, .. } if text == "Successfully built six\n"));
        assert!(matches!(of_step[4], Event::StepFinished { step: 2, cached: false, error: None, .. }));
        assert!(
            matches!(of_step[6], Event::StepFinished { error: Some(error), .. } if error == "ended \u{fffd}"),
            "{:?}",
            of_step[6]
        );
    }

    #[test]
    fn podman_numbers_each_stage() {
        let (mut progress, _) = progress(&Policy::default());
        progress.classic("[2/2] STEP 1/2: FROM b\n").unwrap();
        progress.classic("[2/2] STEP 2/2: COPY --from=low /x /x\n").unwrap();
        assert!(progress.told.contains_key(&(1, 8)));
    }

    #[test]
    fn output_is_bounded_and_a_flood_ends_it() {
        let (mut progress, heard) = progress(&Policy { log: 100, ..Policy::default() });
        let result = (0..1_000).map(|_| progress.classic("0123456789\n")).find(Result::is_err);
        assert_eq!(result.unwrap().unwrap_err().code, "log-flood");
        let told: usize = heard.lock().unwrap().iter().map(|event| format!("{event:?}").len()).sum();
        assert!(told < 1_000, "{told}");
    }
}
