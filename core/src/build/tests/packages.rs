//! What package managers bring, seen as layers.

use crate::base_images::Catalogue;
use crate::build::{Cache, NoImages, Request, build};
use crate::engine::EngineProfile;
use crate::fs::{Change, Tree};
use crate::image::Layer;
use crate::measure::Honesty;
use std::sync::Arc;

fn layers(text: &str) -> Result<Vec<Arc<Layer>>, String> {
    let engine = EngineProfile::find("docker-28").unwrap();
    let request = Request::new(text, Tree::new(), engine);
    let built = build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new());
    match built.error {
        Some(error) => Err(error.message),
        None => Ok(built.steps.iter().filter_map(|step| step.layer.clone()).collect()),
    }
}

fn names(layer: &Layer) -> Vec<&str> {
    layer.unlisted.iter().map(|(what, _)| what.as_str()).collect()
}

#[test]
fn a_package_brings_what_it_needs_and_the_layer_has_a_size() {
    let all = layers("FROM alpine:3.22\nRUN apk add --no-cache curl\nRUN apk add --no-cache curl\n").unwrap();
    let first = names(&all[0]);
    assert!(first.contains(&"curl") && first.contains(&"libcurl") && !first.contains(&"musl"), "{first:?}");
    assert_eq!(all[0].size.honesty(), Honesty::Modelled);
    let sum: u64 = all[0].unlisted.iter().map(|(_, size)| size.at_least()).sum();
    assert!(sum > 1_000_000 && all[0].size.at_least() > sum, "{sum}");
    // The second time nothing is new.
    assert!(all[1].unlisted.is_empty());
}

#[test]
fn a_group_that_is_removed_in_the_same_step_weighs_nothing() {
    let text = "FROM alpine:3.22\nRUN apk add --no-cache --virtual .deps build-base && apk del .deps\n";
    assert!(layers(text).unwrap()[0].unlisted.is_empty());
}

#[test]
fn what_only_a_removed_package_needed_goes_with_it_in_alpine() {
    let weight = |script: &str| {
        let all = layers(&format!("FROM alpine:3.19\nRUN {script}\n")).unwrap();
        names(all.last().unwrap()).join(" ")
    };
    assert_eq!(weight("apk add --no-cache curl && apk del curl"), "");
    assert!(weight("apk add --no-cache curl git && apk del curl").contains("libcurl"), "git needs it, too");
    assert!(!weight("apk add --no-cache curl git && apk del curl").split(' ').any(|name| name == "curl"));
    // A group of another step is remembered by the image.
    let text = "FROM alpine:3.19\nRUN apk add --no-cache -t .deps gcc\nRUN apk del .deps\n";
    let all = layers(text).unwrap();
    assert!(names(&all[0]).contains(&"gcc"));
    let is_gone =
        |path: &str| all[1].entries.iter().any(|entry| &*entry.path == path && entry.change == Change::Removed);
    assert!(is_gone("/usr/bin/gcc") && is_gone("/usr/lib/libgmp.so.10"));
}

#[test]
fn apk_keeps_its_indexes_unless_it_is_told_not_to() {
    let caches = |base: &str, flag: &str| -> Vec<(String, u64)> {
        let all = layers(&format!("FROM {base}\nRUN apk add {flag} tini\n")).unwrap();
        let entries = all[0].entries.iter().map(|entry| (entry.path.to_string(), entry.size.at_least()));
        entries.filter(|(path, _)| path.contains("APKINDEX")).collect()
    };
    assert!(caches("alpine:3.19", "--no-cache").is_empty());
    let kept = caches("alpine:3.19", "");
    // The first half of the SHA-1 of https://dl-cdn.alpinelinux.org/alpine/v3.19/main, as an installed system has it.
    assert!(kept.iter().any(|(path, size)| path.ends_with("APKINDEX.6bd8ca47.tar.gz") && *size > 400_000), "{kept:?}");
    assert!(
        kept.iter().any(|(path, size)| path.ends_with("APKINDEX.728a4eb9.tar.gz") && *size > 1_000_000),
        "{kept:?}"
    );
    assert_eq!(caches("alpine:3.22", "").len(), 2);
}

#[test]
fn recommended_packages_come_unless_they_are_declined() {
    let size = |flag: &str| {
        let text = format!(
            "FROM debian:12\nRUN apt-get update && apt-get install -y {flag} git && rm -rf /var/lib/apt/lists/*\n"
        );
        let all = layers(&text).unwrap();
        assert_eq!(all[0].size.honesty(), Honesty::Modelled, "{:?}", all[0].size);
        all[0].size.at_least()
    };
    assert!(size("") > size("--no-install-recommends") + 1_000_000);
}

