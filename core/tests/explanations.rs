//! Every cause has a Dockerfile that shows it, and fixes that were proven by building them.

use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, NoImages, Request};
use stageplay_core::elf::{self, Elf, Machine};
use stageplay_core::engine::EngineProfile;
use stageplay_core::fs::{Content, Tree};
use stageplay_core::simulate::{Simulation, simulate};
use stageplay_core::text::apply_edits;

const GO: &str = "package main\nimport \"net/http\"\nfunc main() { http.ListenAndServe(\":80\", nil) }\n";
const SCRIPT: &str = "echo hello\n";

/// A Dockerfile on a context with a few programs and scripts, whole and damaged.
fn simulated(dockerfile: &str) -> Simulation {
    let mut context = Tree::new();
    let mut put = |path: &str, bytes: Vec<u8>, mode: u32| {
        context.write(path, Content::inline(bytes), mode, 0, 0).unwrap();
    };
    let mut arm = Elf::new(Machine::Aarch64, false);
    arm.interpreter = None;
    let plain = elf::write(&Elf::new(Machine::X86_64, false));
    let mut glibc = Elf::new(Machine::X86_64, true);
    glibc.interpreter = Some("/lib64/ld-linux-x86-64.so.2".into());
    glibc.needed = vec!["libc.so.6".into()];
    put("/main.go", GO.into(), 0o644);
    put("/arm", elf::write(&arm), 0o755);
    put("/good", plain.clone(), 0o755);
    // Its only segment promises a megabyte that the file does not have, the entry point among it.
    let mut cut = plain.clone();
    cut[24..32].copy_from_slice(&0x40_2000u64.to_le_bytes());
    cut[64 + 32..64 + 40].copy_from_slice(&0x10_0000u64.to_le_bytes());
    cut[64 + 40..64 + 48].copy_from_slice(&0x10_0000u64.to_le_bytes());
    put("/cut", cut, 0o755);
    put("/glibc", elf::write(&glibc), 0o755);
    put("/bash.sh", format!("#!/bin/bash\n{SCRIPT}").into(), 0o755);
    put("/windows.sh", format!("#!/bin/sh\r\n{SCRIPT}").into(), 0o755);
    put("/bare.sh", SCRIPT.into(), 0o755);
    put("/nested.sh", format!("#!/nested.sh\n{SCRIPT}").into(), 0o755);
    put("/python", b"#!/opt/python3\nprint(1)\n".to_vec(), 0o755);
    put("/plain.sh", format!("#!/bin/sh\n{SCRIPT}").into(), 0o644);
    put("/private.sh", format!("#!/bin/sh\n{SCRIPT}").into(), 0o700);
    put("/empty", Vec::new(), 0o755);
    let request = Request::new(dockerfile, context, EngineProfile::find("docker-28").unwrap());
    simulate(&request, Some(&[]), &Catalogue::builtin(), &NoImages, &mut Cache::new())
}

