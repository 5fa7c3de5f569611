//! Packs are read, checked and evaluated.

use super::*;
use crate::base_images::Catalogue;
use crate::words::Language;
use std::sync::{Arc, LazyLock};

static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::builtin()));

fn files(all: &[(&str, &str)]) -> Files {
    all.iter().map(|(path, text)| ((*path).to_string(), PackFile::text(text))).collect()
}

const HELLO: &str = "FROM alpine\nCMD [\"echo\", \"hello\"]\n";

fn pack_files(definition: &str) -> Files {
    files(&[
        ("pack.toml", definition),
        ("en.md", "Task.\n"),
        ("start/Dockerfile", "FROM alpine\n"),
        ("solution/Dockerfile", HELLO),
    ])
}

const GOAL: &str = "format = 1\ntitle = \"One\"\n[[goals]]\nname = \"hello\"\nmessage = \"Say hello.\"\nwhen = { output-contains = \"hello\" }\n";

fn codes(read: &ReadPack) -> Vec<&'static str> {
    read.problems.iter().map(|problem| problem.code).collect()
}

/// What a condition answers for a workspace: the standing, and what was observed.
fn answer(condition: &str, workspace: &[(&str, &str)]) -> (Standing, String) {
    let definition = format!(
        "format = 1\ntitle = \"One\"\n[edits.source]\nfile = \"main.go\"\nappend = \"// x\"\n[[goals]]\nname = \"it\"\nmessage = \"It.\"\nwhen = {condition}\n"
    );
    let read = read("one", &pack_files(&definition), None);
    let told: Vec<String> = read.problems.iter().map(|one| one.message(Language::English)).collect();
    let pack = read.pack.unwrap_or_else(|| panic!("{condition}: {told:?}"));
    let workspace = files(workspace);
    let commands = ["docker  build -t x .".to_string()];
    let attempt = Attempt::new(&pack, &workspace, &commands, &CATALOGUE);
    let observed = ask(&pack.goals[0].when, &attempt);
    (observed.standing, observed.message(Language::English))
}

#[test]
fn a_pack_whose_solution_reaches_the_goals_has_no_problems() {
    let read = check("one", &pack_files(GOAL), &CATALOGUE);
    assert_eq!(codes(&read), [""; 0]);
    let pack = read.pack.unwrap();
    assert_eq!((pack.title.get("en"), pack.max_points(), pack.languages.as_slice()), ("One", 1, &["en".into()][..]));
    let attempt = Attempt::new(&pack, &pack.start, &[], &CATALOGUE);
    let evaluation = evaluate(&attempt);
    assert!(!evaluation.is_solved() && evaluation.is_gradable);
    assert_eq!((evaluation.first_miss, evaluation.points, evaluation.layers), (Some(0), 0, Some(0)));
}

#[test]
fn hidden_goals_are_counted_those_of_another_edition_too() {
    let more =
        "[[goals]]\nname = \"small\"\npoints = 3\nhidden = true\nmessage = \"m\"\nwhen = { size-under = \"20MB\" }\n";
    let read =
        check("one", &pack_files(&format!("hidden-goals = {{ count = 2, points = 5 }}\n{GOAL}{more}")), &CATALOGUE);
    assert_eq!(codes(&read), [""; 0]);
    let pack = read.pack.unwrap();
    assert_eq!((pack.hidden_goals(), pack.max_points()), ((3, 8), 4));
}