#[test]
fn lists_weigh_until_they_are_removed() {
    let size = |end: &str| layers(&format!("FROM debian:12\nRUN apt-get update{end}\n")).unwrap()[0].size.at_least();
    assert!(size("") > 15_000_000);
    assert_eq!(size(" && rm -rf /var/lib/apt/lists/*"), 0);
}

#[test]
fn without_lists_no_package_is_found() {
    let error = layers("FROM debian:12\nRUN apt-get install -y curl\n").unwrap_err();
    assert!(error.contains("exit code: 100"), "{error}");
}

#[test]
fn a_package_that_the_index_lacks_leaves_the_size_unknown() {
    let all = layers("FROM alpine:3.22\nRUN apk add --no-cache no-such-package curl\n").unwrap();
    assert_eq!(all[0].size.honesty(), Honesty::Unknown);
    assert!(all[0].size.at_least() > 1_000_000);
}

/// What the only RUN of a Dockerfile prints.
fn printed(base: &str, script: &str) -> String {
    let engine = EngineProfile::find("docker-28").unwrap();
    let request = Request::new(format!("FROM {base}\nRUN {script}\n"), Tree::new(), engine);
    let built = build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new());
    let gaps: Vec<_> = built.diagnostics.iter().filter(|one| one.code != "ignored-failure").collect();
    assert!(built.error.is_none() && gaps.is_empty(), "{:?} {gaps:?}", built.error);
    let output = &built.steps.last().unwrap().output;
    output.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect()
}

#[test]
fn programs_come_with_their_packages_and_go_with_them() {
    let script = "apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev zlib1g-dev && \
         which gcc cc && readlink /usr/lib/x86_64-linux-gnu/libz.so && \
         apt-get purge -y --auto-remove gcc libc6-dev zlib1g-dev && rm -rf /var/lib/apt/lists/*; which gcc || echo gone";
    assert_eq!(printed("debian:12", script), "/usr/bin/gcc\n/usr/bin/cc\nlibz.so.1.2.13\ngone\n");
}

#[test]
fn what_came_for_others_goes_when_nobody_needs_it() {
    let script = "apt-get update && apt-get install -y --no-install-recommends curl > /dev/null && \
         apt-mark showauto | grep -c . && apt-mark manual libcurl4 && \
         apt-get purge -y --auto-remove curl && dpkg-query -W -f '${Package}\\n' 'libcurl*' && \
         apt-get purge -y --auto-remove libcurl4 && dpkg-query -W 'libcurl*'; echo $?; apt-mark showauto";
    let text = printed("debian:12", script);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].parse::<u32>().is_ok_and(|count| count > 5), "{text}");
    assert_eq!(&lines[1..3], ["libcurl4 set to manually installed.", "libcurl4"], "{text}");
    assert_eq!(&lines[3..], ["dpkg-query: no packages found matching libcurl*", "1"], "{text}");
}

#[test]
fn a_file_tells_its_package_and_a_package_its_user() {
    let script = "apt-get update && apt-get install -y --no-install-recommends redis-server > /dev/null && \
         dpkg-query -S /usr/bin/redis-server && dpkg -S '*/libjemalloc.so.2' && chown redis /srv && stat -c %U /srv && \
         dpkg --print-architecture && dpkg --compare-versions 5:7.0.1 gt 5:6 && echo newer";
    let text = printed("debian:12", script);
    let expected = "redis-server: /usr/bin/redis-server\n\
         libjemalloc2:amd64: /usr/lib/x86_64-linux-gnu/libjemalloc.so.2\nredis\namd64\nnewer\n";
    assert_eq!(text, expected);
}

#[test]
fn what_a_distributions_own_image_lacks_is_not_found() {
    let error = layers("FROM debian:12\nRUN curl --version\n").unwrap_err();
    assert!(error.contains("exit code: 127"), "{error}");
    // An image that stands on it may have more.
    assert!(layers("FROM python:3.12\nRUN curl --version\n").is_ok());
}

