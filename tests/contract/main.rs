//! The command line and the report's JSON: forms that others rely on; and the pages that describe them.

mod assume_context;
mod documentation;
mod grade;
mod packs;

use serde_json::Value;
use stageplay_tests::{folder, program, root, stageplay, stdout, write};
use std::io::Write;
use std::process::Stdio;

const SERVER: &str = "package main\n\nimport \"net/http\"\n\nfunc main() {\n\thttp.ListenAndServe(\":80\", nil)\n}\n";

fn json(folder: &std::path::Path, args: &[&str]) -> (Value, i32) {
    let output = stageplay().arg("build").args(args).args(["--format", "json"]).arg(folder).output().unwrap();
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stdout(&output)));
    (value, output.status.code().unwrap())
}

#[test]
fn a_build_that_starts_exits_with_0_and_reports_everything() {
    let dir = folder("contract-starts");
    write(
        &dir,
        &[
            ("main.go", SERVER),
            (
                "Dockerfile",
                "FROM golang:alpine AS build\nCOPY main.go .\nRUN go build -o /app main.go\nFROM debian AS unused\nFROM scratch\nCOPY --from=build /app /app\nENTRYPOINT [\"/app\"]\n",
            ),
        ],
    );
    let (report, code) = json(&dir, &["--run"]);
    assert_eq!((code, &report["schema"], &report["error"]), (0, &1.into(), &Value::Null), "{report}");
    let stages = report["stages"].as_array().unwrap();
    assert_eq!(stages.len(), 3);
    assert_eq!(stages[1]["built"], false);
    assert_eq!(stages[2]["copies_from"], serde_json::json!([0]));
    assert_eq!(report["run"]["verdict"], "starts");
    assert_eq!(report["image"]["size"]["honesty"], "modelled");
    let copy = report["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(copy["created_by"], "ENTRYPOINT [\"/app\"]");
    let config = &report["image"]["config"];
    assert_eq!(config["config"]["Entrypoint"], serde_json::json!(["/app"]));
    assert_eq!(
        config["rootfs"]["diff_ids"].as_array().unwrap().len(),
        report["image"]["layers"].as_array().unwrap().len()
    );
}

#[test]
fn a_start_that_fails_exits_with_1_and_brings_proven_fixes() {
    let dir = folder("contract-fails");
    let dockerfile = "FROM golang AS build\nCOPY main.go .\nRUN go build -o /app main.go\nFROM alpine\nCOPY --from=build /app /app\nENTRYPOINT [\"/app\"]\n";
    write(&dir, &[("main.go", SERVER), ("Dockerfile", dockerfile)]);
    let (report, code) = json(&dir, &["--run"]);
    let run = &report["run"];
    assert_eq!((code, run["verdict"].as_str(), run["cause"].as_str()), (1, Some("fails"), Some("interpreter-missing")));
    assert_eq!(
        (run["stderr"].as_str(), run["exit_code"].as_i64()),
        (Some("exec /app: no such file or directory\n"), Some(255))
    );
    let fixes = run["fixes"].as_array().unwrap();
    assert!(fixes.len() >= 2);
    for fix in fixes {
        // A fix is what it says: applied, the image starts and is as large as was promised.
        let mut fixed = dockerfile.to_string();
        let mut edits: Vec<&Value> = fix["edits"].as_array().unwrap().iter().collect();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit["start"].as_u64()));
        for edit in edits {
            let (start, end) = (edit["start"].as_u64().unwrap() as usize, edit["end"].as_u64().unwrap() as usize);
            fixed.replace_range(start..end, edit["insert"].as_str().unwrap());
        }
        write(&dir, &[("Dockerfile", &fixed)]);
        let (again, code) = json(&dir, &["--run"]);
        assert_eq!(code, 0, "{}: {fixed}", fix["id"]);
        assert_eq!(again["image"]["size"]["bytes"], fix["proof"]["size"]["bytes"], "{}", fix["id"]);
    }
}

