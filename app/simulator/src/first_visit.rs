//! What the page knows before it asks the simulator anything.

use crate::{Session, engines, example_workspace};
use stageplay_core::words::Language;
use stageplay_protocol::{FirstResult, FirstVisit, Loaded, Outcome, Request, ToWorker};
use std::rc::Rc;

/// The engines and the example.
pub fn first_visit() -> FirstVisit {
    FirstVisit { engines: engines(), workspace: example_workspace() }
}

/// The example's result in both languages; `None` if data about its base images is not compiled in.
pub fn first_result() -> Option<FirstResult> {
    Some(FirstResult { english: example_outcome(Language::English)?, chinese: example_outcome(Language::Chinese)? })
}

fn example_outcome(language: Language) -> Option<Rc<Outcome>> {
    let mut session = Session::new(language);
    let loaded =
        Loaded { workspace: example_workspace(), language: language.tag().to_string(), calibration: String::new() };
    session.handle(ToWorker { number: 1, request: Request::Load(Box::new(loaded)) });
    let outcome = session.take_update().outcome;
    outcome.filter(|outcome| !outcome.lacks_image_data && session.take_effects().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_visit_shows_the_failure_explained_in_both_languages() {
        let first = first_result().expect("the data is compiled in");
        for outcome in [&first.english, &first.chinese] {
            let run = outcome.report.run.as_ref().expect("a start");
            assert_eq!((run.verdict.as_ref(), run.fixes.is_empty()), ("fails", false));
            assert!(run.explanation.is_some() && outcome.why.is_some());
        }
        assert_ne!(first.english.why, first.chinese.why);
    }
}