/// The folders that are there, listed in part, after the only RUN of a Dockerfile, and what is said.
fn filled(base: &str, script: &str) -> (Vec<String>, Vec<String>) {
    let engine = EngineProfile::find("docker-28").unwrap();
    let request = Request::new(format!("FROM {base}\nWORKDIR /app\nRUN {script}\n"), Tree::new(), engine);
    let built = build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new());
    assert_eq!(built.error, None);
    let layer = built.steps.last().unwrap().layer.clone().unwrap();
    assert_eq!(layer.size.honesty(), Honesty::Unknown);
    let tree = &built.image.as_ref().unwrap().tree;
    let is_part =
        |path: &str| matches!(tree.get(path).map(|node| &node.kind), Some(crate::fs::Kind::Dir { partial: true }));
    let folders = layer.entries.iter().map(|entry| entry.path.to_string()).filter(|path| is_part(path));
    let said = built.diagnostics.iter().map(|one| format!("{} {}", one.code, one.params[0].1));
    (folders.collect(), said.collect())
}

#[test]
fn packages_of_languages_go_into_their_folders_and_nothing_else_changes() {
    let (folders, said) = filled("maven:latest", "mvn package");
    assert_eq!(folders, ["/app/target", "/root/.m2"]);
    assert_eq!(said, ["unknown-files mvn package"]);
    let (folders, _) = filled("node:24-alpine", "npm install -g @no/such && such --version");
    assert!(folders.contains(&"/usr/local/lib/node_modules/@no/such".to_string()), "{folders:?}");
}

/// The size of the last layer and what is said, of a Dockerfile beside a file of requirements.
fn installed(dockerfile: &str, requirements: &str) -> (crate::measure::Size, Vec<String>, Option<String>) {
    let mut context = Tree::new();
    let content = crate::fs::Content::inline(requirements.as_bytes());
    context.write("/requirements.txt", content, 0o644, 0, 0).unwrap();
    let engine = EngineProfile::find("docker-28").unwrap();
    let built = build(&Request::new(dockerfile, context, engine), &Catalogue::builtin(), &NoImages, &mut Cache::new());
    let said = built.diagnostics.iter().map(|one| format!("{} {}", one.code, one.params[0].1)).collect();
    let layers = built.image.as_ref().map(|image| image.layers.clone()).unwrap_or_default();
    let size = layers.last().map(|layer| layer.size.clone()).unwrap_or_else(|| crate::measure::Size::exact(0));
    (size, said, built.error.map(|error| error.message))
}

#[test]
fn packages_without_an_index_are_named_and_their_size_is_not_known() {
    let text = "FROM fedora:latest\nRUN dnf install -y --setopt=install_weak_deps=False gcc make && dnf clean all\n";
    let (size, said, error) = installed(text, "");
    assert_eq!((size.honesty(), error), (Honesty::Unknown, None));
    assert_eq!(said, ["unlisted-package gcc", "unlisted-package make"]);
}

#[test]
fn packages_of_python_are_weighed_with_what_they_need() {
    let python = |run: &str| format!("FROM python:3.12\nCOPY requirements.txt .\nRUN {run}\n");
    let (size, said, _) = installed(&python("pip install --no-cache-dir -r requirements.txt"), "Flask==3.0 # web\n");
    assert_eq!((size.honesty(), said), (Honesty::Modelled, Vec::<String>::new()));
    let flask = size.bytes().unwrap();
    assert!((3_000_000..9_000_000).contains(&flask), "{flask}");
    let (kept, ..) = installed(&python("python -m pip install -r requirements.txt"), "flask\n");
    assert!(kept.bytes().unwrap() > flask + 300_000, "the cache keeps wheels: {kept:?}");
    let (size, said, _) = installed(&python("pip install -r requirements.txt"), "flask\nno-such-thing>=1\n");
    assert_eq!((size.honesty(), said), (Honesty::Unknown, vec!["unlisted-package no-such-thing".into()]));
    let (.., error) = installed(&python("mkdir /w && cd /w && pip install -r nothing.txt"), "");
    assert!(error.unwrap().contains("exit code: 1"));
}

#[test]
fn a_distributions_own_python_is_left_alone() {
    let debian = |run: &str| {
        format!("FROM debian:12\nRUN apt-get update && apt-get install -y python3-pip python3-venv\nRUN {run}\n")
    };
    let (.., error) = installed(&debian("pip3 install flask"), "");
    assert!(error.unwrap().contains("exit code: 1"));
    let (size, _, error) = installed(&debian("pip3 install --no-cache-dir --break-system-packages flask"), "");
    assert_eq!((size.honesty(), error), (Honesty::Modelled, None));
    let venv = "python3 -m venv /opt/v && /opt/v/bin/pip install --no-cache-dir flask && test -x /opt/v/bin/flask";
    let (size, _, error) = installed(&debian(venv), "");
    assert_eq!((size.honesty(), error), (Honesty::Modelled, None));
}

