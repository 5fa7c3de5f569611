//! What apt-get and yum answer of releases that have left the mirrors, and of packages that a release does not have.

use super::*;

/// The last words of a build that fails, or none.
fn failure_on(day: Option<&str>, base: &str, steps: &[&str]) -> Option<String> {
    let run: String = steps.iter().map(|step| format!("RUN {step}\n")).collect();
    let engine = EngineProfile::find("docker-28").unwrap();
    let text = format!("FROM {base}\n{run}");
    let mut request = Request::new(&text, Tree::new(), engine);
    request.as_of = day.map(|day| day.parse().unwrap());
    let built = build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new());
    built.error.as_ref()?;
    Some(
        String::from_utf8_lossy(
            &built.steps.last()?.output.iter().flat_map(|(_, text)| text.clone()).collect::<Vec<_>>(),
        )
        .into(),
    )
}

fn failure(base: &str, steps: &[&str]) -> Option<String> {
    failure_on(None, base, steps)
}

#[test]
fn a_release_that_has_left_the_mirrors_has_no_lists() {
    let buster = "E: The repository 'http://deb.debian.org/debian buster Release' does not have a Release file.\n";
    for base in ["debian:buster", "python:3.7-buster", "node:16-buster-slim"] {
        assert!(failure(base, &["apt-get update"]).is_some_and(|words| words.contains(buster)), "{base}");
    }
    assert!(failure("ubuntu:19.10", &["apt-get update"]).is_some());
    assert!(failure("debian:stretch", &["apt-get update && apt-get install -y curl"]).is_some());
    // It was there before.
    assert_eq!(failure_on(Some("2024-06-01"), "debian:buster", &["apt-get update"]), None);
    for base in ["debian:bullseye", "ubuntu:20.04", "ubuntu:18.04"] {
        assert_eq!(failure(base, &["apt-get update"]), None, "{base}");
    }
}

#[test]
fn the_mirrors_of_centos_are_gone() {
    let said = failure("centos:7", &["yum install -y wget"]);
    assert!(said.is_some_and(|words| words.contains("Could not resolve host: mirrorlist.centos.org")));
    assert!(failure("centos:8", &["yum clean all && yum -y install wget"]).is_some());
    for step in [
        "sed -i s/mirrorlist/#mirrorlist/ /etc/yum.repos.d/CentOS-*",
        "curl -o /etc/yum.repos.d/CentOS-Base.repo https://x.y/Centos-7.repo",
        "rm -f /etc/yum.repos.d/*.repo",
    ] {
        assert_eq!(failure("centos:7", &[step, "yum install -y wget"]), None, "{step}");
    }
    assert_eq!(failure_on(Some("2023-01-01"), "centos:7", &["yum install -y wget"]), None);
    assert_eq!(failure("rockylinux:8", &["yum install -y wget"]), None);
}

#[test]
fn other_sources_may_have_what_the_mirrors_have_not() {
    for step in [
        "sed -i s/deb.debian.org/archive.debian.org/g /etc/apt/sources.list",
        "sed -i -e s/a/b/ -e /x/d /etc/apt/sources.list /etc/apt/sources.list.d/*.list",
        "cd /etc/apt && sed -i s/deb.debian.org/archive.debian.org/g sources.list",
        "echo deb http://archive.debian.org/debian buster main > /etc/apt/sources.list",
        "echo deb http://archive.debian.org/debian buster main | tee /etc/apt/sources.list",
        "find /etc/apt -name '*.list' -exec sed -i s/a/b/ {} +",
        "mv /etc/apt/sources.list /etc/apt/sources.list.d/old.list",
        "perl -pi -e s/a/b/ /etc/apt/sources.list",
        "curl -fsSL https://x.y/archive.sh | sh",
    ] {
        assert_eq!(failure("buildpack-deps:buster", &[step, "apt-get update"]), None, "{step}");
        assert_eq!(failure("buildpack-deps:buster", &[&format!("{step} && apt-get update")]), None, "{step}");
    }
    assert_eq!(failure("example.org/own/debian:buster", &["apt-get update"]), None);
    let copied = "debian:buster\nCOPY --from=example.org/sources / /";
    assert_eq!(failure(copied, &["apt-get update"]), None);
}

