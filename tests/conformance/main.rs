//! BuildKit's own test cases, as data, against our reader, words, checks and patterns.
//!
//! The data is not ours and not here: `STAGEPLAY_CONFORMANCE` names the folder that holds it (JSON
//! arrays recorded from the test suites of moby/buildkit and moby/patternmatcher). Without it every
//! test says that it was skipped.

use serde_json::Value;
use stageplay_core::dockerfile::{Budget, Lex, Variables, syntax, typed};
use stageplay_core::fs::{Ignore, ignore_lines};
use stageplay_core::lint::{Findings, Options, check};
use stageplay_tests::skipped;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("STAGEPLAY_CONFORMANCE").map(PathBuf::from);
    if folder.is_none() {
        skipped("STAGEPLAY_CONFORMANCE names no folder with BuildKit's cases");
    }
    folder
}

fn cases(name: &str) -> Vec<Value> {
    let Some(path) = folder().map(|folder| folder.join(name)) else {
        return Vec::new();
    };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cases: Vec<Value> = serde_json::from_str(&text).expect("an array of cases");
    assert!(!cases.is_empty(), "{name} holds no cases");
    eprintln!("{name}: {} cases", cases.len());
    cases
}

fn text<'v>(case: &'v Value, key: &str) -> &'v str {
    case[key].as_str().unwrap_or("")
}

/// Runs all cases of a file, and tells all that differ.
fn each(name: &str, run: impl Fn(&Value) -> Result<(), String>) {
    let mut failures = Vec::new();
    for case in cases(name) {
        if let Err(reason) = run(&case) {
            failures.push(format!("{}\n{case}\n  {reason}\n", text(&case, "name")));
        }
    }
    assert!(failures.is_empty(), "{} cases of {name} differ:\n{}", failures.len(), failures.join("\n"));
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, ours: T, theirs: T) -> Result<(), String> {
    if ours == theirs { Ok(()) } else { Err(format!("{what}: ours {ours:?}, theirs {theirs:?}")) }
}

/// A dump without the line ends that BuildKit's printer may leave out.
fn dump(file: &syntax::File) -> String {
    file.to_sexp().trim_end().to_string()
}

#[test]
fn parser_texts() {
    each("parser_all_inputs.json", |case| {
        let file = syntax::parse(text(case, "dockerfile"));
        let error = file.errors.first().map(|error| error.message.as_str());
        same("error", error, case["err"].as_str())?;
        if error.is_some() {
            return Ok(());
        }
        same("dump", dump(&file).as_str(), text(case, "dump"))?;
        same("escape", file.escape.to_string().as_str(), text(case, "escape"))?;
        let warned: Vec<u32> = case["warnings"].as_array().into_iter().flatten().filter_map(line_of).collect();
        same("empty continuations", &file.empty_continuations, &warned)?;
        nodes(&file, &case["nodes"])
    });
}

fn line_of(warning: &Value) -> Option<u32> {
    warning.as_str()?.split(':').next()?.parse().ok()
}

/// Keyword, lines, comments and here-documents of every node.
fn nodes(file: &syntax::File, expected: &Value) -> Result<(), String> {
    let Some(expected) = expected.as_array() else {
        return Ok(());
    };
    same("nodes", file.nodes.len(), expected.len())?;
    for (node, expected) in file.nodes.iter().zip(expected) {
        same("keyword", Some(node.keyword()), expected[0].as_str())?;
        same(
            "lines",
            [Some(u64::from(node.line)), Some(u64::from(node.end_line))],
            [expected[1].as_u64(), expected[2].as_u64()],
        )?;
        let documents = expected[4].as_array().cloned().unwrap_or_default();
        same("documents", node.heredocs.len(), documents.len())?;
        for (ours, theirs) in node.heredocs.iter().zip(&documents) {
            same("name", ours.name.as_str(), text(theirs, "Name"))?;
            same("content", ours.content.as_ref(), text(theirs, "Content"))?;
            same("expand", Some(ours.expand), theirs["Expand"].as_bool())?;
            same("chomp", Some(ours.chomp), theirs["Chomp"].as_bool())?;
            same("descriptor", Some(ours.descriptor), theirs["FileDescriptor"].as_u64())?;
        }
    }
    Ok(())
}

