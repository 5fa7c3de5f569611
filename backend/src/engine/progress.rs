//! What an engine says while it builds, as events: the classic builder's lines, BuildKit's vertices.

use super::policy::LOG_FLOOD;
use super::{LABEL, Policy, Tell, problem};
use bollard::moby::buildkit::v1::StatusResponse;
use stageplay_core::api::{Event, Problem};
use stageplay_core::image::Reference;
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

/// Whether BuildKit numbers an instruction among a stage's steps (dockerfile2llb, `cmdIndex`): FROM only if it
/// fetches an image, which it does not where we hand the image over.
fn counts(base: &Base, keyword: &str, given: &dyn Fn(&Reference) -> bool) -> bool {
    match keyword {
        "FROM" => matches!(base, Base::Image(reference) if !given(reference)),
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
    /// Stage and line of every instruction, as the classic builder numbers them.
    order: Vec<(Option<usize>, usize)>,
    /// Stage and line of the instructions that BuildKit counts, by the stage's name.
    counted: HashMap<String, Vec<(usize, usize)>>,
    steps: HashMap<String, Step>,
    /// The classic builder's step.
    current: Option<String>,
    pub(super) told: BTreeMap<(usize, usize), Told>,
    /// Where the first step failed.
    pub(super) failed: Option<(usize, usize)>,
    /// What the classic builder named: images and containers. A program can print such lines too,
    /// so nothing is done to these without a look at them.
    pub(super) named: Vec<String>,
    /// Under the classic builder, the last image of each stage.
    pub(super) stages: BTreeMap<usize, String>,
    pending: Option<(Option<usize>, &'static str, String)>,
    log: usize,
    kept: usize,
    cut: bool,
}

/// What a line of the classic builder was.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// A step runs in a container of this id.
    Container(String),
    /// Anything else.
    Else,
}

impl Progress {
    pub(super) fn new(plan: Option<&Plan>, policy: &Policy, tell: Tell) -> Self {
        Self::with_given(plan, policy, tell, &|_| false)
    }

    /// Of a build to which some of its base images are handed over by us.
    pub(super) fn with_given(
        plan: Option<&Plan>,
        policy: &Policy,
        tell: Tell,
        given: &dyn Fn(&Reference) -> bool,
    ) -> Self {
        let mut order = Vec::new();
        let mut counted: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
        if let Some(plan) = plan {
            order.extend(plan.global.iter().map(|instruction| (None, instruction.line)));
            let alone = plan.stages.len() == 1;
            for stage in &plan.stages {
                let all = || std::iter::once(&stage.from).chain(&stage.instructions);
                order.extend(all().map(|instruction| (Some(stage.index), instruction.line)));
                let name = match &stage.name {
                    Some(name) => name.to_lowercase(),
                    None => format!("stage-{}", stage.index),
                };
                let of_stage: Vec<_> = all()
                    .filter(|instruction| counts(&stage.base, &instruction.keyword.to_ascii_uppercase(), given))
                    .map(|instruction| (stage.index, instruction.line))
                    .collect();
                if alone {
                    counted.insert(String::new(), of_stage.clone());
                }
                counted.insert(name, of_stage);
            }
        }
        Progress {
            tell,
            order,
            counted,
            steps: HashMap::new(),
            current: None,
            told: BTreeMap::new(),
            failed: None,
            named: Vec::new(),
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
        (self.tell)(Event::StepStarted { step: number, name: clip(name, 2_000), stage, line });
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
        (self.tell)(Event::StepFinished { step: step.number, cached, seconds, error });
    }

    /// Something printed. What is over the limit is dropped, and said once.
    ///
    /// # Errors
    /// A flood: far more than is kept.
    fn print(&mut self, key: Option<&str>, stream: &'static str, bytes: &[u8]) -> Result<(), Problem> {
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
            clean(&String::from_utf8_lossy(bytes))
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

    /// A message of the classic builder, or Podman's lines of the same meaning.
    ///
    /// # Errors
    /// A flood of output.
    pub(super) fn classic(&mut self, text: &str) -> Result<Said, Problem> {
        let line = text.trim_end_matches(['\n', '\r']);
        if let Some((stage, number, name)) = step_line(line) {
            self.end_current(false, None);
            // The label that we ask for is an instruction to this builder, and none of the file's.
            if name.starts_with("LABEL ") && name.contains(LABEL) {
                return Ok(Said::Else);
            }
            // Podman numbers the steps of each stage anew.
            let mut own = self.order.iter().filter(|(known, _)| stage.is_none() || *known == stage);
            let place = own.nth(number.saturating_sub(1)).copied();
            let key = format!("#{stage:?}.{number}");
            self.begin(&key, name, place.and_then(|(stage, line)| Some((stage?, line))));
            self.current = Some(key);
            return Ok(Said::Else);
        }
        if line.is_empty() && text.len() <= 2 {
            return Ok(Said::Else);
        }
        if let Some(rest) = line.strip_prefix(" ---> ").or_else(|| line.strip_prefix("--> ")) {
            if rest == "Using cache" {
                let key = self.current.clone();
                if let Some(told) =
                    key.and_then(|key| self.steps.get(&key)?.place).and_then(|place| self.told.get_mut(&place))
                {
                    told.cached = true;
                }
                return Ok(Said::Else);
            }
            if let Some(id) = rest.strip_prefix("Running in ").filter(|id| is_id(id)) {
                return Ok(Said::Container(id.to_string()));
            }
            if is_id(rest) {
                self.named.push(rest.to_string());
                let stage = self.current.as_ref().and_then(|key| self.steps.get(key)?.place).map(|(stage, _)| stage);
                self.stages.extend(stage.map(|stage| (stage, rest.to_string())));
                return Ok(Said::Else);
            }
        }
        let noise = [
            "Removing intermediate container ",
            "Removed intermediate container ",
            "Successfully built ",
            "Successfully tagged ",
            "COMMIT ",
        ];
        let plain = line.strip_prefix('[').and_then(|rest| rest.split_once("] ")).map_or(line, |(_, rest)| rest);
        let is_digest = line.len() == 64 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_digest || noise.iter().any(|prefix| plain.starts_with(prefix)) {
            return Ok(Said::Else);
        }
        // The classic builder colours what came from the error stream.
        let (stream, text) = match text.strip_prefix("\u{1b}[91m") {
            Some(red) => ("stderr", red.trim_end_matches("\u{1b}[0m")),
            None => ("stdout", text),
        };
        let key = self.current.clone();
        self.print(key.as_deref(), stream, text.as_bytes())?;
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
            self.begin(&vertex.digest, &vertex.name, place);
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

/// `Step 3/7 : RUN x`, or Podman's `STEP 3/7: RUN x` and `[2/2] STEP 1/3: FROM y`: stage, number, name.
fn step_line(line: &str) -> Option<(Option<usize>, usize, &str)> {
    let (stage, line) = match line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((stage, rest)) => (Some(stage.split_once('/')?.0.parse::<usize>().ok()?.checked_sub(1)?), rest),
        None => (None, line),
    };
    let rest = line.strip_prefix("Step ").or_else(|| line.strip_prefix("STEP "))?;
    let (numbers, name) = rest.split_once(" : ").or_else(|| rest.split_once(": "))?;
    let (number, total) = numbers.split_once('/')?;
    total.parse::<usize>().ok()?;
    Some((stage, number.parse().ok()?, name))
}

fn is_id(text: &str) -> bool {
    (11..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn clip(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// Without the control characters with which a log could act on whoever shows it.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' | '\u{1b}' => c,
            '\r' => '\n',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect::<String>()
        .split("\u{1b}[")
        .enumerate()
        .map(|(index, part)| match index {
            0 => part,
            // Colours and cursor movements end in a letter.
            _ => part.find(|c: char| c.is_ascii_alphabetic()).and_then(|at| part.get(at + 1..)).unwrap_or(""),
        })
        .collect::<String>()
        .replace('\u{1b}', "\u{fffd}")
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
        (Progress::new(plan_of(&request).ok().as_ref(), policy, tell), heard)
    }

    #[test]
    fn the_names_of_both_builders_lead_to_the_same_lines() {
        let (progress, _) = progress(&Policy::default());
        assert_eq!(progress.place_of("[low 1/3] FROM docker.io/library/a:1"), Some((0, 2)));
        assert_eq!(progress.place_of("[low 3/3] RUN two"), Some((0, 5)));
        assert_eq!(progress.place_of("[linux/amd64 stage-1 2/2] COPY --from=low /x /x"), Some((1, 8)));
        assert_eq!(progress.place_of("[internal] load build context"), None);
        assert_eq!(progress.order[4], (Some(0), 5));
        let text = "FROM scratch AS base\nADD x /\nFROM base\nRUN one\n";
        let request = Request::new(text, Tree::new(), EngineProfile::find("docker-28").unwrap());
        let progress = Progress::new(plan_of(&request).ok().as_ref(), &Policy::default(), Arc::new(|_| {}));
        assert_eq!(progress.place_of("[base 1/1] ADD x /"), Some((0, 2)));
        assert_eq!(progress.place_of("[stage-1 1/1] RUN one"), Some((1, 4)));
        // An image that is handed over is not fetched: its FROM is counted, and has no number.
        let request = Request::new(FILE, Tree::new(), EngineProfile::find("docker-28").unwrap());
        let (plan, tell): (_, Tell) = (plan_of(&request).ok(), Arc::new(|_| {}));
        let given = |image: &Reference| image.repository == "a";
        let progress = Progress::with_given(plan.as_ref(), &Policy::default(), tell, &given);
        assert_eq!(progress.place_of("[low 1/3] RUN one"), Some((0, 3)));
        assert_eq!(progress.place_of("[stage-1 2/2] COPY --from=low /x /x"), Some((1, 8)));
    }

    #[test]
    fn a_classic_log_becomes_steps_and_output() {
        let (mut progress, heard) = progress(&Policy::default());
        for text in [
            "Step 3/7 : RUN one\n",
            " ---> Running in 0123456789ab\n",
            "hello\n",
            "\u{1b}[91mbad\u{1b}[0m",
            "Step 4/7 : ENV A=b\n",
        ] {
            progress.classic(text).unwrap();
        }
        progress.finish(None);
        let heard = heard.lock().unwrap();
        assert!(matches!(&heard[0], Event::StepStarted { step: 0, stage: Some(0), line: Some(3), .. }));
        assert!(matches!(&heard[1], Event::Log { step: Some(0), text, .. } if text == "hello\n"));
        assert!(matches!(&heard[2], Event::Log { stream, text, .. } if stream == "stderr" && text == "bad"));
        assert!(matches!(&heard[3], Event::StepFinished { step: 0, cached: false, error: None, .. }));
    }

    #[test]
    fn podman_numbers_each_stage() {
        assert_eq!(step_line("[2/2] STEP 2/3: COPY a b"), Some((Some(1), 2, "COPY a b")));
        assert_eq!(step_line("STEP 1/3: FROM a"), Some((None, 1, "FROM a")));
        assert_eq!(step_line("[0/2] STEP 1/3: FROM a"), None);
        let (mut progress, _) = progress(&Policy::default());
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

    #[test]
    fn control_characters_do_not_reach_who_reads_the_log() {
        assert_eq!(clean("a\u{1b}[2Jb\u{7}\u{1b}]0;x"), "ab\u{fffd}\u{fffd}]0;x");
    }
}
