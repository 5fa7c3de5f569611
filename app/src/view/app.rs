//! The root component. It updates the model and carries out the effects; `page` lays out the panels.

use super::page;
use super::view_context::ViewContext;
use crate::effects::dropped_files::take_files_again;
use crate::effects::first_visit::read_first_visit;
use crate::effects::initial_workspace::{InitialWorkspace, initial_workspace};
use crate::effects::share_link::copy_share_link;
use crate::effects::worker::{DEADLINE, Worker};
use crate::effects::workspace_storage::save_workspace;
use crate::effects::{download, server_client, settings, version};
use crate::i18n::t;
use crate::interop::editor::{Editor, editor_words};
use crate::state::{Answer, Effect, Model, Msg, RealBuildMsg, WorkerState, answer};
use gloo::timers::callback::Timeout;
use gloo::utils::{document, window};
use js_sys::{Function, Promise};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use yew::prelude::*;

use super::diagnostics;

/// How long the page waits after its first rendering before it starts a worker that nobody asked for, in milliseconds.
const IDLE: u32 = 500;

/// The questions of the editor that the simulator was asked: how to answer each, and what the text alone answers.
type Questions = Rc<RefCell<BTreeMap<u64, (Function, String)>>>;

/// What the language service needs beside the question.
#[derive(Clone)]
struct Asking {
    language: Rc<Cell<stageplay_report::words::Language>>,
    /// Whether the worker was stopped, so that nothing answers.
    is_stopped: Rc<Cell<bool>>,
    questions: Questions,
}

/// The page.
#[allow(missing_debug_implementations, reason = "holds closures")]
pub struct App {
    model: Model,
    worker: Option<Worker>,
    editor: Option<Editor>,
    on_change: Closure<dyn FnMut(String, String)>,
    on_fix: Closure<dyn FnMut(usize)>,
    asking: Asking,
    ask: Closure<dyn FnMut(String) -> JsValue>,
    editor_container: NodeRef,
    terminal_end: NodeRef,
    /// Effects that wait for the editor to exist.
    initial_effects: Vec<Effect>,
    /// The number of terminal lines that are rendered.
    lines_shown: usize,
    /// When the last edit arrived, in milliseconds, until its result is rendered.
    edited_at: Option<f64>,
}