#[test]
fn parser_folders() {
    let Some(folder) = folder() else {
        return;
    };
    let mut count = 0;
    for (group, refused) in [("testfiles", false), ("testfiles-negative", true)] {
        for entry in std::fs::read_dir(folder.join("parser").join(group)).expect("folders").flatten() {
            let text = std::fs::read_to_string(entry.path().join("Dockerfile")).expect("a Dockerfile");
            let file = syntax::parse(&text);
            assert_eq!(!file.errors.is_empty(), refused, "{:?}: {:?}", entry.path(), file.errors);
            if !refused {
                let expected = std::fs::read_to_string(entry.path().join("result")).expect("a result");
                assert_eq!(dump(&file), expected.trim_end(), "{:?}", entry.path());
            }
            count += 1;
        }
    }
    eprintln!("{count} folders");
    assert!(count > 30);
}

/// One instruction alone: what BuildKit's typed reader says of it.
#[test]
fn instructions() {
    let compared = std::cell::Cell::new(0);
    each("instructions_parse.json", |case| {
        let written = text(case, "instruction");
        // Only the first line is recorded: a document gets its end back.
        let ends = written.split("<<").skip(1).filter_map(|part| {
            let name = part.trim_start_matches('-').split_whitespace().next()?;
            Some(format!("\n{}", name.replace(['\'', '"'], "")))
        });
        let whole = format!("{written}{}", ends.collect::<String>());
        let file = syntax::parse(&whole);
        let error = match (file.errors.first(), file.nodes.first()) {
            (Some(error), _) => Some(error.message.clone()),
            (None, Some(node)) => typed(&file, node).err(),
            (None, None) => None,
        };
        if format!("({})", text(case, "nodeDump").trim_end()) != dump(&file) {
            return Ok(()); // A node made by hand, which no text gives.
        }
        compared.set(compared.get() + 1);
        let stem = |message: &str| message.split(" (did you mean").next().unwrap_or("").to_string();
        same("error", error.as_deref().map(stem), case["err"].as_str().map(stem))
    });
    eprintln!("compared {}", compared.get());
    assert!(compared.get() > 100 || folder().is_none());
}

#[test]
fn instruction_files() {
    each("instructions_dockerfiles.json", |case| {
        let file = syntax::parse(text(case, "dockerfile"));
        let error = file.errors.first().map(|error| error.message.as_str());
        same("error", error, case["err"].as_str())?;
        if error.is_some() {
            return Ok(());
        }
        same("dump", dump(&file).as_str(), text(case, "dump").trim_end())?;
        nodes(&file, &case["nodes"])
    });
}

struct Map(BTreeMap<String, String>);

impl Variables for Map {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_string).collect()
}

#[test]
fn words() {
    each("shell_lex.json", |case| {
        let environment = case["env"].as_object().into_iter().flatten();
        let map = Map(environment.map(|(name, value)| (name.clone(), value.as_str().unwrap_or("").into())).collect());
        let flag = |key: &str| case[key].as_bool().unwrap_or(false);
        let lex = Lex {
            raw_quotes: flag("rawQuotes"),
            raw_escapes: flag("rawEscapes"),
            skip_unset: flag("skipUnsetEnv"),
            skip_quotes: flag("skipProcessQuotes"),
            ..Lex::new(text(case, "escape").chars().next().unwrap_or('\\'))
        };
        let word = text(case, "word");
        let result = lex.word(word, &map, &Budget::default());
        match (&result, case["err"].as_str()) {
            (Err(error), Some(expected)) => return same("error", error.message.as_str(), expected),
            (Ok(expansion), None) => {
                same("text", expansion.text.as_ref(), text(case, "result"))?;
                if text(case, "mode") == "words" {
                    return same("words", lex.words(word, &map, &Budget::default())?, strings(&case["words"]));
                }
                let set = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
                same("matched", set(&expansion.matched), set(&strings(&case["matched"])))?;
                same("unmatched", set(&expansion.unmatched), set(&strings(&case["unmatched"])))?;
            }
            _ => return Err(format!("ours {result:?}")),
        }
        same("words", lex.words(word, &map, &Budget::default())?, strings(&case["words"]))
    });
}