#[test]
fn certificates_of_ones_own_join_the_others() {
    let script = "apt-get update && apt-get install -y ca-certificates > /dev/null && echo own > /usr/local/share/ca-certificates/own.crt && \
         update-ca-certificates | head -n 2 && stat -c %s /etc/ssl/certs/ca-certificates.crt";
    let text = printed("debian:12", script);
    assert_eq!(text, "Updating certificates in /etc/ssl/certs...\n1 added, 0 removed; done.\n216595\n");
}

/// Sizes of the layers of a Dockerfile's last stage.
fn sizes(text: &str) -> Vec<crate::measure::Size> {
    layers(text).unwrap().iter().map(|layer| layer.size.clone()).collect()
}

#[test]
fn what_packages_weigh_goes_where_their_folder_goes() {
    let install = "FROM python:3.12-slim AS builder\nRUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir flask\n";
    let all = sizes(&format!("{install}FROM python:3.12-slim\nCOPY --from=builder /opt/venv /opt/venv\n"));
    assert_eq!(all[1].honesty(), Honesty::Modelled);
    assert!(all[1].at_least() > 10_000_000);
    assert_eq!(all[0].bytes(), all[1].bytes());
    // Copied or moved within a stage, too; what is removed weighs nothing; a new owner copies all of it up.
    let all = sizes(&format!(
        "{install}RUN cp -r /opt/venv /copy\nRUN mv /copy /moved && rm -rf /moved\nRUN chown -R 7:7 /opt/venv\n"
    ));
    assert!(all[1].at_least().abs_diff(all[0].at_least()) < 1_000_000, "{all:?}");
    assert_eq!((all[2].at_least(), all[2].honesty()), (0, Honesty::Exact));
    assert!(all[3].at_least().abs_diff(all[0].at_least()) < 1_000_000, "{all:?}");
    let prefixed = "FROM python:3.12-slim AS builder\nRUN pip install --no-cache-dir --prefix=/install flask\n";
    let all = sizes(&format!("{prefixed}FROM python:3.12-slim\nCOPY --from=builder /install /usr/local\n"));
    assert_eq!((all[0].bytes(), all[1].honesty()), (all[1].bytes(), Honesty::Modelled));
}

#[test]
fn caches_weigh_while_they_are_in_the_layer() {
    let size = |run: &str| sizes(&format!("FROM python:3.12-slim\nRUN {run}\n"))[0].at_least();
    let without = size("pip install --no-cache-dir flask");
    assert!(size("pip install flask") > without + 300_000);
    assert_eq!(size("pip install flask && rm -rf /root/.cache"), without);
    assert_eq!(size("--mount=type=cache,target=/root/.cache/pip pip install flask"), without);
}

#[test]
fn a_copy_of_what_is_not_listed_has_no_exact_size() {
    let all = sizes("FROM node:22-alpine AS b\nWORKDIR /app\nRUN yarn add left\nFROM scratch\nCOPY --from=b /app /\n");
    assert_eq!(all.last().unwrap().honesty(), Honesty::Unknown);
}

#[test]
fn packages_of_node_are_weighed_and_go_with_their_folder() {
    let manifest = "{\"name\":\"x\",\"version\":\"1.0.0\",\"dependencies\":{\"express\":\"^4\"},\"devDependencies\":{\"typescript\":\"^5\"},\"scripts\":{\"build\":\"mkdir dist && echo 1 > dist/a.js\"}}";
    let build = |text: &str| {
        let mut context = Tree::new();
        context.write("/package.json", crate::fs::Content::inline(manifest.as_bytes()), 0o644, 0, 0).unwrap();
        let engine = EngineProfile::find("docker-28").unwrap();
        let built = build(&Request::new(text, context, engine), &Catalogue::builtin(), &NoImages, &mut Cache::new());
        let said: Vec<String> =
            built.diagnostics.iter().map(|one| format!("{} {}", one.code, one.params[0].1)).collect();
        let layers: Vec<_> = built.steps.iter().filter_map(|step| step.layer.clone()).collect();
        (
            layers.iter().map(|layer| layer.size.clone()).collect::<Vec<_>>(),
            said,
            built.error.map(|error| error.message),
        )
    };
    let start = "FROM node:22-alpine AS b\nWORKDIR /app\nCOPY package.json .\n";
    let (all, said, error) = build(&format!(
        "{start}RUN npm install && npm cache clean --force\nRUN npm run build\nRUN npm prune --omit=dev\nFROM node:22-alpine\nCOPY --from=b /app/node_modules /m\n"
    ));
    assert_eq!((said, error), (Vec::new(), None));
    let sizes: Vec<u64> = all.iter().map(|size| size.at_least()).collect();
    assert!((25_000_000..30_000_000).contains(&sizes[2]), "{sizes:?}");
    assert_eq!(sizes[3], 2, "{sizes:?}");
    // What is pruned is hidden, and weighs in the layer below still; what is copied has it no more.
    assert!(sizes[4] < 100_000 && (2_000_000..4_000_000).contains(&sizes[5]), "{sizes:?}");
    assert!(all.iter().all(|size| size.honesty() != Honesty::Unknown), "{all:?}");
    let (.., error) = build(&format!("{start}RUN npm ci\n"));
    assert!(error.unwrap().contains("exit code: 1"));
    let (kept, ..) = build(&format!("{start}RUN npm install\n"));
    assert!(kept[2].at_least() > sizes[2] + 10_000_000, "the cache keeps archives: {kept:?}");
    let (_, said, _) = build("FROM node:22\nWORKDIR /app\nRUN npm init -y && npm install left-of-nothing\n");
    assert_eq!(said, ["unlisted-package left-of-nothing"]);
    let (all, said, _) = build("FROM node:22\nRUN npm install -g typescript && npm cache clean --force\n");
    assert_eq!((said, all[0].honesty()), (Vec::new(), Honesty::Modelled));
}