/// The browser's clock in milliseconds.
fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// The language service of the editor: a string, or a promise of one if the simulator is asked.
fn language_service(asking: Asking, dispatch: Callback<Msg>) -> Closure<dyn FnMut(String) -> JsValue> {
    let mut count = 0;
    Closure::new(move |question: String| match answer(&question, asking.language.get()) {
        Answer::Whole(text) => text.into(),
        Answer::InPart(text) if asking.is_stopped.get() => text.into(),
        Answer::InPart(text) => {
            count += 1;
            let promise = Promise::new(&mut |resolve, _| {
                asking.questions.borrow_mut().insert(count, (resolve, text.clone()));
            });
            dispatch.emit(Msg::AskSimulator(count, question));
            promise.into()
        }
    })
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let (language, theme) = settings::load_settings();
        settings::apply_settings(language, theme);
        // Without it the page cannot know the engines; `cargo xtask` writes it into each page.
        let first = read_first_visit().unwrap_or_else(|error| wasm_bindgen::throw_str(&error));
        let mut model = Model::new(first, language, theme);
        model.version = version::version();
        model.real_builds.calibration = server_client::load_calibration();
        let mut initial_effects = Vec::new();
        match initial_workspace() {
            InitialWorkspace::Shared(Ok(workspace)) | InitialWorkspace::Saved(workspace) => {
                initial_effects = model.open_workspace(workspace);
            }
            InitialWorkspace::Shared(Err(error)) => model.notice = Some(format!("{} {error}", t(language, "bad-link"))),
            InitialWorkspace::Lesson(slug) => initial_effects = model.update(Msg::SelectLesson(slug)),
            InitialWorkspace::Example => {}
        }
        let dispatch = ctx.link().callback(|msg| msg);
        version::watch_for_new_version(dispatch.clone());
        if server_client::token().is_some() {
            ctx.link().send_message(Msg::RealBuild(RealBuildMsg::QueryEngine));
        }
        let link = ctx.link().clone();
        let on_change = Closure::new(move |name, text| link.send_message(Msg::FileEdited(name, text)));
        let link = ctx.link().clone();
        let on_fix = Closure::new(move |index| link.send_message(Msg::ApplyCheckFix(index)));
        let asking = Asking {
            language: Rc::new(Cell::new(language)),
            is_stopped: Rc::new(Cell::new(false)),
            questions: Questions::default(),
        };
        App {
            model,
            worker: None,
            editor: None,
            on_change,
            on_fix,
            ask: language_service(asking.clone(), dispatch),
            asking,
            editor_container: NodeRef::default(),
            terminal_end: NodeRef::default(),
            initial_effects,
            lines_shown: 0,
            edited_at: None,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        if matches!(msg, Msg::FileEdited(..)) {
            self.edited_at = Some(now());
        }
        let effects = self.model.update(msg);
        self.asking.language.set(self.model.language);
        self.asking.is_stopped.set(matches!(self.model.simulator.state, WorkerState::Stopped(_)));
        self.perform(ctx, effects);
        true
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first && let Some(container) = self.editor_container.cast::<web_sys::Element>() {
            let words = editor_words(self.model.language);
            let editor = Editor::new(&container, &words, &self.on_change, &self.on_fix, &self.ask);
            self.editor = Some(editor);
            self.show_open_file(true);
            let effects = std::mem::take(&mut self.initial_effects);
            self.perform(ctx, effects);
            let link = ctx.link().clone();
            Timeout::new(IDLE, move || link.send_message(Msg::StartSimulator)).forget();
        }
        if let (Some(editor), Some(diagnostics)) = (&self.editor, diagnostics::diagnostics(&self.model)) {
            editor.diagnose(&diagnostics.to_string());
        }
        if self.lines_shown != self.model.terminal.lines.len() {
            self.lines_shown = self.model.terminal.lines.len();
            if let Some(end) = self.terminal_end.cast::<web_sys::Element>()
                && let Some(log) = end.parent_element()
            {
                log.set_scroll_top(log.scroll_height());
            }
        }
        if !self.model.is_result_awaited()
            && let Some(start) = self.edited_at.take()
        {
            let duration = now() - start;
            if let Some(root) = document().document_element() {
                // The browser tests read it and compare it with the limit for one edit.
                let _ = root.set_attribute("data-edit-ms", &format!("{duration:.1}"));
            }
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let dispatch = ctx.link().callback(|msg| msg);
        let cx = ViewContext { model: &self.model, dispatch: &dispatch };
        page::view(&cx, &self.editor_container, &self.terminal_end, html! {})
    }
}

impl App {
    /// Shows the open file in the editor; `reset` discards the undo history of every file first.
    fn show_open_file(&self, reset: bool) {
        let Some(editor) = &self.editor else { return };
        if reset {
            editor.reset();
        }
        let path = &self.model.open_file;
        editor.open(path, self.model.file_text(path).unwrap_or_default());
    }

    fn perform(&mut self, ctx: &Context<Self>, effects: Vec<Effect>) {
        let dispatch = ctx.link().callback(|msg| msg);
        for effect in effects {
            match effect {
                Effect::SaveWorkspace => {
                    if !save_workspace(&self.model.workspace) {
                        self.model.notice = Some(t(self.model.language, "storage-full"));
                    }
                }
                Effect::SaveSettings => settings::save_settings(self.model.language, self.model.theme),
                Effect::ShowOpenFile { reset } => self.show_open_file(reset),
                Effect::ReplaceText(text) => {
                    if let Some(editor) = &self.editor {
                        editor.replace(&text);
                    }
                }
                Effect::GoToLine(line) => {
                    if let Some(editor) = &self.editor {
                        editor.go_to(line);
                    }
                }
                Effect::StartWorker => match Worker::start(&dispatch) {
                    Ok(worker) => self.worker = Some(worker),
                    Err(error) => dispatch.emit(Msg::WorkerFailed(error)),
                },
                Effect::StopWorker => {
                    self.worker = None;
                    let questions = std::mem::take(&mut *self.asking.questions.borrow_mut());
                    for (resolve, in_part) in questions.into_values() {
                        let _ = resolve.call1(&JsValue::NULL, &in_part.into());
                    }
                }
                Effect::PostToWorker(message) => {
                    if let Some(worker) = &self.worker {
                        worker.post(&message);
                    }
                }
                Effect::TakeFilesAgain => take_files_again(&dispatch),
                Effect::WatchDeadline(number) => {
                    let dispatch = dispatch.clone();
                    Timeout::new(DEADLINE, move || dispatch.emit(Msg::DeadlinePassed(number))).forget();
                }
                Effect::AnswerEditor(id, text) => {
                    let question = self.asking.questions.borrow_mut().remove(&id);
                    if let Some((resolve, _)) = question {
                        let _ = resolve.call1(&JsValue::NULL, &text.into());
                    }
                }
                Effect::UseNewVersion => version::use_new_version(),
                Effect::DownloadFile(name, bytes) => download::download(&name, &bytes),
                Effect::RealBuild(effect) => server_client::perform(effect, dispatch.clone()),
                Effect::CopyShareLink(workspace) => {
                    let words = |id| t(self.model.language, id);
                    copy_share_link(&workspace, dispatch.clone(), words("link-copied"), words("link-not-copied"));
                }
            }
        }
    }
}
