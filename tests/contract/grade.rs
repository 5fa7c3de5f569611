//! `stageplay grade`: good, bad and hostile submissions.

use crate::packs::write_pack;
use serde_json::Value;
use stageplay_core::exercise::{Files, PackFile, Submission, Work};
use stageplay_tests::{folder, stageplay, stdout, write};
use std::collections::BTreeSet;
use std::path::Path;

const PACK: &str = "format = 1\ntitle = \"One\"\n[[goals]]\nname = \"hello\"\nmessage = \"Say hello.\"\nwhen = { output-contains = \"hello\" }\n[[goals]]\nname = \"small\"\npoints = 2\nhidden = true\nmessage = \"It is small.\"\nwhen = { size-under = \"20MB\" }\n";
const HELLO: &str = "FROM alpine\nCMD [\"echo\", \"hello\"]\n";

fn work(dockerfile: &str) -> Work {
    let files = Files::from([("Dockerfile".to_string(), PackFile::text(dockerfile))]);
    Work { pack: "hello".into(), files, ..Work::default() }
}

fn submission(student: &str, dockerfile: &str) -> Submission {
    Submission {
        student: student.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        work: vec![work(dockerfile)],
        ..Submission::default()
    }
}

fn grade(dir: &Path, args: &[&str]) -> (String, String, i32) {
    let output = stageplay().arg("grade").args(args).current_dir(dir).output().unwrap();
    (stdout(&output), String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code().unwrap())
}

/// The rows of a table of which no cell holds a line end.
fn rows(csv: &str) -> Vec<&str> {
    csv.trim_end_matches("\r\n").split("\r\n").collect()
}

#[test]
fn students_have_a_row_and_goals_a_column() {
    let dir = folder("grade-csv");
    write_pack(&dir, PACK);
    let mut copied = submission("carl", "from alpine AS x\nRUN true\nFROM alpine\nCMD [\"echo\", \"hello\"]\n");
    copied.name = "Carl, the \"Great\"".into();
    write(
        &dir,
        &[
            ("in/1.txt", &submission("ada", HELLO).to_text()),
            ("in/2.txt", &submission("bob", "FROM alpine\n").to_text()),
            ("in/3.txt", &copied.to_text()),
            ("in/4.txt", &submission("dora", "FORM alpine\n").to_text()),
            ("in/5.txt", "my homework"),
        ],
    );
    let (csv, _, code) = grade(&dir, &["hello", "in"]);
    assert_eq!(code, 0);
    let digest = "made with another edition of the exercise";
    let wanted = [
        "student,name,points,max,hello,small,status,first-miss,warnings,error,source".to_string(),
        format!("ada,,3,3,1,2,graded,,{digest},,in/1.txt"),
        format!("bob,,2,3,0,2,graded,hello,{digest},,in/2.txt"),
        format!("carl,\"Carl, the \"\"Great\"\"\",3,3,1,2,graded,,{digest},,in/3.txt"),
    ];
    let found = rows(&csv);
    assert_eq!(found[..4], wanted.each_ref().map(String::as_str));
    assert!(found[4].starts_with("dora,,0,3,,,not-gradable,,"), "{}", found[4]);
    assert!(found[4].contains("FORM"), "{}", found[4]);
    assert!(csv.contains(",error,,,this is not a submission: it begins with stageplay:1:,in/5.txt\r\n"), "{csv}");
    assert_eq!(csv, grade(&dir, &["hello", "in"]).0, "the same submissions give the same bytes");
    assert!(grade(&dir, &["hello", "in", "--bom"]).0.starts_with("\u{feff}student,"));
}

#[test]
fn an_empty_folder_and_work_on_another_exercise_are_one_row_each() {
    let dir = folder("grade-empty");
    write_pack(&dir, PACK);
    let mut other = submission("bob", HELLO);
    other.work[0].pack = "goodbye".into();
    write(&dir, &[("in/ada/Dockerfile", HELLO), ("in/bob.txt", &other.to_text())]);
    std::fs::create_dir_all(dir.join("in/carl")).unwrap();
    let (csv, _, code) = grade(&dir, &["hello", "in"]);
    let found = rows(&csv);
    assert_eq!((code, found.len()), (0, 4), "{csv}");
    assert!(found[1].starts_with("ada,,3,3,"), "{csv}");
    assert!(csv.contains("\r\nbob,,,,,,error,,,\"the submission is for the exercise goodbye"), "{csv}");
    assert!(csv.contains("\r\ncarl,,,,,,error,,,the folder holds no submission"), "{csv}");
}

