//! The page: the root component. It updates the model, carries out the effects, and lays out the panels.

use super::layer_explorer::{file_tree, layer_list};
use super::view_context::ViewContext;
use super::{
    build_cache, checks, diagnostics, editor, header, lesson, notice, panel_switch, real_build, terminal, verdict,
};
use crate::effects::dropped_files::read_file_ranges;
use crate::effects::initial_workspace::{InitialWorkspace, initial_workspace};
use crate::effects::share_link::copy_share_link;
use crate::effects::workspace_storage::save_workspace;
use crate::effects::{download, fetch, server_client, settings};
use crate::i18n::t;
use crate::interop::editor::{Editor, editor_words};
use crate::state::{Effect, LanguageService, Model, Msg, Panel, RealBuildMsg};
use gloo::utils::{document, window};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use yew::prelude::*;

/// The page.
#[allow(missing_debug_implementations, reason = "holds closures")]
pub struct App {
    model: Model,
    editor: Option<Editor>,
    on_change: Closure<dyn FnMut(String, String)>,
    on_fix: Closure<dyn FnMut(usize)>,
    /// Answers the editor's requests; replaced after each message.
    language_service: Rc<RefCell<LanguageService>>,
    ask: Closure<dyn FnMut(String) -> String>,
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

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let (language, theme) = settings::load_settings();
        settings::apply_settings(language, theme);
        let mut model = Model::new(language, theme);
        // Saved facts that an older version wrote may not be valid any more; then the catalogue's are used.
        let facts = server_client::load_calibration();
        if !facts.is_empty() {
            let _ = model.calibrate(&facts);
        }
        let mut initial_effects = Vec::new();
        match initial_workspace() {
            InitialWorkspace::Shared(Ok(workspace)) | InitialWorkspace::Saved(workspace) => {
                match model.load(&workspace) {
                    Ok(effects) => initial_effects = effects,
                    Err(error) => model.notice = Some(format!("{} {error}", t(language, "bad-link"))),
                }
            }
            InitialWorkspace::Shared(Err(error)) => model.notice = Some(format!("{} {error}", t(language, "bad-link"))),
            InitialWorkspace::Lesson(slug) => initial_effects = vec![Effect::FetchLesson(slug)],
            InitialWorkspace::Example => {}
        }
        initial_effects.extend(model.initial_effects());
        fetch::fetch_lesson_index(ctx.link().callback(|msg| msg));
        if server_client::token().is_some() {
            ctx.link().send_message(Msg::RealBuild(RealBuildMsg::QueryEngine));
        }
        let link = ctx.link().clone();
        let on_change = Closure::new(move |name, text| link.send_message(Msg::FileEdited(name, text)));
        let link = ctx.link().clone();
        let on_fix = Closure::new(move |index| link.send_message(Msg::ApplyCheckFix(index)));
        let language_service = Rc::new(RefCell::new(model.language_service()));
        let service = language_service.clone();
        let link = ctx.link().clone();
        let ask = Closure::new(move |request: String| {
            let service = service.borrow();
            let answer = service.answer(&request);
            let missing = service.take_missing();
            if !missing.is_empty() {
                link.send_message(Msg::FetchImageData(missing));
            }
            answer
        });
        App {
            model,
            editor: None,
            on_change,
            on_fix,
            language_service,
            ask,
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
        *self.language_service.borrow_mut() = self.model.language_service();
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
        if let Some(start) = self.edited_at.take() {
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
        let panel = match self.model.panel {
            Panel::Lesson => "show-lesson",
            Panel::Editor => "show-editor",
            Panel::Result => "show-result",
            Panel::Terminal => "show-terminal",
        };
        html! {
            <>
                <a class="skip" href="#editor">{ cx.t("skip") }</a>
                { header::view(&cx) }
                { notice::view(&cx) }
                <main class={classes!("page", panel)}>
                    { lesson::view(&cx) }
                    { editor::view(&cx, &self.editor_container) }
                    <section class="result" aria-label={cx.t("result")}>
                        { verdict::view(&cx) }
                        { checks::view(&cx) }
                        { real_build::view(&cx) }
                        { build_cache::view(&cx) }
                        { layer_list::view(&cx) }
                        { file_tree::view(&cx) }
                        { real_build::no_server_view(&cx) }
                    </section>
                    <terminal::Terminal
                        lines={self.model.terminal.lines.clone()}
                        history={self.model.terminal.history.clone()}
                        language={self.model.language.tag()}
                        end={self.terminal_end.clone()}
                        on_command={dispatch.reform(Msg::RunCommand)}
                    />
                </main>
                { panel_switch::view(&cx) }
            </>
        }
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
        editor.open(path, &self.model.file_text(path).unwrap_or_default());
    }

    fn perform(&mut self, ctx: &Context<Self>, effects: Vec<Effect>) {
        let dispatch = ctx.link().callback(|msg| msg);
        for effect in effects {
            match effect {
                Effect::SaveWorkspace => {
                    if let Err(error) = save_workspace(&self.model.workspace()) {
                        self.model.notice = Some(error);
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
                Effect::FetchLesson(slug) => fetch::fetch_lesson(slug, dispatch.clone()),
                Effect::ReadFileRanges(name, ranges) => read_file_ranges(name, ranges, dispatch.clone()),
                Effect::DownloadFile(name, bytes) => download::download(&name, &bytes),
                Effect::FetchPackageIndex(name) => fetch::fetch_package_index(name, dispatch.clone()),
                Effect::FetchImageData(name) => fetch::fetch_image_data(name, dispatch.clone()),
                Effect::RealBuild(effect) => server_client::perform(effect, dispatch.clone()),
                Effect::CopyShareLink(link) => {
                    let words = |id| t(self.model.language, id);
                    copy_share_link(&link, dispatch.clone(), words("link-copied"), words("link-not-copied"));
                }
            }
        }
    }
}
