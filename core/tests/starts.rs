//! Starts: entrypoint scripts of official images, interpreters and their main files, commands that end at once.

use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, NoImages, Request};
use stageplay_core::engine::EngineProfile;
use stageplay_core::exec::Verdict;
use stageplay_core::fs::{Content, Tree};
use stageplay_core::image_start::Run;
use stageplay_core::simulate::simulate;

/// Starts the image of a Dockerfile on a context with a few files.
fn start(dockerfile: &str) -> Run {
    let mut context = Tree::new();
    for name in ["server.js", "app.py", "app.jar", "App.dll", "run.sh", "index.php"] {
        context.write(&format!("/{name}"), Content::inline(*b"x\n"), 0o644, 0, 0).unwrap();
    }
    context.write("/replaced.sh", Content::inline(*b"#!/bin/sh\nexit 7\n"), 0o755, 0, 0).unwrap();
    context
        .write("/passes.sh", Content::inline(*b"#!/bin/sh\nexec docker-entrypoint.sh \"$@\"\n"), 0o755, 0, 0)
        .unwrap();
    let request = Request::new(dockerfile, context, EngineProfile::find("docker-28").unwrap());
    let done = simulate(&request, Some(&[]), &Catalogue::builtin(), &NoImages, &mut Cache::new());
    assert!(done.built.error.is_none(), "{dockerfile}: {:?}", done.built.error);
    done.run.unwrap()
}

/// Verdict, exit code and cause.
fn outcome(dockerfile: &str) -> (&'static str, Option<i32>, Option<&'static str>) {
    let run = start(dockerfile);
    (run.verdict.as_str(), run.exit_code, run.cause.as_ref().map(|cause| cause.code()))
}

const STARTS: (&str, Option<i32>, Option<&str>) = ("starts", None, None);

#[test]
fn an_entrypoint_script_passes_on_to_the_command() {
    for command in
        ["[\"node\", \"server.js\"]", "node server.js", "[\"server.js\"]", "[\"--trace-exit\", \"server.js\"]"]
    {
        assert_eq!(
            outcome(&format!("FROM node:24\nWORKDIR /a\nCOPY server.js .\nCMD {command}\n")),
            STARTS,
            "{command}"
        );
    }
    for image in ["redis", "nginx", "mysql\nENV MYSQL_ROOT_PASSWORD=x", "postgres\nENV POSTGRES_PASSWORD=x"] {
        assert_eq!(outcome(&format!("FROM {image}\n")), STARTS, "{image}");
    }
    // A word that is no command is node's file.
    let run = start("FROM node:24\nWORKDIR /a\nCMD [\"./lost.js\"]\n");
    assert_eq!((run.verdict, run.exit_code), (Verdict::Fails, Some(1)));
    assert_eq!(run.stderr, "Error: Cannot find module '/a/lost.js'\n");
    // Node reads a program from standard input, which is empty.
    assert_eq!(outcome("FROM node:24\n"), ("starts", Some(0), None));
}

#[test]
fn a_script_that_a_person_wrote_is_run_as_it_is_written() {
    let replaced = "FROM node:24\nCOPY replaced.sh /usr/local/bin/docker-entrypoint.sh\nCMD [\"node\"]\n";
    assert_eq!(outcome(replaced), ("fails", Some(7), Some("exits-with-error")));
    let passes = |command: &str| {
        outcome(&format!(
            "FROM node:24\nWORKDIR /a\nCOPY server.js .\nCOPY passes.sh /\nENTRYPOINT [\"/passes.sh\"]\nCMD {command}\n"
        ))
    };
    assert_eq!(passes("[\"node\", \"server.js\"]"), STARTS);
    assert_eq!(passes("[\"node\", \"lost.js\"]"), ("fails", Some(1), Some("main-file-missing")));
    // Changed by a command that needs its text: what it does then is not known.
    let edited = "FROM nginx\nRUN sed -i s/a/b/ /docker-entrypoint.sh\nCMD [\"false\"]\n";
    assert_eq!(outcome(edited).0, "unknown");
}

#[test]
fn a_database_wants_to_know_its_password() {
    let lacks = ("fails", Some(1), Some("variable-missing"));
    assert_eq!(outcome("FROM postgres\n"), lacks);
    assert_eq!(outcome("FROM mariadb\nCOPY app.py /docker-entrypoint-initdb.d/\n"), lacks);
    assert_eq!(outcome("FROM postgres\nENV POSTGRES_HOST_AUTH_METHOD=trust\n"), STARTS);
    assert_eq!(outcome("FROM postgres\nCMD [\"postgres\", \"--version\"]\n"), STARTS);
    assert_eq!(outcome("FROM mysql\nRUN mkdir -p /var/lib/mysql/mysql\n"), STARTS);
}