/// The tables of words that BuildKit's own tests read.
#[test]
fn word_tables() {
    let environment = Map(BTreeMap::from(
        [("PWD", "/home"), ("SHELL", "bash"), ("KOREAN", "한국어"), ("NULL", "")].map(|(k, v)| (k.into(), v.into())),
    ));
    each("envVarTest.json", |case| {
        if text(case, "platform") == "W" {
            return Ok(());
        }
        let result = Lex::new('\\').word(text(case, "word"), &environment, &Budget::default());
        match (result, case["error"].as_bool()) {
            (Err(_), Some(true)) => Ok(()),
            (Ok(expansion), Some(false)) => same("text", expansion.text.as_ref(), text(case, "expect")),
            (result, _) => Err(format!("ours {result:?}")),
        }
    });
    each("wordsTest.json", |case| {
        let pairs = strings(&case["env"]);
        let pairs = pairs.iter().filter_map(|pair| pair.split_once('='));
        let map = Map(pairs.map(|(name, value)| (name.to_string(), value.to_string())).collect());
        let result = Lex::new('\\').words(text(case, "text"), &map, &Budget::default());
        match (result, case["error"].as_bool()) {
            (Err(_), Some(true)) => Ok(()),
            (Ok(words), Some(false)) => same("words", words, strings(&case["expect"])),
            (result, _) => Err(format!("ours {result:?}")),
        }
    });
}

