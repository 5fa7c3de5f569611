use super::*;

const TEXT: &str = include_str!("../../../data/image_rules.json");

fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

fn rule_of(text: &str) -> Option<RuleFacts> {
    Rules::builtin().unwrap().find(&reference(text))
}

#[test]
fn every_part_of_the_data_is_read() {
    const CONFIG: [&str; 9] =
        ["env", "cmd", "entrypoint", "workdir", "user", "exposed_ports", "volumes", "stop_signal", "shell"];
    let rules = Rules::read(TEXT).unwrap();
    let images = rules.rules.iter().flat_map(|rule| {
        assert!(!rule.source.is_empty() && rule.date.starts_with("20"), "{:?}", rule.repositories);
        rule.tags.iter().map(|tag| &tag.image).chain([&rule.image])
    });
    for value in images.chain(rules.parts.values()) {
        assert!(Part::read(value, &Captures::new()).is_some(), "{value}");
        let config = value.get("config").and_then(Value::as_object);
        let names: Vec<&String> = config.into_iter().flat_map(|fields| fields.keys()).collect();
        assert!(names.iter().all(|name| CONFIG.contains(&name.as_str())), "{names:?}");
    }
    for pattern in rules.rules.iter().flat_map(|rule| &rule.repositories) {
        assert!(!first_part(pattern).contains(['[', '(', '*', '{']), "{pattern}: the index needs its first part");
    }
}

#[test]
fn every_rule_answers_for_its_examples() {
    let rules = Rules::read(TEXT).unwrap();
    for (place, rule) in rules.rules.iter().enumerate() {
        assert!(!rule.examples.is_empty(), "{:?}", rule.repositories);
        for example in &rule.examples {
            let reference = reference(example);
            let first = rules.rules.iter().position(|rule| rules.apply(rule, &reference).is_some());
            assert_eq!(first, Some(place), "{example} of {:?}", rule.repositories);
            let found = rules.find(&reference).unwrap();
            let is_told = found.facts.distro.contains_key("id") && !found.facts.libc.flavor.is_empty();
            assert!(is_told != found.from.is_some(), "{example}: a root, or an official image");
            assert_eq!(found.facts.reference(), reference.to_string());
            let empty = json_texts(&serde_json::to_value(&found.facts).unwrap()).find(|text| text.contains(['{', '}']));
            assert_eq!(empty, None, "{example}: a capture that is not filled in");
        }
    }
}

/// Every text in a JSON value.
fn json_texts(value: &Value) -> Box<dyn Iterator<Item = String> + '_> {
    match value {
        Value::String(text) => Box::new(std::iter::once(text.clone())),
        Value::Array(values) => Box::new(values.iter().flat_map(json_texts)),
        Value::Object(fields) => Box::new(fields.values().flat_map(json_texts)),
        _ => Box::new(std::iter::empty()),
    }
}

#[test]
fn every_part_that_a_rule_takes_in_is_there() {
    let rules = Rules::read(TEXT).unwrap();
    for rule in &rules.rules {
        for part in rule.tags.iter().map(|tag| &tag.image).chain([&rule.image]) {
            let part = Part::read(part, &Captures::new()).unwrap();
            let named = part.root.into_iter().chain(part.parts);
            // Names with captures are met by the examples.
            for name in named.filter(|name| !name.ends_with(' ')) {
                assert!(rules.parts.contains_key(&name), "{name}");
            }
        }
    }
}

/// Distribution, libc, shell, user, entrypoint.
#[track_caller]
fn assert_image(text: &str, expected: [&str; 5]) {
    let facts = rule_of(text).unwrap_or_else(|| panic!("{text} is not known")).facts;
    let distro = ["id", "version"].iter().filter_map(|name| facts.distro.get(*name).cloned()).collect::<Vec<_>>();
    let libc = [Some(facts.libc.flavor), facts.libc.version].into_iter().flatten().collect::<Vec<_>>();
    let actual = [
        distro.join(" "),
        libc.join(" "),
        facts.shell.unwrap_or_default(),
        facts.config.user.unwrap_or_default(),
        facts.config.entrypoint.unwrap_or_default().join(" "),
    ];
    assert_eq!(actual.each_ref().map(String::as_str), expected, "{text}");
}