#[test]
fn a_command_that_an_image_may_have_is_not_known() {
    let run = start("FROM redis\nCMD [\"some-tool\"]\n");
    assert_eq!((run.verdict, run.unknown), (Verdict::Unknown, Some(("unlisted-file", "some-tool".to_string()))));
}

#[test]
fn interpreters_ask_for_their_main_file() {
    // Image, command, the file of the context, exit code, and what is printed without that file.
    let cases = [
        ("node:24", "[\"node\", \"server.js\"]", "server.js", 1, "Error: Cannot find module '/a/server.js'\n"),
        (
            "node:24",
            "[\"node\", \"--enable-source-maps\", \"server\"]",
            "server.js",
            1,
            "Error: Cannot find module '/a/server'\n",
        ),
        (
            "python:3.12-slim",
            "[\"python\", \"-u\", \"app.py\"]",
            "app.py",
            2,
            "python: can't open file '/a/app.py': [Errno 2] No such file or directory\n",
        ),
        (
            "python:3.12-slim",
            "exec python3 app.py --port 80",
            "app.py",
            2,
            "python3: can't open file '/a/app.py': [Errno 2] No such file or directory\n",
        ),
        (
            "eclipse-temurin:21",
            "[\"java\", \"-Xmx1g\", \"-jar\", \"app.jar\"]",
            "app.jar",
            1,
            "Error: Unable to access jarfile app.jar\n",
        ),
        (
            "debian:12",
            "[\"perl\", \"-w\", \"app.py\"]",
            "app.py",
            2,
            "Can't open perl script \"app.py\": No such file or directory\n",
        ),
        ("debian:12", "[\"bash\", \"-u\", \"run.sh\"]", "run.sh", 127, "bash: run.sh: No such file or directory\n"),
        ("debian:12", "[\"sh\", \"run.sh\"]", "run.sh", 2, "sh: 0: cannot open run.sh: No such file\n"),
        ("alpine", "[\"sh\", \"run.sh\"]", "run.sh", 2, "sh: can't open 'run.sh': No such file or directory\n"),
    ];
    for (image, command, file, code, words) in cases {
        let run = start(&format!("FROM {image}\nWORKDIR /a\nCMD {command}\n"));
        assert_eq!((run.verdict, run.exit_code), (Verdict::Fails, Some(code)), "{image} {command}");
        assert_eq!(run.cause.as_ref().map(|cause| cause.code()), Some("main-file-missing"), "{image} {command}");
        assert_eq!(run.stderr, words, "{image} {command}");
        if !file.ends_with(".sh") {
            let with = outcome(&format!("FROM {image}\nWORKDIR /a\nCOPY {file} .\nCMD {command}\n"));
            assert_eq!(with, STARTS, "{image} {command}");
        }
    }
}

#[test]
fn nothing_is_concluded_of_files_that_may_be_there() {
    for dockerfile in [
        // The working directory is one of the image's own, which holds more than is listed.
        "FROM node:24\nWORKDIR /usr/local/share\nCMD [\"node\", \"server.js\"]\n",
        // A step without a model may have written it.
        "FROM node:24\nWORKDIR /a\nRUN ./generate || unknown-generator\nCMD [\"node\", \"server.js\"]\n",
        // An option that is not known may have a value.
        "FROM node:24\nWORKDIR /a\nCMD [\"node\", \"--option-of-tomorrow\", \"value\"]\n",
        "FROM python:3.12-slim\nWORKDIR /a\nCMD [\"python\", \"-m\", \"flask\", \"run\"]\n",
        "FROM python:3.12-slim\nWORKDIR /a\nCMD [\"python\", \"-c\", \"print(1)\"]\n",
    ] {
        assert_eq!(outcome(dockerfile), STARTS, "{dockerfile}");
    }
}

#[test]
fn a_module_of_a_package_of_ones_own_is_looked_for() {
    let base = "FROM python:3.12-slim\nWORKDIR /a\nRUN mkdir web && touch web/__init__.py\n";
    let run = start(&format!("{base}CMD [\"python\", \"-m\", \"web.main\"]\n"));
    assert_eq!(run.stderr, "/usr/local/bin/python: No module named web.main\n");
    let run = start(&format!("{base}CMD [\"python\", \"-m\", \"web\"]\n"));
    let words = "No module named web.__main__; 'web' is a package and cannot be directly executed\n";
    assert_eq!(run.stderr, format!("/usr/local/bin/python: {words}"));
    assert_eq!(run.exit_code, Some(1));
    assert_eq!(outcome(&format!("{base}RUN touch web/main.py\nCMD [\"python\", \"-m\", \"web.main\"]\n")), STARTS);
}

