//! Grades as a page to read and print. It holds no script and loads nothing.

use crate::grades::{Exercise, Outcome, Student};
use crate::grading::Graded;
use crate::packs::Packs;
use similar::{Algorithm, ChangeTag, TextDiff};
use stageplay_core::exercise::PackFile;
use stageplay_core::words::{Language, say};
use stageplay_report::without_control_characters;
use std::fmt::Write as _;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1b1b;background:#fff}table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #bbb;padding:.2rem .5rem;text-align:left;vertical-align:top}td.n{text-align:right}pre{background:#f5f5f5;border:1px solid #ddd;padding:.5rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}ins{background:#d9f2d9;text-decoration:none;display:block}del{background:#f7d9d9;text-decoration:none;display:block}.reached{color:#0a5c0a}.missed{color:#a01010}.unknown{color:#7a5500}section.student{border-top:2px solid #888;margin-top:2rem}@media print{section.student{break-before:page;border:0}body{margin:0;max-width:none}}";
/// The largest file that is shown, in bytes.
const MAX_SHOWN: usize = 64 << 10;

/// A text with the characters of markup escaped, and without characters that change the writing direction.
fn escape(text: &str) -> String {
    let clean = without_control_characters(text);
    let mut out = String::with_capacity(clean.len());
    for c in clean.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The page with an overview, and a section for each student.
pub fn html(packs: &Packs, graded: &Graded, language: Language) -> String {
    let word = |id: &str| escape(&say::<&str>(language, &format!("grade.page.{id}"), &[]));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>{}</title>\n<style>{STYLE}</style>\n<h1>{}</h1>\n",
        language.tag(),
        word("title"),
        word("title"),
    );
    overview(&mut page, packs, graded, &word);
    if !graded.unread.is_empty() {
        let _ = write!(page, "<h2>{}</h2>\n<ul>\n", word("unread"));
        for (source, student, error) in &graded.unread {
            let who = format!("{source} {student}");
            let _ = writeln!(page, "<li>{}: {}</li>", escape(who.trim()), escape(error));
        }
        page.push_str("</ul>\n");
    }
    if !graded.clusters.is_empty() {
        let _ = write!(page, "<h2>{}</h2>\n<p>{}</p>\n<ul>\n", word("alike"), word("alike-why"));
        for pair in &graded.pairs {
            let _ =
                writeln!(page, "<li>{}: {}</li>", escape(&pair.students.join(", ")), escape(&pair.packs.join(", ")));
        }
        for cluster in &graded.clusters {
            let _ = writeln!(page, "<li>{}: {}</li>", escape(&cluster.pack), escape(&cluster.students.join(", ")));
        }
        page.push_str("</ul>\n");
    }
    for (index, student) in graded.students.iter().enumerate() {
        let _ = write!(
            page,
            "<section class=\"student\" id=\"student-{index}\">\n<h2>{} {}: {} / {}</h2>\n",
            escape(&student.id),
            escape(&student.name),
            student.points(),
            packs.max_points()
        );
        for (pack, exercise) in packs.all.iter().zip(&student.exercises) {
            let Some(exercise) = exercise else { continue };
            let _ = writeln!(
                page,
                "<h3>{}: {} / {}</h3>",
                escape(pack.title.get(language.tag())),
                exercise.points(),
                pack.max_points()
            );
            work(&mut page, exercise, language, &word);
        }
        page.push_str("</section>\n");
    }
    page.push_str("</html>\n");
    page
}

/// A row for each student, a column for each pack.
fn overview(page: &mut String, packs: &Packs, graded: &Graded, word: &dyn Fn(&str) -> String) {
    let _ = write!(page, "<table>\n<tr><th>{}</th><th>{}</th>", word("student"), word("points"));
    for pack in &packs.all {
        let _ = write!(page, "<th>{}</th>", escape(&pack.name));
    }
    page.push_str("</tr>\n");
    let cell = |exercise: &Option<Exercise>| match exercise {
        Some(one) if one.status() == "graded" => one.points().to_string(),
        Some(_) => "!".to_string(),
        None => String::new(),
    };
    for (index, student) in graded.students.iter().enumerate() {
        let Student { id, name, exercises } = student;
        let _ = write!(
            page,
            "<tr><td><a href=\"#student-{index}\">{} {}</a></td><td class=\"n\">{} / {}</td>",
            escape(id),
            escape(name),
            student.points(),
            packs.max_points()
        );
        for exercise in exercises {
            let _ = write!(page, "<td class=\"n\">{}</td>", cell(exercise));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table>\n");
}

/// The goals of an exercise, warnings, and the work itself.
fn work(page: &mut String, exercise: &Exercise, language: Language, word: &dyn Fn(&str) -> String) {
    for warning in &exercise.warnings {
        let _ = writeln!(page, "<p>{}</p>", escape(warning));
    }
    let outcome = match &exercise.outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            let _ = writeln!(page, "<p class=\"missed\">{}</p>", escape(error));
            return;
        }
    };
    page.push_str("<table>\n");
    for (goal, observed) in outcome.pack.goals.iter().zip(&outcome.evaluation.goals) {
        let standing = observed.standing.as_str();
        let points = if standing == "reached" { goal.points } else { 0 };
        let hidden = if goal.hidden { format!(" <small>({})</small>", word("hidden")) } else { String::new() };
        let _ = writeln!(
            page,
            "<tr><td class=\"{standing}\">{}</td><td>{}{hidden}</td><td>{}</td><td class=\"n\">{points} / {}</td></tr>",
            word(standing),
            escape(goal.message.get(language.tag())),
            escape(&observed.message(language)),
            goal.points
        );
    }
    page.push_str("</table>\n");
    files(page, outcome, word);
}

/// The Dockerfile, and what differs from the start in every file.
fn files(page: &mut String, outcome: &Outcome, word: &dyn Fn(&str) -> String) {
    let pack = &outcome.pack;
    if let Some(file) = outcome.workspace.get(&pack.dockerfile) {
        let _ = write!(page, "<h4>{}</h4>\n<pre>{}</pre>\n", escape(&pack.dockerfile), escape(&shown(file)));
    }
    let removed = pack.start.keys().filter(|path| !outcome.workspace.contains_key(*path));
    for path in removed {
        let _ = writeln!(page, "<h4>{}: {}</h4>", escape(path), word("removed"));
    }
    for (path, file) in outcome.workspace.iter().filter(|(path, file)| pack.start.get(*path) != Some(file)) {
        let old = pack.start.get(path).map(shown).unwrap_or_default();
        let _ = write!(page, "<h4>{}: {}</h4>\n<pre>", escape(path), word("changes"));
        difference(page, &old, &shown(file));
        page.push_str("</pre>\n");
    }
}

/// The begin of a file as text.
fn shown(file: &PackFile) -> String {
    let head = file.bytes.get(..MAX_SHOWN).unwrap_or(&file.bytes);
    let end = if file.bytes.len() > MAX_SHOWN { "\n…" } else { "" };
    format!("{}{end}", String::from_utf8_lossy(head))
}

fn difference(page: &mut String, old: &str, new: &str) {
    // Patience is fast on texts that share few lines, too.
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(old, new);
    for change in diff.iter_all_changes() {
        let line = escape(change.value().trim_end_matches('\n'));
        let _ = match change.tag() {
            ChangeTag::Insert => write!(page, "<ins>+ {line}</ins>"),
            ChangeTag::Delete => write!(page, "<del>- {line}</del>"),
            ChangeTag::Equal => writeln!(page, "  {line}"),
        };
    }
}
