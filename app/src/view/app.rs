//! The page as a whole: takes messages, runs effects, lays the parts out.

use super::{Scene, cache, checks, editor, explorer, header, layers, lesson, real, run, terminal};
use crate::effects::{self, Opening};
use crate::interop::Editor;
use crate::server;
use crate::state::{Check, Effect, Model, Msg, Panel, Places, RealMsg, Service};
use crate::wording::t;
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
    /// Answers the editor's questions; renewed with each simulation.
    service: Rc<RefCell<Service>>,
    ask: Closure<dyn FnMut(String) -> String>,
    editor_place: NodeRef,
    terminal_end: NodeRef,
    /// What the page opens with is done once the editor is there.
    first: Vec<Effect>,
    lines_shown: usize,
    /// Milliseconds from an edit to its result on the page, the last one.
    took: f64,
    edited_at: Option<f64>,
}

fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let (language, dark) = effects::settings();
        effects::show_settings(language, dark);
        let mut model = Model::new(language, dark);
        // Without facts that were kept nothing is to be simulated anew; those that cannot be read any
        // more are as if there were none.
        let facts = server::kept_facts();
        if !facts.is_empty() {
            let _ = model.calibrate(&facts);
        }
        let mut first = Vec::new();
        match effects::opening() {
            Opening::Shared(Ok(workspace)) | Opening::Kept(workspace) => match model.load(&workspace) {
                Ok(found) => first = found,
                Err(error) => model.notice = Some(format!("{} {error}", t(language, "bad-link"))),
            },
            Opening::Shared(Err(error)) => model.notice = Some(format!("{} {error}", t(language, "bad-link"))),
            Opening::Lesson(slug) => first = vec![Effect::FetchLesson(slug)],
            Opening::Fresh => {}
        }
        effects::fetch_lessons(ctx.link().callback(|msg| msg));
        if server::token().is_some() {
            ctx.link().send_message(Msg::Real(RealMsg::Ask));
        }
        let link = ctx.link().clone();
        let on_change = Closure::new(move |name, text| link.send_message(Msg::Edited(name, text)));
        let link = ctx.link().clone();
        let on_fix = Closure::new(move |index| link.send_message(Msg::ApplyCheck(index)));
        let service = Rc::new(RefCell::new(model.service()));
        let asked = service.clone();
        let ask = Closure::new(move |question: String| asked.borrow().answer(&question));
        App {
            model,
            editor: None,
            on_change,
            on_fix,
            service,
            ask,
            editor_place: NodeRef::default(),
            terminal_end: NodeRef::default(),
            first,
            lines_shown: 0,
            took: 0.0,
            edited_at: None,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        if matches!(msg, Msg::Edited(..)) {
            self.edited_at = Some(now());
        }
        let effects = self.model.update(msg);
        *self.service.borrow_mut() = self.model.service();
        self.perform(ctx, effects);
        true
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first && let Some(place) = self.editor_place.cast::<web_sys::Element>() {
            let words = effects::editor_words(self.model.language);
            let editor = Editor::new(&place, &words, &self.on_change, &self.on_fix, &self.ask);
            self.editor = Some(editor);
            self.show_file(true);
            let effects = std::mem::take(&mut self.first);
            self.perform(ctx, effects);
        }
        self.mark_lines();
        if self.lines_shown != self.model.lines.len() {
            self.lines_shown = self.model.lines.len();
            if let Some(end) = self.terminal_end.cast::<web_sys::Element>()
                && let Some(log) = end.parent_element()
            {
                log.set_scroll_top(log.scroll_height());
            }
        }
        if let Some(start) = self.edited_at.take() {
            self.took = now() - start;
            if let Some(root) = document().document_element() {
                // Read by the browser tests, which hold it against the bound for one edit.
                let _ = root.set_attribute("data-edit-ms", &format!("{:.1}", self.took));
            }
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let tell = ctx.link().callback(|msg| msg);
        let scene = Scene { model: &self.model, tell: &tell };
        let panel = match self.model.panel {
            Panel::Lesson => "show-lesson",
            Panel::Editor => "show-editor",
            Panel::Result => "show-result",
            Panel::Terminal => "show-terminal",
        };
        html! {
            <>
                <a class="skip" href="#editor">{ scene.t("skip") }</a>
                { header::view(&scene) }
                { notice(&scene) }
                <main class={classes!("page", panel)}>
                    { lesson::view(&scene) }
                    { editor::view(&scene, &self.editor_place) }
                    <section class="result" aria-label={scene.t("result")}>
                        { run::view(&scene) }
                        { checks::view(&scene) }
                        { real::view(&scene) }
                        { cache::view(&scene) }
                        { layers::view(&scene) }
                        { explorer::view(&scene) }
                        { real::without_a_server(&scene) }
                    </section>
                    <terminal::Terminal
                        lines={self.model.lines.clone()}
                        typed={self.model.typed.clone()}
                        language={self.model.language.tag()}
                        end={self.terminal_end.clone()}
                        on_command={tell.reform(Msg::Typed)}
                    />
                </main>
                { header::panels(&scene) }
            </>
        }
    }
}