#[test]
fn problems_have_a_place() {
    let place = |definition: &str| {
        let read = check("one", &pack_files(definition), &CATALOGUE);
        let first = read.problems.first().unwrap_or_else(|| panic!("{definition}"));
        (first.code, first.place.file.clone(), first.place.line, first.place.column)
    };
    for (from, to, code, line, column) in [
        ("format = 1", "format = 2", "pack.newer-format", 0, 0),
        ("format = 1", "format = 0", "pack.older-format", 0, 0),
        ("format = 1", "", "pack.no-format", 0, 0),
        ("format = 1", "format = ", "pack.bad-toml", 1, 10),
        ("title = \"One\"", "titel = \"One\"", "pack.bad-toml", 2, 1),
        ("title = \"One\"", "title = \"One\"\nengine = \"docker-1\"", "pack.unknown-engine", 3, 10),
        ("title = \"One\"", "title = \"One\"\nbuilder = \"classic\"", "pack.unknown-builder", 3, 11),
        ("title = \"One\"", "title = \"One\"\ndate = \"2018-02-30\"", "pack.bad-date", 3, 8),
        ("name = \"hello\"", "name = \"Say hello\"", "pack.bad-name", 4, 8),
        ("{ output-contains = \"hello\" }", "{ fails = \"nothing\" }", "pack.unknown-cause", 6, 8),
        ("{ output-contains = \"hello\" }", "{ outputs = \"hello\" }", "pack.bad-toml", 6, 10),
        ("{ output-contains = \"hello\" }", "{ path-in-image = \"x\" }", "pack.relative-path", 6, 8),
        ("{ output-contains = \"hello\" }", "{ all = [] }", "pack.condition-empty", 6, 8),
        ("{ output-contains = \"hello\" }", "{ no-check = \"SP999\" }", "pack.unknown-rule", 6, 8),
        ("{ output-contains = \"hello\" }", "{ hint = \"nothing\" }", "pack.unknown-hint", 6, 8),
        ("{ output-contains = \"hello\" }", "{ size-under = \"-1\" }", "pack.bad-toml", 6, 23),
        (
            "{ output-contains = \"hello\" }",
            "{ step-reused = { step = \"RUN x\", after = \"no\" } }",
            "pack.unknown-edit",
            6,
            8,
        ),
        ("{ output-contains = \"hello\" }", "\"builds\"", "pack.start-solved", 4, 8),
        ("{ output-contains = \"hello\" }", "{ output-contains = \"bye\" }", "pack.solution-misses", 4, 8),
    ] {
        let wanted = (code, "pack.toml".to_string(), line, column);
        assert_eq!(place(&GOAL.replace(from, to)), wanted, "{to}");
    }
    assert_eq!(place(&format!("{GOAL}hidden = true\n")).0, "pack.start-shows-nothing");
}

#[test]
fn translations_must_be_complete() {
    let definition = GOAL.replace("\"One\"", "{ en = \"One\", zh-CN = \"一\" }");
    let mut all = pack_files(&definition);
    assert_eq!(
        codes(&check("one", &all, &CATALOGUE)),
        ["pack.no-markdown", "pack.no-translation", "pack.no-translation"]
    );
    all.insert("zh-CN.md".into(), PackFile::text("题目。\n\n<!-- explanation -->\n讲解。\n"));
    let definition = definition.replace("\"Say hello.\"", "{ en = \"Say hello.\", zh-CN = \"打招呼。\" }");
    all.insert("pack.toml".into(), PackFile::text(&definition));
    assert_eq!(codes(&check("one", &all, &CATALOGUE)), ["pack.explanation-differs"]);
    all.insert("en.md".into(), PackFile::text("Task.\n\n<!-- explanation -->\nBecause.\n"));
    assert_eq!(codes(&check("one", &all, &CATALOGUE)), [""; 0]);
    all.insert("notes.txt".into(), PackFile::text(""));
    assert_eq!(codes(&check("one", &all, &CATALOGUE)), ["pack.stray-file"]);
}