#[test]
fn distroless_images_are_known_by_name_and_tag() {
    assert_image("gcr.io/distroless/static", ["debian 13", "none", "", "0", ""]);
    assert_image("gcr.io/distroless/static-debian12:nonroot-amd64", ["debian 12", "none", "", "65532", ""]);
    assert_image("gcr.io/distroless/base-debian11:debug", ["debian 11", "glibc 2.31", "", "0", "/busybox/sh"]);
    assert_image("gcr.io/distroless/base-nossl:debug-nonroot", ["debian 13", "glibc 2.41", "", "65532", "/busybox/sh"]);
    assert_image("gcr.io/distroless/java17-debian12", ["debian 12", "glibc 2.36", "", "0", "/usr/bin/java -jar"]);
    assert_image("gcr.io/distroless/java:8", ["debian 9", "glibc 2.24", "", "0", "/usr/bin/java -jar"]);
    assert_image("gcr.io/distroless/nodejs20-debian12:debug", ["debian 12", "glibc 2.36", "", "0", "/nodejs/bin/node"]);
    assert_image("gcr.io/distroless/nodejs:16", ["debian 11", "glibc 2.31", "", "0", "/nodejs/bin/node"]);
    assert_image("gcr.io/distroless/python3-debian10", ["debian 10", "glibc 2.28", "", "0", "/usr/bin/python3.7"]);
    let facts = rule_of("gcr.io/distroless/cc-debian12:debug").unwrap().facts;
    assert!(facts.own_files.static_programs.contains(&"/busybox/busybox".to_string()));
    assert_eq!(facts.config.env["PATH"].rsplit(':').next(), Some("/busybox"));
    assert_eq!(facts.config.env["SSL_CERT_FILE"], "/etc/ssl/certs/ca-certificates.crt");
}

#[test]
fn red_hat_images_are_known_by_release_and_family() {
    assert_image("registry.access.redhat.com/ubi9", ["rhel 9", "glibc 2.34", "bash", "", ""]);
    assert_image("registry.redhat.io/ubi8/ubi-minimal:8.10-1086", ["rhel 8", "glibc 2.28", "bash", "", ""]);
    assert_image("registry.access.redhat.com/ubi10/ubi-micro", ["rhel 10", "glibc 2.39", "bash", "", ""]);
    let node = ["rhel 8", "glibc 2.28", "bash", "1001", "container-entrypoint"];
    assert_image("registry.access.redhat.com/ubi8/nodejs-18", node);
    let manager = |text: &str| rule_of(text).unwrap().facts.package_manager;
    assert_eq!(manager("registry.access.redhat.com/ubi9-micro"), None);
    assert_eq!(manager("registry.access.redhat.com/ubi7/ubi").as_deref(), Some("yum"));
    assert_eq!(manager("registry.access.redhat.com/ubi9/nodejs-20-minimal").as_deref(), Some("microdnf"));
    let python = rule_of("registry.access.redhat.com/ubi9/python-311").unwrap().facts;
    assert_eq!(python.toolchain["python"], "3.11");
    assert_eq!(python.config.workdir.as_deref(), Some("/opt/app-root/src"));
}

#[test]
fn chainguard_images_have_a_shell_only_where_they_have_one() {
    assert_image("cgr.dev/chainguard/static", ["wolfi", "none", "", "65532", ""]);
    assert_image("cgr.dev/chainguard/python", ["wolfi", "glibc 2.43", "", "65532", "/usr/bin/python"]);
    let dev = ["wolfi", "glibc 2.43", "busybox ash", "65532", "/usr/bin/python"];
    assert_image("cgr.dev/chainguard/python:latest-dev", dev);
    let manager = |text: &str| rule_of(text).unwrap().facts.package_manager;
    assert_eq!(manager("cgr.dev/chainguard/wolfi-base").as_deref(), Some("apk"));
    assert_eq!(manager("cgr.dev/chainguard/node"), None);
    assert_eq!(manager("cgr.dev/chainguard/node:latest-dev").as_deref(), Some("apk"));
}

