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
    // A pipe where an engine reads would hold it for ever.
    let odd = with(from_base("RUN rm /etc/passwd && mkfifo /etc/passwd\nCMD [\"true\"]\n"), json!({"run": true}));
    assert_eq!(server.build(&odd).1["problem"]["code"], "odd-file");
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
