//! Runs sections side by side where they do not share what only one may use.

use super::logs;
use super::outcome::Outcome;
use super::sections::Section;
use crate::run::{Done, end_all_of, in_section};
use std::collections::BTreeMap;
use std::fs;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How a section ended.
#[derive(Clone, Debug)]
pub(super) enum Status {
    Passed,
    /// Passed, but some of its tests did not run: why.
    PassedInPart(String),
    Skipped(String),
    Failed(String),
}

impl Status {
    pub(super) fn skipped(why: &str) -> Self {
        Status::Skipped(why.to_string())
    }
}

/// A section that ended.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) id: &'static str,
    pub(super) seconds: f64,
    pub(super) status: Status,
}

impl Report {
    fn has_failed(&self) -> bool {
        matches!(self.status, Status::Failed(_))
    }
}

/// The variable that bounds the time of all sections together, in minutes. A run that is bounded leaves sections out
/// rather than ending in the middle of one.
const BUDGET: &str = "STAGEPLAY_TEST_MINUTES";
/// A section begins only if at least this much of the bounded time is left: what the longest one takes.
const LEAST_LEFT: Duration = Duration::from_secs(12 * 60);

/// When a run that begins now has to end; `None` if it may take as long as it needs.
fn budget() -> Option<Instant> {
    let minutes = std::env::var(BUDGET).ok()?.parse().ok()?;
    Some(Instant::now() + Duration::from_secs(60 * u64::from(u16::min(minutes, 10_000))))
}

/// Sections at the same time: one more than processors, since some wait for an engine or a network.
fn lanes() -> usize {
    thread::available_parallelism().map_or(2, |count| count.get() + 1)
}

/// Whether a section may start beside those that run.
fn may_start(section: &Section, running: &[&Section], open: &[&Section]) -> bool {
    let waits = section.after.iter().any(|id| open.iter().chain(running).any(|other| other.id == *id));
    let is_alone = running.is_empty() || (!section.alone && running.iter().all(|other| !other.alone));
    let is_free = running.iter().all(|other| section.uses.iter().all(|one| !other.uses.contains(one)));
    // One that must be alone waits until all that come before it in the table ended.
    let is_next = !section.alone || open.first().is_some_and(|first| first.id == section.id);
    !waits && is_alone && is_free && is_next
}

