//! Grades as JSON.

use crate::grades::Exercise;
use crate::grading::Graded;
use crate::packs::Packs;
use serde_json::{Map, Value, json};
use stageplay_core::exercise::{Files, Pack};
use stageplay_core::words::Language;

/// Everything, for programs; docs/teachers.md.
pub fn json(packs: &Packs, graded: &Graded, language: Language) -> String {
    let tag = language.tag();
    let all = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "max": packs.max_points(),
        "packs": packs.all.iter().map(|pack| json!({
            "name": pack.name,
            "title": pack.title.get(tag),
            "digest": pack.digest,
            "max": pack.max_points(),
            "goals": pack.goals.iter().map(|goal| json!({
                "name": goal.name,
                "message": goal.message.get(tag),
                "points": goal.points,
                "hidden": goal.hidden,
            })).collect::<Vec<Value>>(),
        })).collect::<Vec<Value>>(),
        "students": graded.students.iter().map(|student| json!({
            "student": student.id,
            "name": student.name,
            "points": student.points(),
            "exercises": packs.all.iter().zip(&student.exercises)
                .filter_map(|(pack, one)| Some(exercise(pack, one.as_ref()?, language)))
                .collect::<Vec<Value>>(),
        })).collect::<Vec<Value>>(),
        "unread": graded.unread.iter().map(|(source, student, error)| json!({
            "source": source,
            "student": student,
            "error": error,
        })).collect::<Vec<Value>>(),
        "clusters": graded.clusters.iter().map(|cluster| json!({
            "pack": cluster.pack,
            "students": cluster.students,
        })).collect::<Vec<Value>>(),
        "pairs": graded.pairs.iter().map(|pair| json!({
            "students": pair.students,
            "packs": pair.packs,
        })).collect::<Vec<Value>>(),
    });
    format!("{all:#}\n")
}

fn exercise(pack: &Pack, one: &Exercise, language: Language) -> Value {
    let mut value = json!({
        "pack": pack.name,
        "status": one.status(),
        "points": one.points(),
        "max": pack.max_points(),
        "source": one.source,
        "warnings": one.warnings,
    });
    let Some(object) = value.as_object_mut() else { return value };
    let outcome = match &one.outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            object.insert("error".into(), json!(error));
            return value;
        }
    };
    let evaluation = &outcome.evaluation;
    let goals = outcome.pack.goals.iter().zip(&evaluation.goals).map(|(goal, observed)| {
        json!({
            "name": goal.name,
            "standing": observed.standing.as_str(),
            "points": if observed.standing.as_str() == "reached" { goal.points } else { 0 },
            "observed": observed.message(language),
        })
    });
    let miss = evaluation.first_miss.and_then(|index| outcome.pack.goals.get(index));
    object.insert("goals".into(), goals.collect());
    object.insert("first-miss".into(), json!(miss.map(|goal| &goal.name)));
    object.insert("bytes".into(), json!(evaluation.bytes));
    object.insert("layers".into(), json!(evaluation.layers));
    object.insert("build-error".into(), json!(evaluation.error));
    if !outcome.pack.values.is_empty() {
        object.insert("variables".into(), json!(outcome.pack.values));
    }
    object.insert("files".into(), files(&outcome.pack, &outcome.workspace));
    value
}

/// The files that differ from the start, as text.
fn files(pack: &Pack, workspace: &Files) -> Value {
    let changed = workspace.iter().filter(|(path, file)| pack.start.get(*path) != Some(file));
    let texts: Map<String, Value> =
        changed.map(|(path, file)| (path.clone(), json!(String::from_utf8_lossy(&file.bytes)))).collect();
    Value::Object(texts)
}