#[test]
fn npm_start_asks_for_package_json_and_its_script() {
    assert_eq!(
        outcome("FROM node:24\nWORKDIR /a\nCMD [\"npm\", \"start\"]\n"),
        ("fails", Some(254), Some("main-file-missing"))
    );
    let with = |script: &str| {
        outcome(&format!(
            "FROM node:24\nWORKDIR /a\nCOPY server.js .\nRUN echo '{{\"scripts\":{{\"start\":\"{script}\"}}}}' > package.json\nENTRYPOINT [\"npm\", \"start\"]\n"
        ))
    };
    assert_eq!(with("node lost.js"), ("fails", Some(1), Some("main-file-missing")));
    assert_eq!(with("node server.js"), STARTS);
}

#[test]
fn a_command_that_ends_at_once_tells_its_exit_code() {
    let error = |code| ("fails", Some(code), Some("exits-with-error"));
    assert_eq!(outcome("FROM alpine\nCMD exit 3\n"), error(3));
    assert_eq!(outcome("FROM alpine\nENTRYPOINT cat /srv/lost && sleep infinity\n"), error(1));
    assert_eq!(outcome("FROM alpine\nCMD [\"false\"]\n"), error(1));
    assert_eq!(outcome("FROM debian:12\nCMD nothing-here --x\n"), ("fails", Some(127), Some("not-found")));
    assert_eq!(outcome("FROM alpine\nCMD echo hi\n"), ("starts", Some(0), None));
    assert_eq!(outcome("FROM alpine\nCMD echo hi; sleep infinity\n"), STARTS);
    assert_eq!(outcome("FROM debian:12\nCMD unknown-program; exit 1\n"), error(1));
    // What came before is not known, so neither is the end.
    assert_eq!(outcome("FROM python:3.12-slim\nWORKDIR /a\nCOPY app.py .\nCMD python app.py; exit 1\n"), STARTS);
}

#[test]
fn an_init_process_passes_on_to_its_command() {
    let base = "FROM debian:12\nRUN apt-get update && apt-get install -y tini python3\nWORKDIR /a\n";
    let run = start(&format!("{base}ENTRYPOINT [\"tini\", \"-g\", \"--\", \"python3\"]\nCMD [\"lost.py\"]\n"));
    assert_eq!((run.verdict, run.exit_code), (Verdict::Fails, Some(2)));
}

#[test]
fn dotnet_names_the_assembly() {
    // The file stands in for the program, which the base image's listing does not name.
    let run = start(
        "FROM mcr.microsoft.com/dotnet/aspnet:8.0\nWORKDIR /a\nENV DOTNET_VERSION=8.0.8\nCOPY passes.sh /usr/bin/dotnet\nENTRYPOINT [\"dotnet\", \"Lost.dll\"]\n",
    );
    assert_eq!((run.verdict, run.exit_code), (Verdict::Fails, Some(145)));
    assert!(run.stderr.contains("The application 'Lost.dll' does not exist."), "{}", run.stderr);
}

#[test]
fn busyboxs_env_is_no_shell() {
    let base = "FROM alpine\nWORKDIR /a\nRUN printf '#!/usr/bin/env python3\\nimport (\\n' > x && chmod +x x\n";
    let run = start(&format!("{base}RUN apk add --no-cache python3\nCMD [\"/a/x\"]\n"));
    assert_eq!((run.verdict, run.exit_code), (Verdict::Starts, None), "{}", run.stderr);
}

#[test]
fn what_a_step_might_have_written_behind_a_failure_that_is_not_certain_may_be_there() {
    let dockerfile = "FROM debian:12\nRUN apt-get update && apt-get install -y gnupg\nWORKDIR /a\nRUN gpg --fingerprint key | grep -q key && echo > main.sh\nCMD [\"sh\", \"main.sh\"]\n";
    assert_eq!(outcome(dockerfile), STARTS);
}

#[test]
fn a_copy_of_a_file_that_may_exist_leaves_the_folder_that_it_goes_to() {
    let dockerfile = "FROM golang AS build\nRUN go install example.org/tool@latest\nFROM debian:12\nWORKDIR /a\nRUN mkdir bin\nCOPY --from=build /go/bin/tool bin\nCMD [\"sh\", \"bin/tool\"]\n";
    assert_eq!(outcome(dockerfile), STARTS);
}

