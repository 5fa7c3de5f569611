//! The root component. It updates the model and carries out the effects; `page` lays out the panels.

use super::command_palette;
use super::page;
use super::pieces;
use super::terminal::Draw;
use super::view_context::ViewContext;
use crate::effects::dropped_files::take_files_again;
use crate::effects::first_visit::{read_first_result, read_first_visit};
use crate::effects::page_address::{
    InitialWorkspace, initial_workspace, is_in_platform, shows_exercises, watch_fragment,
};
use crate::effects::worker::Worker;
use crate::effects::{focus, keys, page_address, panel_layout, server_client, settings, version, workspace_storage};
use crate::i18n::t;
use crate::interop::editor::{self, Editor, editor_words};
use crate::interop::exercises::Exercises;
use crate::interop::first_visit;
use crate::interop::lazy_script::load_script;
use crate::state::{
    Answer, DEADLINE_MS, DrawnBy, Effect, ExercisesEffect, ExercisesMsg, Model, Msg, Piece, RealBuildMsg, STEP_MS,
    StagesMsg, TerminalMsg, WalkMsg, WorkerState, dockerfile_language,
};
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use gloo::utils::{document, window};
use js_sys::{Function, Promise};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::exercises;

/// How long the page waits after its first rendering before it starts a worker that nobody asked for, in milliseconds.
const IDLE: u32 = 500;

/// How long it takes at most until what the simulator tells is rendered, in milliseconds.
const RENDERED: u32 = 150;

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
    model: RefCell<Model>,
    /// Effects of edits that are to be carried out.
    due: RefCell<Vec<Effect>>,
    worker: Option<Worker>,
    editor: Option<Editor>,
    on_change: Closure<dyn FnMut(String, String)>,
    on_first_use: Closure<dyn FnMut()>,
    on_fix: Closure<dyn FnMut(String, usize)>,
    on_undo: Closure<dyn FnMut(bool)>,
    exercises: Exercises,
    /// Whether the page is a unit of a learning platform.
    is_in_platform: bool,
    asking: Asking,
    ask: Closure<dyn FnMut(String) -> JsValue>,
    on_cursor: Closure<dyn FnMut(String, usize)>,
    editor_container: NodeRef,
    terminal_pane: NodeRef,
    /// The terminal as xterm.js draws it.
    terminal: Option<Box<dyn Draw>>,
    /// Effects that wait for the editor to exist.
    initial_effects: Vec<Effect>,
    /// The element that had the focus before the command palette opened.
    focus_before: Option<web_sys::HtmlElement>,
    /// When the last edit arrived, in milliseconds, until its result is rendered.
    edited_at: Cell<Option<f64>>,
    /// Whether the parts that the HTML shows are rendered anew.
    is_replaced: bool,
}

/// The browser's clock in milliseconds.
fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// Scrolls so that an element is seen, once it is rendered.
fn reveal(id: &'static str) {
    Timeout::new(RENDERED, move || {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        if let Some(element) = document().get_element_by_id(id) {
            element.scroll_into_view_with_scroll_into_view_options(&options);
        }
    })
    .forget();
}

/// The language service of the editor: a string, or a promise of one if the simulator is asked.
fn language_service(asking: Asking, dispatch: Callback<Msg>) -> Closure<dyn FnMut(String) -> JsValue> {
    let mut count = 0;
    Closure::new(move |question: String| {
        let Some(language) = dockerfile_language() else { return "null".into() };
        match (language.answer)(&question, asking.language.get()) {
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
        }
    })
}