#[test]
fn apk_prints_its_version_in_a_line_that_pipes_can_cut() {
    let script =
        "test \"$(apk --version | cut -d' ' -f1)\" = apk-tools && apk --version | cut -d' ' -f2 > /v && test -s /v";
    assert_eq!(layers(&format!("FROM alpine:3.20\nRUN {script}\n")).unwrap()[0].size, crate::measure::Size::exact(8));
    // Of a release without an index of its own the version is not known.
    assert!(layers(&format!("FROM alpine:3.21\nRUN {script}\n")).is_ok());
}

#[test]
fn programs_that_are_alternatives_of_a_package_are_found() {
    let install = "RUN apt-get update && apt-get install -y --no-install-recommends";
    // The link leads to a file of the package that is not listed.
    assert_eq!(
        layers(&format!("FROM debian:12\n{install} openjdk-17-jdk-headless && javac A.java && jar -h\n")).err(),
        None
    );
    assert_eq!(layers(&format!("FROM debian:12\n{install} maven && mvn -v && java -version\n")).err(), None);
    assert_eq!(layers(&format!("FROM debian:13\n{install} openjdk-21-jre-headless\nRUN java -version\n")).err(), None);
    assert_eq!(layers(&format!("FROM debian:12\n{install} php8.2-cli && php -v\n")).err(), None);
    assert_eq!(layers(&format!("FROM debian:13\n{install} lua5.4 && lua -v\n")).err(), None);
    let headless = layers(&format!("FROM debian:12\n{install} openjdk-17-jre-headless && javac A.java\n"));
    assert!(headless.is_err_and(|message| message.contains("127")));
}

/// RUN has no terminal and no input: apt prints "Abort." (apt 2.6, cmdline/apt-get.cc).
#[test]
fn apt_asks_before_it_installs_more_than_what_is_named_and_nobody_answers() {
    let install = |options: &str| {
        layers(&format!("FROM debian:bookworm-slim\nRUN apt-get update && {options}\n")).err().unwrap_or_default()
    };
    for asked in ["apt-get install curl", "apt install --no-install-recommends curl", "apt-get -q install curl"] {
        assert!(install(asked).ends_with("exit code: 1"), "{asked}");
    }
    for answered in [
        "apt-get install -y curl",
        "apt-get -yq install curl",
        "apt-get install --assume-yes curl",
        "apt-get -qq install curl",
        "yes | apt-get install curl",
        "apt-get -o APT::Get::Assume-Yes=true install curl",
        "echo 'APT::Get::Assume-Yes \"true\";' > /etc/apt/apt.conf.d/90yes && apt-get install curl",
    ] {
        assert_eq!(install(answered), "", "{answered}");
    }
    assert!(install("apt-get instal -y curl").ends_with("exit code: 100"));
}

#[test]
fn the_package_manager_of_another_distribution_is_not_there() {
    for (image, command) in
        [("python:3.12-slim", "apk add curl"), ("alpine:3.22", "apt-get update"), ("node:22", "yum -y install x")]
    {
        let error = layers(&format!("FROM {image}\nRUN {command}\n")).unwrap_err();
        assert!(error.ends_with("exit code: 127"), "{image}: {error}");
    }
}
