//! `stageplay lesson check`, `test`, `bundle` and `variant`, and the packs of the page.

use serde_json::Value;
use stageplay_tests::{folder, root, stageplay, stdout, write};
use std::path::Path;

const PACK: &str = "format = 1\ntitle = \"One\"\n[[goals]]\nname = \"hello\"\nmessage = \"Say hello.\"\nwhen = { output-contains = \"hello\" }\n";
const SOLUTION: &str = "FROM alpine\nCMD [\"echo\", \"hello\"]\n";

pub(crate) fn write_pack(dir: &Path, definition: &str) {
    let at = |file: &str| format!("hello/{file}");
    write(
        dir,
        &[
            (&at("pack.toml"), definition),
            (&at("en.md"), "Task.\n"),
            (&at("start/Dockerfile"), "FROM alpine\n"),
            (&at("solution/Dockerfile"), SOLUTION),
        ],
    );
}

fn lesson(dir: &Path, args: &[&str]) -> (String, String, i32) {
    let output = stageplay().arg("lesson").args(args).current_dir(dir).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (stdout(&output), errors, output.status.code().unwrap())
}

#[test]
fn the_packs_of_the_page_are_right_in_every_language() {
    let packs = root().join("www/packs");
    let (text, _, code) = lesson(&packs, &["check", "."]);
    assert_eq!(code, 0, "{text}");
    let (text, _, code) = lesson(&packs, &["test", "."]);
    assert_eq!(code, 0, "{text}");
    let (json, ..) = lesson(&packs, &["check", ".", "--format", "json"]);
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["ok"], true);
    for pack in report["packs"].as_array().unwrap() {
        assert_eq!(pack["languages"], serde_json::json!(["en", "zh-CN"]), "{}", pack["name"]);
        let folder = packs.join(pack["path"].as_str().unwrap());
        for language in ["en", "zh-CN"] {
            let page = std::fs::read_to_string(folder.join(format!("{language}.md"))).unwrap();
            assert!(page.contains("<!-- explanation -->"), "{} has no explanation", folder.display());
        }
    }
}

#[test]
fn the_lessons_are_packs_without_goals() {
    let (text, _, code) = lesson(&root(), &["check", "www/lessons"]);
    assert_eq!((text.as_str(), code), ("12 packs, 0 problems\n", 0));
}

#[test]
fn problems_name_file_line_and_column() {
    let dir = folder("packs-problems");
    write_pack(&dir, &PACK.replace("hello\" }", "bye\" }"));
    write(&dir, &[("hello/notes.txt", "")]);
    let (text, _, code) = lesson(&dir, &["check", "hello"]);
    assert_eq!(code, 1);
    let wanted = "hello/notes.txt: the file is not part of a pack: known are pack.toml, LANGUAGE.md, start/, solution/ and states/NAME/\nhello/pack.toml:4:8: the solution does not reach the goal hello: it prints: hello\n1 packs, 2 problems\n";
    assert_eq!(text, wanted);
    let (json, ..) = lesson(&dir, &["check", "hello", "--format", "json"]);
    let report: Value = serde_json::from_str(&json).unwrap();
    let problem = &report["packs"][0]["problems"][1];
    assert_eq!(
        (&problem["code"], &problem["line"], &problem["column"]),
        (&"pack.solution-misses".into(), &4.into(), &8.into())
    );
    let (chinese, ..) = lesson(&dir, &["check", "hello", "--lang", "zh-CN"]);
    assert!(chinese.contains("答案没有达到目标 hello"), "{chinese}");
    let (text, _, code) = lesson(&dir, &["test", "hello"]);
    assert!(code == 1 && text.contains("FAILED  hello\n") && text.ends_with("1 passed, 1 failed\n"), "{text}");
}

#[test]
fn what_is_no_pack_is_refused() {
    let dir = folder("packs-none");
    write(
        &dir,
        &[
            ("empty/a.txt", ""),
            ("big.json", "{"),
            ("other.json", "{\"stageplay_pack\": 2, \"name\": \"x\", \"files\": []}"),
        ],
    );
    for path in ["nothing", "empty", "empty/a.txt"] {
        let (_, errors, code) = lesson(&dir, &["check", path]);
        assert!(code == 2 && errors.contains(path), "{path}: {errors}");
    }
    let (text, _, code) = lesson(&dir, &["check", "big.json", "other.json"]);
    assert!(code == 1 && text.contains("not a pack in one file") && text.contains("update the program"), "{text}");
}