/// What the page shows first: what its address names, or the workspace that was open last.
fn begin(model: &mut Model) -> Vec<Effect> {
    match initial_workspace() {
        InitialWorkspace::Link(link) => model.await_link(link),
        InitialWorkspace::Prefill(Ok(prefill)) => model.update(Msg::OpenPrefill(prefill)),
        InitialWorkspace::Prefill(Err(error)) => {
            model.update(Msg::ShowNotice(format!("{} {error}", t(model.language, "bad-link"))))
        }
        InitialWorkspace::Id(id) => match workspace_storage::find_workspace(&id) {
            Some(Ok(record)) => model.begin_with(*record, id),
            _ => model.update(Msg::OpenWorkspace(id)),
        },
        InitialWorkspace::Example => Vec::new(),
    }
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
        if let Some(result) = read_first_result() {
            let result = result.unwrap_or_else(|error| wasm_bindgen::throw_str(&error));
            model.update(Msg::FirstResultRead(Box::new(result)));
        }
        model.version = version::version();
        model.panel_layout = panel_layout::load_panel_layout();
        panel_layout::apply_panel_layout(&model.panel_layout);
        model.terminal.restore(&settings::load_terminal());
        model.stages.is_vertical = settings::is_narrow();
        model.real_builds.calibration = server_client::load_calibration();
        model.now = js_sys::Date::now();
        // No other page begins at the same time with the same number.
        model.library.set_seed(format!("{:x}{:x}", model.now as u64, (js_sys::Math::random() * 1e6) as u32));
        let mut initial_effects = begin(&mut model);
        if shows_exercises() {
            initial_effects.extend(model.update(Msg::Exercises(ExercisesMsg::Show)));
        }
        let dispatch = ctx.link().callback(|msg| msg);
        version::watch_for_new_version(dispatch.clone());
        keys::watch_keys(dispatch.clone());
        workspace_storage::watch_storage(dispatch.clone());
        watch_fragment(dispatch.clone());
        if server_client::token().is_some() {
            ctx.link().send_message(Msg::RealBuild(RealBuildMsg::QueryEngine));
        }
        let link = ctx.link().clone();
        let on_change = Closure::new(move |name, text| {
            // A message may wait until after the page is left.
            link.send_message(match link.get_component() {
                Some(app) => app.edit(name, text),
                None => Msg::FileEdited(name, text),
            });
        });
        let link = ctx.link().clone();
        let on_first_use = Closure::new(move || link.send_message(Msg::LoadPiece(Piece::Result)));
        let link = ctx.link().clone();
        let on_fix = Closure::new(move |kind: String, index| {
            link.send_message(if kind == "start" { Msg::ApplyFix(index) } else { Msg::ApplyCheckFix(index) });
        });
        let link = ctx.link().clone();
        let on_undo = Closure::new(move |undo| link.send_message(if undo { Msg::Undo } else { Msg::Redo }));
        let link = ctx.link().clone();
        let on_cursor = Closure::new(move |name, line| link.send_message(Msg::Stages(StagesMsg::CursorAt(name, line))));
        let asking = Asking {
            language: Rc::new(Cell::new(language)),
            is_stopped: Rc::new(Cell::new(false)),
            questions: Questions::default(),
        };
        App {
            model: RefCell::new(model),
            due: RefCell::default(),
            worker: None,
            editor: None,
            on_change,
            on_first_use,
            on_fix,
            on_undo,
            exercises: Exercises::new(dispatch.clone()),
            is_in_platform: is_in_platform(),
            ask: language_service(asking.clone(), dispatch),
            asking,
            on_cursor,
            editor_container: NodeRef::default(),
            terminal_pane: NodeRef::default(),
            terminal: None,
            initial_effects,
            focus_before: None,
            edited_at: Cell::default(),
            is_replaced: false,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let due = self.due.take();
        self.perform(ctx, due);
        match msg {
            Msg::FileEdited(..) => self.edited_at.set(Some(now())),
            Msg::EditorLoaded(true) => self.create_editor(ctx),
            Msg::PieceLoaded(Piece::Result, true) => {
                first_visit::leave();
                self.is_replaced = true;
            }
            Msg::PieceLoaded(Piece::Result, false) => first_visit::forget_use(),
            _ => {}
        }
        let is_language = matches!(msg, Msg::PieceLoaded(Piece::Language, true));
        let model = self.model.get_mut();
        model.now = js_sys::Date::now();
        let effects = model.update(msg);
        self.asking.language.set(model.language);
        // The editor's questions do not have a link simulated that nobody touched.
        let is_stopped = model.is_held || matches!(model.simulator.state, WorkerState::Stopped(_));
        self.asking.is_stopped.set(is_stopped);
        self.perform(ctx, effects);
        if let Some(editor) = self.editor.as_ref().filter(|_| is_language) {
            editor.language_loaded();
        }
        true
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first {
            if let Some(container) = self.editor_container.cast::<web_sys::Element>() {
                first_visit::rendered(&container, &self.on_first_use);
            }
            if editor::is_loaded() {
                self.create_editor(ctx);
            } else {
                // The script is deferred: it has run when the document is ready.
                let link = ctx.link().clone();
                EventListener::once(&document(), "DOMContentLoaded", move |_| {
                    link.send_message(Msg::EditorLoaded(editor::is_loaded()));
                })
                .forget();
            }
            let effects = std::mem::take(&mut self.initial_effects);
            self.perform(ctx, effects);
        }
        if std::mem::take(&mut self.is_replaced) {
            first_visit::replaced();
        }
        self.show_terminal(ctx);
        let model = self.model.get_mut();
        if let (Some(editor), Some(diagnostics)) = (&self.editor, pieces::editor_findings(model)) {
            editor.diagnose(&diagnostics);
        }
        if model.exercises.is_open
            && let Some(container) = document().get_element_by_id(exercises::ID)
        {
            self.exercises.show(&container, model.language.tag());
        }
        focus::open_dialog(command_palette::ID, model.palette.is_some(), &mut self.focus_before);
        if !model.is_result_awaited()
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
        let model = self.model.borrow();
        let cx = ViewContext { model: &model, dispatch: &dispatch };
        page::view(&cx, &self.editor_container, &self.terminal_pane, html! {})
    }
}

