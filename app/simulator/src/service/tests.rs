//! The service as a page with embeds uses it.

use super::Service;
use serde_json::{Value, json};
use stageplay_core::exercise::{Files, PackFile, to_bundle};

const GO: &str = "FROM golang AS build\nWORKDIR /src\nCOPY main.go .\nRUN go build -o /app main.go\n\nFROM alpine\nCOPY --from=build /app /app\nENTRYPOINT [\"/app\"]\n";
const MAIN: &str = "package main\n\nimport \"net/http\"\n\nfunc main() {\n\thttp.ListenAndServe(\":80\", nil)\n}\n";

fn workspace(files: &[(&str, &str)]) -> Value {
    let files: Vec<Value> =
        files.iter().map(|(path, text)| json!({ "path": path, "mode": 420, "text": text })).collect();
    json!({ "version": 1, "engine": "docker-28", "builder": "", "dockerfile": "Dockerfile", "files": files })
}

/// Asks until nothing is missing, as a caller that has all files of `core/data` does.
fn ask(service: &mut Service, request: &Value) -> Value {
    for _ in 0..10 {
        let answer: Value = serde_json::from_str(&service.simulate(&request.to_string()).unwrap()).unwrap();
        let missing: Vec<String> = serde_json::from_value(answer["missing"].clone()).unwrap();
        if missing.is_empty() {
            return answer;
        }
        for path in missing {
            let place = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/data").join(&path);
            service.take(&path, std::fs::read(place).map_err(|error| error.to_string()));
        }
    }
    panic!("something is missing for ever");
}

#[test]
fn a_report_is_that_of_the_schema_and_edits_use_the_clients_own_cache() {
    let mut service = Service::new();
    let request = json!({ "workspace": workspace(&[("Dockerfile", GO), ("main.go", MAIN)]), "client": 1 });
    let first = ask(&mut service, &request);
    assert_eq!(first["report"]["run"]["verdict"], "fails");
    assert_eq!(first["graph"]["target"], 1);
    assert!(first["why"].as_str().is_some_and(|why| !why.is_empty()));
    let edited = GO.replace("/app\"]", "/app\", \"-v\"]");
    let second = ask(
        &mut service,
        &json!({ "workspace": workspace(&[("Dockerfile", &edited), ("main.go", MAIN)]), "client": 1 }),
    );
    let cached = second["report"]["steps"].as_array().unwrap().iter().filter(|step| step["cached"] == true).count();
    assert!(cached >= 3, "{cached}");
    // Another client has another cache, and one that is forgotten has none.
    for (client, forgotten) in [(2, false), (1, true)] {
        if forgotten {
            service.forget(1);
        }
        let other = json!({ "workspace": workspace(&[("Dockerfile", &edited), ("main.go", MAIN)]), "client": client });
        let other = ask(&mut service, &other);
        assert!(other["report"]["steps"].as_array().unwrap().iter().all(|step| step["cached"] == false));
    }
}

#[test]
fn settings_target_and_entries_are_as_asked() {
    let mut service = Service::new();
    let mut request = json!({ "workspace": workspace(&[("Dockerfile", GO), ("main.go", MAIN)]), "target": "build", "entries": true, "run": false, "language": "zh-CN" });
    let answer = ask(&mut service, &request);
    assert_eq!((&answer["graph"]["target"], &answer["report"]["run"]), (&json!(0), &Value::Null));
    assert!(answer.to_string().contains("\"/app\""));
    request["entries"] = json!(false);
    let answer = ask(&mut service, &request);
    let layers =
        answer["report"]["steps"].as_array().unwrap().iter().filter_map(|step| step["layer"]["entries"].as_array());
    assert!(layers.map(Vec::len).all(|count| count == 0));
}

#[test]
fn hostile_requests_are_refused_with_a_reason() {
    let mut service = Service::new();
    let bad = |change: &dyn Fn(&mut Value)| {
        let mut request = json!({ "workspace": workspace(&[("Dockerfile", "FROM scratch\n")]) });
        change(&mut request);
        Service::new().simulate(&request.to_string())
    };
    for (change, wanted) in [
        (
            &(|request: &mut Value| request["workspace"]["engine"] = json!("podman-1")) as &dyn Fn(&mut Value),
            "podman-1",
        ),
        (&|request| request["workspace"]["builder"] = json!("kaniko"), "kaniko"),
        (&|request| request["workspace"]["files"][0]["path"] = json!("../Dockerfile"), "../Dockerfile"),
        (&|request| request["workspace"]["dockerfile"] = json!("other"), "other"),
        (&|request| request["workspace"]["as_of"] = json!("2020-02-31"), "2020-02-31"),
        (&|request| request["surprise"] = json!(1), "surprise"),
        (&|request| request["exercise"] = json!("{}"), "stageplay_pack"),
    ] {
        let error = bad(change).unwrap_err();
        assert!(error.contains(wanted), "{error}");
    }
    assert!(service.simulate("[").is_err() && service.terminal("{}").is_err());
    // What nobody missed is not taken.
    service.take("image_rules.json", Ok(b"nonsense".to_vec()));
    assert!(service.failures.is_empty());
}

