//! The page's side of the simulator: what it was asked, what it has answered, and what waits.
//!
//! At most one edit is under way. What is edited meanwhile waits and is sent together once the answer arrived, so that
//! the simulator never works on a text that nobody sees any more.

use super::effect::Effect;
use stageplay_protocol::{Loaded, Request, ToWorker, Workspace};
use std::collections::{BTreeSet, VecDeque};

/// How long the worker may take to answer a request, in milliseconds.
pub const DEADLINE_MS: u32 = 10_000;

/// The state of the worker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WorkerState {
    /// It was not needed yet.
    #[default]
    Absent,
    /// Its program is being loaded.
    Starting,
    /// It works.
    Ready,
    /// It was stopped, and is started again when the person asks or edits.
    Stopped(StopReason),
}

/// Why the worker was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// Its program failed, with the browser's message.
    Failed(String),
    /// It could not be loaded, with the browser's message.
    NotLoaded(String),
    /// A simulation passed its deadline.
    TooSlow,
    /// The person ended a command that did not end.
    Interrupted,
}

/// The page's side of the simulator.
#[derive(Debug, Default)]
pub struct Simulator {
    /// The state of the worker.
    pub state: WorkerState,
    /// Whether the worker waits for a part of its program.
    pub(super) is_loading: bool,
    /// The number of the last request.
    number: u64,
    /// The requests that are under way, by their numbers.
    under_way: VecDeque<u64>,
    /// Requests that wait for the worker.
    waiting: Vec<Request>,
    /// Files that were edited and not sent yet.
    edited: BTreeSet<String>,
    /// Files whose edits are under way, with the number of the request.
    sent: Vec<(u64, String)>,
    /// The number of the last request that gives another result.
    result: u64,
    /// The number of the last request that told the whole workspace: what the simulator told before it is outdated.
    told_whole: u64,
    /// Whether the first worker is being started: the shown result, if any, is that of what it loads.
    is_first: bool,
    /// What a worker that becomes ready is to load first.
    start: Option<Workspace>,
}

/// Whether a request gives another result of the build.
fn changes_result(request: &Request) -> bool {
    use Request::{
        AssumeFiles, Edit, Load, OpenDockerfile, SelectEngine, SelectTarget, SetAsOf, SetLanguage, SetWorkspace,
    };
    let is_setting =
        matches!(request, AssumeFiles(_) | SelectEngine(..) | SelectTarget(_) | SetAsOf(_) | SetLanguage(_));
    is_setting || matches!(request, Edit(_) | Load(_) | OpenDockerfile(_) | SetWorkspace(_))
}

impl Simulator {
    /// Starts the worker unless it is there, to begin with a workspace.
    pub(super) fn start(&mut self, workspace: &Workspace) -> Vec<Effect> {
        if matches!(self.state, WorkerState::Starting | WorkerState::Ready) {
            return Vec::new();
        }
        self.is_first = self.state == WorkerState::Absent;
        self.state = WorkerState::Starting;
        self.start = Some(workspace.clone());
        vec![Effect::StartWorker]
    }

    /// Opens another workspace in place of the one before. What waits was about that one.
    pub(super) fn load(&mut self, loaded: Loaded) -> Vec<Effect> {
        self.waiting.clear();
        self.edited.clear();
        if self.state == WorkerState::Starting {
            self.start = Some(loaded.workspace);
            return Vec::new();
        }
        self.send(Request::Load(Box::new(loaded)), None)
    }

    /// The worker is ready. It loads the workspace that the page had when it was started; edits follow.
    pub(super) fn on_ready(&mut self, load: impl FnOnce(Workspace) -> Loaded, now: &Workspace) -> Vec<Effect> {
        self.state = WorkerState::Ready;
        let workspace = self.start.take().unwrap_or_else(|| now.clone());
        let mut effects = self.send(Request::Load(Box::new(load(workspace))), None);
        if std::mem::take(&mut self.is_first) {
            self.result = 0;
        }
        effects.extend(self.send_edits(now));
        for request in std::mem::take(&mut self.waiting) {
            effects.extend(self.send(request, None));
        }
        effects
    }

