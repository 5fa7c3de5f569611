//! `cargo xtask test`: runs the sections of the test suite and sums up how each ended.

mod logs;
mod outcome;
mod schedule;
mod sections;

pub(crate) use outcome::Outcome;
pub(crate) use sections::{bench_in_browser, bench_web};

use crate::run::Done;
use schedule::{Report, Status};
use sections::{SECTIONS, Section};

/// What the command line asks for.
#[derive(Debug, PartialEq)]
enum Request {
    List,
    /// Sections to run, in the order of the table, and those that `--quick` leaves out.
    Run {
        chosen: Vec<&'static str>,
        left_out: Vec<&'static str>,
    },
}

/// Reads `[--list] [--quick] [SECTION…]`.
///
/// # Errors
/// An unknown option or section; the message lists the sections.
fn parse(words: &[&str]) -> Done<Request> {
    let (options, names): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.starts_with('-'));
    if let Some(unknown) = options.iter().find(|option| !["--list", "--quick"].contains(option)) {
        return Err(format!("unknown option {unknown:?}; test takes --list, --quick and sections:\n{}", list()));
    }
    if let Some(unknown) = names.iter().find(|name| SECTIONS.iter().all(|section| section.id != **name)) {
        return Err(format!("no section is called {unknown:?}; the sections are:\n{}", list()));
    }
    if options.contains(&"--list") {
        return Ok(Request::List);
    }
    let quick = options.contains(&"--quick");
    let asked = |section: &&Section| {
        if names.is_empty() { !section.on_request } else { names.contains(&section.id) }
    };
    let (left_out, chosen): (Vec<&Section>, Vec<&Section>) =
        SECTIONS.iter().filter(asked).partition(|section| quick && section.needs_browser);
    // What runs test programs needs them built.
    let compiles = chosen.iter().any(|section| !section.programs.is_empty());
    let is_chosen =
        |section: &&Section| chosen.iter().any(|one| one.id == section.id) || (compiles && section.id == "compile");
    let ids = |sections: Vec<&Section>| sections.iter().map(|section| section.id).collect();
    Ok(Request::Run { chosen: ids(SECTIONS.iter().filter(is_chosen).collect()), left_out: ids(left_out) })
}

/// The sections, a line each.
fn list() -> String {
    SECTIONS.iter().map(|section| format!("  {:13} {}\n", section.id, section.about)).collect()
}

/// Runs the sections that `words` name, all without a name.
///
/// # Errors
/// At least one section failed; all others ran nevertheless.
pub(crate) fn test(words: &[&str]) -> Done {
    let (chosen, left_out) = match parse(words)? {
        Request::List => {
            print!("{}", list());
            return Ok(());
        }
        Request::Run { chosen, left_out } => (chosen, left_out),
    };
    let chosen: Vec<&Section> = SECTIONS.iter().filter(|section| chosen.contains(&section.id)).collect();
    let mut reports = schedule::run(&chosen);
    reports.extend(left_out.into_iter().map(|id| Report { id, seconds: 0.0, status: Status::skipped("--quick") }));
    summary(&reports)
}

/// Prints how each section ended.
fn summary(reports: &[Report]) -> Done {
    println!("\nsections:");
    let (mut skipped, mut failed) = (0, Vec::new());
    for Report { id, seconds, status } in reports {
        let line = match status {
            Status::Passed => format!("passed   {seconds:7.1} s  {id}"),
            Status::PassedInPart(why) => format!("passed   {seconds:7.1} s  {id}; not run: {why}"),
            Status::Skipped(why) => {
                skipped += 1;
                format!("skipped  {seconds:7.1} s  {id}: {why}")
            }
            Status::Failed(_) => {
                failed.push(*id);
                format!("FAILED   {seconds:7.1} s  {id}; run it alone: cargo xtask test {id}")
            }
        };
        println!("  {line}");
    }
    for Report { id, status, .. } in reports {
        if let Status::Failed(why) = status {
            println!("\n==> {id} failed: {why}");
        }
    }
    println!("\n{} passed, {} failed, {skipped} skipped", reports.len() - skipped - failed.len(), failed.len());
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_chosen_by_their_ids() {
        let Ok(Request::Run { chosen, left_out }) = parse(&["shell", "format"]) else { panic!("sections are chosen") };
        assert_eq!((chosen, left_out), (vec!["format", "compile", "shell"], vec![]));
        let Ok(Request::Run { chosen, left_out }) = parse(&["--quick"]) else { panic!("sections are chosen") };
        assert!(chosen.contains(&"server") && !chosen.contains(&"page"));
        assert!(left_out.contains(&"page") && !left_out.contains(&"recipes"));
        assert_eq!(parse(&["--list"]), Ok(Request::List));
    }

    #[test]
    fn an_unknown_section_is_an_error_that_lists_the_known_ones() {
        for words in [["shel"], ["--quik"]] {
            let error = parse(&words).unwrap_err();
            assert!(error.contains(words[0]) && error.contains("\n  shell "), "{error}");
        }
    }

    #[test]
    fn every_section_has_an_id_of_its_own_and_follows_earlier_ones() {
        for (index, section) in SECTIONS.iter().enumerate() {
            let earlier: Vec<&str> = SECTIONS[..index].iter().map(|section| section.id).collect();
            assert!(!earlier.contains(&section.id), "{}", section.id);
            assert!(section.after.iter().all(|id| earlier.contains(id)), "{}: {:?}", section.id, section.after);
        }
    }
}