#[test]
fn every_cause_is_shown_and_has_fixes_that_work() {
    // Cause, Dockerfile, and fixes that must be among those offered.
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "interpreter-missing",
            "FROM golang AS builder\nWORKDIR /s\nCOPY main.go .\nRUN go build -o app main.go\nFROM alpine\nCOPY --from=builder /s/app /app\nENTRYPOINT [\"/app\"]\n",
            &["static-go", "builder-alpine", "runtime-base", "copy-libraries"],
        ),
        (
            "interpreter-missing",
            "FROM alpine\nCOPY glibc /app\nENTRYPOINT [\"/app\"]\n",
            &["runtime-base", "other-file"],
        ),
        (
            "version-missing",
            "FROM golang AS builder\nWORKDIR /s\nCOPY main.go .\nRUN go build -o app main.go\nFROM ubuntu:14.04\nCOPY --from=builder /s/app /app\nENTRYPOINT [\"/app\"]\n",
            &["static-go", "runtime-base"],
        ),
        (
            "script-interpreter-missing",
            "FROM alpine\nCOPY bash.sh /run.sh\nENTRYPOINT [\"/run.sh\"]\n",
            &["shebang-sh", "through-shell", "install-packages", "runtime-base"],
        ),
        ("not-found", "FROM alpine:3.22\nENTRYPOINT [\"bash\", \"-c\", \"echo hi\"]\n", &["install-packages"]),
        (
            "library-missing",
            "FROM debian:12 AS b\nRUN apt-get update && apt-get install -y --no-install-recommends curl\nFROM debian:12-slim\nCOPY --from=b /usr/bin/curl /usr/bin/\nENTRYPOINT [\"curl\", \"--version\"]\n",
            &["install-packages", "copy-libraries"],
        ),
        (
            "library-missing",
            "FROM alpine:3.22 AS b\nRUN apk add --no-cache curl\nFROM alpine:3.22\nCOPY --from=b /usr/bin/curl /usr/bin/\nENTRYPOINT [\"curl\", \"--version\"]\n",
            &["install-packages", "copy-libraries"],
        ),
        (
            "interpreter-missing",
            "FROM debian:12 AS b\nRUN apt-get update && apt-get install -y --no-install-recommends curl\nFROM alpine:3.22\nCOPY --from=b /usr/bin/curl /usr/bin/\nENTRYPOINT [\"curl\", \"--version\"]\n",
            &["copy-libraries"],
        ),
        (
            "script-interpreter-missing",
            "FROM alpine\nCOPY windows.sh /run.sh\nENTRYPOINT [\"/run.sh\"]\n",
            &["strip-cr", "shebang-sh"],
        ),
        (
            "nested-scripts",
            "FROM alpine\nCOPY nested.sh /nested.sh\nCMD [\"/nested.sh\"]\n",
            &["shebang-sh", "through-shell"],
        ),
        (
            "not-executable",
            "FROM alpine\nCOPY bare.sh /run.sh\nENTRYPOINT [\"/run.sh\"]\n",
            &["add-shebang", "through-shell"],
        ),
        ("not-executable", "FROM alpine\nCOPY empty /app\nENTRYPOINT [\"/app\"]\n", &["other-file"]),
        ("permission-denied", "FROM alpine\nCOPY plain.sh /run.sh\nCMD [\"/run.sh\"]\n", &["chmod-copy", "chmod-run"]),
        (
            "permission-denied",
            "FROM alpine\nRUN adduser -D me\nCOPY private.sh /run.sh\nUSER me\nCMD [\"/run.sh\"]\n",
            &["chmod-copy", "chown-copy"],
        ),
        ("not-found", "FROM alpine\nCOPY good /usr/bin/app\nENTRYPOINT [\"/app\"]\n", &["right-path"]),
        (
            "not-found",
            "FROM alpine AS builder\nCOPY good /out/good\nFROM alpine\nENTRYPOINT [\"/good\"]\n",
            &["bring-from-stage", "bring"],
        ),
        ("not-found", "FROM scratch\nCOPY good /app\nENTRYPOINT /app\n", &["exec-form"]),
        ("is-directory", "FROM alpine\nCOPY good /app/good\nENTRYPOINT [\"/app\"]\n", &["right-path"]),
        (
            "symlink-loop",
            "FROM alpine\nCOPY good /good\nRUN ln -s /b /a && ln -s /a /b\nENTRYPOINT [\"/a\"]\n",
            &["right-path"],
        ),
        ("nothing-to-start", "FROM scratch\nCOPY good /app\n", &["add-cmd"]),
        ("wrong-machine", "FROM scratch\nCOPY arm /app\nENTRYPOINT [\"/app\"]\n", &["other-file"]),
        (
            "wrong-machine",
            "FROM golang AS b\nWORKDIR /s\nCOPY main.go .\nRUN CGO_ENABLED=0 GOARCH=arm64 go build -o app main.go\nFROM scratch\nCOPY --from=b /s/app /app\nENTRYPOINT [\"/app\"]\n",
            &["goarch"],
        ),
        ("truncated", "FROM scratch\nCOPY cut /app\nENTRYPOINT [\"/app\"]\n", &["other-file"]),
        (
            "main-file-missing",
            "FROM python:3.12-slim\nWORKDIR /app\nCOPY main.go src/main.py\nCMD [\"python\", \"main.py\"]\n",
            &["right-path"],
        ),
        (
            "main-file-missing",
            "FROM node:24-alpine AS build\nWORKDIR /src\nCOPY main.go server.js\nFROM node:24-alpine\nWORKDIR /app\nCMD node server.js\n",
            &["bring-from-stage"],
        ),
        ("main-file-missing", "FROM alpine\nWORKDIR /app\nENTRYPOINT [\"sh\", \"./bash.sh\"]\n", &["bring"]),
        ("variable-missing", "FROM postgres\nCOPY good /docker-entrypoint-initdb.d/\n", &[]),
        ("exits-with-error", "FROM alpine\nCMD test -e /srv/nothing && echo there\n", &[]),
        ("unknown-user", "FROM scratch\nCOPY good /app\nUSER me\nENTRYPOINT [\"/app\"]\n", &["user-number"]),
        ("unknown-user", "FROM alpine\nCOPY good /app\nUSER me\nENTRYPOINT [\"/app\"]\n", &["add-user", "user-number"]),
    ];
    for (cause, dockerfile, wanted) in cases {
        let done = simulated(dockerfile);
        assert!(done.built.error.is_none(), "{dockerfile}: {:?}", done.built.error);
        let run = done.run.as_ref().unwrap();
        let found = run.cause.as_ref().map(|cause| cause.code());
        assert_eq!(found, Some(*cause), "{dockerfile}: {:?} {:?}", run.verdict, run.unknown);
        let ids: Vec<&str> = done.fixes.iter().map(|fix| fix.id).collect();
        for id in *wanted {
            assert!(ids.contains(id), "{dockerfile}: {id} is not among {ids:?}");
        }
        // A proof is no word: what was offered is built and started once more.
        for fix in &done.fixes {
            let text = apply_edits(dockerfile, &fix.edits).unwrap();
            let fixed = simulated(&text);
            assert_eq!(fixed.run.unwrap().verdict.as_str(), "starts", "{}:\n{text}", fix.id);
        }
    }
}