impl App {
    /// Applies an edit and saves it before anything else is done. Returns the message that has the rest done.
    fn edit(&self, path: String, text: String) -> Msg {
        self.edited_at.set(Some(now()));
        let Ok(mut model) = self.model.try_borrow_mut() else { return Msg::FileEdited(path, text) };
        model.now = js_sys::Date::now();
        let mut effects = VecDeque::from(model.update(Msg::FileEdited(path, text)));
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::SaveWorkspace | Effect::RememberOpened(_) if self.is_in_platform => {}
                Effect::SaveWorkspace => {
                    let stored = workspace_storage::save_workspace(&mut model);
                    effects.extend(model.update(Msg::WorkspaceStored(stored)));
                }
                Effect::RememberOpened(id) => workspace_storage::remember_opened(&id),
                Effect::ClearAddress => page_address::clear_address(),
                other => self.due.borrow_mut().push(other),
            }
        }
        Msg::EditApplied
    }

    /// Creates the editor in its place, with the open file.
    fn create_editor(&mut self, ctx: &Context<Self>) {
        let Some(container) = self.editor_container.cast::<web_sys::Element>() else { return };
        let words = editor_words(self.model.get_mut().language);
        let editor = Editor::new(&container, &words, &self.on_change, &self.on_fix, &self.on_undo, &self.ask);
        editor.watch_cursor(&self.on_cursor);
        self.editor = Some(editor);
        self.show_open_file(true);
        ctx.link().send_message(Msg::LoadPiece(Piece::Language));
        let link = ctx.link().clone();
        Timeout::new(IDLE, move || link.send_message(Msg::StartSimulator)).forget();
    }

    fn perform_exercises(&mut self, effect: ExercisesEffect, dispatch: Callback<Msg>) {
        match effect {
            ExercisesEffect::Load => self.exercises.load(self.model.get_mut().language.tag(), dispatch),
            ExercisesEffect::Tell(json) => self.exercises.tell(json),
        }
    }

    /// Shows what changed in the terminal. It is drawn once its script is loaded, and anew in another language.
    fn show_terminal(&mut self, ctx: &Context<Self>) {
        if self.terminal.as_ref().is_some_and(|drawing| drawing.language() != self.model.get_mut().language) {
            self.terminal = None;
        }
        let model = self.model.get_mut();
        let is_loaded = matches!(model.terminal.drawn_by, DrawnBy::Loaded | DrawnBy::Xterm);
        if let Some(drawing) = &mut self.terminal {
            drawing.show(model);
        } else if is_loaded
            && let Some(draw) = pieces::terminal_drawing()
            && let Some(pane) = self.terminal_pane.cast::<web_sys::Element>()
        {
            let dispatch = ctx.link().callback(|msg| msg);
            self.terminal = Some(draw(&pane, model, &dispatch, &self.ask));
            dispatch.emit(Msg::Terminal(TerminalMsg::Drawn));
        }
    }

    /// Shows the open file in the editor; `reset` discards the state of every file first.
    fn show_open_file(&self, reset: bool) {
        let Some(editor) = &self.editor else { return };
        if reset {
            editor.reset();
        }
        let model = self.model.borrow();
        let path = &model.open_file;
        // What the editor tells at once, because it was typed before it was there, changes the model.
        let text = model.file_text(path).unwrap_or_default().to_string();
        let path = path.clone();
        drop(model);
        editor.open(&path, &text);
    }

    /// Applies a message before the next effect is carried out.
    fn update_at_once(&mut self, ctx: &Context<Self>, msg: Msg) {
        let effects = self.model.get_mut().update(msg);
        self.perform(ctx, effects);
    }

    fn perform(&mut self, ctx: &Context<Self>, effects: Vec<Effect>) {
        let dispatch = ctx.link().callback(|msg| msg);
        for effect in effects {
            match effect {
                // A learning platform keeps the work, and another student may come to the same browser.
                Effect::SaveWorkspace | Effect::RememberOpened(_) if self.is_in_platform => {}
                Effect::FindWorkspace(id) if self.is_in_platform => {
                    self.update_at_once(ctx, Msg::WorkspaceFound(id, None));
                }
                Effect::SaveWorkspace => {
                    let stored = workspace_storage::save_workspace(self.model.get_mut());
                    self.update_at_once(ctx, Msg::WorkspaceStored(stored));
                }
                Effect::FindWorkspace(id) => {
                    let found = workspace_storage::find_workspace(&id);
                    self.update_at_once(ctx, Msg::WorkspaceFound(id, found));
                }
                Effect::ListWorkspaces => {
                    self.update_at_once(ctx, Msg::WorkspacesListed(workspace_storage::list_workspaces()));
                }
                Effect::RenameRecord(id, name) => workspace_storage::rename_workspace(&id, name),
                Effect::CopyRecord(from, to, name) => workspace_storage::copy_workspace(&from, &to, name),
                Effect::RemoveRecord(id) => {
                    if let Some(json) = workspace_storage::remove_workspace(&id) {
                        self.update_at_once(ctx, Msg::WorkspaceRemoved(id, json));
                    }
                }
                Effect::WriteRecord(id, json) => workspace_storage::restore_workspace(&id, &json),
                Effect::RememberOpened(id) => workspace_storage::remember_opened(&id),
                Effect::ClearAddress => page_address::clear_address(),
                Effect::SaveTerminal(json) => settings::save_terminal(&json),
                Effect::LoadTerminal => {
                    let dispatch = dispatch.clone();
                    spawn_local(async move {
                        let is_loaded = load_script("terminal").await.is_ok() && pieces::load(Piece::Terminal).await;
                        dispatch.emit(Msg::Terminal(TerminalMsg::Loaded(is_loaded)));
                    });
                }
                Effect::SearchTerminal => {
                    if let Some(drawing) = &self.terminal {
                        drawing.open_search();
                    }
                }
                Effect::SaveSettings => {
                    let model = self.model.get_mut();
                    settings::save_settings(model.language, model.theme);
                }
                Effect::ShowOpenFile { reset } => self.show_open_file(reset),
                Effect::FocusEditor => {
                    // A dialog that closes has the focus until it is gone.
                    if let Some(editor) = self.editor.clone() {
                        Timeout::new(0, move || editor.focus_unless_touched()).forget();
                    }
                }
                Effect::FocusElement(id) => {
                    Timeout::new(0, move || {
                        if !focus::focus_element(id) {
                            Timeout::new(RENDERED, move || {
                                focus::focus_element(id);
                            })
                            .forget();
                        }
                    })
                    .forget();
                }
                Effect::FocusPanel(panel) => {
                    Timeout::new(0, move || focus::focus_panel(panel)).forget();
                }
                Effect::ExpireToast { number, after_ms } => {
                    let dispatch = dispatch.clone();
                    Timeout::new(after_ms, move || dispatch.emit(Msg::ExpireToast(number))).forget();
                }
                Effect::SavePanelLayout => panel_layout::save_panel_layout(&self.model.get_mut().panel_layout),
                Effect::GoToLine(line) => {
                    if let Some(editor) = &self.editor {
                        editor.go_to(line);
                    }
                }
                Effect::ScrollToLine(line) => {
                    if let Some(editor) = &self.editor {
                        editor.scroll_to(line);
                    }
                }
                Effect::MarkLines(lines) => {
                    if let Some(editor) = &self.editor {
                        let (first, last) = lines.unwrap_or_default();
                        editor.mark(first, last);
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
                Effect::TakeFilesAgain(parts, archives) => take_files_again(&parts, archives, &dispatch),
                Effect::WatchDeadline(number) => {
                    let dispatch = dispatch.clone();
                    Timeout::new(DEADLINE_MS, move || dispatch.emit(Msg::DeadlinePassed(number))).forget();
                }
                Effect::WaitForStep(play) => {
                    let dispatch = dispatch.clone();
                    Timeout::new(STEP_MS, move || dispatch.emit(Msg::WalkStart(WalkMsg::Tick(play)))).forget();
                }
                Effect::Reveal(id) => reveal(id),
                Effect::AnswerEditor(id, text) => {
                    let question = self.asking.questions.borrow_mut().remove(&id);
                    if let Some((resolve, _)) = question {
                        let _ = resolve.call1(&JsValue::NULL, &text.into());
                    }
                }
                Effect::Exercises(effect) => self.perform_exercises(effect, dispatch.clone()),
                Effect::LoadPiece(piece) => {
                    let dispatch = dispatch.clone();
                    spawn_local(async move {
                        let is_loaded = pieces::load(piece).await;
                        if piece == Piece::Result
                            && let Some(Ok(result)) = read_first_result()
                        {
                            dispatch.emit(Msg::FirstResultRead(Box::new(result)));
                        }
                        dispatch.emit(Msg::PieceLoaded(piece, is_loaded));
                    });
                }
                Effect::UseNewVersion => version::use_new_version(),
                request @ (Effect::FetchExample(_)
                | Effect::FetchExampleList
                | Effect::FetchAddress(_)
                | Effect::ReadLink(_)
                | Effect::SavePicture(_)
                | Effect::DownloadFile(..)
                | Effect::RealBuild(_)
                | Effect::MakeShareLink(_)
                | Effect::CopyText(..)
                | Effect::ShareNatively(..)) => {
                    let dispatch = dispatch.clone();
                    spawn_local(async move {
                        match pieces::load_requests().await {
                            Some(perform) => perform(request, dispatch),
                            None => dispatch.emit(Msg::RequestLost),
                        }
                    });
                }
            }
        }
    }
}
