//! Images are started as nobody in particular, and what they print acts on nobody.

use crate::engine::{Engine, from_base, server, settle, with};
use serde_json::{Value, json};
use stageplay_tests::skipped;
use std::time::{Duration, Instant};

#[test]
fn root_is_nobody_under_any_name() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let server = server("starts-users", &[]);
    let run = |lines: &str| -> Value {
        let build = with(from_base(&format!("{lines}CMD [\"sh\", \"-c\", \"id -u; id -g\"]\n")), json!({"run": true}));
        server.build(&build).1["report"]["run"].clone()
    };
    let files = "RUN echo 'toor:x:0:0::/:/bin/sh' >> /etc/passwd; echo 'plain:x:1000:1000::/:/bin/sh' >> /etc/passwd; \
                 echo 'word:x:zero:zero::/:/bin/sh' >> /etc/passwd; echo 'big:x:4294967296:4294967296::/:' >> /etc/passwd; \
                 echo 65532:x:0:0::/:/bin/sh >> /etc/passwd; echo wheel:x:0: >> /etc/group; echo crew:x:20: >> /etc/group\n";
    for (user, printed) in [
        ("00", "65532\n65532\n"),
        ("+0", "65532\n65532\n"),
        ("-0", "65532\n65532\n"),
        ("00:00", "65532\n65532\n"),
        ("toor", "65532\n65532\n"),
        ("word", "65532\n65532\n"),
        ("big", "65532\n65532\n"),
        ("plain", "1000\n1000\n"),
        ("plain:0", "1000\n65532\n"),
        ("plain:wheel", "1000\n65532\n"),
        ("plain:crew", "1000\n20\n"),
        ("1000", "1000\n1000\n"),
        ("1234", "1234\n65532\n"),
    ] {
        let said = run(&format!("{files}USER {user}\n"));
        assert_eq!(said["stdout"], printed, "{user}: {said}");
    }
    let unknown = run("USER nobody-here\n");
    assert!(unknown["stderr"].as_str().unwrap_or("").contains("unable to find user nobody-here"), "{unknown}");
    drop(server);
    settle(&engine, &before);
}

#[test]
fn what_an_engine_reads_before_a_start_is_looked_at() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let server = server("starts-user-database", &[]);
    for (make, user, code) in [
        // A pipe would hold the engine for ever. Docker follows 255 links to it, the kernel 40.
        ("rm /etc/passwd; mkfifo /etc/passwd", "root", "odd-file"),
        (
            "rm /etc/passwd; mkfifo /pipe; ln -s pipe /l0; i=1; \
             while [ $i -lt 60 ]; do ln -s l$((i-1)) /l$i; i=$((i+1)); done; ln -s /l59 /etc/passwd",
            "root",
            "odd-file",
        ),
        ("rm /etc/passwd; mkfifo /pipe; ln -s /nothing/../pipe /etc/passwd", "root", "odd-file"),
        // Each line that matches stays in the engine's memory.
        ("yes x:x:65532:1::/: | head -c 2000000 > /etc/passwd", "65532", "too-large"),
        // Groups are found by name as well as by number.
        ("echo 65532:x:0:x >> /etc/group", "root", "odd-file"),
        ("echo u:x:1000:1000::/:/bin/sh >> /etc/passwd; echo 1000:x:0: >> /etc/group", "u", "odd-file"),
    ] {
        let lines = format!("RUN {make}\nUSER {user}\nCMD [\"id\"]\n");
        let (_, status) = server.build(&with(from_base(&lines), json!({"run": true, "builder": "buildkit"})));
        assert_eq!(status["problem"]["code"], code, "{make}: {status}");
    }
    drop(server);
    settle(&engine, &before);
}

#[test]
fn what_a_start_prints_acts_on_nobody() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let server = server("starts-output", &[]);
    let build = from_base("CMD printf '\\033[31mred\\033]0;t\\007 \\302\\233\\r'; printf '\\033[2J\\a' >&2\n");
    let (events, status) = server.build(&with(build, json!({"run": true})));
    let of_events = events.iter().filter(|event| event["type"] == "output").filter_map(|event| event["text"].as_str());
    let run = &status["report"]["run"];
    let text: String =
        of_events.chain(["stdout", "stderr"].iter().filter_map(|stream| run[*stream].as_str())).collect();
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    assert!(status["report"]["run"]["stdout"].as_str().is_some_and(|text| text.starts_with("red")), "{status}");
    // A folder that is named twice is one folder, and its user may write to it.
    let build = from_base("VOLUME [\"/data/\", \"/data\"]\nCMD echo yes > /data/x && cat /data/x\n");
    let (_, status) = server.build(&with(build, json!({"run": true})));
    assert_eq!(status["report"]["run"]["stdout"], "yes\n", "{}", status["report"]["run"]);
    drop(server);
    settle(&engine, &before);
}

#[test]
fn deep_folders_and_many_files_are_read_in_time() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let server = server("starts-deep", &["--build-time", "30"]);
    let begun = Instant::now();
    let (_, status) = server.build(&from_base("RUN mkdir -p $(yes /a | head -n 450 | tr -d '\\n')\n"));
    assert_eq!(status["state"], "succeeded", "{status}");
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    drop(server);
    settle(&engine, &before);
}
