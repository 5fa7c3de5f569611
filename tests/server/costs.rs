//! What a few bytes may cost: nothing that is sent keeps server or engine busy, or fills memory or disk.

use crate::engine::{BASE, Engine, docker, server, with};
use crate::fake_engine::FakeEngine;
use crate::http::Server;
use base64::Engine as _;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const BUILDERS: [&str; 2] = ["classic", "buildkit"];

fn code(status: &Value) -> &str {
    status["problem"]["code"].as_str().or(status["report"]["error"]["code"].as_str()).unwrap_or("none")
}

/// A server whose builds may write 100 MiB.
fn small(name: &str) -> Server {
    Server::start(&stageplay_tests::folder(name), &["--rate", "100000", "--disk", "100MiB"])
}

/// bzip2 packs a tar of 256 MiB of zeros into a few hundred bytes; the same again and again.
fn bomb() -> Vec<u8> {
    let script = "dd if=/dev/zero of=zeros bs=1M count=256 2>/dev/null && tar -c zeros | bzip2 -9";
    let folder = stageplay_tests::folder("server-bomb");
    let made = stageplay_tests::program("sh").args(["-c", script]).current_dir(&folder).output().expect("sh runs");
    let _ = std::fs::remove_dir_all(folder);
    made.stdout
}

#[test]
fn an_archive_is_measured_before_it_is_unpacked() {
    let Some(_engine) = Engine::find() else { return stageplay_tests::skipped("no Docker engine") };
    let server = small("server-archives");
    let bomb = base64::engine::general_purpose::STANDARD.encode(bomb());
    assert!((100..20_000).contains(&bomb.len()), "{} bytes", bomb.len());
    for builder in BUILDERS {
        for line in ["ADD bomb.tar.bz2 /b/", "ADD ./x/../b*.tar.* /b/", "ADD [!x]*.bz2 /b/", "ADD link /b/"] {
            let build = json!({
                "dockerfile": format!("FROM {BASE}\n{line}\n"), "builder": builder, "no_cache": true,
                "files": [{"path": "bomb.tar.bz2", "base64": bomb}, {"path": "link", "link": "bomb.tar.bz2"}],
            });
            let (_, status) = server.build(&build);
            assert_eq!(code(&status), "disk-limit", "{builder}, {line}: {status}");
        }
        // What is not unpacked is a small file.
        let build = json!({
            "dockerfile": format!("FROM {BASE}\nCOPY . /b/\nADD . /c/\n"), "builder": builder,
            "files": [{"path": "bomb.tar.bz2", "base64": bomb}],
        });
        assert_eq!(server.build(&build).1["state"], "succeeded");
    }
}

#[test]
fn variables_keep_nobody_busy() {
    let Some(_engine) = Engine::find() else { return stageplay_tests::skipped("no Docker engine") };
    let server = server("server-variables", &["--build-time", "60"]);
    let idle = server.memory();
    let doubling = format!("FROM {BASE}\nENV A=0123456789\n{}", "ENV A=$A$A\n".repeat(22));
    let many: String = (0..400).map(|index| format!("ARG c{index}=$B\n")).collect();
    let large = format!("FROM {BASE}\nARG A={}\nARG B={}\n{many}", "x".repeat(60_000), "$A".repeat(17));
    for builder in BUILDERS {
        for text in [&doubling, &large] {
            let (_, status) = server.build(&json!({"dockerfile": text, "builder": builder}));
            assert!(["too-large", "expansion"].contains(&code(&status)), "{builder}: {status}");
        }
    }
    let grown = server.memory().saturating_sub(idle);
    assert!(grown < 128 << 20, "{grown} bytes more in memory");
}

/// An engine holds each source with a wildcard against every file of the context, and cannot be stopped meanwhile.
#[test]
fn wildcards_and_files_are_bounded_together() {
    let Some(_engine) = Engine::find() else { return stageplay_tests::skipped("no Docker engine") };
    let server = server("server-wildcards", &["--build-time", "60"]);
    let files: Vec<Value> = (0..19_900).map(|index| json!({"path": format!("f{index}"), "text": ""})).collect();
    for builder in BUILDERS {
        for line in [format!("COPY {} /d/", "y*y ".repeat(2_300)), format!("ADD {} /", "y ".repeat(2_300))] {
            let begun = Instant::now();
            let dockerfile = format!("FROM {BASE}\n{line}\n");
            let (_, status) = server.build(&json!({"dockerfile": dockerfile, "builder": builder, "files": files}));
            let refused = line.contains('*');
            assert_eq!(code(&status) == "too-large" && status["problem"]["line"] == 2, refused, "{builder}: {status}");
            assert!(begun.elapsed() < Duration::from_secs(30), "{builder}: {:?}", begun.elapsed());
        }
    }
}