#[test]
fn hostile_folders_end_in_problems() {
    let dir = folder("packs-hostile");
    write_pack(&dir, PACK);
    std::os::unix::fs::symlink("/etc/passwd", dir.join("hello/start/passwd")).unwrap();
    std::os::unix::fs::symlink(".", dir.join("hello/states")).unwrap();
    let (text, _, code) = lesson(&dir, &["check", "hello"]);
    assert_eq!(code, 1);
    assert_eq!(text.matches("a symbolic link").count(), 2, "{text}");
    let dir = folder("packs-bytes");
    write_pack(&dir, PACK);
    std::fs::write(dir.join("hello/en.md"), [0xff, 0xfe, 0]).unwrap();
    let (text, _, code) = lesson(&dir, &["check", "hello"]);
    assert!(code == 1 && text.contains("hello/en.md: the file is not UTF-8"), "{text}");
    std::fs::write(dir.join("hello/en.md"), "Task.\0\n").unwrap();
    std::fs::write(dir.join("hello/pack.toml"), "[".repeat(200_000)).unwrap();
    let (text, _, code) = lesson(&dir, &["check", "hello"]);
    assert!(code == 1 && text.contains("hello/pack.toml:1:"), "{text}");
}

#[test]
fn a_bundle_is_the_same_pack() {
    let dir = folder("packs-bundle");
    write_pack(&dir, PACK);
    let (json, _, code) = lesson(&dir, &["bundle", "hello"]);
    assert_eq!(code, 0);
    write(&dir, &[("hello.json", &json)]);
    let digest = |path: &str| {
        let (json, _, code) = lesson(&dir, &["check", path, "--format", "json"]);
        assert_eq!(code, 0, "{json}");
        let report: Value = serde_json::from_str(&json).unwrap();
        report["packs"][0]["digest"].as_str().unwrap().to_string()
    };
    assert_eq!(digest("hello"), digest("hello.json"));
    let (collection, _, code) = lesson(&root(), &["bundle", "www/packs"]);
    assert_eq!(code, 0);
    write(&dir, &[("all.json", &collection)]);
    let (text, _, code) = lesson(&dir, &["check", "all.json"]);
    assert!(code == 0 && text.ends_with(" packs, 0 problems\n"), "{text}");
}

#[test]
fn a_variant_belongs_to_a_student() {
    let dir = folder("packs-variant");
    let definition = format!("{PACK}[variables]\nword = [\"hello\", \"hi\", \"hey\"]\n")
        .replace("contains = \"hello\"", "contains = \"{{word}}\"");
    write_pack(&dir, &definition);
    write(
        &dir,
        &[
            ("hello/start/Dockerfile", "FROM alpine\n# {{word}}\n"),
            ("hello/solution/Dockerfile", "FROM alpine\nCMD [\"echo\", \"{{word}}\"]\n"),
        ],
    );
    let (text, _, code) = lesson(&dir, &["check", "hello"]);
    assert_eq!(code, 0, "{text}");
    let (ada, _, code) = lesson(&dir, &["variant", "hello", "--student", "ada", "--output", "ada"]);
    assert_eq!(code, 0);
    assert_eq!(ada, lesson(&dir, &["variant", "hello", "--student", "Ada "]).0);
    let word = ada.lines().find_map(|line| line.strip_prefix("word = ")).unwrap();
    let written = std::fs::read_to_string(dir.join("ada/Dockerfile")).unwrap();
    assert_eq!(written, format!("FROM alpine\n# {word}\n"));
    let others: Vec<String> =
        (0..9).map(|student| lesson(&dir, &["variant", "hello", "--student", &student.to_string()]).0).collect();
    assert!(others.iter().any(|other| !other.contains(&format!("word = {word}\n"))));
    let (_, errors, code) = lesson(&dir, &["variant", "hello", "--student", "ada", "--output", "ada"]);
    assert!(code == 2 && errors.contains("ada"), "a folder is not overwritten");
}