#[test]
fn hints_answer_what_is_seen_and_do_not_tell() {
    let hints = "[[hints]]\nwhen = \"builds\"\ntext = \"Every image builds.\"\n[[hints]]\nwhen = \"starts\"\ntext = \"Nothing starts.\"\n[[hints]]\nwhen = { fails = \"wrong-machine\" }\ntext = \"It ends with CMD   [\\\"echo\\\", \\\"hello\\\"]\"\n";
    let definition = format!("{GOAL}{hints}");
    let read = check("one", &pack_files(&definition), &CATALOGUE);
    let mut found = codes(&read);
    found.sort_unstable();
    assert_eq!(found, ["pack.hint-hidden", "pack.hint-never", "pack.hint-tells"]);
    let pack = read.pack.unwrap();
    let attempt = Attempt::new(&pack, &pack.start, &[], &CATALOGUE);
    assert_eq!(hint(&attempt), Some(0));
    // A state in which an earlier hint does not apply.
    let mut all = pack_files(&definition.replace("when = \"builds\"", "when = { build-fails = \"run-failed\" }"));
    all.insert("states/fails/Dockerfile".into(), PackFile::text("FROM alpine\nRUN false\n"));
    let mut found = codes(&check("one", &all, &CATALOGUE));
    found.sort_unstable();
    assert_eq!(found, ["pack.hint-never", "pack.hint-tells"], "the last one");
}

#[test]
fn a_pack_may_be_one_markdown_file() {
    let text = "+++\nformat = 1\ntitle = \"One\"\n[[goals]]\nname = \"hello\"\nmessage = \"Say hello.\"\nwhen = { output-contains = \"hello\" }\n+++\nTask.\n\n```dockerfile id=d file=Dockerfile\nFROM alpine\n```\n\n```dockerfile solution=Dockerfile\nFROM alpine\nCMD [\"echo\", \"hello\"]\n```\n\n```dockerfile state=bye file=Dockerfile\nFROM alpine\nCMD [\"echo\", \"bye\"]\n```\n";
    let read = check("one", &files(&[("en.md", text)]), &CATALOGUE);
    assert_eq!(codes(&read), [""; 0]);
    let pack = read.pack.unwrap();
    assert_eq!(pack.states.keys().collect::<Vec<_>>(), ["bye"]);
    assert!(pack.solution.unwrap()["Dockerfile"].as_text().unwrap().contains("hello"));
    let wrong = text.replace("output-contains", "output-contain");
    let read = check("one", &files(&[("en.md", &wrong)]), &CATALOGUE);
    let place = &read.problems[0].place;
    assert_eq!((place.file.as_str(), place.line), ("en.md", 7));
}

#[test]
fn an_older_lesson_is_a_pack_without_goals() {
    let text = "---\ntitle: One\nengine: docker-20.10\n---\nHi.\n\n```dockerfile id=d file=Dockerfile\nFROM alpine\nCMD [\"echo\", \"hello\"]\n```\n\n```console id=c\n$ docker build -q .\n[..]\n$ docker run nothing\n? 125\n...\n```\n";
    let read = check("one", &files(&[("en.md", text)]), &CATALOGUE);
    assert_eq!(codes(&read), [""; 0]);
    let pack = read.pack.unwrap();
    assert_eq!((pack.goals.len(), pack.engine.id.as_str(), pack.title.get("en")), (0, "docker-20.10", "One"));
    let played = play_console(&pack, "en", &CATALOGUE);
    assert!(played.len() == 2 && played.iter().all(|one| one.fits), "{played:?}");
}