#[test]
fn a_table_of_a_form_is_read() {
    let dir = folder("grade-form");
    write_pack(&dir, PACK);
    let (ada, bob) = (submission("ada", HELLO).to_text(), submission("someone", HELLO).to_text());
    // A form breaks long lines and adds words.
    let (head, tail) = ada.split_at(40);
    let form = format!(
        "\u{feff}Time,Student ID,Answer\r\n1,s1,\"Here: {head}\n{tail} thanks\"\r\n2,s2,{bob}\r\n3,s3,nothing\r\n4,s1,{bob}\r\n"
    );
    write(&dir, &[("form.csv", &form)]);
    let (csv, _, code) = grade(&dir, &["hello", "form.csv", "--id-column", "Student ID"]);
    let found = rows(&csv);
    assert_eq!((code, found.len()), (0, 4), "{csv}");
    assert!(found[1].starts_with("s1,,3,3,1,2,graded,") && found[1].contains("2 submissions of this exercise"));
    assert!(found[1].ends_with(",form.csv:5"), "{}", found[1]);
    assert!(found[2].starts_with("s2,") && found[3].starts_with("s3,") && found[3].contains(",error,"), "{csv}");
    let (csv, ..) = grade(&dir, &["hello", "form.csv"]);
    assert!(rows(&csv)[1].starts_with("ada,"), "without a column the submission names the student: {csv}");
    let (_, errors, code) = grade(&dir, &["hello", "form.csv", "--id-column", "Nothing"]);
    assert!(code == 2 && errors.contains("no column \"Nothing\""), "{errors}");
}

#[test]
fn the_last_submission_counts_or_the_best() {
    let dir = folder("grade-several");
    write_pack(&dir, PACK);
    let texts = [HELLO, "FROM alpine\n", "FORM\n"].map(|text| submission("Ada", text).to_text());
    write(&dir, &[("all.txt", &texts.join("\n"))]);
    let points = |args: &[&str]| {
        let (json, ..) = grade(&dir, &[&["hello", "all.txt", "--format", "json"], args].concat());
        let report: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(report["students"].as_array().unwrap().len(), 1);
        let exercise = &report["students"][0]["exercises"][0];
        (exercise["points"].as_u64().unwrap(), exercise["status"].as_str().unwrap().to_string())
    };
    assert_eq!(points(&[]), (0, "not-gradable".into()));
    assert_eq!(points(&["--best"]), (3, "graded".into()));
}

