//! What is there to run Stageplay for others: its own Dockerfile, certificates, compose and Kubernetes files.

use serde_json::{Value, json};
use stageplay_tests::{folder, peer, program, root, skipped, stageplay, stdout};
use std::path::PathBuf;

#[test]
fn our_own_dockerfile_is_clean_by_every_check() {
    // The worker's stands on an image that is not in the catalogue: there is nothing to simulate.
    for (name, options) in [("Dockerfile", &["lint", "--stageplay"][..]), ("deploy/worker.Dockerfile", &["lint"])] {
        let output = stageplay().args(options).arg(root().join(name)).output().expect("it runs");
        assert_eq!((stdout(&output).as_str(), output.status.code()), ("", Some(0)), "{name}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

#[test]
fn our_own_dockerfile_is_simulated() {
    let output = stageplay().args(["build", "--format", "json"]).arg(root()).output().expect("it runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(report["error"], Value::Null);
    let config = &report["image"]["config"]["config"];
    assert_eq!((&config["Entrypoint"], &config["User"]), (&json!(["/stageplay"]), &json!("65532:65532")));
    // What ships is the last stage alone.
    let shipped = report["steps"].as_array().expect("steps").iter().filter(|step| step["stage"] == 1);
    let paths: Vec<&str> = shipped
        .flat_map(|step| step["layer"]["entries"].as_array().into_iter().flatten())
        .filter_map(|entry| entry["path"].as_str())
        .collect();
    assert_eq!(paths, ["/stageplay", "/tmp"]);
}

#[test]
fn the_manifests_are_valid() {
    let manifests: Vec<PathBuf> = ["namespace", "stageplay", "buildkitd", "network"]
        .iter()
        .map(|name| root().join(format!("deploy/kubernetes/{name}.yaml")))
        .collect();
    let (Some(mut kubernetes), Some(mut compose)) = (peer("kubernetes-validate"), peer("check-jsonschema")) else {
        return skipped("no kubernetes-validate or check-jsonschema (cargo xtask setup peers)");
    };
    let output = kubernetes.arg("--strict").args(&manifests).output().expect("it runs");
    assert!(output.status.success(), "{}{}", stdout(&output), String::from_utf8_lossy(&output.stderr));
    let file = root().join("deploy/compose.yaml");
    let output = compose.args(["--builtin-schema", "vendor.compose-spec"]).arg(&file).output().expect("it runs");
    assert!(output.status.success(), "{}", stdout(&output));
}

/// Whatever the manifests tell the program to do, it understands.
#[test]
fn the_options_in_the_manifests_are_the_programs() {
    let help = |command: &str| stdout(&stageplay().args([command, "--help"]).output().expect("it runs"));
    let (serve, worker) = (help("serve"), help("build-worker"));
    let known = |name: &str, text: &str, help: &str, least: usize| {
        let mut count = 0;
        // Behind a lone -- are options of another program.
        let own = text.lines().take_while(|line| line.trim() != "- --");
        for line in own.filter_map(|line| line.trim().strip_prefix("- --")) {
            let option = line.split('=').next().expect("a name");
            assert!(help.contains(&format!("--{option}")), "{name}: --{option}");
            count += 1;
        }
        assert!(count >= least, "{name}: {count} options");
    };
    let read = |name: &str| std::fs::read_to_string(root().join(name)).expect("it is there");
    let compose = read("deploy/compose.yaml");
    let (server, workers) = compose.split_once("  buildkitd:\n    build:").expect("two services");
    known("compose.yaml, stageplay", server, &serve, 6);
    known("compose.yaml, buildkitd", workers, &worker, 4);
    known("stageplay.yaml", &read("deploy/kubernetes/stageplay.yaml"), &serve, 6);
    known("buildkitd.yaml", &read("deploy/kubernetes/buildkitd.yaml"), &worker, 4);
}

#[test]
fn certificates_are_made_for_both_sides() {
    let certs = folder("certs");
    if program("openssl").arg("version").output().is_err() {
        return skipped("no openssl");
    }
    let made = program(root().join("deploy/certs.sh")).arg(&certs).arg("pool.example").output().expect("it runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let openssl = |arguments: &[&str]| {
        let output = program("openssl").args(arguments).current_dir(&certs).output().expect("openssl runs");
        stdout(&output)
    };
    assert_eq!(openssl(&["verify", "-CAfile", "ca.pem", "buildkitd.pem"]), "buildkitd.pem: OK\n");
    assert_eq!(
        openssl(&["verify", "-CAfile", "ca.pem", "-purpose", "sslclient", "stageplay.pem"]),
        "stageplay.pem: OK\n"
    );
    assert!(
        openssl(&["x509", "-noout", "-ext", "subjectAltName", "-in", "buildkitd.pem"]).contains("DNS:pool.example")
    );
}