#[test]
fn conditions_answer_with_what_was_observed() {
    use Standing::{Missed, Reached};
    let server = "package main\nimport \"net/http\"\nfunc main() { http.ListenAndServe(\":80\", nil) }\n";
    let dockerfile = "FROM golang:1.23 AS build\nWORKDIR /src\nCOPY main.go .\nRUN go build -o /app main.go\nFROM debian:12 AS unused\nFROM alpine:3.22\nRUN echo top > /secret\nRUN rm /secret\nCOPY --chmod=750 --chown=7 main.go /etc/main.go\nENV MODE=prod\nLABEL team=core\nEXPOSE 8080\nUSER 1000\nWORKDIR /work\nCOPY --from=build /app /app\nENTRYPOINT [\"/app\"]\n";
    let workspace = [("Dockerfile", dockerfile), ("main.go", server)];
    for (condition, wanted, observed) in [
        ("\"builds\"", Reached, "the build succeeds"),
        ("\"starts\"", Missed, "does not start: /app needs the loader /lib64/ld-linux-x86-64.so.2"),
        ("{ fails = \"interpreter-missing\" }", Reached, "loader"),
        ("{ fails = \"*\" }", Reached, "loader"),
        ("{ fails = \"not-found\" }", Missed, "loader"),
        ("{ exit-code = 255 }", Reached, "255"),
        ("{ output-contains = \"no such file\" }", Reached, "exec /app: no such file or directory"),
        ("{ output-contains = \"hello\" }", Missed, "exec /app"),
        ("{ final-base = \"alpine:3.*\" }", Reached, "alpine:3.22"),
        ("{ final-base = \"scratch\" }", Missed, "alpine:3.22"),
        ("{ final-base-means = \"alpine:3.22.*\" }", Reached, "alpine:3.22."),
        ("{ size-under = \"100MB\" }", Reached, "limit is 100MB"),
        ("{ size-under = 1000 }", Missed, "limit is 1kB"),
        ("{ size-at-most-of-start = 50 }", Missed, "the limit is ≈8"),
        ("{ size-at-most-of-start = 1000 }", Reached, "the limit is ≈8"),
        ("{ layers-at-most = 5 }", Reached, "adds 5 layers"),
        ("{ layers-at-most = 4 }", Missed, "adds 5 layers"),
        ("{ path-in-image = \"/app\" }", Reached, "/app is in the image"),
        ("{ path-in-image = \"/secret\" }", Missed, "/secret is not in the image"),
        ("{ path-not-in-image = \"/secret\" }", Reached, "/secret is not in the image"),
        ("{ path-in-layer = \"/secret\" }", Reached, "/secret is in the layer of RUN"),
        ("{ path-in-no-layer = \"/secret\" }", Missed, "/secret is in the layer of RUN"),
        ("{ path-in-no-layer = \"/src/*\" }", Reached, "no layer"),
        (
            "{ file = { path = \"/etc/main.go\", contains = \"net/http\", mode = \"750\", uid = 7 } }",
            Reached,
            "net/http",
        ),
        ("{ file = { path = \"/etc/main.go\", mode = \"644\" } }", Missed, "mode 750"),
        ("{ file = { path = \"/etc/main.go\", uid = 0 } }", Missed, "user 7"),
        ("{ file = { path = \"/etc/main.go\", contains = \"fmt\" } }", Missed, "does not contain fmt"),
        ("{ stage-exists = \"build\" }", Reached, "build"),
        ("{ stage-built = \"build\" }", Reached, "is built"),
        ("{ stage-not-built = \"unused\" }", Reached, "not built"),
        ("{ stage-built = \"nothing\" }", Missed, "no stage nothing"),
        ("{ step-run-again = { step = \"RUN go build*\", after = \"source\" } }", Reached, "run again"),
        ("{ step-reused = { step = \"RUN rm*\", after = \"source\" } }", Reached, "build cache"),
        ("{ step-reused = { step = \"RUN nothing\", after = \"source\" } }", Missed, "no step"),
        ("{ instruction = \"COPY --from=build *\" }", Reached, "COPY --from=build"),
        ("{ instruction = \"ONBUILD *\" }", Missed, "no instruction"),
        ("{ user = \"1000\" }", Reached, "1000"),
        ("{ not = { user = \"root\" } }", Reached, "1000"),
        ("{ command = \"/app\" }", Reached, "/app"),
        ("{ workdir = \"/work\" }", Reached, "/work"),
        ("{ env = \"MODE=prod\" }", Reached, "prod"),
        ("{ env = \"MODE=test\" }", Missed, "prod"),
        ("{ env = \"NOTHING\" }", Missed, "not set"),
        ("{ label = \"team\" }", Reached, "core"),
        ("{ port = 8080 }", Reached, "8080/tcp"),
        ("{ port = \"53/udp\" }", Missed, "8080/tcp"),
        ("{ no-check = \"SP002\" }", Missed, "line"),
        ("{ no-check = \"JSONArgsRecommended\" }", Reached, "finds nothing"),
        ("\"program-static\"", Missed, "/lib64/ld-linux-x86-64.so.2"),
        ("{ program-needs = \"libc.so.*\" }", Reached, "libc.so.6"),
        ("{ command-used = \"docker build *\" }", Reached, "docker build"),
        ("{ command-used = \"docker run *\" }", Missed, "not used"),
        (
            "{ command-output = { run = \"docker build -q -t x . && docker history -q x | wc -l\", contains = \"1\" } }",
            Reached,
            "prints",
        ),
        ("{ all = [\"builds\", \"starts\"] }", Missed, "loader"),
        ("{ any = [\"starts\", \"builds\"] }", Reached, "the build succeeds"),
        ("{ no-hint = \"no-certificates\" }", Missed, "loader"),
    ] {
        let (standing, told) = answer(condition, &workspace);
        assert_eq!(standing, wanted, "{condition}: {told}");
        assert!(told.contains(observed), "{condition}: {told}");
    }
}