#[test]
fn images_on_official_ones_name_them() {
    let from = |text: &str| rule_of(text).unwrap().from.map(|from| from.to_string());
    assert_eq!(from("nginxinc/nginx-unprivileged:1.27-alpine").as_deref(), Some("nginx:1.27-alpine"));
    assert_eq!(from("ghcr.io/astral-sh/uv:0.5"), None);
    let slim = "ghcr.io/astral-sh/uv:0.6.16-python3.12-bookworm-slim";
    assert_eq!(from(slim).as_deref(), Some("python:3.12-slim-bookworm"));
    assert_eq!(from("ghcr.io/astral-sh/uv:python3.13-alpine3.22").as_deref(), Some("python:3.13-alpine3.22"));
    assert_eq!(from("ghcr.io/astral-sh/uv:bookworm").as_deref(), Some("buildpack-deps:bookworm"));
    assert_eq!(from("ghcr.io/astral-sh/uv:0.8.3-debian-slim").as_deref(), Some("debian:bookworm-slim"));
    assert_eq!(from("ghcr.io/astral-sh/uv:debian-slim").as_deref(), Some("debian:trixie-slim"));
}

#[test]
fn what_an_image_adds_is_put_onto_its_base() {
    let catalogue = crate::base_images::Catalogue::builtin();
    let base = catalogue.find(&reference("python:3.12-slim"), crate::base_images::newest_day()).unwrap();
    let facts = rule_of("ghcr.io/astral-sh/uv:python3.12-trixie-slim").unwrap().on(&base);
    assert_eq!((facts.shell.as_deref(), &facts.libc), (Some("dash"), &base.libc));
    assert_eq!(facts.config.entrypoint.as_deref(), Some(&[][..]));
    assert_eq!(facts.config.cmd.as_deref(), Some(&["/usr/local/bin/uv".to_string()][..]));
    assert_eq!(facts.config.env["PYTHON_VERSION"], base.config.env["PYTHON_VERSION"]);
    assert!(facts.size > base.size && facts.size_basis == "estimated");
    assert_eq!((facts.name.as_str(), facts.family.as_deref()), ("ghcr.io/astral-sh/uv", Some("python")));
}

#[test]
fn an_image_may_bring_a_second_loader() {
    let catalogue = crate::base_images::Catalogue::builtin();
    let base = catalogue.find(&reference("alpine"), crate::base_images::newest_day()).unwrap();
    let facts = rule_of("frolvlad/alpine-glibc").unwrap().on(&base);
    assert_eq!(facts.interp, ["/lib/ld-musl-x86_64.so.1", "/lib64/ld-linux-x86-64.so.2"]);
    assert_eq!(facts.libc.flavor, "musl");
}

#[test]
fn names_and_tags_that_no_rule_knows_give_nothing() {
    let rules = Rules::read(TEXT).unwrap();
    for text in [
        "alpine",
        "example.com/app:1",
        "gcr.io/distroless/static-debian99",
        "gcr.io/distroless/static:nonroot-vax",
        "gcr.io/distroless",
        "gcr.io/other/static",
        "registry.access.redhat.com/ubi9x",
        "ghcr.io/astral-sh/uv:python9-beta",
        "cgr.dev/chainguard/python:3.9",
    ] {
        assert_eq!(rules.find(&reference(text)), None, "{text}");
    }
}

#[test]
fn hostile_names_are_answered() {
    let rules = Rules::read(TEXT).unwrap();
    let long = "a".repeat(100_000);
    let mut names = vec![(long.clone(), "latest".to_string()), ("gcr.io/distroless/static".into(), long)];
    for rule in &rules.rules {
        let first = first_part(&rule.repositories[0]).to_string();
        let name = rule.examples[0].split(':').next().unwrap_or("").to_string();
        for part in ["1.", "1-", "-", "é", "{version}", "[", "debug-nonroot-"] {
            names.push((format!("{first}/{}", part.repeat(380 / part.len())), "latest".into()));
            names.push((name.clone(), part.repeat(128 / part.len())));
        }
    }
    for (repository, tag) in names {
        let found = rules.find(&Reference { repository: repository.clone(), tag, digest: None });
        assert!(found.is_none_or(|found| found.facts.name == repository));
    }
}

#[test]
fn versions_decide_which_part_of_a_rule_holds() {
    let distribution = |text: &str| rule_of(text).unwrap().facts.distro["version"].clone();
    assert_eq!(distribution("public.ecr.aws/lambda/python:3.11"), "2");
    assert_eq!(distribution("public.ecr.aws/lambda/python:3.12"), "2023");
    assert_eq!(distribution("amazon/aws-lambda-java:8.al2"), "2");
    assert!(numbers("8", u32::MAX) > numbers("8.5", 0) && numbers("8.10", 0) > numbers("8.9.3", 0));
    let entrypoint = |text: &str| rule_of(text).unwrap().facts.config.entrypoint.is_some();
    assert!(entrypoint("nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04"));
    assert!(!entrypoint("nvidia/cuda:10.2-cudnn7-devel-ubuntu18.04"));
}

