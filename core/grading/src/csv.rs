//! Grades as a table: RFC 4180, with line ends CR LF, safe against formulas.

use crate::grades::Exercise;
use crate::grading::Graded;
use crate::packs::Packs;
use csv::{Terminator, WriterBuilder};
use std::borrow::Cow;

/// Signs with which a formula begins. Spreadsheets also take full-width ones.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// A cell that no spreadsheet takes for a formula: one that begins with `=`, `+`, `-`, `@`, a tab or a line end gets an
/// apostrophe in front (OWASP, "CSV Injection"). In some countries spreadsheets divide a row at semicolons or tabs, and
/// know no quotes then, so such a sign gets one wherever a cell may begin. NUL becomes U+FFFD.
fn safe(cell: &str) -> Cow<'_, str> {
    let is_end = |c: char| matches!(c, ';' | ',' | '\t' | '\r' | '\n' | '"' | '|');
    let is_odd = |c: char| c == '\0' || FORMULA.contains(&c) || is_end(c);
    if !cell.contains(is_odd) {
        return Cow::Borrowed(cell);
    }
    let mut safe = String::with_capacity(cell.len() + 1);
    if cell.starts_with(['\t', '\r', '\n']) {
        safe.push('\'');
    }
    // Whether a cell may begin here, blanks left aside.
    let mut is_begin = true;
    for c in cell.chars() {
        if is_begin && FORMULA.contains(&c) {
            safe.push('\'');
        }
        is_begin = is_end(c) || (is_begin && c == ' ');
        safe.push(if c == '\0' { '\u{fffd}' } else { c });
    }
    Cow::Owned(safe)
}

/// A row for each student and for each submission that cannot be read, a column for each goal.
///
/// # Errors
/// None that can happen: it is written to memory.
pub fn csv(packs: &Packs, graded: &Graded, bom: bool) -> Result<String, String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_however_a_row_is_divided() {
        for (cell, wanted) in [
            ("ada", "ada"),
            ("a-b@c.org", "a-b@c.org"),
            ("=1", "'=1"),
            (" =1", " '=1"),
            ("\tx", "'\tx"),
            ("a;=1+1", "a;'=1+1"),
            ("a; @x", "a; '@x"),
            ("a\t\u{ff1d}1", "a\t'\u{ff1d}1"),
            ("a\r\n+1", "a\r\n'+1"),
            ("x\",\"=1", "x\",\"'=1"),
            ("\0", "\u{fffd}"),
        ] {
            assert_eq!(safe(cell), wanted, "{cell:?}");
        }
    }
}