#[test]
fn patterns_see_the_document_of_a_run() {
    let dockerfile = "FROM alpine\nRUN --network=none <<EOF\nset -e\nchmod 700 /etc/issue\nEOF\nRUN <<EOF\n#!/bin/sh\necho hi\nEOF\nCOPY main.go /\n";
    let workspace = [("Dockerfile", dockerfile), ("main.go", "package main\n")];
    for (condition, wanted) in [
        ("{ instruction = \"RUN *chmod 700*\" }", Standing::Reached),
        ("{ instruction = \"RUN --network=none set -e chmod*\" }", Standing::Reached),
        ("{ instruction = \"RUN <<EOF\" }", Standing::Reached),
        ("{ instruction = \"RUN echo hi\" }", Standing::Reached),
        ("{ not = { instruction = \"RUN *chmod*\" } }", Standing::Missed),
        ("{ instruction = \"RUN *chown*\" }", Standing::Missed),
        ("{ step-reused = { step = \"RUN echo*\", after = \"source\" } }", Standing::Reached),
    ] {
        assert_eq!(answer(condition, &workspace).0, wanted, "{condition}");
    }
}

#[test]
fn a_check_that_is_turned_off_still_counts() {
    let body = "FROM alpine\nCOPY main.go /a\n# check=skip=SP001,SP002\nRUN rm /a\nCMD echo hi\n";
    for start in
        ["# check=skip=all\n", "#  CHECK = skip=SP002,JSONArgsRecommended\r\n", "# escape=`\n# check=skip=all\n"]
    {
        let dockerfile = format!("{start}{body}");
        let workspace = [("Dockerfile", dockerfile.as_str()), ("main.go", "package main\n")];
        for condition in ["{ no-check = \"SP002\" }", "{ no-check = \"JSONArgsRecommended\" }"] {
            let (standing, told) = answer(condition, &workspace);
            assert_eq!(standing, Standing::Missed, "{start}{condition}: {told}");
        }
        assert_eq!(answer("{ no-check = \"FromAsCasing\" }", &workspace).0, Standing::Reached);
    }
}

#[test]
fn what_is_not_known_is_not_reached() {
    let unknown = [("Dockerfile", "FROM ghcr.io/nobody/knows:1\nRUN apt-get install -y curl\nCMD [\"/bin/x\"]\n")];
    for condition in [
        "\"starts\"",
        "{ not = \"starts\" }",
        "{ path-in-image = \"/bin/x\" }",
        "{ path-not-in-image = \"/bin/x\" }",
        "{ path-in-no-layer = \"/usr/share/doc/*\" }",
        "{ size-under = \"900MB\" }",
        "{ size-at-most-of-start = 100 }",
        "{ user = \"app\" }",
        "{ port = 80 }",
        "{ env = \"X\" }",
        "{ all = [\"builds\", \"starts\"] }",
    ] {
        let (standing, told) = answer(condition, &unknown);
        assert_eq!(standing, Standing::Unknown, "{condition}: {told}");
    }
}

