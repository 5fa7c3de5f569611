//! Exercises in the service: where the goals of a pack stand.

use super::Service;
use super::build_settings::BuildSettings;
use super::messages::{ExerciseAnswer, GoalAnswer, SimulateRequest};
use stageplay_core::exercise::{self as exercise, Attempt, Pack, Standing};
use stageplay_core::words::Language;

/// The most commands that goals are asked about.
const MAX_COMMANDS: usize = 1_000;

/// Reads an exercise.
///
/// # Errors
/// What is wrong with it, in English.
pub(super) fn read(bundle: &str) -> Result<Pack, String> {
    let (name, files) = exercise::from_bundle(bundle)
        .map_err(|(code, what)| stageplay_core::words::say(Language::English, code, &[("what", what)]))?;
    let read = exercise::read(&name, &files, None);
    let problem = || read.problems.first().map(|problem| problem.message(Language::English)).unwrap_or_default();
    read.pack.clone().ok_or_else(problem)
}

impl Service {
    /// Evaluates the goals that are shown.
    pub(super) fn exercise(
        &self,
        pack: &Pack,
        settings: &BuildSettings,
        asked: &SimulateRequest,
        language: Language,
    ) -> ExerciseAnswer {
        let files = settings.files();
        let commands: Vec<String> = asked.commands.iter().take(MAX_COMMANDS).cloned().collect();
        let attempt = Attempt::new(pack, &files, &commands, &self.catalogue);
        let evaluation = exercise::evaluate(&attempt);
        let shown = pack.goals.iter().zip(&evaluation.goals).filter(|(goal, _)| !goal.hidden);
        let goals: Vec<GoalAnswer> = shown
            .map(|(goal, observed)| GoalAnswer {
                name: goal.name.clone(),
                message: goal.message.get(language.tag()).to_string(),
                standing: observed.standing.as_str(),
                observed: observed.message(language),
                points: goal.points,
            })
            .collect();
        let first_miss = goals.iter().position(|goal| goal.standing != Standing::Reached.as_str());
        let hint = exercise::hint(&attempt).and_then(|index| pack.hints.get(index));
        ExerciseAnswer {
            title: pack.title.get(language.tag()).to_string(),
            solved: first_miss.is_none() && !goals.is_empty(),
            goals,
            hidden_goals: pack.hidden_goals().0,
            first_miss,
            hint: hint.map(|hint| hint.text.get(language.tag()).to_string()),
        }
    }
}