#[test]
fn data_that_cannot_be_had_is_told_and_asked_for_again_after_retry() {
    let mut service = Service::new();
    let request = json!({ "workspace": workspace(&[("Dockerfile", "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n")]) });
    // The data is compiled into the tests: only what a web page would miss is made up here.
    service.names.insert("packages/debian-12.tsv".into(), "debian-12".into());
    service.take("packages/debian-12.tsv", Err("404 Not Found".into()));
    let answer = ask(&mut service, &request);
    assert_eq!(answer["failures"], json!(["packages/debian-12.tsv: 404 Not Found"]));
    service.retry();
    assert_eq!(ask(&mut service, &request)["failures"], json!([]));
}

#[test]
fn a_terminal_shares_its_files_with_the_client() {
    let mut service = Service::new();
    let mut request = json!({ "client": 7, "workspace": workspace(&[("Dockerfile", "FROM scratch\n")]), "line": "cat Dockerfile && echo hi > note" });
    let run = |service: &mut Service, request: &Value| -> Value {
        serde_json::from_str(&service.terminal(&request.to_string()).unwrap()).unwrap()
    };
    let answer = run(&mut service, &request);
    assert_eq!((&answer["output"], &answer["status"]), (&json!("FROM scratch\n"), &json!(0)));
    assert!(answer["prompt"].as_str().unwrap().ends_with("$ "));
    assert_eq!(answer["files"].as_array().unwrap().len(), 2);
    // What the client writes is seen, what it does not know stays.
    request["workspace"] = workspace(&[("Dockerfile", "FROM alpine\n"), ("note", "hi\n")]);
    request["line"] = json!("cat note Dockerfile");
    let answer = run(&mut service, &request);
    assert_eq!((&answer["output"], &answer["files"]), (&json!("hi\nFROM alpine\n"), &Value::Null));
    request["line"] = json!("x".repeat(10_000));
    assert!(service.terminal(&request.to_string()).unwrap_err().contains("bytes"));
}

#[test]
fn an_exercise_says_which_goals_are_reached_and_hides_hidden_ones() {
    let toml = "format = 1\ntitle = \"Small\"\n\n[[goals]]\nname = \"builds\"\nmessage = \"It builds.\"\nwhen = \"builds\"\n\n[[goals]]\nname = \"small\"\nmessage = \"It is small.\"\nwhen = { size-under = \"1MB\" }\n\n[[goals]]\nname = \"secret\"\nhidden = true\nmessage = \"Secret.\"\nwhen = \"starts\"\n\n[[hints]]\ntext = \"Which base is empty?\"\nwhen = { not = { size-under = \"1MB\" } }\n";
    let files = Files::from([
        ("pack.toml".to_string(), PackFile::text(toml)),
        ("en.md".to_string(), PackFile::text("Make it small.\n")),
        ("start/Dockerfile".to_string(), PackFile::text("FROM alpine\n")),
    ]);
    let bundle = to_bundle("small", &files);
    let mut service = Service::new();
    let request = |text: &str| json!({ "workspace": workspace(&[("Dockerfile", text)]), "exercise": bundle });
    let answer = ask(&mut service, &request("FROM alpine\nRUN echo > a\n"));
    let standing = |answer: &Value| -> Vec<String> {
        answer["exercise"]["goals"]
            .as_array()
            .unwrap()
            .iter()
            .map(|goal| goal["standing"].as_str().unwrap().into())
            .collect()
    };
    assert_eq!(
        (standing(&answer), &answer["exercise"]["first_miss"]),
        (vec!["reached".into(), "missed".into()], &json!(1))
    );
    assert_eq!(answer["exercise"]["hint"], "Which base is empty?");
    let solved = ask(&mut service, &request("FROM scratch\nWORKDIR /a\n"));
    assert_eq!((standing(&solved), &solved["exercise"]["solved"]), (vec!["reached".to_string(); 2], &json!(true)));
    assert!(!solved.to_string().contains("Secret"));
    assert_eq!(solved["exercise"]["hidden_goals"], 1);
}
