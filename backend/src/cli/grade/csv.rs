//! Grades as a table: RFC 4180, with line ends CR LF, safe against formulas.

use super::assess::Graded;
use super::grades::Exercise;
use super::packs::Packs;
use crate::cli::usage::UsageError;
use csv::{Terminator, WriterBuilder};
use std::borrow::Cow;

/// A cell that no spreadsheet takes for a formula: one that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets
/// an apostrophe in front (OWASP, "CSV Injection"). NUL becomes U+FFFD.
fn safe(cell: &str) -> Cow<'_, str> {
    let cell = if cell.contains('\0') { Cow::Owned(cell.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(cell) };
    // Spreadsheets also take full-width signs.
    let dangerous = ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    if cell.starts_with(dangerous) { Cow::Owned(format!("'{cell}")) } else { cell }
}

/// A row for each student and for each submission that cannot be read, a column for each goal.
///
/// # Errors
/// None that can happen: it is written to memory.
pub(super) fn text(packs: &Packs, graded: &Graded, bom: bool) -> Result<String, UsageError> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).flexible(false).from_writer(Vec::new());
    let mut write = |cells: &[String]| {
        writer.write_record(cells.iter().map(|cell| safe(cell).into_owned())).map_err(|error| error.to_string())
    };
    let is_one = packs.only().is_some();
    let mut head: Vec<String> = ["student", "name", "points", "max"].map(str::to_string).to_vec();
    for pack in &packs.all {
        let prefix = if is_one { String::new() } else { format!("{}/", pack.name) };
        if !is_one {
            head.push(pack.name.clone());
        }
        head.extend(pack.goals.iter().map(|goal| format!("{prefix}{}", goal.name)));
    }
    head.extend(["status", "first-miss", "warnings", "error", "source"].map(str::to_string));
    write(&head)?;
    let max = packs.max_points().to_string();
    for student in &graded.students {
        let mut row = vec![student.id.clone(), student.name.clone(), student.points().to_string(), max.clone()];
        let [mut statuses, mut misses, mut warnings, mut errors, mut sources] = [const { Vec::<String>::new() }; 5];
        for (pack, exercise) in packs.all.iter().zip(&student.exercises) {
            let label = |text: &str| if is_one { text.to_string() } else { format!("{}: {text}", pack.name) };
            if !is_one {
                row.push(exercise.as_ref().filter(|one| one.status() == "graded").map(points).unwrap_or_default());
            }
            let Some(exercise) = exercise else {
                row.extend(pack.goals.iter().map(|_| String::new()));
                continue;
            };
            statuses.push(label(exercise.status()));
            warnings.extend(exercise.warnings.iter().map(|warning| label(warning)));
            if !sources.contains(&exercise.source) {
                sources.push(exercise.source.clone());
            }
            match &exercise.outcome {
                Ok(outcome) => {
                    let evaluation = &outcome.evaluation;
                    for (goal, observed) in pack.goals.iter().zip(&evaluation.goals) {
                        let cell = match (evaluation.is_gradable, observed.standing.as_str()) {
                            (false, _) => String::new(),
                            (true, "reached") => goal.points.to_string(),
                            (true, _) => "0".to_string(),
                        };
                        row.push(cell);
                    }
                    let miss = evaluation.first_miss.filter(|_| evaluation.is_gradable);
                    misses.extend(miss.and_then(|index| pack.goals.get(index)).map(|goal| label(&goal.name)));
                }
                Err(error) => {
                    row.extend(pack.goals.iter().map(|_| String::new()));
                    errors.push(label(error));
                }
            }
        }
        row.extend([statuses, misses, warnings, errors, sources].map(|parts| parts.join("; ")));
        write(&row)?;
    }
    let columns = head.len();
    for (source, student, error) in &graded.unread {
        let mut row = vec![String::new(); columns];
        let cells = [(0, student), (columns - 5, &"error".to_string()), (columns - 2, error), (columns - 1, source)];
        for (at, cell) in cells.map(|(at, cell)| (at, cell.clone())) {
            if let Some(place) = row.get_mut(at) {
                *place = cell;
            }
        }
        write(&row)?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    let table = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    Ok(if bom { format!("\u{feff}{table}") } else { table })
}

fn points(exercise: &Exercise) -> String {
    exercise.points().to_string()
}
