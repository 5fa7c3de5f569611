//! Starts of images whose build assumed files of the context.

use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, NoImages, Request};
use stageplay_core::engine::EngineProfile;
use stageplay_core::exec::Verdict;
use stageplay_core::fs::Tree;
use stageplay_core::image_start::Run;
use stageplay_core::measure::Size;
use stageplay_core::simulate::simulate;

/// The start of what a Dockerfile without its files makes.
fn started(text: &str) -> Run {
    let engine = EngineProfile::find("docker-28").unwrap();
    let request = Request { assume_context: true, ..Request::new(text, Tree::new(), engine) };
    let done = simulate(&request, Some(&[]), &Catalogue::builtin(), &NoImages, &mut Cache::new());
    assert!(done.built.error.is_none(), "{text}: {:?}", done.built.error);
    done.run.unwrap()
}

fn verdict(text: &str) -> Verdict {
    started(text).verdict
}

#[test]
fn a_program_that_may_be_there_is_assumed_to_start() {
    for text in [
        "FROM scratch\nCOPY app /app\nCMD [\"/app/server\"]\n",
        "FROM scratch\nCOPY app /app\nCMD [\"/app\"]\n",
        "FROM alpine\nCOPY app /app\nWORKDIR /app\nCMD [\"./server\"]\n",
        "FROM alpine\nCOPY app /usr/local/bin/\nCMD [\"app\"]\n",
        "FROM alpine\nCOPY rootfs/ /\nENTRYPOINT [\"/usr/local/bin/entry.sh\"]\n",
        "FROM scratch\nADD rootfs.tar.xz /\nCMD [\"/bin/sh\"]\n",
        "FROM scratch\nCOPY rootfs/ /\nCMD [\"/bin/sh\"]\n",
        "FROM alpine AS build\nCOPY . .\nRUN make\nFROM scratch\nCOPY --from=build /src/out/server /server\nCMD [\"/server\"]\n",
    ] {
        let run = started(text);
        assert_eq!((run.verdict, run.assumed.len()), (Verdict::Starts, 1), "{text}");
    }
}

#[test]
fn a_program_that_nothing_may_have_made_is_missing() {
    assert_eq!(verdict("FROM scratch\nCOPY app /app\nCMD [\"/server\"]\n"), Verdict::Fails);
    assert_eq!(verdict("FROM alpine\nCOPY package.json /app/\nCMD [\"/app/server\"]\n"), Verdict::Fails);
}

/// The warnings of a build that must not fail, and the image's size.
fn built(text: &str) -> (Vec<&'static str>, Size) {
    let engine = EngineProfile::find("docker-28").unwrap();
    let request = Request { assume_context: true, ..Request::new(text, Tree::new(), engine) };
    let done = simulate(&request, None, &Catalogue::builtin(), &NoImages, &mut Cache::new());
    assert!(done.built.error.is_none(), "{text}: {:?}", done.built.error);
    let size = done.built.image.unwrap().size();
    (done.built.diagnostics.iter().map(|one| one.code).collect(), size)
}

#[test]
fn no_step_fails_for_what_an_unknown_file_may_hold() {
    let npm = ["npm ci", "npm install && npm run build", "yarn --frozen-lockfile", "pnpm i --frozen-lockfile"];
    let pip = ["pip install -r requirements.txt", "python -m venv /v && /v/bin/pip install -r requirements.txt"];
    let go = ["go mod download", "go mod tidy", "go build ./...", "go install ./..."];
    let rust =
        ["cargo fetch", "cargo build --release", "mkdir src && echo 'fn main() {}' > src/main.rs && cargo build"];
    let all = [
        ("node:24", "package*.json", &npm[..]),
        ("python:3.13", "requirements.txt", &pip),
        ("golang:1.26", "go.mod go.sum", &go),
        ("golang:1.26", "main.go", &["go build main.go", "go run main.go"]),
        ("rust:1.98", "Cargo.toml Cargo.lock", &rust),
        ("rust:1.98", "main.rs", &["rustc main.rs"]),
        ("maven", "pom.xml", &["mvn package", "mvn dependency:go-offline"]),
        ("mcr.microsoft.com/dotnet/sdk:10.0", "*.csproj", &["dotnet restore", "dotnet publish -o out"]),
        ("php", "composer.json", &["composer install"]),
        ("ruby", "Gemfile", &["bundle install"]),
    ];
    for script in ["chown foo /srv", "id foo", "su foo -c id", "useradd -g crew x"] {
        built(&format!("FROM debian\nCOPY passwd group /etc/\nRUN {script}\nUSER foo\nRUN true\n"));
    }
    for (base, sources, scripts) in all {
        for script in scripts {
            let (warnings, size) = built(&format!("FROM {base}\nWORKDIR /w\nCOPY {sources} ./\nRUN {script}\n"));
            assert!(!warnings.contains(&"failure-after-gap"), "{script}: {warnings:?}");
            assert!(!size.parts().is_empty(), "{script}: a part of it is estimated or not known");
        }
    }
}