#[test]
fn cells_are_no_formulas() {
    let dir = folder("grade-formulas");
    write_pack(&dir, PACK);
    let mut texts = String::new();
    for student in
        ["=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "\u{ff1d}1", "a\"b", "a,b", "<script>alert(1)</script>"]
    {
        let mut one = submission(student, HELLO);
        one.name = "=HYPERLINK(\"http://x\")".into();
        texts.push_str(&format!("{}\n", one.to_text()));
    }
    write(&dir, &[("all.txt", &texts), ("=evil.txt", "x")]);
    let (csv, _, code) = grade(&dir, &["hello", "all.txt", "=evil.txt"]);
    assert_eq!(code, 0);
    for row in rows(&csv).iter().skip(1) {
        for cell in row.split(',') {
            let bare = cell.trim_start_matches('"');
            assert!(!bare.starts_with(['=', '+', '-', '@', '\t', '\u{ff1d}']), "{row}");
        }
    }
    assert!(csv.contains("\"'=HYPERLINK(\"\"http://x\"\")\"") && csv.contains("\"a\"\"b\"") && csv.contains("\"a,b\""));
    let (html, ..) = grade(&dir, &["hello", "all.txt", "--format", "html"]);
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn the_page_shows_the_work_and_loads_nothing() {
    let dir = folder("grade-html");
    write_pack(&dir, PACK);
    let mut one = submission(
        "ada",
        "FROM alpine\nLABEL x=\"</pre><img src=x onerror=alert(1)>\u{202e}\"\nCMD [\"echo\", \"hello\"]\n",
    );
    one.work[0].files.insert("big.txt".into(), PackFile::text(&"line\n".repeat(100_000)));
    write(&dir, &[("one.txt", &one.to_text())]);
    let (html, _, code) = grade(&dir, &["hello", "one.txt", "--format", "html"]);
    assert_eq!(code, 0);
    assert!(html.contains("&lt;/pre&gt;&lt;img src=x onerror=alert(1)&gt;\u{fffd}"), "{}", &html[..3_000]);
    for bad in ["<script", "<img", "src=\"", "http://", "https://", "\u{202e}"] {
        assert!(!html.contains(bad), "{bad}");
    }
    assert!(html.contains("<ins>+ CMD [&quot;echo&quot;, &quot;hello&quot;]</ins>") && html.contains("Say hello."));
    assert!(html.len() < 2_000_000, "large files are cut: {}", html.len());
    let (html, ..) = grade(&dir, &["hello", "one.txt", "--format", "html", "--lang", "zh-CN"]);
    assert!(html.contains("<html lang=\"zh-CN\">") && html.contains("成绩"));
}

#[test]
fn hostile_submissions_become_rows() {
    let dir = folder("grade-hostile");
    write_pack(&dir, PACK);
    let loops = "FROM alpine\nRUN while true; do :; done\nRUN dd if=/dev/zero of=/x bs=1G count=99999999999\nRUN echo $((9999999999999999999*9999999999))\n";
    let stages: String = (0..300).map(|at| format!("FROM alpine AS s{at}\nRUN echo {at}\n")).collect();
    let mut outside = submission("outside", HELLO);
    outside.work[0].files.insert("../../etc/cron.d/x".into(), PackFile::text("x"));
    let mut folders = submission("folders", HELLO);
    folders.work[0].files.insert("Dockerfile/x".into(), PackFile::text("x"));
    let mut removed = submission("removed", "");
    removed.work[0].files.clear();
    removed.work[0].removed = BTreeSet::from(["Dockerfile".into(), "../x".into()]);
    let mut binary = submission("binary", "");
    binary.work[0].files.insert("Dockerfile".into(), PackFile { mode: 0o644, bytes: vec![0, 0xff, 0xfe] });
    let mut unknown = submission("unknown", HELLO);
    unknown.work[0].pack = "=other".into();
    let all = [
        submission("loops", loops),
        submission("stages", &stages),
        submission("nul", "FROM alpine\0\nRUN \0\n"),
        submission("long", &format!("FROM alpine\nRUN echo {}\n", "x".repeat(60_000))),
        outside,
        folders,
        removed,
        binary,
        unknown,
        submission("good", HELLO),
    ];
    for (at, one) in all.iter().enumerate() {
        write(&dir, &[(&format!("in/{at:02}.txt"), &one.to_text())]);
    }
    std::fs::write(dir.join("in/20.txt"), [0xff, 0xfe, 0, 1]).unwrap();
    std::fs::write(dir.join("in/21.csv"), b"a,b\n\xff\xfe\0,\"unterminated\nstageplay:1:x:y").unwrap();
    std::fs::write(dir.join("in/22.txt"), format!("stageplay:1:{}", "A".repeat(3 << 20))).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", dir.join("in/23.txt")).unwrap();
    std::os::unix::fs::symlink("..", dir.join("in/24")).unwrap();
    let (csv, errors, code) = grade(&dir, &["hello", "in"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    let row = |student: &str| {
        let found = rows(&csv).into_iter().find(|row| row.split(',').any(|cell| cell == student));
        found.unwrap_or_else(|| panic!("{student}: {csv}")).to_string()
    };
    assert!(row("good").starts_with("good,,3,3,1,2,graded,"));
    for student in ["loops", "stages", "long"] {
        assert!(row(student).contains(",graded,"), "{}", row(student));
    }
    for student in ["nul", "removed", "binary"] {
        assert!(row(student).contains(",not-gradable,"), "{}", row(student));
    }
    assert!(row("binary").contains("Dockerfile is not UTF-8 text"), "{csv}");
    for source in ["in/04.txt", "in/05.txt", "in/20.txt", "in/22.txt", "in/23.txt", "in/24"] {
        assert!(row(source).contains(",error,"), "{}", row(source));
    }
    assert!(csv.contains("in/21.csv:2") && csv.contains("=other") && !csv.contains("root:"), "{csv}");
}

#[test]
fn ten_thousand_submissions_are_graded() {
    let dir = folder("grade-many");
    write_pack(&dir, PACK);
    let answers: Vec<String> =
        (0..20).map(|at| format!("FROM alpine\nLABEL a={at}\nCMD [\"echo\", \"hello\"]\n")).collect();
    let all: String =
        (0..10_000).map(|at| format!("{}\n", submission(&format!("s{at:05}"), &answers[at % 20]).to_text())).collect();
    write(&dir, &[("all.txt", &all)]);
    let (csv, _, code) = grade(&dir, &["hello", "all.txt"]);
    assert_eq!((code, rows(&csv).len()), (0, 10_001));
    assert!(rows(&csv).iter().skip(1).all(|row| row.contains(",3,3,1,2,graded,")));
}

#[test]
fn copies_are_found_and_solutions_are_not() {
    let dir = folder("grade-alike");
    write_pack(&dir, PACK);
    let own = "FROM alpine AS one\nRUN echo hello > /x\nFROM alpine\nCOPY --from=one /x /x\nCMD [\"cat\", \"/x\"]\n";
    let copy = "# my own work\nfrom alpine AS two\nRUN   echo hello > /x\nFROM alpine\nCOPY --from=two /x /x\nCMD [\"cat\", \"/x\"]\n";
    let texts: Vec<String> = [
        ("ada", own),
        ("bob", copy),
        ("carl", HELLO),
        ("dora", HELLO),
        ("eve", "FROM alpine\n"),
        ("fred", "FROM alpine\n"),
    ]
    .map(|(student, text)| submission(student, text).to_text())
    .to_vec();
    write(&dir, &[("all.txt", &texts.join("\n"))]);
    let (json, ..) = grade(&dir, &["hello", "all.txt", "--format", "json"]);
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["clusters"], serde_json::json!([{"pack": "hello", "students": ["ada", "bob"]}]));
}

#[test]
fn a_collection_has_a_total_and_pairs_over_exercises() {
    let dir = folder("grade-collection");
    for name in ["one", "two"] {
        let at = |file: &str| format!("all/{name}/{file}");
        write(
            &dir,
            &[
                (&at("pack.toml"), PACK),
                (&at("en.md"), "Task.\n"),
                (&at("start/Dockerfile"), "FROM alpine\n"),
                (&at("solution/Dockerfile"), HELLO),
            ],
        );
    }
    write(
        &dir,
        &[(
            "all/index.toml",
            "format = 1\ntitle = \"All\"\n[[chapters]]\nname = \"a\"\ntitle = \"A\"\npacks = [\"one\", \"two\"]\n",
        )],
    );
    let own = "FROM alpine\nRUN true\nCMD [\"echo\", \"hello\"]\n";
    let both = |student: &str| {
        let works = ["one", "two"].map(|pack| Work { pack: pack.into(), ..work(own) });
        Submission { work: works.to_vec(), ..submission(student, "") }.to_text()
    };
    let mut only_one = submission("carl", HELLO);
    only_one.work[0].pack = "two".into();
    write(&dir, &[("all.txt", &[both("ada"), both("bob"), only_one.to_text()].join("\n"))]);
    let (csv, _, code) = grade(&dir, &["all", "all.txt"]);
    let found = rows(&csv);
    assert_eq!(code, 0);
    assert_eq!(
        found[0],
        "student,name,points,max,one,one/hello,one/small,two,two/hello,two/small,status,first-miss,warnings,error,source"
    );
    assert!(found[1].starts_with("ada,,6,6,3,1,2,3,1,2,one: graded; two: graded,"), "{}", found[1]);
    assert!(found[3].starts_with("carl,,3,6,,,,3,1,2,two: graded,"), "{}", found[3]);
    let (json, ..) = grade(&dir, &["all", "all.txt", "--format", "json"]);
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["pairs"], serde_json::json!([{"students": ["ada", "bob"], "packs": ["one", "two"]}]));
}

#[test]
fn autograders_get_their_results() {
    let dir = folder("grade-results");
    write_pack(&dir, PACK);
    write(&dir, &[("work/Dockerfile", "FROM alpine\n"), ("broken/Dockerfile", "FORM\n"), ("none/readme.txt", "x")]);
    let results = |format: &str, from: &str| -> Value {
        let (json, errors, code) = grade(&dir, &["hello", from, "--format", format]);
        assert_eq!((code, errors.as_str()), (0, ""));
        serde_json::from_str(&json).unwrap()
    };
    let gradescope = results("gradescope", "work");
    assert_eq!((&gradescope["score"], gradescope["tests"].as_array().unwrap().len()), (&2.into(), 2));
    let first = &gradescope["tests"][0];
    assert_eq!((&first["score"], &first["max_score"], &first["status"]), (&0.into(), &1.into(), &"failed".into()));
    assert_eq!((&first["name"], &first["visibility"]), (&"Say hello.".into(), &"visible".into()));
    assert_eq!(gradescope["tests"][1]["visibility"], "after_published");
    let learn = results("prairielearn", "work");
    assert_eq!(learn["gradable"], true);
    assert!((learn["score"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(learn["tests"].as_array().unwrap().len(), 1, "the hidden goal stays hidden");
    let broken = results("prairielearn", "broken");
    assert_eq!(broken["gradable"], false);
    assert!(broken["format_errors"][0].as_str().unwrap().contains("FORM"));
    assert_eq!(results("gradescope", "broken")["score"], 0);
    assert_eq!(results("prairielearn", "none")["gradable"], false);
    let (_, errors, code) = grade(&dir, &["hello", "work", "broken", "--format", "gradescope"]);
    assert!(code == 2 && errors.contains("one student"), "{errors}");
}

#[test]
fn a_submission_is_made_from_a_folder_and_only_its_students_variant_counts() {
    let dir = folder("grade-variant");
    let definition = format!("{PACK}[variables]\nword = [\"hello\", \"hi\", \"hey\"]\n")
        .replace("contains = \"hello\"", "contains = \"{{word}}\"");
    write_pack(&dir, &definition);
    write(&dir, &[("hello/solution/Dockerfile", "FROM alpine\nCMD [\"echo\", \"{{word}}\"]\n")]);
    let lesson = |args: &[&str]| {
        let output = stageplay().arg("lesson").args(args).current_dir(&dir).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        stdout(&output)
    };
    let values = lesson(&["variant", "hello", "--student", "ada", "--output", "ada"]);
    let word = values.lines().find_map(|line| line.strip_prefix("word = ")).unwrap();
    write(&dir, &[("ada/Dockerfile", &format!("FROM alpine\nCMD [\"echo\", \"{word}\"]\n"))]);
    let text = lesson(&["submit", "hello", "ada", "--student", "ada", "--name", "Ada"]);
    write(&dir, &[("ada.txt", &text), ("stolen.csv", &format!("id,answer\nbob,{text}"))]);
    let (csv, ..) = grade(&dir, &["hello", "ada.txt"]);
    assert!(rows(&csv)[1].starts_with("ada,Ada,3,3,1,2,graded,,,,"), "{csv}");
    let (csv, ..) = grade(&dir, &["hello", "stolen.csv", "--id-column", "id"]);
    assert!(
        rows(&csv)[1].starts_with("bob,Ada,0,3,,,error,,,the submission is for another student's variant,"),
        "{csv}"
    );
}

#[test]
fn a_pack_that_cannot_be_used_is_a_wrong_command_line() {
    let dir = folder("grade-wrong");
    write_pack(&dir, &PACK.replace("format = 1", "format = 9"));
    write(&dir, &[("a.txt", "x")]);
    let (_, errors, code) = grade(&dir, &["hello", "a.txt"]);
    assert!(code == 2 && errors.contains("update the program"), "{errors}");
    write_pack(&dir, "format = 1\ntitle = \"One\"\n");
    let (_, errors, code) = grade(&dir, &["hello", "a.txt"]);
    assert!(code == 2 && errors.contains("no goals"), "{errors}");
    write_pack(&dir, PACK);
    let (_, errors, code) = grade(&dir, &["hello", "nothing.txt"]);
    assert!(code == 2 && errors.contains("nothing.txt does not exist"), "{errors}");
}
