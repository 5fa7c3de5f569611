//! The binding of the exercises, which are JavaScript: `www/exercises/exercises.mjs`.

use super::lazy_script::load_script;
use crate::state::{ExercisesMsg, Msg};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use yew::Callback;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = StageplayExercises)]
    type Scripts;

    /// `on_message` gets what the scripts ask of the page: the kind and its value, see [`message`].
    #[wasm_bindgen(constructor, js_class = "StageplayExercises")]
    fn new(language: &str, on_message: &Closure<dyn FnMut(String, String)>) -> Scripts;

    /// Shows the exercises inside an element, in a language.
    #[wasm_bindgen(method)]
    fn show(this: &Scripts, container: &web_sys::Element, language: &str);

    /// Tells what the simulator or the page answers, as JSON.
    #[wasm_bindgen(method)]
    fn tell(this: &Scripts, json: &str);
}

/// The scripts of the exercises, once they are asked for.
#[allow(missing_debug_implementations, reason = "holds closures")]
pub struct Exercises {
    on_message: Rc<Closure<dyn FnMut(String, String)>>,
    is_requested: bool,
    state: Rc<RefCell<State>>,
}

#[derive(Default)]
struct State {
    scripts: Option<Scripts>,
    /// What is to be told once they are loaded.
    untold: Vec<String>,
}

/// The message of what the scripts ask.
fn message(kind: &str, value: String) -> Option<Msg> {
    Some(match kind {
        "ask" => Msg::Exercises(ExercisesMsg::Ask(value)),
        "workspace" => Msg::Exercises(ExercisesMsg::TellWorkspace),
        "show" => Msg::Exercises(ExercisesMsg::Show),
        "hide" => Msg::Exercises(ExercisesMsg::Hide),
        "open" => Msg::SelectLesson(value),
        "notice" => Msg::ShowNotice(value),
        "toast" => Msg::Exercises(ExercisesMsg::Toast(value)),
        _ => return None,
    })
}

impl Exercises {
    /// Scripts that are not loaded yet.
    pub fn new(dispatch: Callback<Msg>) -> Self {
        let on_message = Closure::new(move |kind: String, value: String| {
            if let Some(msg) = message(&kind, value) {
                dispatch.emit(msg);
            }
        });
        Exercises { on_message: Rc::new(on_message), is_requested: false, state: Rc::default() }
    }

    /// Loads the scripts unless they are there or on their way.
    pub fn load(&mut self, language: &'static str, dispatch: Callback<Msg>) {
        if std::mem::replace(&mut self.is_requested, true) {
            return;
        }
        let (state, on_message) = (self.state.clone(), self.on_message.clone());
        spawn_local(async move {
            match load_script("exercises").await {
                Ok(()) => {
                    let scripts = Scripts::new(language, &on_message);
                    let untold = std::mem::take(&mut state.borrow_mut().untold);
                    untold.iter().for_each(|json| scripts.tell(json));
                    state.borrow_mut().scripts = Some(scripts);
                    // The page shows them in the element that it has for them.
                    dispatch.emit(Msg::Exercises(ExercisesMsg::Loaded));
                }
                Err(address) => dispatch.emit(Msg::Exercises(ExercisesMsg::NotLoaded(address))),
            }
        });
    }

    /// Allows scripts that could not be loaded to be asked for again.
    pub fn forget(&mut self) {
        self.is_requested = false;
    }

    /// Shows them inside an element.
    pub fn show(&self, container: &web_sys::Element, language: &str) {
        if let Some(scripts) = &self.state.borrow().scripts {
            scripts.show(container, language);
        }
    }

    /// Tells them something, as JSON.
    pub fn tell(&self, json: String) {
        let mut state = self.state.borrow_mut();
        match &state.scripts {
            Some(scripts) => scripts.tell(&json),
            None => state.untold.push(json),
        }
    }
}