#[test]
fn a_failed_build_misses_and_what_cannot_be_read_is_not_gradable() {
    let fails = [("Dockerfile", "FROM alpine\nRUN false\n")];
    assert_eq!(answer("{ build-fails = \"run-failed\" }", &fails).0, Standing::Reached);
    assert_eq!(answer("{ build-fails = \"parse\" }", &fails).0, Standing::Missed);
    let (standing, told) = answer("{ path-in-image = \"/bin/sh\" }", &fails);
    assert!(standing == Standing::Missed && told.contains("the build fails"), "{told}");
    let pack = read("one", &pack_files(GOAL), None).pack.unwrap();
    for (text, gradable) in [("FORM alpine\n", false), ("FROM alpine\nRUN false\n", true), ("", false)] {
        let workspace = files(&[("Dockerfile", text)]);
        let evaluation = evaluate(&Attempt::new(&pack, &workspace, &[], &CATALOGUE));
        assert_eq!((evaluation.is_gradable, evaluation.points), (gradable, 0), "{text}");
    }
    let evaluation = evaluate(&Attempt::new(&pack, &Files::new(), &[], &CATALOGUE));
    assert!(!evaluation.is_gradable && evaluation.error.unwrap().contains("no such file"));
}

#[test]
fn variants_are_checked_with_every_value() {
    let definition = "format = 1\ntitle = \"One\"\n[variables]\nport = [\"8080\", \"9090\"]\n[[goals]]\nname = \"port\"\nmessage = \"The port is {{port}}.\"\nwhen = { port = \"{{port}}\" }\n";
    let mut all = pack_files(definition);
    all.insert("solution/Dockerfile".into(), PackFile::text("FROM alpine\nEXPOSE {{port}}\n"));
    assert_eq!(codes(&check("one", &all, &CATALOGUE)), [""; 0]);
    all.insert("solution/Dockerfile".into(), PackFile::text("FROM alpine\nEXPOSE 8080\n"));
    let read = check("one", &all, &CATALOGUE);
    assert_eq!(codes(&read), ["pack.solution-misses"]);
    assert!(read.problems[0].message(Language::English).contains("port = 9090"));
}

#[test]
fn hostile_packs_are_refused() {
    let deep = format!("{}\"builds\"{}", "{ not = ".repeat(60), " }".repeat(60));
    let wide = format!("{{ any = [{}] }}", "\"builds\",".repeat(2_000));
    let long = format!("{{ output-contains = \"{}\" }}", "x".repeat(5_000));
    for condition in [deep, wide, long] {
        let definition = GOAL.replace("{ output-contains = \"hello\" }", &condition);
        assert!(read("one", &pack_files(&definition), None).pack.is_none());
    }
    let many = format!(
        "{}{}",
        GOAL.replace("[[goals]]", "[[hints]]\ntext = \"x\"\n[[goals]]"),
        "[[hints]]\ntext = \"x\"\n".repeat(60)
    );
    assert!(read("one", &pack_files(&many), None).pack.is_none());
    let commands = format!("{{ any = [{}] }}", "{ command-output = { run = \"true\", contains = \"x\" } },".repeat(21));
    let many = GOAL.replace("{ output-contains = \"hello\" }", &commands);
    assert_eq!(codes(&read("one", &pack_files(&many), None)), ["pack.too-many-commands"]);
    let edit = "[edits.grow]\nfile = \"a\"\nreplace = \"x\"\nwith = \"";
    let when = "{ step-reused = { step = \"RUN *\", after = \"grow\" } }";
    let grow = format!("{}{edit}{}\"\n", GOAL.replace("{ output-contains = \"hello\" }", when), "y".repeat(1 << 20));
    let pack = read("one", &pack_files(&grow), None).pack.unwrap();
    let workspace = files(&[("Dockerfile", HELLO), ("a", &"x".repeat(1 << 20))]);
    let observed = ask(&pack.goals[0].when, &Attempt::new(&pack, &workspace, &[], &CATALOGUE));
    assert!(observed.message(Language::English).contains("does not fit"), "a terabyte is not written");
    let mut binary = pack_files(GOAL);
    binary.insert("pack.toml".into(), PackFile { mode: 0o644, bytes: vec![0xff, 0] });
    assert_eq!(codes(&read("one", &binary, None)), ["pack.not-utf8"]);
}