#[test]
fn the_schemas_in_the_documentation_are_those_of_the_program() {
    for form in ["pack", "collection"] {
        let output = stageplay().args(["schema", form]).output().unwrap();
        let path = root().join(format!("docs/formats/{form}.schema.json"));
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(kept, stdout(&output), "run: cargo run -p stageplay -- schema {form} > {}", path.display());
    }
}

#[test]
fn the_page_on_packs_names_every_key_condition_cause_and_hint() {
    let page = std::fs::read_to_string(root().join("docs/formats/packs.md")).unwrap();
    let schema: Value = serde_json::from_str(&stdout(&stageplay().args(["schema", "pack"]).output().unwrap())).unwrap();
    let has = |word: &str, wanted: &[String]| {
        assert!(wanted.iter().any(|form| page.contains(form)), "docs/formats/packs.md lacks {word}");
    };
    for key in schema["properties"].as_object().unwrap().keys() {
        has(key, &[format!("`{key}`"), format!("`[[{key}]]`"), format!("[{key}")]);
    }
    let mut conditions = 0;
    for one in schema["$defs"]["Condition"]["oneOf"].as_array().unwrap() {
        let words = one["enum"].as_array().cloned().unwrap_or_default();
        let names =
            one["properties"].as_object().map(|all| all.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
        let constant = one["const"].as_str().map(str::to_string);
        for word in words.iter().filter_map(Value::as_str).map(str::to_string).chain(names).chain(constant) {
            conditions += 1;
            has(&word, &[format!("{{ {word} = "), format!("\"{word}\"")]);
        }
    }
    assert!(conditions > 35, "{conditions}");
    let codes = stageplay_core::exec::Cause::CODES.iter().chain(&stageplay_core::hints::CODES);
    codes.for_each(|code| has(code, &[format!("`{code}`")]));
}

#[test]
fn a_package_for_learning_platforms_holds_the_page_and_the_pack() {
    let dir = folder("packs-scorm");
    write_pack(&dir, PACK);
    let page = [
        ("page/index.html", "<head></head>"),
        ("page/a.js", "1"),
        ("page/a.js.br", "x"),
        ("page/service-worker.js", "x"),
        ("page/embed/v1/b.mjs", "x"),
        ("page/files.json", r#"["a.js", "index.html"]"#),
    ];
    write(&dir, &page);
    let (_, errors, code) =
        lesson(&dir, &["scorm", "hello", "out.zip", "--page", "page", "--xapi", "https://lrs.example/"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    let first = std::fs::read(dir.join("out.zip")).unwrap();
    assert!(first.starts_with(b"PK\x03\x04"));
    let names: String = String::from_utf8_lossy(&first).into_owned();
    for name in ["imsmanifest.xml", "launch.html", "launch.js", "lms.json", "pack.json", "index.html", "a.js"] {
        assert!(names.contains(name), "{name}");
    }
    for name in ["service-worker.js", "embed/v1/b.mjs", "a.js.br", "files.json"] {
        assert!(!names.contains(name), "what the page's list does not name is left out: {name}");
    }
    lesson(&dir, &["scorm", "hello", "again.zip", "--page", "page", "--xapi", "https://lrs.example/"]);
    assert_eq!(first, std::fs::read(dir.join("again.zip")).unwrap(), "the same files give the same bytes");
    let (_, errors, code) = lesson(&dir, &["scorm", "hello", "x.zip", "--page", "page", "--xapi", "ftp://x"]);
    assert!(code == 2 && errors.contains("ftp://x"), "{errors}");
    let (_, errors, code) = lesson(&dir, &["scorm", "page", "x.zip", "--page", "page"]);
    assert!(code == 2 && !errors.is_empty(), "{errors}");
    let (_, errors, code) = lesson(&dir, &["scorm", "hello", "x.zip", "--page", "hello"]);
    assert!(code == 2 && errors.contains("--page hello: there is no files.json"), "{errors}");
}

#[test]
fn without_an_engine_nothing_is_claimed_of_one() {
    let dir = folder("packs-engine");
    write_pack(&dir, PACK);
    let (text, errors, code) = lesson(&dir, &["test", "hello", "--engine=unix:///nowhere/docker.sock"]);
    assert!(code == 2 && text.is_empty() && !errors.is_empty(), "{text} {errors}");
}