#[test]
fn a_script_for_bash_does_not_start_on_alpine() {
    let dir = folder("contract-bash");
    write(
        &dir,
        &[
            ("run.sh", "#!/bin/bash\necho hi\n"),
            ("Dockerfile", "FROM alpine\nCOPY --chmod=755 run.sh /run.sh\nCMD [\"/run.sh\"]\n"),
        ],
    );
    let (report, code) = json(&dir, &["--run"]);
    assert_eq!((code, report["run"]["cause"].as_str()), (1, Some("script-interpreter-missing")), "{report}");
    let fixes = report["run"]["fixes"].as_array().unwrap();
    assert!(fixes.iter().any(|fix| fix["id"] == "runtime-base"), "{fixes:?}");
}

#[test]
fn mistakes_in_a_dockerfile_have_code_message_and_line() {
    let dir = folder("contract-mistakes");
    for (text, code, line) in [
        ("FROM alpine\nFORM x\n", "parse", Some(2)),
        ("FROM alpine\nCOPY nothing /x\n", "copy-not-found", Some(2)),
        ("FROM alpine\nRUN false\n", "run-failed", Some(2)),
        ("FROM apline\n", "unknown-image", Some(1)),
        ("FROM alpine\nCOPY --from=3 a b\n", "invalid-stage-index", Some(2)),
        ("", "parse", None),
    ] {
        write(&dir, &[("Dockerfile", text)]);
        let (report, exit) = json(&dir, &[]);
        assert_eq!(exit, 1, "{text}");
        assert_eq!(report["error"]["code"], code, "{text}");
        assert_eq!(report["error"]["line"].as_u64(), line, "{text}: {}", report["error"]);
    }
}

#[test]
fn base_images_are_resolved_and_the_report_says_how() {
    let dir = folder("contract-bases");
    let base = |text: &str, args: &[&str]| {
        write(&dir, &[("Dockerfile", text)]);
        let (report, code) = json(&dir, args);
        assert_eq!(code, 0, "{text}: {}", report["error"]);
        let base = &report["bases"][0];
        let field = |name: &str| base[name].as_str().unwrap_or("").to_string();
        [field("resolved"), field("how"), field("as_of")]
    };
    assert_eq!(base("FROM alpine:3.22\n", &[])[1], "listed");
    let then = base("FROM python:3.9-slim\nRUN pip --version\n", &["--as-of", "2021-09-01"]);
    assert_eq!(then, ["python:3.9.7-slim-bullseye", "derived", "2021-09-01"]);
    assert_eq!(base("FROM gcr.io/distroless/cc-debian11\n", &[])[1], "rule");
    assert_eq!(base("FROM ghcr.io/nobody/knows:1\nRUN apt-get update\n", &[])[1], "unknown");
    let day = base("FROM golang\n", &["--engine", "docker-17.09"]);
    assert_eq!(day, ["golang:1.9.2-stretch", "listed", "2018-01-08"]);
}

#[test]
fn only_what_a_registry_lacks_is_refused_in_its_words() {
    let dir = folder("contract-refusals");
    for (text, args, words) in [
        ("FROM golang:1.99\n", &[][..], "docker.io/library/golang:1.99: not found"),
        ("FROM node:22\n", &["--as-of", "2020-01-01"], "docker.io/library/node:22: not found"),
        ("FROM apline\n", &[], "pull access denied, repository does not exist or may require authorization"),
        ("FROM alpine AS build\nFROM biuld\n", &[], "(did you mean build?)"),
        ("FROM golang:1.99\n", &["--engine", "docker-19.03"], "manifest for golang:1.99 not found: manifest unknown"),
    ] {
        write(&dir, &[("Dockerfile", text)]);
        let (report, code) = json(&dir, args);
        assert_eq!((code, report["error"]["code"].as_str()), (1, Some("unknown-image")), "{text}");
        let message = report["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{text}: {message}");
    }
    write(&dir, &[("Dockerfile", "FROM alpine\n")]);
    let refused = stageplay().args(["build", "--as-of", "2018-13-01"]).arg(&dir).output().unwrap();
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && words.contains("YYYY-MM-DD"), "{words}");
}