#[test]
fn a_package_that_the_release_does_not_have_is_not_installed() {
    let install = |names: &str| format!("apt-get update && apt-get install -y {names}");
    for (base, names, words) in [
        ("debian:13", "curl openjdk-17-jdk", "E: Unable to locate package openjdk-17-jdk\n"),
        ("debian:12", "netcat", "E: Package 'netcat' has no installation candidate\n"),
        ("python:3.12-bookworm", "python", "E: Package 'python' has no installation candidate\n"),
        ("ubuntu:24.04", "libgl1-mesa-glx", "E: Package 'libgl1-mesa-glx' has no installation candidate\n"),
        ("ubuntu:22.04", "no-such-package libssl-dev", "E: Unable to locate package no-such-package\n"),
    ] {
        assert!(failure(base, &[&install(names)]).is_some_and(|said| said.ends_with(words)), "{base} {names}");
    }
    for (base, names) in [
        ("debian:12", "openjdk-17-jdk netcat-openbsd default-mta curl"),
        ("debian:12", "./own.deb no-such-package=1.0"),
        ("ubuntu:22.04", "libgl1-mesa-glx build-essential python3.10-venv"),
        ("nginx", "no-such-package"),
    ] {
        assert_eq!(failure(base, &[&install(names)]), None, "{base} {names}");
    }
    let source = "echo deb https://x.y stable main > /etc/apt/sources.list.d/x.list";
    assert_eq!(failure("debian:12", &[source, &install("no-such-package")]), None);
    assert!(failure("debian:12", &["./setup-repositories || true", &install("no-such-package")]).is_some());
    assert_eq!(failure("node:22", &["curl -fsSL https://x.y/setup | bash -", &install("no-such-package")]), None);
    assert_eq!(failure_on(Some("2023-07-01"), "debian:12", &[&install("no-such-package")]), None);
}

/// Whether a build whose files are assumed fails.
fn fails_with_assumed_files(text: &str) -> bool {
    let engine = EngineProfile::find("docker-28").unwrap();
    let request = Request { assume_context: true, ..Request::new(text, Tree::new(), engine) };
    build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new()).error.is_some()
}

#[test]
fn unlisted_files_may_bring_repositories() {
    let update = "apt-get update";
    let install = "apt-get update && apt-get install -y no-such-package";
    for lines in [
        "COPY r.deb /tmp/\nRUN dpkg -i /tmp/r.deb",
        "COPY *.deb /tmp/\nRUN dpkg -i /tmp/*.deb; true",
        "COPY r.deb /tmp/\nRUN dpkg -x /tmp/r.deb /",
        "COPY etc /etc",
        "COPY etc/ /etc/",
        "COPY . /",
        "COPY . .",
        "ADD root.tar.gz /",
        "COPY --from=example.org/own /etc/apt /etc/apt",
        "COPY --from=debian:12 /etc/apt /etc/apt",
        "COPY --from=lower /etc /etc",
        "COPY conf /tmp/conf\nRUN cp -r /tmp/conf/* /etc/",
        "COPY conf /tmp/conf\nRUN cp -a /tmp/conf/. /",
        "COPY conf /tmp/conf\nRUN cd /etc && cp -r /tmp/conf/* .",
        "COPY a.tgz /tmp/\nRUN tar -xf /tmp/a.tgz --directory=/",
        "COPY sources.list /tmp/\nRUN mv /tmp/sources.list /etc/apt/",
    ] {
        let text = |base: &str, last: &str| format!("FROM debian:12 AS lower\nFROM {base}\n{lines}\nRUN {last}\n");
        for base in ["debian:12", "ubuntu:22.04"] {
            assert!(!fails_with_assumed_files(&text(base, install)), "{base}: {lines}");
        }
        assert!(!fails_with_assumed_files(&text("buildpack-deps:buster", update)), "{lines}");
    }
    for mount in ["source=apt,target=/etc/apt", "from=example.org/own,source=/etc,target=/etc"] {
        let text = format!("FROM buildpack-deps:buster\nRUN --mount=type=bind,{mount} {update}\n");
        assert!(!fails_with_assumed_files(&text), "{mount}");
    }
    for words in [
        "apt-get install -y ./r.deb && apt-get update && apt-get install -y no-such-package",
        "apt-get install -y -o Dir::Etc::SourceList=/x no-such-package",
    ] {
        assert!(
            !fails_with_assumed_files(&format!("FROM debian:12\nCOPY r.deb .\nRUN apt-get update && {words}\n")),
            "{words}"
        );
    }
    // What is certain stays so.
    for lines in [
        "COPY . /app",
        "WORKDIR /app\nCOPY . .",
        "COPY run.sh /",
        "RUN echo /etc",
        "RUN cd / && true",
        "RUN dpkg --add-architecture i386",
    ] {
        assert!(fails_with_assumed_files(&format!("FROM debian:12\n{lines}\nRUN {install}\n")), "{lines}");
    }
}