    /// A file was edited.
    pub(super) fn edit(&mut self, path: &str, workspace: &Workspace) -> Vec<Effect> {
        self.edited.insert(path.to_string());
        if self.state == WorkerState::Ready && self.sent.is_empty() { self.send_edits(workspace) } else { Vec::new() }
    }

    /// Asks for something, after what was edited so far. A file may come with it, by its name.
    pub(super) fn ask(&mut self, request: Request, workspace: &Workspace) -> Vec<Effect> {
        if self.state != WorkerState::Ready {
            self.waiting.push(request);
            return Vec::new();
        }
        let mut effects = self.send_edits(workspace);
        effects.extend(self.send(request, None));
        effects
    }

    fn send_edits(&mut self, workspace: &Workspace) -> Vec<Effect> {
        let edited = std::mem::take(&mut self.edited);
        let files: Vec<(String, String)> =
            edited.into_iter().filter_map(|path| Some((path.clone(), workspace.text(&path)?.to_string()))).collect();
        if files.is_empty() {
            return Vec::new();
        }
        let paths = files.iter().map(|(path, _)| path.clone()).collect();
        self.send(Request::Edit(files), Some(paths))
    }

    fn send(&mut self, request: Request, edited: Option<Vec<String>>) -> Vec<Effect> {
        self.number += 1;
        let number = self.number;
        if changes_result(&request) {
            self.result = number;
        }
        if matches!(request, Request::Load(_) | Request::SetWorkspace(_)) {
            self.told_whole = number;
        }
        self.under_way.push_back(number);
        self.sent.extend(edited.into_iter().flatten().map(|path| (number, path)));
        vec![Effect::PostToWorker(Box::new(ToWorker { number, request })), Effect::WatchDeadline(number)]
    }

    /// The worker answered the requests up to a number. What was edited meanwhile is sent.
    pub(super) fn on_answer(&mut self, number: u64, workspace: &Workspace) -> Vec<Effect> {
        self.under_way.retain(|other| *other > number);
        self.sent.retain(|(other, _)| *other > number);
        if self.state == WorkerState::Ready && self.sent.is_empty() { self.send_edits(workspace) } else { Vec::new() }
    }

    /// Whether what the simulator told with an answer is older than what it was told of the whole workspace.
    pub(super) fn is_outdated(&self, answered: u64) -> bool {
        answered < self.told_whole
    }

    /// Edits that are not answered were made in another workspace than the simulator has now: it is told this one.
    pub(super) fn replace_edits(&mut self, workspace: &Workspace) -> Vec<Effect> {
        if self.edited.is_empty() && self.sent.is_empty() {
            return Vec::new();
        }
        self.edited.clear();
        self.sent.clear();
        self.send(Request::SetWorkspace(Box::new(workspace.clone())), None)
    }

    /// The files whose edits the worker does not know yet.
    pub(super) fn unknown_edits(&self, answered: u64) -> BTreeSet<String> {
        let under_way = self.sent.iter().filter(|(number, _)| *number > answered).map(|(_, path)| path.clone());
        under_way.chain(self.edited.iter().cloned()).collect()
    }

    /// The worker is stopped. What it was asked is forgotten; what was edited is in the workspace.
    pub(super) fn stop(&mut self, reason: StopReason) -> Vec<Effect> {
        self.state = WorkerState::Stopped(reason);
        self.is_loading = false;
        self.under_way.clear();
        self.waiting.clear();
        self.edited.clear();
        self.sent.clear();
        self.result = 0;
        vec![Effect::StopWorker]
    }

    /// Whether a request is still under way.
    pub(super) fn is_under_way(&self, number: u64) -> bool {
        self.under_way.contains(&number)
    }