#[test]
fn what_would_only_seem_to_start_is_not_offered() {
    // A shell would read Python as shell.
    let done = simulated("FROM alpine\nCOPY python /app\nENTRYPOINT [\"/app\"]\n");
    assert_eq!(done.run.unwrap().cause.unwrap().code(), "script-interpreter-missing");
    assert!(done.fixes.iter().all(|fix| !["shebang-sh", "through-shell"].contains(&fix.id)), "{:?}", done.fixes);
}

#[test]
fn a_run_that_ends_the_build_has_fixes_that_build() {
    let script = "FROM debian:12\nCOPY windows.sh /run.sh\nRUN /run.sh\nCMD [\"true\"]\n";
    let cases: &[(&str, &str)] = &[
        (
            "FROM debian:12\nRUN apt-get update && apt-get install -y python3-pip\nRUN pip install flask\nCMD [\"python3\", \"-V\"]\n",
            "virtual-environment",
        ),
        (
            "FROM alpine:3.20\nRUN apk add --no-cache py3-pip && pip3 install flask && pip3 install requests\nCMD [\"python3\", \"-V\"]\n",
            "virtual-environment",
        ),
        ("FROM debian:12\nRUN apt-get install -y curl\nCMD [\"curl\", \"--version\"]\n", "apt-update"),
        (
            "FROM ubuntu:24.04\nRUN set -e; apt-get install -y --no-install-recommends git\nCMD [\"git\", \"--version\"]\n",
            "apt-update",
        ),
        ("FROM debian:12\nRUN apk add --no-cache curl\nCMD [\"curl\", \"--version\"]\n", "own-manager"),
        (
            "FROM alpine:3.20\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/* && mkdir /x\nCMD [\"curl\", \"--version\"]\n",
            "own-manager",
        ),
        ("FROM alpine:3.20\nRUN curl -fsSL https://example.com/x -o /x\nCMD [\"true\"]\n", "install-packages"),
        (script, "strip-cr"),
    ];
    for (dockerfile, id) in cases {
        let done = simulated(dockerfile);
        assert!(done.run.is_none() && done.built.error.is_some(), "{dockerfile}: {:?}", done.built.error);
        let found: Vec<&str> = done.fixes.iter().map(|fix| fix.id).collect();
        assert!(found.contains(id), "{dockerfile}: {found:?} {:?}", done.built.steps.last());
        for fix in &done.fixes {
            let text = apply_edits(dockerfile, &fix.edits).unwrap();
            let fixed = simulated(&text);
            assert!(fixed.built.error.is_none(), "{text}: {:?}", fixed.built.error);
        }
    }
}

#[test]
fn what_a_failed_run_lacks_is_said_where_no_fix_is_proven() {
    let hint = |dockerfile: &str| simulated(dockerfile).build_hint.map(|(id, _)| id);
    assert_eq!(hint("FROM scratch\nRUN echo hi\n"), Some("no-shell"));
    assert_eq!(hint("FROM debian:12\nRUN apk add --no-cache no-such-thing\n"), Some("other-manager"));
    assert_eq!(hint("FROM alpine\nRUN nope\n"), None);
}

#[test]
fn a_program_of_a_language_is_found_in_its_official_image() {
    let done = simulated("FROM alpine\nCOPY good /app.jar\nCMD [\"java\", \"-version\"]\n");
    let found: Vec<&str> = done.fixes.iter().map(|fix| fix.id).collect();
    assert!(found.contains(&"language-base"), "{found:?}");
}