#[test]
fn the_command_of_an_image_that_is_not_known_is_not_known() {
    for more in ["", "CMD [\"/no/such/program\"]\n"] {
        let run = start(&format!("FROM example.org/some/image:1\n{more}"));
        assert_eq!((run.verdict, run.cause.is_none(), run.stderr.as_str()), (Verdict::Unknown, true, ""));
    }
}

#[test]
fn an_environment_with_a_python_that_uv_downloads_may_start() {
    let lines = "ENV UV_PYTHON_INSTALL_DIR=/python UV_PYTHON_PREFERENCE=only-managed\nWORKDIR /app\nRUN uv venv && uv pip install fastapi-cli\n";
    let last = "FROM debian:12-slim\nCOPY --from=build /app /app\nCMD [\"/app/.venv/bin/python\"]\n";
    let run = start(&format!("FROM ghcr.io/astral-sh/uv:bookworm-slim AS build\n{lines}{last}"));
    assert_eq!((run.verdict, run.cause.is_none()), (Verdict::Unknown, true));
    // The image's own Python is another matter: the last stage lacks it.
    let run = start(&format!("FROM python:3.12 AS build\nWORKDIR /app\nRUN python -m venv .venv\n{last}"));
    assert_eq!(run.verdict, Verdict::Fails);
}

#[test]
fn a_program_that_may_be_there_is_no_step_that_fails() {
    let run = start("FROM busybox:1.37-musl\nCMD [\"an-unlisted-applet\"]\n");
    let last = run.trace.last().unwrap();
    assert_eq!((run.verdict, last.code, last.is_open()), (Verdict::Unknown, "search-path-unlisted", true));
    let run = start("FROM scratch\nCMD [\"nosuch\"]\n");
    assert!(run.trace.iter().all(|step| !step.is_open()) && run.verdict == Verdict::Fails);
}

/// Whether the unknown part of a script decides its end.
#[test]
fn a_script_that_certainly_fails_fails_whatever_is_not_known_of_it() {
    let script = |lines: &str| {
        let write = "RUN cat <<'E' > /run.sh && chmod +x /run.sh\n#!/bin/sh";
        format!("FROM debian:trixie-slim\n{write}\n{lines}\nE\nCMD [\"/run.sh\"]\n")
    };
    let not_found = ("fails", Some(127), Some("not-found"));
    for lines in [
        "exec nosuch",
        "exec nosuch \"$(date)\"",
        "echo \"$(date)\"\nnosuch \"$(hostname)\" --flag",
        "set -e\nSTARTED=$(date)\nexport STARTED\nexec nosuch",
        "if [ -d /etc ]; then STARTED=$(date); fi\nexec nosuch",
    ] {
        assert_eq!(outcome(&script(lines)), not_found, "{lines}");
    }
    assert_eq!(outcome(&script("echo \"$(date)\"\nexit 3")), ("fails", Some(3), Some("exits-with-error")));
    // What decides the way, the name or the exit code is not known.
    for lines in [
        "if [ \"$(date +%u)\" = 7 ]; then exec sleep 1; fi\nexec nosuch",
        "case \"$(date +%H)\" in 77*) exec sleep 1;; esac\nexec nosuch",
    ] {
        assert_eq!(outcome(&script(lines)), ("unknown", None, None), "{lines}");
    }
    for lines in ["exec \"nosuch$(date)\"", "test \"$(date)\" = x\nexit", "code=$(date +%s)\nexit $code"] {
        assert_ne!(outcome(&script(lines)).1, Some(127), "{lines}");
        assert_ne!(outcome(&script(lines)).1, Some(1), "{lines}");
    }
}

/// node of the official images needs libstdc++, which Alpine does not have; the catalogue does not list that.
#[test]
fn a_program_that_is_copied_without_its_libraries_is_not_said_to_start() {
    let of = |last: &str| {
        let text = format!("FROM node:20-alpine AS b\nRUN echo 1 > /i.js\nFROM {last}\nCMD [\"node\",\"/i.js\"]\n");
        start(&text).verdict
    };
    let copy = "COPY --from=b /i.js /\nCOPY --from=b /usr/local/bin/node /usr/local/bin/";
    assert_eq!(of(&format!("alpine:3.20\n{copy}")), Verdict::Unknown);
    assert_eq!(of(&format!("node:20-alpine\n{copy}")), Verdict::Starts);
    assert_eq!(of("scratch\nCOPY --from=b / /"), Verdict::Starts);
}