    /// Whether the shown result is not that of the present text and settings.
    pub fn is_result_awaited(&self) -> bool {
        match self.state {
            WorkerState::Absent => false,
            WorkerState::Starting => !self.edited.is_empty() || self.waiting.iter().any(changes_result),
            WorkerState::Ready => {
                !self.edited.is_empty() || self.under_way.front().is_some_and(|first| *first <= self.result)
            }
            WorkerState::Stopped(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stageplay_protocol::File;

    fn workspace(text: &str) -> Workspace {
        let mut workspace = Workspace {
            version: 1,
            engine: "docker-28".into(),
            builder: "buildkit".into(),
            as_of: None,
            dockerfile: "Dockerfile".into(),
            target: None,
            files: Vec::<File>::new(),
            lesson: None,
            assume_context: false,
        };
        workspace.write("Dockerfile", text.into());
        workspace
    }

    fn loaded(workspace: Workspace) -> Loaded {
        Loaded { workspace, language: "en".into(), calibration: String::new() }
    }

    fn posted(effects: &[Effect]) -> Vec<Request> {
        let posts = effects.iter().filter_map(|effect| match effect {
            Effect::PostToWorker(message) => Some(message.request.clone()),
            _ => None,
        });
        posts.collect()
    }

    fn texts(requests: &[Request]) -> Vec<String> {
        let texts = requests.iter().map(|request| match request {
            Request::Load(loaded) => format!("load {}", loaded.workspace.text("Dockerfile").unwrap_or_default()),
            Request::Edit(files) => format!("edit {}", files[0].1),
            other => format!("{other:?}"),
        });
        texts.collect()
    }

    fn ready() -> Simulator {
        let mut simulator = Simulator::default();
        simulator.start(&workspace("a"));
        simulator.on_ready(loaded, &workspace("a"));
        simulator.on_answer(1, &workspace("a"));
        simulator
    }

    #[test]
    fn what_is_asked_before_the_worker_is_there_waits_in_its_order() {
        let mut simulator = Simulator::default();
        assert_eq!(simulator.start(&workspace("a")), [Effect::StartWorker]);
        assert!(simulator.start(&workspace("a")).is_empty() && !simulator.is_result_awaited());
        assert!(simulator.edit("Dockerfile", &workspace("b")).is_empty());
        assert!(simulator.ask(Request::RetryImageData, &workspace("b")).is_empty());
        assert!(simulator.is_result_awaited());
        let requests = posted(&simulator.on_ready(loaded, &workspace("b")));
        assert_eq!(texts(&requests), ["load a", "edit b", "RetryImageData"]);
        assert!(simulator.is_result_awaited());
        simulator.on_answer(2, &workspace("b"));
        assert!(!simulator.is_result_awaited(), "the last request gives no other result");
    }

    #[test]
    fn of_many_edits_only_the_newest_is_sent_when_the_answer_arrived() {
        let mut simulator = ready();
        assert_eq!(texts(&posted(&simulator.edit("Dockerfile", &workspace("b")))), ["edit b"]);
        for text in ["c", "d", "e"] {
            assert!(simulator.edit("Dockerfile", &workspace(text)).is_empty());
        }
        assert_eq!(simulator.unknown_edits(1), ["Dockerfile".to_string()].into());
        let effects = simulator.on_answer(2, &workspace("e"));
        assert_eq!(texts(&posted(&effects)), ["edit e"]);
        assert!(simulator.is_result_awaited());
        assert!(simulator.on_answer(3, &workspace("e")).is_empty());
        assert!(!simulator.is_result_awaited() && simulator.unknown_edits(3).is_empty());
    }

    #[test]
    fn a_command_works_on_what_was_edited_before_it() {
        let mut simulator = ready();
        simulator.edit("Dockerfile", &workspace("b"));
        simulator.edit("Dockerfile", &workspace("c"));
        let requests = posted(&simulator.ask(Request::RunCommand("ls".into(), false), &workspace("c")));
        assert_eq!(texts(&requests)[0], "edit c");
        assert_eq!(requests.len(), 2);
    }

    #[test]
    fn a_worker_that_stopped_is_started_again_with_the_text_and_answers_nothing_old() {
        let mut simulator = ready();
        simulator.edit("Dockerfile", &workspace("b"));
        assert!(simulator.is_under_way(2));
        assert_eq!(simulator.stop(StopReason::TooSlow), [Effect::StopWorker]);
        assert!(!simulator.is_under_way(2) && simulator.is_result_awaited());
        assert_eq!(simulator.start(&workspace("b")), [Effect::StartWorker]);
        assert_eq!(texts(&posted(&simulator.on_ready(loaded, &workspace("b")))), ["load b"]);
    }
}