#[test]
fn work_is_graded_by_what_is_simulated() {
    let pack = read("one", &pack_files(GOAL), None).pack.unwrap();
    let fingerprint = |dockerfile: &str| {
        let workspace = files(&[("Dockerfile", dockerfile)]);
        let work = Work::of(&pack, "", &workspace, &[]);
        assert_eq!(work.workspace(&pack).unwrap(), workspace);
        let graded = grade(&pack, &workspace, &[], &CATALOGUE);
        (graded.evaluation.points, graded.fingerprint)
    };
    let (points, one) =
        fingerprint("FROM alpine AS a\nRUN echo x > /x\nFROM alpine\nCOPY --from=a /x /y\nCMD [\"echo\", \"hello\"]\n");
    assert_eq!(points, 1);
    let copied = "# mine\nfrom alpine as builder\nrun echo   x \\\n > /x\nFROM alpine\nCOPY --from=builder /x /y\nCMD [\"echo\", \"hello\"]\n";
    assert_eq!(fingerprint(copied).1, one);
    assert_ne!(fingerprint(HELLO).1, one);
    assert_eq!(fingerprint("FORM\n").1, None);
}

#[test]
fn another_students_variant_is_refused() {
    let definition = format!("{GOAL}[variables]\nport = [\"8080\", \"9090\"]\n");
    let pack = read("one", &pack_files(&definition), None).pack.unwrap();
    let work = Work { seed: seed("one", "ada"), ..Work::of(&pack, "", &pack.start, &[]) };
    assert_eq!(seed_of_work(&pack, &work, " Ada").unwrap(), seed("one", "ada"));
    assert_eq!(seed_of_work(&pack, &work, "bob").unwrap_err().0, "submission.other-variant");
}

#[test]
fn what_a_pack_has_too_much_of_is_refused_at_once() {
    let many = |text: &str, count: usize| text.repeat(count);
    let read = |definition: &str, markdown: &str| {
        let mut all = pack_files(definition);
        all.insert("en.md".into(), PackFile::text(markdown));
        check("one", &all, &CATALOGUE)
    };
    let hint = "[[hints]]\nwhen = \"builds\"\ntext = \"x\"\n";
    let setup = format!("setup = [{}]\n", many("\"while true; do :; done\",", 1000));
    let languages = format!("languages = [{}]\n", many("\"en\",", 1000));
    let goal = "[[goals]]\nname = \"a\"\nmessage = \"m\"\nwhen = \"starts\"\n";
    for (definition, code) in [
        (format!("{GOAL}{}", many(hint, 50_000)), "pack.too-many-goals"),
        (format!("{GOAL}{}", many(goal, 50_000)), "pack.too-many-goals"),
        (format!("{setup}{GOAL}"), "pack.too-many-setup"),
        (format!("{languages}{GOAL}"), "pack.too-many-languages"),
    ] {
        let read = read(&definition, "Task.\n");
        assert_eq!((codes(&read), read.pack.is_none()), (vec![code], true));
    }
    for markdown in [
        many("```console id=c\n$ while true; do :; done\n```\n", 501),
        format!("```console id=c\n{}```\n", many("$ true\n", 201)),
        many("```x solution=y\n```\n", 10_000),
        many("```x solution=y\n```\n", 100_000),
        many("# a\n", 100_000),
    ] {
        assert!(read(GOAL, &markdown).pack.is_none());
    }
}

#[test]
fn messages_repeat_little_of_a_pack_and_nothing_that_steers_a_terminal() {
    for name in ["x".repeat(1_000_000), "\u{1b}[31mred\u{7}\u{202e}".to_string()] {
        let definition = GOAL.replace("title = \"One\"", &format!("title = \"One\"\nengine = {}", toml_text(&name)));
        let read = check("one", &pack_files(&definition), &CATALOGUE);
        let message = read.problems[0].message(Language::English);
        assert!(message.len() < 500 && !message.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{message:?}");
    }
}

fn toml_text(text: &str) -> String {
    let escaped: String = text.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect();
    format!("\"{escaped}\"")
}