#[test]
fn what_is_not_modelled_is_unknown_and_said() {
    let dir = folder("contract-unknown");
    write(&dir, &[("Dockerfile", "FROM python:3.12\nRUN frobnicate --all\n")]);
    let (report, code) = json(&dir, &[]);
    assert_eq!(code, 0);
    assert_eq!(report["image"]["size"]["bytes"], Value::Null);
    assert_eq!(report["image"]["size"]["honesty"], "unknown");
    assert_eq!(report["warnings"][0]["rule"], "unmodelled-command");
    let size = &report["image"]["size"];
    assert!(size["at_least"].as_u64().unwrap() > 900_000_000, "{size}");
    assert_eq!(size["unknown"].as_array().map(Vec::len), Some(1), "{size}");
    let part = &size["unknown"][0];
    assert_eq!((&part["what"], &part["line"]), (&"frobnicate".into(), &2.into()), "{part}");
    assert_eq!(part["way"], "Build it on a real engine.");
    let told = stageplay().arg("build").arg(&dir).output().unwrap();
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("The image is at least 1.11GB. Not known are:"), "{told}");
    assert!(told.contains("  line 2: frobnicate. Build it on a real engine.\n"), "{told}");
}

#[test]
fn a_wrong_command_line_exits_with_2() {
    let dir = folder("contract-usage");
    write(&dir, &[("Dockerfile", "FROM scratch\nCOPY Dockerfile /\n")]);
    let path = dir.to_str().unwrap();
    for args in [
        vec!["build", "--engine", "docker-1", path],
        vec!["build", "--engine", "docker-28", "--builder", "classic", path],
        vec!["build", "/does/not/exist"],
        vec!["build", "--build-arg", "=x", path],
        vec!["build", "--platform", "/", path],
        vec!["build", "-t", "A:B:C", path],
        vec!["build", path, "--", "x"],
        vec!["nonsense"],
        vec!["session", "/does/not/exist"],
    ] {
        let output = stageplay().args(&args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn any_bytes_are_answered_and_never_with_a_panic() {
    let dir = folder("contract-bytes");
    write(&dir, &[("a.txt", "a")]);
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let words = [
        "FROM alpine\n",
        "FROM",
        "RUN ",
        "COPY ",
        "--from=0 ",
        "<<EOF\n",
        "EOF\n",
        "\\\n",
        "$",
        "${",
        "}",
        "\"",
        "'",
        "[",
        "]",
        "(",
        "$((",
        "ENV a=$a$a\n",
        "ARG x\n",
        "WORKDIR ",
        "..",
        "/",
        "\0",
        "\u{feff}",
        "é",
        "ONBUILD ",
        "&& ",
        "| ",
        "for i in ",
        "done",
        "HEALTHCHECK ",
        "EXPOSE 1-65535\n",
    ];
    for round in 0..120 {
        let mut bytes = Vec::new();
        for _ in 0..next() % 40 {
            bytes.extend_from_slice(words[(next() % words.len() as u64) as usize].as_bytes());
            if next() % 9 == 0 {
                bytes.push((next() & 255) as u8);
            }
        }
        for engine in ["docker-17.09", "docker-28"] {
            let mut child = stageplay()
                .args(["build", "--run", "--format", "json", "--engine", engine, "-f", "-"])
                .arg(&dir)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(&bytes).unwrap();
            let output = child.wait_with_output().unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(
                matches!(output.status.code(), Some(0 | 1)),
                "round {round}, {engine}: {:?}\n{text:?}\n{}",
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
            let report: Value =
                serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{text:?}"));
            assert!(report["error"].is_null() != report["image"].is_null(), "{text:?}");
        }
    }
}

#[test]
fn a_session_prints_what_a_terminal_would() {
    let mut child = stageplay()
        .args(["session", "--engine", "docker-17.09", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"# a comment\npwd\nprintf 'FROM alpine\\nCMD [\"echo\",\"hi\"]\\n' > Dockerfile\ndocker build -t a .\ndocker run a\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = stdout(&output);
    assert!(output.status.success());
    assert!(text.starts_with("$ pwd\n/root/work\n"), "{text}");
    assert!(text.contains("Step 1/2 : FROM alpine\n ---> 053cde6e8953\n"), "{text}");
    assert!(text.ends_with("$ docker run a\nhi\n"), "{text}");
}

#[test]
fn a_build_says_what_its_base_images_were_taken_for() {
    let dir = folder("contract-bases");
    write(
        &dir,
        &[(
            "Dockerfile",
            "FROM python:3.9-slim AS a\nFROM golang:latest AS b\nFROM ghcr.io/astral-sh/uv:latest\nCOPY --from=a /etc/passwd /a\nCOPY --from=b /etc/passwd /b\n",
        )],
    );
    let build = |words: &[&str]| stageplay().arg("build").args(words).arg(&dir).output().unwrap();
    let text = build(&[]);
    let said = String::from_utf8_lossy(&text.stderr);
    assert!(said.contains("stageplay: python:3.9-slim is python:3.9.25-slim-trixie on 2026-"), "{said}");
    assert!(said.contains("stageplay: ghcr.io/astral-sh/uv:latest is known by rule"), "{said}");
    assert!(!said.contains("golang:latest is"), "{said}");
    let json = build(&["--format", "json", "--as-of", "2018-01-08"]);
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(report["error"]["code"], "unknown-image", "it came later");
    write(&dir, &[("Dockerfile", "FROM golang:latest\n")]);
    let json = build(&["--format", "json", "--as-of", "2018-01-08"]);
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    let base = &report["bases"][0];
    assert_eq!((&base["resolved"], &base["as_of"]), (&"golang:1.9.2-stretch".into(), &"2018-01-08".into()), "{base}");
    assert_eq!(base["how"], "listed");
    assert_eq!(build(&["--as-of", "2018-02-30"]).status.code(), Some(2));
}

#[test]
fn the_schema_in_the_documentation_is_the_reports() {
    let schema = schemars::schema_for!(stageplay_core::report::BuildReport);
    let wanted = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let path = root().join("docs/formats/report.schema.json");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, wanted, "run: cargo run -p stageplay -- schema > docs/formats/report.schema.json");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let dir = folder("contract-same");
    write(
        &dir,
        &[
            ("main.go", SERVER),
            ("Dockerfile", "FROM golang\nCOPY . /src/\nRUN cd /src && go build -o /app main.go && echo $HOME > /h\n"),
        ],
    );
    let once = || stageplay().args(["build", "--run", "--format", "json"]).arg(&dir).output().unwrap().stdout;
    assert_eq!(once(), once());
}

/// A tar of files, as `docker save` packs layers: name and bytes; a name that ends with `/` is a folder.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, data) in files {
        let mut block = [0_u8; 512];
        let mut set = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
        set(0, name.as_bytes());
        set(100, b"0000755\x000000000\x000000000\x00");
        set(124, format!("{:011o}", data.len()).as_bytes());
        set(148, b"        ");
        set(156, if name.ends_with('/') { b"5" } else { b"0" });
        set(257, b"ustar\x0000");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        bytes.extend(block);
        bytes.extend(*data);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// An image archive of two layers: the second writes `f` again and removes `old`.
fn archive(directory: &std::path::Path) -> std::path::PathBuf {
    let lower = tar(&[("etc/", b""), ("etc/passwd", b"root:x:0:0::/:/x\n"), ("f", &[1; 700]), ("old", &[2; 300])]);
    let upper = tar(&[("f", &[3; 700]), (".wh.old", b"")]);
    let config =
        r#"{"config":{"Env":["PATH=/bin","MADE=1"]},"history":[{"created_by":"lower"},{"created_by":"upper"}]}"#;
    let manifest = r#"[{"Config":"c.json","RepoTags":["mine:1"],"Layers":["a/layer.tar","b/layer.tar"]}]"#;
    let bytes = tar(&[
        ("manifest.json", manifest.as_bytes()),
        ("c.json", config.as_bytes()),
        ("a/layer.tar", &lower),
        ("b/layer.tar", &upper),
    ]);
    let path = directory.join("mine.tar");
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn an_archive_is_a_base_for_from_and_copy() {
    let dir = folder("contract-base");
    let archive = archive(&dir);
    let context = dir.join("context");
    let text =
        "FROM mine AS one\nCOPY a /etc/a\nFROM scratch\nCOPY --from=other /f /copied\nCOPY --from=one /etc /etc\n";
    write(&context, &[("Dockerfile", text), ("a", "1")]);
    let base = |name: &str| format!("--base={name}={}", archive.display());
    let (report, code) = json(&context, &[&base("mine"), &base("other")]);
    assert_eq!((code, &report["error"]), (0, &Value::Null), "{report}");
    let entries = |step: usize| -> Vec<(String, u64)> {
        let rows = report["steps"][step]["layer"]["entries"].as_array().unwrap();
        rows.iter().map(|row| (row["path"].as_str().unwrap().into(), row["size"].as_u64().unwrap())).collect()
    };
    assert_eq!(entries(1), [("/etc".into(), 0), ("/etc/a".into(), 1)]);
    assert_eq!(entries(3), [("/copied".into(), 700)]);
    assert_eq!(report["image"]["size"]["honesty"], "exact");
    for wrong in ["--base=mine", "--base==x", "--base=mine=/nowhere", "--base=UPPER CASE=x"] {
        let output = stageplay().arg("build").arg(wrong).arg(&context).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn layers_tells_what_an_archive_holds_and_wastes() {
    let dir = folder("contract-layers");
    let archive = archive(&dir);
    let run = |args: &[&str]| stageplay().arg("layers").args(args).arg(&archive).output().unwrap();
    let output = run(&["--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let layer =
        serde_json::json!({ "created_by": "upper", "size": 700, "entries": 2, "added": 0, "changed": 1, "removed": 1 });
    assert_eq!(report["layers"][1], layer);
    assert_eq!(report["wasted"][0], serde_json::json!({ "path": "/f", "bytes": 1400, "layers": [0, 1] }));
    assert_eq!(report["wasted_bytes"], 1700);
    // f: 700 of 1400, old: 0 of 300, passwd: all of its 17.
    let efficiency = report["efficiency"].as_f64().unwrap();
    assert!((efficiency - 717.0 / 1717.0).abs() < 1e-9, "{efficiency}");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(run(&["--ci"]).status.code(), Some(1));
    let lenient =
        ["--ci", "--lowestEfficiency", "0.4", "--highestUserWastedPercent", "disabled", "--highestWastedBytes", "2kB"];
    assert_eq!(run(&lenient).status.code(), Some(0));
    assert_eq!(run(&["--ci", "--lowest-efficiency", "2"]).status.code(), Some(2));
    assert_eq!(run(&["--cat", "/f"]).stdout, [3; 700]);
    assert_eq!(run(&["--cat", "/old"]).status.code(), Some(2));
    // Unpacked, it is the same.
    let unpacked = dir.join("unpacked");
    std::fs::create_dir_all(&unpacked).unwrap();
    let tar = program("tar").arg("-xf").arg(&archive).arg("-C").arg(&unpacked).status();
    assert!(tar.is_ok_and(|status| status.success()));
    let again = stageplay().args(["layers", "--format", "json"]).arg(&unpacked).output().unwrap();
    assert_eq!(again.stdout, output.stdout);
}

#[test]
fn a_damaged_archive_is_refused_with_its_place() {
    let dir = folder("contract-damaged");
    let whole = std::fs::read(archive(&dir)).unwrap();
    let path = dir.join("cut.tar");
    for (bytes, says) in
        [(&whole[..1000], "ends in the middle"), (b"hello".as_slice(), "ends in the middle"), (&[0; 2048], "no image")]
    {
        std::fs::write(&path, bytes).unwrap();
        let output = stageplay().arg("layers").arg(&path).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("cut.tar") && said.contains(says), "{said}");
        assert_eq!(output.status.code(), Some(2));
    }
}

/// A root with a script, and a program that asks for a loader which is not there.
fn broken_root(name: &str) -> std::path::PathBuf {
    use stageplay_core::elf::{Elf, Machine};
    use std::os::unix::fs::PermissionsExt;
    let dir = folder(name);
    let mut program = Elf::new(Machine::X86_64, true);
    program.interpreter = Some("/lib64/ld-linux-x86-64.so.2".into());
    program.needed = vec!["libc.so.6".into()];
    std::fs::create_dir_all(dir.join("bin")).unwrap();
    std::fs::write(dir.join("bin/app"), stageplay_core::elf::write(&program)).unwrap();
    std::fs::write(dir.join("bin/script"), "#!/bin/app -x\n").unwrap();
    for name in ["bin/app", "bin/script"] {
        std::fs::set_permissions(dir.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    dir
}

#[test]
fn exec_tells_who_did_what_and_what_is_missing() {
    let dir = broken_root("contract-exec");
    let run = |args: &[&str]| {
        let output = stageplay().args(["exec", "--format", "json", "--root"]).arg(&dir).args(args).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        (report, output.status.code())
    };
    let (report, code) = run(&["/bin/app", "--flag"]);
    assert_eq!(
        (code, report["verdict"].as_str(), report["cause"].as_str()),
        (Some(1), Some("fails"), Some("interpreter-missing"))
    );
    assert_eq!(
        (&report["exit_code"], &report["stderr"]),
        (&255.into(), &"exec /bin/app: no such file or directory\n".into())
    );
    let missing = &report["missing"][0];
    let named = (&missing["kind"], &missing["name"], &missing["needed_by"]);
    assert_eq!(named, (&"interpreter".into(), &"/lib64/ld-linux-x86-64.so.2".into(), &"/bin/app".into()));
    for step in report["trace"].as_array().unwrap() {
        assert!(["engine", "kernel", "ld.so", "ld-musl"].contains(&step["who"].as_str().unwrap()), "{step}");
        assert!(step["did"].is_string() && step["result"].is_string(), "{step}");
    }
    // Found in PATH; the script leads to the same program; engines have words of their own.
    assert_eq!(run(&["app"]).0["cause"], "interpreter-missing");
    assert_eq!(run(&["/bin/script"]).0["missing"][0]["name"], "/lib64/ld-linux-x86-64.so.2");
    for (engine, words) in [
        ("docker-17.09", "standard_init_linux.go:185: exec user process caused \"no such file or directory\"\n"),
        ("docker-19.03", "standard_init_linux.go:211: exec user process caused \"no such file or directory\"\n"),
        ("docker-20.10.7", "standard_init_linux.go:228: exec user process caused: no such file or directory\n"),
        ("chroot", "chroot: failed to run command '/bin/app': No such file or directory\n"),
    ] {
        assert_eq!(run(&["--engine", engine, "/bin/app"]).0["stderr"], words, "{engine}");
    }
    let none = run(&["/none"]).0;
    assert_eq!((&none["exit_code"], &none["cause"]), (&127.into(), &"not-found".into()));
    let user = run(&["--user", "nobody", "/bin/app"]).0;
    assert_eq!((&user["cause"], &user["missing"][0]["kind"]), (&"unknown-user".into(), &"user".into()));
}

#[test]
fn elf_compat_and_ldd_answer_for_a_file() {
    let dir = broken_root("contract-elf");
    let app = dir.join("bin/app");
    let json = |args: &[&str]| -> Value {
        let output = stageplay().args(args).args(["--format", "json"]).arg(&app).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
    };
    let elf = json(&["elf"]);
    assert_eq!((&elf["type"], &elf["interpreter"]), (&"DYN".into(), &"/lib64/ld-linux-x86-64.so.2".into()));
    assert_eq!(elf["needed"], serde_json::json!(["libc.so.6"]));
    let images = json(&["compat"])["images"].as_array().unwrap().clone();
    let on = |name: &str| images.iter().find(|one| one["image"] == name).unwrap().clone();
    assert_eq!(on("debian:trixie")["verdict"], "starts");
    assert_eq!(on("scratch")["cause"], "interpreter-missing");
    let sizes: Vec<u64> = images
        .iter()
        .take_while(|one| one["verdict"] == "starts")
        .filter_map(|one| one["size"]["bytes"].as_u64())
        .collect();
    assert!(!sizes.is_empty() && sizes.is_sorted(), "{sizes:?}");
    let none = stageplay().args(["ldd", "--root"]).arg(&dir).arg("/bin/app").output().unwrap();
    assert_eq!(none.status.code(), Some(2), "no loader, no ldd");
    let text = stageplay().arg("elf").arg(dir.join("bin/script")).output().unwrap();
    assert_eq!(text.status.code(), Some(1));
}