#[test]
fn a_size_is_said_only_where_a_source_names_it() {
    let size = |text: &str| rule_of(text).map(|found| (found.facts.size, found.facts.size_basis)).unwrap();
    assert_eq!(size("gcr.io/distroless/static-debian12:nonroot"), (2_000_000, "rough".to_string()));
    assert_eq!(size("gcr.io/distroless/static-debian12:debug"), (0, SIZE_UNKNOWN.to_string()));
    assert_eq!(size("registry.access.redhat.com/ubi8"), (0, SIZE_UNKNOWN.to_string()));
    let rules = Rules::read(TEXT).unwrap();
    for text in rules.sizes.keys() {
        assert!(rules.find(&reference(text)).is_some_and(|found| found.facts.layers.len() == 1), "{text}");
    }
}

#[test]
fn a_digest_may_be_of_any_build() {
    let digest = format!("@sha256:{}", "a".repeat(64));
    let facts = |name: &str| rule_of(&format!("{name}{digest}")).unwrap().facts;
    let python = facts("cgr.dev/chainguard/python:latest-dev");
    assert_eq!((python.libc.flavor.as_str(), python.libc.version.as_deref()), ("glibc", None));
    assert!(python.toolchain.is_empty() && python.shell.is_some());
    assert_eq!(facts("gcr.io/distroless/static").distro.get("version"), None);
    // The repository's name tells the release.
    assert_eq!(facts("gcr.io/distroless/base-debian12").distro["version"], "12");
    assert_eq!(facts("gcr.io/distroless/python3-debian11").toolchain["python"], "3.9");
    assert_eq!(facts("registry.access.redhat.com/ubi8/ubi-minimal").libc.version.as_deref(), Some("2.28"));
}

#[test]
fn variants_that_are_not_described_are_not_taken_for_others() {
    assert!(rule_of("adoptopenjdk/openjdk8:x86_64-centos-jre8u312-b07").is_none());
    assert_image("adoptopenjdk/openjdk11:alpine-jre", ["alpine", "musl", "busybox ash", "", ""]);
    assert_image("adoptopenjdk/openjdk16", ["ubuntu", "glibc", "dash", "", ""]);
}

#[test]
fn bitnami_images_are_known_by_the_debian_release_in_their_tag() {
    assert_image("bitnami/node:18.12.1-debian-11-r15", ["debian 11", "glibc 2.31", "dash", "", ""]);
    let nginx = ["debian 12", "glibc 2.36", "dash", "1001", "/opt/bitnami/scripts/nginx/entrypoint.sh"];
    assert_image("bitnamilegacy/nginx:1.25.4-debian-12-r5", nginx);
    // Which release a tag without one had is not known.
    assert_image("bitnami/redis:7.2", ["debian", "glibc", "dash", "1001", "/opt/bitnami/scripts/redis/entrypoint.sh"]);
    let shell = rule_of("bitnami/python:3.12").unwrap().facts.config().shell();
    assert_eq!(shell.first().map(String::as_str), Some("/bin/bash"));
}

#[test]
fn a_path_is_put_before_the_one_of_the_base() {
    let path = &rule_of("bitnami/nginx:1.25").unwrap().facts.config.env["PATH"];
    assert!(path.starts_with("/opt/bitnami/common/bin:/opt/bitnami/nginx/sbin:/usr/local/sbin:"), "{path}");
}

#[test]
fn an_image_may_say_how_much_it_adds() {
    let catalogue = crate::base_images::Catalogue::builtin();
    let base = catalogue.find(&reference("ubuntu:22.04"), crate::base_images::newest_day()).unwrap();
    let facts = rule_of("nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04").unwrap().on(&base);
    assert!(facts.size > base.size + 7_000_000_000 && facts.size_basis == "estimated");
    assert_eq!(facts.layers.len(), base.layers.len() + 1);
    assert!(facts.layers.last().unwrap().range.is_some_and(|(low, high)| low < high));
    assert!(facts.source.contains("size: "), "{}", facts.source);
    // Of others nobody told a size.
    assert_eq!(rule_of("nvidia/cuda:9.2-runtime-ubuntu18.04").unwrap().on(&base).size_basis, "at-least");
}