fn notice(scene: &Scene) -> Html {
    match &scene.model.notice {
        Some(text) => html! {
            <div class="notice" role="alert">
                <span>{ text }</span>
                <button type="button" onclick={scene.on(Msg::Heard)}>{ scene.t("close") }</button>
            </div>
        },
        None => html! {},
    }
}

impl App {
    fn show_file(&self, anew: bool) {
        let Some(editor) = &self.editor else { return };
        if anew {
            editor.reset();
        }
        editor.open(&self.model.open, &self.model.text(&self.model.open).unwrap_or_default());
    }

    /// Marks what the report and the checks speak of in the Dockerfile.
    fn mark_lines(&self) {
        let (Some(editor), Some(report)) = (&self.editor, &self.model.report) else {
            return;
        };
        let mut marks = Vec::new();
        if self.model.open == self.model.dockerfile {
            let row = |line: usize, severity: &str, message: &str| serde_json::json!({ "line": line, "severity": severity, "message": message });
            // A refusal with a way out is marked with the checks.
            let error = report.error.iter().filter(|_| self.model.checks.iter().all(|check| check.rule != "error"));
            marks.extend(error.map(|error| row(error.line.unwrap_or(1), "error", &error.message)));
            let lined = report.warnings.iter().filter_map(|warning| Some((warning.line?, &warning.message)));
            marks.extend(lined.map(|(line, message)| row(line, "info", message)));
            let text = self.model.text(&self.model.dockerfile).unwrap_or_default();
            let places = Places::new(&text);
            marks.extend(self.model.checks.iter().enumerate().map(|(index, check)| self.mark(index, check, &places)));
        }
        editor.diagnose(&serde_json::Value::Array(marks).to_string());
    }

    fn mark(&self, index: usize, check: &Check, places: &Places) -> serde_json::Value {
        let fix = check.fix.as_ref().map(|fix| match fix.title.as_str() {
            "" => t(self.model.language, "fix-text"),
            title => title.to_string(),
        });
        serde_json::json!({
            "line": check.line,
            "from": places.unit(check.span.start),
            "to": places.unit(check.span.end),
            "severity": if check.rule == "error" { "error" } else { "warning" },
            "source": check.rule,
            "message": check.message,
            "fix": fix,
            "index": index,
        })
    }

    fn perform(&mut self, ctx: &Context<Self>, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Keep => {
                    if let Err(error) = effects::keep(&self.model) {
                        self.model.notice = Some(error);
                    }
                }
                Effect::Settings => effects::keep_settings(&self.model),
                Effect::ShowFile(anew) => self.show_file(anew),
                Effect::Replace(text) => {
                    if let Some(editor) = &self.editor {
                        editor.replace(&text);
                    }
                }
                Effect::GoTo(line) => {
                    if let Some(editor) = &self.editor {
                        editor.go_to(line);
                    }
                }
                Effect::FetchLesson(slug) => effects::fetch_lesson(slug, ctx.link().callback(|msg| msg)),
                Effect::Read(name, ranges) => effects::read(name, ranges, ctx.link().callback(|msg| msg)),
                Effect::Save(name, bytes) => effects::save(&name, &bytes),
                Effect::FetchIndex(name) => effects::fetch_index(name, ctx.link().callback(|msg| msg)),
                Effect::Real(effect) => server::perform(effect, ctx.link().callback(|msg| msg)),
                Effect::CopyLink(link) => {
                    let words = |id| t(self.model.language, id);
                    effects::copy_link(
                        link,
                        ctx.link().callback(|msg| msg),
                        words("link-copied"),
                        words("link-by-hand"),
                    );
                }
            }
        }
    }
}
