//! Each hint has an image that gives rise to it, and one beside it that does not.

use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, NoImages, Request};
use stageplay_core::elf::{self, Elf, Machine};
use stageplay_core::engine::EngineProfile;
use stageplay_core::fs::{Content, Tree};
use stageplay_core::simulate::simulate;

fn program(needed: &[&str], interpreter: Option<&str>, text: &str) -> Vec<u8> {
    let mut elf = Elf::new(Machine::X86_64, interpreter.is_some());
    elf.interpreter = interpreter.map(str::to_string);
    elf.needed = needed.iter().map(|name| (*name).to_string()).collect();
    let mut bytes = elf::write(&elf);
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

fn hints(dockerfile: &str) -> Vec<&'static str> {
    let mut context = Tree::new();
    let mut put = |path: &str, bytes: Vec<u8>| context.write(path, Content::inline(bytes), 0o755, 0, 0).unwrap();
    let glibc = Some("/lib64/ld-linux-x86-64.so.2");
    let musl = Some("/lib/ld-musl-x86_64.so.1");
    let go = |body: &str, imports: &str| {
        format!("package main\nimport ({imports})\nfunc main() {{ {body} }}\n").into_bytes()
    };
    put("/get.go", go("http.Get(\"https://example.org\")", "\"net/http\""));
    put("/serve.go", go("http.ListenAndServe(\":80\", nil)", "\"net/http\""));
    put("/static", program(&[], None, "/etc/nsswitch.conf libnss_%s getaddrinfo"));
    put("/tls", program(&[], None, "/etc/ssl/certs/ca-certificates.crt"));
    put("/zones", program(&[], None, "PK\u{3}\u{4}Europe/BerlinTZif2"));
    put("/now.go", go("fmt.Println(time.Now())", "\"fmt\"; \"time\""));
    put("/zones.go", go("fmt.Println(1)", "\"fmt\"; _ \"time/tzdata\""));
    put("/plain", program(&[], None, ""));
    put("/musl", program(&["libc.musl-x86_64.so.1"], musl, "getaddrinfo"));
    put("/glibc", program(&["libc.so.6"], glibc, "setlocale"));
    put("/run.sh", b"#!/bin/sh\necho on\n/plain --serve\n".to_vec());
    put("/exec.sh", b"#!/bin/sh\necho on\nexec /plain --serve\n".to_vec());
    let request = Request::new(dockerfile, context, EngineProfile::find("docker-28").unwrap());
    let done = simulate(&request, Some(&[]), &Catalogue::builtin(), &NoImages, &mut Cache::new());
    assert!(done.built.error.is_none(), "{dockerfile}: {:?}", done.built.error);
    let verdict = done.run.as_ref().map(|run| run.verdict.as_str());
    assert_eq!(verdict, Some("starts"), "{dockerfile}");
    done.hints.iter().map(|hint| hint.code).collect()
}

#[test]
fn each_is_said_where_it_matters_and_nowhere_else() {
    let build = |source: &str, base: &str| {
        format!(
            "FROM golang AS b\nWORKDIR /s\nCOPY {source} .\nRUN CGO_ENABLED=0 go build -o app {source}\nFROM {base}\nCOPY --from=b /s/app /app\nENTRYPOINT [\"/app\"]\n"
        )
    };
    let run = |base: &str, more: &str, program: &str| {
        format!("FROM {base}\nCOPY {program} plain /\n{more}ENTRYPOINT [\"/{program}\"]\n")
    };
    let debian = "debian:12-slim";
    let cases: Vec<(String, Option<&str>)> = vec![
        (build("get.go", "scratch"), Some("no-certificates")),
        (build("get.go", debian), Some("no-certificates")),
        (build("get.go", "alpine"), None),
        (build("serve.go", "scratch"), None),
        (run("scratch", "", "tls"), Some("no-certificates")),
        (run("scratch", "ENV SSL_CERT_FILE=/certs.pem\n", "tls"), None),
        (run("scratch", "COPY get.go /etc/ssl/certs/ca-certificates.crt\n", "tls"), None),
        (run(debian, "RUN apt-get update && apt-get install -y ca-certificates\n", "tls"), None),
        (run(debian, "RUN apt-get update && apt-get install -y bzip2\n", "tls"), Some("no-certificates")),
        (run("scratch", "ENV TZ=Europe/Berlin\n", "plain"), Some("no-zoneinfo")),
        (run("alpine", "ENV TZ=Europe/Berlin\n", "plain"), Some("no-zoneinfo")),
        (run("alpine", "ENV TZ=Europe/Berlin\nRUN apk add --no-cache tzdata\n", "plain"), None),
        (run("scratch", "ENV TZ=UTC\n", "plain"), None),
        (run("scratch", "ENV TZ=Europe/Berlin\n", "zones"), None),
        (build("now.go", "scratch\nENV TZ=Europe/Berlin"), Some("no-zoneinfo")),
        (build("zones.go", "scratch\nENV TZ=Europe/Berlin"), None),
        (build("now.go", "scratch\nENV TZ=Europe/Berlin").replace("-o app", "-tags timetzdata -o app"), None),
        (
            run(
                "alpine",
                "ENV TZ=Europe/Berlin\nCOPY --from=golang /usr/share/zoneinfo /usr/share/zoneinfo\n",
                "plain",
            ),
            None,
        ),
        (
            run(
                "scratch",
                "ENV TZ=Europe/Berlin\nCOPY --from=golang /usr/share/zoneinfo /usr/share/zoneinfo\n",
                "plain",
            ),
            None,
        ),
        (run("alpine", "", "musl"), Some("musl-resolver")),
        (run("scratch", "", "static"), Some("static-nss")),
        (run(debian, "", "static"), None),
        (run(debian, "ENV LANG=de_DE.UTF-8\n", "glibc"), Some("no-locale")),
        (run(debian, "ENV LANG=C.UTF-8\n", "glibc"), None),
        (run("alpine", "USER 1234\n", "plain"), Some("user-without-name")),
        (run("scratch", "USER 1234\n", "plain"), None),
        (run("alpine", "RUN adduser -D -u 1234 me\nUSER 1234\n", "plain"), None),
        (run("alpine", "", "run.sh"), Some("pid-1-script")),
        (run("alpine", "", "exec.sh"), None),
        ("FROM alpine\nCOPY plain /\nCMD echo on && /plain\n".into(), Some("pid-1-shell")),
        ("FROM alpine\nCOPY plain /\nCMD echo on && exec /plain\n".into(), None),
        ("FROM alpine\nCOPY plain /\nCMD /plain\n".into(), None),
        ("FROM alpine\nCMD echo a; echo b\n".into(), None),
    ];
    for (dockerfile, wanted) in cases {
        assert_eq!(hints(&dockerfile), Vec::from_iter(wanted), "{dockerfile}");
    }
}