/// Runs all sections, whatever fails; the reports are in the order of the sections.
pub(super) fn run(sections: &[&'static Section]) -> Vec<Report> {
    run_until(sections, budget())
}

/// The same, up to a moment.
fn run_until(sections: &[&'static Section], end: Option<Instant>) -> Vec<Report> {
    let (send, receive) = mpsc::channel::<Report>();
    let mut open = sections.to_vec();
    let mut running: Vec<&Section> = Vec::new();
    let mut begun: BTreeMap<&str, Instant> = BTreeMap::new();
    let mut reports: BTreeMap<usize, Report> = BTreeMap::new();
    // What is alone may print at once.
    let keeps_output = sections.len() > 1;
    let place = |id: &str| sections.iter().position(|section| section.id == id).unwrap_or(0);
    while !open.is_empty() || !running.is_empty() {
        while running.len() < lanes()
            && let Some(at) = open.iter().position(|section| may_start(section, &running, &open))
        {
            let section = open.remove(at);
            if end.is_some_and(|end| Instant::now() + LEAST_LEFT > end) {
                reports.insert(place(section.id), left_out(section, 0.0));
                continue;
            }
            let lacks = reports.values().find(|report| section.after.contains(&report.id) && report.has_failed());
            if let Some(failed) = lacks {
                let status = Status::Failed(format!("not run, since {} failed", failed.id));
                reports.insert(place(section.id), Report { id: section.id, seconds: 0.0, status });
                continue;
            }
            running.push(section);
            begun.insert(section.id, Instant::now());
            println!("==> {}: {}", section.id, section.about);
            let send = send.clone();
            let ids: Vec<&'static str> = sections.iter().map(|section| section.id).collect();
            thread::spawn(move || {
                let _ = send.send(one(section, &ids, keeps_output));
            });
        }
        let own_end = |section: &Section| begun[section.id] + section.limit;
        let Some(next) = running.iter().min_by_key(|section| own_end(section)) else { break };
        let until = end.map_or(own_end(next), |end| end.min(own_end(next)));
        let report = match receive.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(report) => report,
            Err(_) if until < own_end(next) => {
                end_all_of(next.id);
                left_out(next, begun[next.id].elapsed().as_secs_f64())
            }
            Err(_) => overdue(next),
        };
        // One that was ended may still report how.
        if running.iter().all(|section| section.id != report.id) {
            continue;
        }
        running.retain(|section| section.id != report.id);
        show(&report, keeps_output);
        reports.insert(place(report.id), report);
    }
    reports.into_values().collect()
}

/// The report of a section for which the bounded time of all sections is too short.
fn left_out(section: &Section, seconds: f64) -> Report {
    let why = format!("the {} minutes of {BUDGET} are over", std::env::var(BUDGET).unwrap_or_default());
    Report { id: section.id, seconds, status: Status::skipped(&why) }
}

/// Ends a section that runs for longer than it may, and tells what its test programs printed last: libtest names the
/// tests that have been running for more than a minute.
fn overdue(section: &Section) -> Report {
    end_all_of(section.id);
    let why = format!("did not end within {}{}", shown(section.limit), logs::last_lines(section.id));
    Report { id: section.id, seconds: section.limit.as_secs_f64(), status: Status::Failed(why) }
}

fn shown(limit: Duration) -> String {
    if limit.as_secs() < 60 {
        format!("{} s", limit.as_secs_f64())
    } else {
        format!("{} minutes", limit.as_secs() / 60)
    }
}

fn one(section: &Section, chosen: &[&'static str], keeps_output: bool) -> Report {
    let begun = Instant::now();
    let path = logs::of_section(section.id);
    let file =
        fs::create_dir_all(logs::folder()).and_then(|()| keeps_output.then(|| fs::File::create(&path)).transpose());
    let outcome = match file {
        Ok(file) => in_section(section.id, file, || (section.work)(chosen)),
        Err(error) => Err(format!("{}: {error}", path.display())),
    };
    Report { id: section.id, seconds: begun.elapsed().as_secs_f64(), status: status(outcome) }
}

fn status(outcome: Done<Outcome>) -> Status {
    match outcome {
        Ok(Outcome::Passed) => Status::Passed,
        Ok(Outcome::PassedInPart(why)) => Status::PassedInPart(why),
        Ok(Outcome::Skipped(why)) => Status::Skipped(why),
        Err(why) => Status::Failed(why),
    }
}

/// Prints a section's output as a whole, so that those of several do not mix.
fn show(report: &Report, keeps_output: bool) {
    let word = match &report.status {
        Status::Passed | Status::PassedInPart(_) => "passed",
        Status::Skipped(_) => "skipped",
        Status::Failed(_) => "FAILED",
    };
    println!("<== {} {word} after {:.1} s", report.id, report.seconds);
    let text = if keeps_output { fs::read(logs::of_section(report.id)).unwrap_or_default() } else { Vec::new() };
    for line in String::from_utf8_lossy(&text).lines() {
        println!("    {line}");
    }
    if let Status::Failed(why) = &report.status {
        println!("{why}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::sections::Resource;

    const fn section(
        id: &'static str,
        uses: &'static [Resource],
        after: &'static [&'static str],
        alone: bool,
    ) -> Section {
        Section {
            id,
            about: "",
            programs: &[],
            uses,
            after,
            alone,
            needs_browser: false,
            on_request: false,
            limit: Duration::from_secs(60),
            work: |_| Ok(Outcome::Passed),
        }
    }

    #[test]
    fn what_follows_a_failed_section_does_not_run_and_all_others_do() {
        static TABLE: [Section; 3] = [
            Section { work: |_| Err("broken".into()), ..section("first", &[], &[], false) },
            Section { work: |_| Err("it runs".into()), ..section("second", &[], &["first"], false) },
            section("third", &[], &[], true),
        ];
        let reports = run(&TABLE.iter().collect::<Vec<_>>());
        let seen: Vec<String> = reports.iter().map(|report| format!("{} {:?}", report.id, report.status)).collect();
        assert_eq!(
            seen,
            ["first Failed(\"broken\")", "second Failed(\"not run, since first failed\")", "third Passed"]
        );
    }

    #[test]
    fn a_section_that_does_not_end_fails_and_its_programs_end() {
        static TABLE: [Section; 2] = [
            Section {
                work: |_| crate::run::run(crate::run::command("sleep").arg("3600")).map(|()| Outcome::Passed),
                limit: Duration::from_millis(200),
                ..section("endless", &[], &[], false)
            },
            section("other", &[], &[], true),
        ];
        let reports = run(&TABLE.iter().collect::<Vec<_>>());
        let [endless, other] = &reports[..] else { panic!("both report") };
        assert!(matches!(&endless.status, Status::Failed(why) if why.starts_with("did not end within 0.2 s")));
        assert!(matches!(other.status, Status::Passed));
        if cfg!(target_os = "linux") {
            thread::sleep(Duration::from_millis(100));
            assert!(crate::run::processes_of("endless").is_empty());
        }
    }

    #[test]
    fn a_bounded_run_leaves_out_what_there_is_no_time_for() {
        static TABLE: [Section; 2] = [
            Section {
                work: |_| crate::run::run(crate::run::command("sleep").arg("3601")).map(|()| Outcome::Passed),
                limit: Duration::from_millis(200),
                ..section("long", &[], &[], false)
            },
            section("later", &[], &[], true),
        ];
        let sections: Vec<&Section> = TABLE.iter().collect();
        let now = Instant::now();
        let reports = run_until(&sections, Some(now + LEAST_LEFT + Duration::from_secs(3_600)));
        assert!(matches!(reports[0].status, Status::Failed(_)), "its own limit is shorter: {reports:?}");
        let reports = run_until(&sections, Some(now));
        assert!(reports.iter().all(|report| matches!(report.status, Status::Skipped(_))), "{reports:?}");
    }

    #[test]
    fn a_section_waits_for_what_it_needs_and_for_what_another_uses() {
        let first = section("first", &[Resource::Engine], &[], false);
        let second = section("second", &[Resource::Engine], &[], false);
        let third = section("third", &[], &["first"], false);
        let last = section("last", &[], &[], true);
        let free = section("free", &[], &[], false);
        assert!(!may_start(&second, &[&first], &[&second, &third]), "both use the engine");
        assert!(!may_start(&third, &[&first], &[&third]), "it comes after the first");
        assert!(may_start(&free, &[&first], &[&free]));
        assert!(!may_start(&last, &[&free], &[&last]), "it runs alone");
        assert!(!may_start(&free, &[&last], &[&free]), "nothing runs beside one that is alone");
        assert!(!may_start(&last, &[], &[&third, &last]), "earlier ones come first");
        assert!(may_start(&last, &[], &[&last]));
    }
}
