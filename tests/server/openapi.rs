//! Requests that schemathesis makes from the OpenAPI description of the API, and what it says of the answers.

use crate::engine;
use crate::http::{Server, TOKEN};
use stageplay_tests::{folder, peer, skipped, stdout};

/// How many requests for each operation.
const EXAMPLES: &str = "40";

fn no_answer_is_undocumented(server: &Server, name: &str) {
    let Some(mut schemathesis) = peer("schemathesis") else {
        return skipped("no schemathesis (cargo xtask setup peers)");
    };
    let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance";
    let output = schemathesis
        .args(["run", &format!("http://{}/api/openapi.json", server.address)])
        .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
        .args(["--checks", checks, "--max-examples", EXAMPLES, "--seed", "1"])
        // It keeps a data base of examples where it runs.
        .current_dir(folder(name))
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}{}", stdout(&output), String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_api_answers_as_it_says_without_an_engine() {
    let server = Server::start(&folder("server-outside"), &["--engine", "none", "--rate", "100000"]);
    no_answer_is_undocumented(&server, "schemathesis");
}

#[test]
fn the_api_answers_as_it_says_with_an_engine() {
    let Some(_engine) = engine::Engine::find() else { return skipped("no Docker engine") };
    no_answer_is_undocumented(&engine::server("server-outside-engine", &["--build-time", "3"]), "schemathesis-engine");
}