/// Each stage has the variables of the stage that it stands on.
#[test]
fn stages_share_their_variables() {
    let Some(_engine) = Engine::find() else { return stageplay_tests::skipped("no Docker engine") };
    let server = server("server-stages", &["--build-time", "60"]);
    let idle = server.memory();
    // Of each stage a builder keeps all variables, so that many stages are refused.
    for (stages, problem) in [(300, "inexpressible"), (3_000, "too-large")] {
        let mut text = format!("FROM {BASE} AS a0\n");
        text.extend((0..450).map(|index| format!("ENV e{index}={}\n", "x".repeat(1_000))));
        text.extend((1..stages).map(|index| format!("FROM a{} AS a{index}\n", index - 1)));
        // What no engine gets.
        text.push_str("EXPOSE $NOTHING\n");
        let (_, status) = server.build(&json!({"dockerfile": text, "builder": "buildkit"}));
        assert_eq!(code(&status), problem, "{status}");
    }
    let grown = server.peak_memory().saturating_sub(idle);
    assert!(grown < 128 << 20, "{grown} bytes more in memory");
}

#[test]
fn patterns_stop_nobody_else() {
    let Some(_engine) = Engine::find() else { return stageplay_tests::skipped("no Docker engine") };
    let server = server("server-patterns", &["--build-time", "60"]);
    let pattern = "*a".repeat(1_000);
    let text = format!("ARG a={}\nARG b=${{a//{pattern}b/x}}\nFROM {BASE}\n", "a".repeat(4_000));
    let ids: Vec<String> =
        (0..2).map(|_| server.post(&json!({"dockerfile": text})).json()["id"].as_str().unwrap_or("").into()).collect();
    let begun = Instant::now();
    for _ in 0..20 {
        assert_eq!(server.get("/healthz").status, 200);
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "the server stands still");
    for id in ids.iter().filter(|id| !id.is_empty()) {
        assert_eq!(server.events(id, 0).last().expect("an end").1["type"], "finished");
    }
    // A few rules, and a file below many folders.
    let rules = format!("{}b\n", "*a".repeat(15)).repeat(100);
    let deep = "a/".repeat(500);
    let files = json!([{"path": ".dockerignore", "text": rules}, {"path": format!("{deep}a"), "text": "x"}]);
    let begun = Instant::now();
    let answer = server.post(&json!({"dockerfile": format!("FROM {BASE}\n"), "files": files}));
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}: {}", begun.elapsed(), answer.body);
}

#[test]
fn sparse_files_count_in_full() {
    let Some(_engine) = Engine::find() else { return stageplay_tests::skipped("no Docker engine") };
    let server = small("server-sparse");
    for builder in BUILDERS {
        for lines in
            ["RUN truncate -s 2G /x\n".to_string(), (0..4).map(|at| format!("RUN truncate -s 90M /{at}\n")).collect()]
        {
            let build = json!({"dockerfile": format!("FROM {BASE}\n{lines}"), "builder": builder, "no_cache": true});
            let (_, status) = server.build(&build);
            assert_eq!(code(&status), "disk-limit", "{builder}, {lines}: {status}");
        }
    }
}

#[test]
fn an_id_is_no_name() {
    let Some(_engine) = Engine::find() else { return stageplay_tests::skipped("no Docker engine") };
    let server = server("server-ids", &[]);
    let id = docker(&["images", "-q", "--no-trunc", BASE]).trim().trim_start_matches("sha256:").to_string();
    for name in [format!("sha256:{}", &id[..4]), format!("sha256:{}", &id[..12]), id[..12].to_string()] {
        for build in [
            json!({"dockerfile": format!("FROM {name}\nRUN cat /etc/passwd\n")}),
            json!({"dockerfile": format!("FROM {BASE}\nCOPY --from={name} /etc/passwd /x\n")}),
        ] {
            for builder in BUILDERS {
                let (events, status) = server.build(&with(build.clone(), json!({"builder": builder})));
                assert_eq!(code(&status), "image-not-here", "{builder}, {name}: {status}");
                assert!(!format!("{events:?}").contains("root:"), "{builder}, {name}");
            }
        }
    }
    let wrong = format!("{BASE}@sha256:{}", "0".repeat(64));
    assert_eq!(code(&server.build(&json!({"dockerfile": format!("FROM {wrong}\n")})).1), "image-not-here");
}

/// A tar of 256 MiB of zeros, packed by gzip with these flags in its header.
fn gzip_with_flags(flags: u8) -> Vec<u8> {
    let script = "dd if=/dev/zero of=zeros bs=1M count=256 2>/dev/null && tar -c zeros | gzip -n9";
    let folder = stageplay_tests::folder("server-gzip");
    let made = stageplay_tests::program("sh").args(["-c", script]).current_dir(&folder).output().expect("sh runs");
    let _ = std::fs::remove_dir_all(folder);
    let mut bytes = made.stdout;
    bytes[3] = flags;
    bytes
}

/// A tar of 2 KiB with a file of 300 MiB, all of which is a hole (pax format 0.1 of GNU tar).
fn sparse_tar() -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    let mut add = |kind: u8, content: &str| {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::new(kind));
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        out.append_data(&mut header, "big", content.as_bytes()).expect("an entry");
    };
    let size = 300 << 20;
    add(b'x', &format!("29 GNU.sparse.size={size}\n26 GNU.sparse.numblocks=1\n30 GNU.sparse.map={size},0\n"));
    add(b'0', "");
    out.into_inner().expect("a tar")
}