/// Build arguments of a case: one object, or one for each build, which are taken together.
fn build_args(attributes: &Value) -> BTreeMap<String, String> {
    let objects = attributes.as_array().map_or(std::slice::from_ref(attributes), Vec::as_slice);
    let attributes = objects.iter().filter_map(Value::as_object).flatten();
    let args = attributes.filter_map(|(key, value)| Some((key.strip_prefix("build-arg:")?, value.as_str()?)));
    args.map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn found(findings: &Findings) -> BTreeSet<(String, u64, String)> {
    let warnings = findings.warnings.iter();
    warnings.map(|one| (one.rule.name.to_string(), one.line as u64, one.message.clone())).collect()
}

#[test]
fn build_checks() {
    each("lint_check_cases.json", |case| {
        let args = build_args(&case["attrs"]);
        let ignore = case["dockerignore"].as_str().map(Ignore::parse);
        let options = Options {
            build_args: Some(&args),
            ignore: ignore.as_ref(),
            check: args.get("BUILDKIT_DOCKERFILE_CHECK").map(String::as_str),
            // The cases are builds: what the last stage does not need is passed over.
            needed_only: true,
            ..Options::default()
        };
        let findings = check(text(case, "dockerfile"), &options);
        let expected = case["warnings"].as_array().into_iter().flatten();
        let expected: BTreeSet<_> = expected
            .map(|one| (text(one, "RuleName").into(), one["Line"].as_u64().unwrap_or(0), text(one, "Detail").into()))
            .collect();
        same("warnings", found(&findings), expected)?;
        let error = findings.error.as_ref().map(|error| error.message.as_str());
        same("error", error, case["buildErr"].as_str())
    });
}

#[test]
fn conversion() {
    each("convert_tests.json", |case| {
        let args = case["buildArgs"].as_object().into_iter().flatten();
        let args: BTreeMap<String, String> =
            args.map(|(name, value)| (name.clone(), value.as_str().unwrap_or("").into())).collect();
        let target = case["target"].as_str().filter(|target| !target.is_empty());
        let findings =
            check(text(case, "dockerfile"), &Options { target, build_args: Some(&args), ..Options::default() });
        same("error", findings.error.as_ref().map(|error| error.message.as_str()), case["err"].as_str())
    });
}

#[test]
fn integration_files() {
    each("integration_dockerfiles.json", |case| {
        let text = text(case, "dockerfile");
        let oracle = &case["oracle"];
        if oracle["panic"].is_string() {
            return Ok(()); // BuildKit's linter is asked without one there, and stops.
        }
        let file = syntax::parse(text);
        let error = file.errors.first().map(|error| error.message.as_str());
        same("parse", error, oracle["parseErr"].as_str())?;
        if error.is_none() {
            same("nodes", dump(&file).as_str(), oracle["ast"].as_str().unwrap_or("").trim_end())?;
        }
        if oracle["lintErr"].as_str().is_some_and(|error| error.starts_with("invalid context name")) {
            return Ok(()); // The build argument is an expression of the test program, which stands for a time.
        }
        let args = build_args(&case["attrs"]);
        let target = case["target"].as_str().filter(|target| !target.starts_with("expr:"));
        let findings = check(text, &Options { target, build_args: Some(&args), ..Options::default() });
        same("error", findings.error.as_ref().map(|error| error.message.as_str()), oracle["lintErr"].as_str())?;
        let expected = oracle["lint"].as_array().into_iter().flatten();
        let expected: BTreeSet<(String, u64, String)> = expected
            .map(|one| {
                let field = |key: &str| one[key].as_str().unwrap_or("").to_string();
                (field("rule"), one["line"].as_u64().unwrap_or(0), field("detail"))
            })
            .collect();
        same("warnings", found(&findings), expected)
    });
}

#[test]
fn ignore_patterns() {
    each("patternmatcher.json", |case| {
        let patterns = strings(&case["patterns"]);
        let expected_error = case["err"].as_str().map(str::to_string);
        match text(case, "fn") {
            "ignorefile.ReadAll" => same("lines", ignore_lines(text(case, "text")), patterns),
            "New" => same("error", Ignore::of_patterns(patterns.iter().map(String::as_str)).err(), expected_error),
            // The old `Matches` looks at one parent only; nothing in BuildKit calls it any more.
            "Matches" => Ok(()),
            name => {
                let ignore = Ignore::of_patterns(patterns.iter().map(String::as_str))?;
                let path = text(case, "path");
                let result = if name == "match" { ignore.one_matches(path) } else { ignore.decide(path) };
                match (result, expected_error) {
                    (Ok(found), None) => same("match", Some(found), case["match"].as_bool()),
                    (Err(error), Some(expected)) => same("error", error, expected),
                    (result, _) => Err(format!("ours {result:?}")),
                }
            }
        }
    });
}

/// Answers recorded from BuildKit for many files: `STAGEPLAY_LINT_ANSWERS` names a file with one
/// object a line, in the form of `stageplay lint --format json`, file names absolute.
#[test]
fn recorded_answers() {
    let Some(path) = std::env::var_os("STAGEPLAY_LINT_ANSWERS") else {
        skipped("STAGEPLAY_LINT_ANSWERS names no recorded answers of BuildKit");
        return;
    };
    let answers = std::fs::read_to_string(path).expect("recorded answers");
    let (mut count, mut failures) = (0, Vec::new());
    for line in answers.lines() {
        let answer: Value = serde_json::from_str(line).expect("one object a line");
        let Ok(bytes) = std::fs::read(text(&answer, "file")) else {
            continue;
        };
        count += 1;
        let findings = check(&String::from_utf8_lossy(&bytes), &Options::default());
        let expected = answer["warnings"].as_array().into_iter().flatten();
        let expected: BTreeSet<_> = expected
            .map(|one| (text(one, "rule").into(), one["line"].as_u64().unwrap_or(0), text(one, "message").into()))
            .collect();
        let error = findings.error.as_ref().map(|error| (error.message.as_str(), error.line as u64));
        let expected_error = &answer["error"];
        let expected_error = expected_error["message"].as_str().zip(expected_error["line"].as_u64());
        let same = same("warnings", found(&findings), expected).and_then(|()| same("error", error, expected_error));
        if let Err(reason) = same {
            failures.push(format!("{}: {reason}", text(&answer, "file")));
        }
    }
    eprintln!("{count} files compared");
    assert!(failures.is_empty(), "{} of {count} files differ:\n{}", failures.len(), failures.join("\n"));
}