#[test]
fn no_step_fails_for_a_file_that_may_be_there() {
    for script in [
        "make && make install",
        "./configure && make",
        "sh ./script.sh",
        ". ./env.sh",
        "./gradlew build",
        "cd app && ls",
        "cat a | sort",
        "tr a b < c",
        "while read line; do echo $line; done < list",
        "patch -p1 < a.patch",
        "rmdir a",
        "stat a",
        "ldd a",
        "tar -C a -cf /a.tar .",
        "ln -s /w/bin/tool /usr/bin/tool && tool",
        "[ -f a ] || exit 1",
        "for f in *.sh; do sh $f; done",
        "apt-get install -y ./a.deb",
    ] {
        built(&format!("FROM gcc\nWORKDIR /w\nCOPY . .\nRUN {script}\nRUN true\n"));
    }
    for script in [
        "cd /a && ls",
        "/a",
        "/a/install",
        "rmdir /a",
        "stat /a",
        "ldd /a",
        "cp -r /a /b",
        "mv /a /b",
        "rm -r /a",
        "chmod -R +x /a",
        "mkdir -p /a/b",
        "echo x > /a/b",
        "tar -C /a -cf /a.tar .",
        "ln -s /a /usr/bin/a && a",
        "sed -i s/a/b/ /a",
    ] {
        built(&format!("FROM gcc\nCOPY a /a\nRUN {script}\nRUN true\n"));
    }
}

#[test]
fn what_an_unknown_build_makes_is_found_later() {
    for (base, script, made) in [
        ("node:24", "npm ci && npm run build", "dist"),
        ("golang:1.26", "go build -o /bin/app ./cmd/app", "/bin/app"),
        ("golang:1.26", "go build -o /bin/app example.com/cmd/app", "/bin/app"),
        ("golang:1.26", "go install ./...", "/go/bin/app"),
        ("rust:1.98", "cargo build --release", "target/release/app"),
        ("rust:1.98", "cargo install --path .", "/usr/local/cargo/bin/app"),
        ("gcc", "mkdir -p dist/bin && make", "dist/bin/app"),
        ("maven", "mvn package", "target/app.jar"),
        ("mcr.microsoft.com/dotnet/sdk:10.0", "dotnet publish -o /out", "/out/app"),
    ] {
        let place = if made.starts_with('/') { made.to_string() } else { format!("/w/{made}") };
        built(&format!(
            "FROM {base}\nWORKDIR /w\nCOPY . .\nRUN {script}\nFROM alpine\nCOPY --from=0 {place} /srv/app\n"
        ));
    }
}

/// Whatever package.json holds, `npm ci` wants a lock file.
#[test]
fn npm_ci_fails_where_no_lock_file_can_be() {
    let error = |copy: &str| {
        let text = format!("FROM node:24\nWORKDIR /app\nCOPY {copy} ./\nRUN npm ci\n");
        let engine = EngineProfile::find("docker-28").unwrap();
        let request = Request { assume_context: true, ..Request::new(text, Tree::new(), engine) };
        let done = simulate(&request, None, &Catalogue::builtin(), &NoImages, &mut Cache::new());
        done.built.error.map(|error| error.message)
    };
    assert!(error("package.json").is_some_and(|message| message.ends_with("exit code: 1")));
    assert_eq!(error("package*.json"), None);
    assert_eq!(error("package.json package-lock.json"), None);
}
