//! The results that the autograders of Gradescope and PrairieLearn read: `results.json`, each for one student.

use crate::grades::{Outcome, Student};
use crate::grading::Graded;
use crate::packs::Packs;
use serde_json::{Value, json};
use stageplay_core::words::Language;

/// The student, or why there is no grade.
fn only(graded: &Graded) -> Result<Result<&Student, String>, String> {
    match (graded.students.as_slice(), graded.unread.first()) {
        ([student], _) => Ok(Ok(student)),
        ([], Some((_, _, error))) => Ok(Err(error.clone())),
        ([], None) => Ok(Err("there is no submission".into())),
        (many, _) => Err(format!("this format is for one student, and there are {}", many.len())),
    }
}

/// What hinders a grade: the messages of all exercises that are not graded.
fn hindrances(student: &Student) -> Vec<String> {
    let exercises = student.exercises.iter().flatten();
    let told = exercises.filter_map(|one| match &one.outcome {
        Err(error) => Some(error.clone()),
        Ok(_) if one.status() == "not-gradable" => one.warnings.last().cloned(),
        Ok(_) => None,
    });
    told.collect()
}

fn graded_outcomes<'a>(packs: &'a Packs, student: &'a Student) -> impl Iterator<Item = (String, &'a Outcome)> {
    let is_one = packs.only().is_some();
    let prefix = move |name: &str| if is_one { String::new() } else { format!("{name}: ") };
    let exercises = packs.all.iter().zip(&student.exercises);
    exercises.filter_map(move |(pack, one)| {
        let outcome = one.as_ref().filter(|one| one.status() == "graded")?.outcome.as_ref().ok()?;
        Some((prefix(&pack.name), outcome))
    })
}

/// The form of Gradescope's autograders.
///
/// # Errors
/// There are several students.
pub fn gradescope(packs: &Packs, graded: &Graded, language: Language) -> Result<String, String> {
    let student = match only(graded)? {
        Ok(student) => student,
        Err(error) => return Ok(format!("{:#}\n", json!({ "score": 0, "output": error, "tests": [] }))),
    };
    let mut tests: Vec<Value> = Vec::new();
    for (prefix, outcome) in graded_outcomes(packs, student) {
        for (goal, observed) in outcome.pack.goals.iter().zip(&outcome.evaluation.goals) {
            let reached = observed.standing.as_str() == "reached";
            tests.push(json!({
                "name": format!("{prefix}{}", goal.message.get(language.tag())),
                "score": if reached { goal.points } else { 0 },
                "max_score": goal.points,
                "status": if reached { "passed" } else { "failed" },
                "output": observed.message(language),
                "visibility": if goal.hidden { "after_published" } else { "visible" },
            }));
        }
    }
    let mut output = hindrances(student);
    output.extend(student.exercises.iter().flatten().flat_map(|one| one.warnings.clone()));
    output.dedup();
    let results = json!({ "score": student.points(), "output": output.join("\n"), "tests": tests });
    Ok(format!("{results:#}\n"))
}

/// The form of PrairieLearn's external graders.
///
/// # Errors
/// There are several students.
pub fn prairielearn(packs: &Packs, graded: &Graded, language: Language) -> Result<String, String> {
    let refused = |errors: Vec<String>| {
        format!("{:#}\n", json!({ "gradable": false, "score": 0, "format_errors": errors, "tests": [] }))
    };
    let student = match only(graded)? {
        Ok(student) => student,
        Err(error) => return Ok(refused(vec![error])),
    };
    let errors = hindrances(student);
    if graded_outcomes(packs, student).next().is_none() {
        return Ok(refused(errors));
    }
    let mut tests: Vec<Value> = Vec::new();
    for (prefix, outcome) in graded_outcomes(packs, student) {
        let goals = outcome.pack.goals.iter().zip(&outcome.evaluation.goals);
        // What is hidden stays hidden: only its points count.
        tests.extend(goals.filter(|(goal, _)| !goal.hidden).map(|(goal, observed)| {
            json!({
                "name": format!("{prefix}{}", goal.name),
                "description": goal.message.get(language.tag()),
                "points": if observed.standing.as_str() == "reached" { goal.points } else { 0 },
                "max_points": goal.points,
                "message": observed.message(language),
            })
        }));
    }
    let max = packs.max_points();
    let score = if max == 0 { 0.0 } else { student.points() as f64 / max as f64 };
    let results = json!({ "gradable": true, "score": score, "message": errors.join("\n"), "tests": tests });
    Ok(format!("{results:#}\n"))
}