/// What an engine unpacks otherwise than this server measures it is refused with the name of the file.
#[test]
fn what_cannot_be_measured_is_not_unpacked() {
    let Some(_engine) = Engine::find() else { return stageplay_tests::skipped("no Docker engine") };
    let server = small("server-unreadable");
    let encode = |bytes: Vec<u8>| base64::engine::general_purpose::STANDARD.encode(bytes);
    for file in [encode(gzip_with_flags(0xe0)), encode(gzip_with_flags(0x20)), encode(sparse_tar())] {
        for builder in BUILDERS {
            let files = json!([{"path": "evil.tar", "base64": file}]);
            let dockerfile = format!("FROM {BASE}\nADD evil.tar /b/\n");
            let (_, status) =
                server.build(&json!({"dockerfile": dockerfile, "builder": builder, "no_cache": true, "files": files}));
            assert_eq!(code(&status), "unreadable-archive", "{builder}: {status}");
            assert!(status["problem"]["message"].as_str().is_some_and(|text| text.contains("evil.tar")), "{status}");
        }
    }
}

#[test]
fn many_instructions_stop_nobody_else() {
    let Some(_engine) = Engine::find() else { return stageplay_tests::skipped("no Docker engine") };
    let server = server("server-instructions", &["--build-time", "30"]);
    let text = format!("FROM {BASE}\n{}", "WORKDIR /\n".repeat(80_000));
    let ids: Vec<String> = (0..2).map(|_| server.submit(&json!({"dockerfile": text, "builder": "buildkit"}))).collect();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(8) {
        let asked = Instant::now();
        assert_eq!(server.get("/healthz").status, 200);
        assert!(asked.elapsed() < Duration::from_secs(3), "the server stands still: {:?}", asked.elapsed());
        std::thread::sleep(Duration::from_millis(50));
    }
    for id in ids {
        server.ask("DELETE", &format!("/api/builds/{id}"), &[], &[]);
        server.events(&id, 0);
    }
}

/// Processor time that a server has used so far, in hundredths of a second.
fn processor_time(server: &Server) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.child.id())).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum()
}

/// What takes long ends with the build that asked for it, and keeps nobody else waiting.
#[test]
fn work_ends_with_its_build() {
    let Some(_engine) = Engine::find() else { return stageplay_tests::skipped("no Docker engine") };
    let server = server("server-work", &["--build-time", "5"]);
    let files: Vec<Value> = (0..19_900).map(|number| json!({"path": number.to_string(), "text": ""})).collect();
    let line = format!("ADD {}/\n", "x ".repeat(2_300));
    let build =
        json!({"dockerfile": format!("FROM {BASE}\n{}", line.repeat(15)), "builder": "classic", "files": files});
    let ids = [server.submit(&build), server.submit(&build)];
    let begun = Instant::now();
    let other = server.post(&json!({"dockerfile": format!("FROM {BASE}\nRUN true\n")}));
    assert_eq!(other.status, 202, "{}", other.body);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    for id in ids {
        assert_eq!(server.events(&id, 0).last().expect("an end").1["state"], "failed");
    }
    server.events(other.json()["id"].as_str().expect("an id"), 0);
    std::thread::sleep(Duration::from_secs(2));
    let before = processor_time(&server);
    std::thread::sleep(Duration::from_secs(3));
    let used = processor_time(&server) - before;
    assert!(used < 100, "{used} hundredths of a second after the end of all builds");
}

#[test]
fn an_answer_quotes_little_of_a_request() {
    let Some(_engine) = Engine::find() else { return stageplay_tests::skipped("no Docker engine") };
    let server = server("server-quotes", &[]);
    for option in ["platform", "builder"] {
        let answer = server.post(&json!({"dockerfile": "FROM scratch\n", option: "\u{7f}".repeat(1 << 20)}));
        assert_eq!(answer.status, 422, "{option}");
        assert!(answer.body.len() < 10_000, "{option}: {} bytes", answer.body.len());
    }
}

#[test]
fn an_engine_describes_itself_once_however_many_ask() {
    let fake = FakeEngine::start("describe", |_| None);
    let server = Server::start(&stageplay_tests::folder("server-describe"), &["--engine", &fake.engine()]);
    let begun = Instant::now();
    let ask = || {
        for _ in 0..20 {
            assert_eq!(server.get("/api/engine").status, 200);
        }
    };
    std::thread::scope(|scope| (0..10).for_each(|_| drop(scope.spawn(ask))));
    let listed = fake.asked().iter().filter(|path| *path == "/images/json").count();
    // Once in two seconds, and once at the start.
    let allowed = 2 + usize::try_from(begun.elapsed().as_secs() / 2).expect("a few seconds");
    assert!((1..=allowed).contains(&listed), "{listed} times for 200 requests");
}
