//! Steps of which the failure does not follow from what is known, and their counterparts of which it does.

use super::*;

fn build_in(text: &str, builder: Builder) -> Built {
    let engine = EngineProfile::find("docker-28").unwrap();
    let mut context = Tree::new();
    context.write("/a.conf", Content::inline(*b"a"), 0o644, 0, 0).unwrap();
    let request = Request { builder, ..Request::new(text, context, engine) };
    build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new())
}

fn goes_on(text: &str) -> Built {
    let built = build_in(text, Builder::Buildkit);
    assert!(built.error.is_none(), "{text}: {:?}", built.error);
    built
}

fn fails(text: &str) {
    let built = build_in(text, Builder::Buildkit);
    assert!(built.error.is_some(), "{text}");
}

/// Users and groups that the scripts of a package make, of which nothing is known.
#[test]
fn an_account_that_a_package_may_have_made_is_no_failure() {
    let install = "FROM debian:12\nRUN echo deb https://x.y z main > /etc/apt/sources.list.d/x.list && apt-get update && apt-get install -y an-unlisted-daemon\n";
    for script in [
        "useradd --create-home x && usermod -aG audio,daemon-access x && chown -R x:x /home/x",
        "usermod -d /srv daemon-user",
        "useradd -g daemon-group x",
        "adduser x && adduser x daemon-group",
        "echo daemon-user:secret | chpasswd",
        "chown daemon-user:daemon-group /srv",
        "groupmod -g 5000 daemon-group && id daemon-user && getent passwd daemon-user",
        "su daemon-user -c 'touch /srv/x'",
        "userdel daemon-user; groupdel daemon-group",
    ] {
        goes_on(&format!("{install}RUN {script}\n"));
        let certain = format!("FROM debian:12\nRUN set -e; {script}\n");
        fails(&certain);
    }
    // What is known stays a failure.
    fails(&format!("{install}RUN useradd daemon\n"));
    fails(&format!("{install}RUN useradd -u 1 x\n"));
    assert!(build_in(&format!("{install}COPY --chown=some a.conf /\n"), Builder::Classic).error.is_none());
    assert!(build_in("FROM debian:12\nCOPY --chown=some a.conf /\n", Builder::Classic).error.is_some());
}

#[test]
fn accounts_of_an_image_that_is_not_known_are_not_missed() {
    let base = "FROM example.org/some/image:1\n";
    goes_on(&format!("{base}RUN addgroup -g 1000 web && adduser -D -G web -u 1000 web && chown -R web:web /srv\n"));
    goes_on(&format!("{base}RUN groupadd -r web && useradd -r -g web web && mkdir /srv/x && chown web.web /srv/x\n"));
    // Of an image that is known by rule the users of its distribution are known, but not its own.
    let ruled = "FROM bitnami/redis:7\nUSER root\n";
    for script in ["touch /x && chown web /x", "id web", "getent group web", "usermod -aG web redis"] {
        goes_on(&format!("{ruled}RUN {script}\n"));
        fails(&format!("FROM debian:12\nRUN {script}\n"));
    }
    goes_on(&format!("{ruled}USER web\nRUN true\n"));
}

#[test]
fn input_from_a_file_that_may_exist_is_no_failure() {
    let install = "FROM debian:12\nRUN echo deb https://x.y z main > /etc/apt/sources.list.d/x.list && apt-get update && apt-get install -y an-unlisted-daemon\n";
    goes_on(&format!("{install}RUN cat < /etc/daemon/schema.sql > /srv/copy\n"));
    fails("FROM debian:12\nRUN cat < /srv/schema.sql > /srv/copy\n");
}

#[test]
fn a_file_that_gets_an_output_that_is_not_known_has_unknown_content() {
    let content = |script: &str| {
        let built = goes_on(&format!("FROM debian:12\nRUN apt-get update && apt-get install -y curl\nRUN {script}\n"));
        let tree = &built.image.as_ref().unwrap().tree;
        tree.stat("/", "/f").unwrap().1.content().unwrap().clone()
    };
    for script in [
        "curl -s https://x.y/tool > /f",
        "curl -s https://x.y/tool | sed s/a/b/ > /f",
        "{ echo '#!/bin/sh'; curl -s https://x.y/tool; } > /f",
        "echo '#!/bin/sh' > /f && curl -s https://x.y/tool >> /f",
    ] {
        assert!(!content(script).bytes_known(), "{script}");
    }
    assert_eq!(content("echo '#!/bin/sh' > /f && curl -s https://x.y/tool >> /f").head(), b"#!/bin/sh\n");
    assert!(content("curl -s https://x.y/tool > /g; echo a > /f").bytes_known());
}

#[test]
fn pip_heeds_its_configuration_and_the_distributions_marker() {
    let install = "FROM debian:12\nRUN apt-get update && apt-get install -y python3-pip\n";
    for script in [
        "pip config set global.break-system-packages true && pip install six",
        "pip3 config --global set install.break-system-packages 1 && pip install six",
        "mkdir -p ~/.config/pip && printf '[global]\\nbreak-system-packages = true\\n' > ~/.config/pip/pip.conf && pip install six",
        "printf '[global]\\nbreak-system-packages = true\\n' > /etc/pip.conf && pip install six",
        "PIP_BREAK_SYSTEM_PACKAGES=1 pip install six",
        "rm /usr/lib/python3.11/EXTERNALLY-MANAGED && pip install six",
        "rm -f /usr/lib/python3*/EXTERNALLY-MANAGED && pip install six",
        "pip install --break-system-packages six",
    ] {
        goes_on(&format!("{install}RUN {script}\n"));
    }
    for script in ["pip install six", "pip config set global.timeout 60 && pip install six"] {
        fails(&format!("{install}RUN {script}\n"));
    }
    // The configuration stays in the layer.
    goes_on(&format!("{install}RUN pip config set global.break-system-packages true\nRUN pip install six\n"));
    goes_on("FROM alpine:3.22\nRUN apk add py3-pip && rm /usr/lib/python*/EXTERNALLY-MANAGED && pip install six\n");
    fails("FROM alpine:3.22\nRUN apk add py3-pip && pip install six\n");
}

#[test]
fn a_folder_of_the_system_that_a_copy_makes_may_have_been_there() {
    goes_on(
        "FROM ubuntu:24.04\nCOPY a.conf /etc/apt/sources.list.d/more.sources\nRUN sed -i s/a/b/ /etc/apt/sources.list.d/ubuntu.sources\n",
    );
}

#[test]
fn folders_that_a_command_makes_in_those_of_the_system_may_have_been_there() {
    for step in [
        "echo deb https://x.y z main > /etc/apt/sources.list.d/x.list",
        "install -m 0755 -d /etc/apt/keyrings",
        "mkdir -p /etc/apt/keyrings",
        "wget -P /etc/apt/keyrings https://x.y/key.asc",
    ] {
        goes_on(&format!("FROM buildpack-deps:bookworm\nRUN {step}\nRUN cat /etc/apt/apt.conf.d/docker-clean\n"));
    }
    fails("FROM debian:12\nRUN mkdir -p /srv/a/b\nRUN cat /srv/a/c\n");
}

#[test]
fn a_target_with_a_slash_is_a_folder_that_may_be_there() {
    for command in ["mv", "cp", "ln -s"] {
        goes_on(&format!("FROM debian:12\nRUN echo x > /tmp/a && {command} /tmp/a /etc/apt/ && ls /etc/apt/a\n"));
        fails(&format!("FROM debian:12\nRUN echo x > /tmp/a && {command} /tmp/a /srv/none/\n"));
    }
}

#[test]
fn a_script_of_a_package_may_write_into_each_folder_of_the_project() {
    let base = "FROM node:22 AS build\nWORKDIR /app\nRUN mkdir web && printf '{\"scripts\":{\"build\":\"bundle --all\"}}' > package.json\n";
    let last = "FROM nginx\nCOPY --from=build /app/web/static /usr/share/nginx/html\n";
    goes_on(&format!("{base}RUN npm run build\n{last}"));
    fails(&format!("{base}{last}"));
}

#[test]
fn a_failure_that_is_not_certain_names_what_it_depends_on() {
    let built = goes_on(
        "FROM debian:12\nRUN echo deb https://x.y z main > /etc/apt/sources.list.d/x.list && apt-get update && apt-get install -y an-unlisted-daemon\nRUN an-unlisted-daemon --init && false\n",
    );
    let told: Vec<_> = built.diagnostics.iter().filter(|one| one.code == "failure-after-gap").collect();
    assert_eq!(told.iter().map(|one| one.params[1].1.as_str()).collect::<Vec<_>>(), ["an-unlisted-daemon"]);
}

#[test]
fn a_program_of_an_image_that_is_not_known_may_take_other_options() {
    goes_on("FROM example.org/some/image:1\nRUN tar --frobnicate -xf /opt/none.tar && sed -e\n");
}

/// The runtime mounts /proc, /sys and /dev while a step runs: the kernel's files are there, with unknown content.
#[test]
fn what_a_runtime_mounts_is_there_while_a_step_runs() {
    for script in [
        "ls /proc/1 && cat /proc/version && test -e /proc/self && ls /proc/self/fd",
        "cat /proc/cpuinfo | grep -c processor",
        "test -d /sys/class/net && cat /sys/class/net/lo/address && test -c /dev/null",
        "cat /proc/sys/kernel/hostname && cat /proc/7/status",
    ] {
        goes_on(&format!("FROM debian:12\nRUN {script}\n"));
        goes_on(&format!("FROM alpine:3.22\nRUN {script}\n"));
    }
    fails("FROM debian:12\nRUN mkdir /sys/x\n");
    fails("FROM debian:12\nRUN echo 1 > /proc/sys/net/ipv4/ip_forward\n");
    let built = goes_on("FROM debian:12\nRUN cat /proc/version; touch /dev/x; echo a > /dev/shm/x; rm /dev/null\n");
    let layer = built.image.as_ref().unwrap().layers.last().unwrap();
    assert!(layer.entries.iter().all(|entry| !entry.path.starts_with("/dev") && !entry.path.starts_with("/proc")));
    assert_eq!(layer.size, crate::measure::Size::ZERO);
}

/// Packages bring files into the directories of the distribution, and into no other.
#[test]
fn packages_bring_nothing_into_folders_of_ones_own() {
    for image in ["alpine:3.22", "alpine:3.24"] {
        for package in ["ca-certificates", "tzdata", "git", "an-unlisted-daemon"] {
            let install = format!("FROM {image}\nWORKDIR /src\nRUN apk add --no-cache {package}\n");
            fails(&format!("{install}RUN test -e /src/main.go\n"));
            fails(&format!("{install}RUN test -e /app\n"));
            goes_on(&format!("{install}RUN test -e /usr/share/{package}/data\n"));
        }
    }
}

/// Alpine's index has the names of programs without their folders.
#[test]
fn a_program_of_alpine_may_be_in_any_folder_of_programs() {
    for version in ["3.17", "3.22", "3.24"] {
        let install = format!("FROM alpine:{version}\nRUN apk add --no-cache tini su-exec iptables\n");
        for place in ["/sbin/tini", "/sbin/su-exec", "/sbin/iptables", "/usr/sbin/iptables"] {
            goes_on(&format!("{install}RUN ls {place}\n"));
        }
        // What another release's table has of the package need not be all.
        if version == "3.17" {
            fails(&format!("{install}RUN nosuch-program\n"));
        }
    }
}

#[test]
fn tsc_writes_files_of_about_the_size_of_its_sources() {
    let sources = "FROM node:24-alpine AS build\nWORKDIR /app\nRUN mkdir src && for i in 1 2 3 4; do echo \"export const answer: number = 42; // $i\" >> src/a.ts; done\nRUN echo '{ \"compilerOptions\": { \"outDir\": \"dist\", \"rootDir\": \"src\" } }' > tsconfig.json\n";
    let package = "RUN echo '{\"name\":\"a\",\"scripts\":{\"build\":\"tsc\"},\"devDependencies\":{\"typescript\":\"^5\"}}' > package.json && npm install\n";
    for command in ["npx tsc", "npm run build", "npx tsc --outDir dist"] {
        let built = goes_on(&format!("{sources}{package}RUN {command}\nFROM scratch\nCOPY --from=build /app/dist /\n"));
        let size = built.image.unwrap().size();
        let range = size.parts().first().and_then(|part| part.range).expect(command);
        // Four lines of some 40 bytes.
        assert!(range.0 < 160 && (160..2_000).contains(&range.1), "{command}: {range:?}");
    }
    let checked = format!("{sources}{package}RUN npx tsc --noEmit\nFROM scratch\nCOPY --from=build /app/src /\n");
    assert_eq!(goes_on(&checked).image.unwrap().size().honesty(), crate::measure::Honesty::Exact);
}

/// A folder of a cloned repository is there with files that are not listed.
#[test]
fn a_workdir_in_a_cloned_repository_may_hold_files() {
    let clone = "FROM alpine:3.22\nRUN apk add --no-cache git make && git clone https://github.com/a/b /src/b\n";
    goes_on(&format!("{clone}WORKDIR /src/b/server\nRUN test -e Makefile\nRUN make deps\n"));
    fails(&format!("{clone}WORKDIR /src/c/server\nRUN test -e Makefile\n"));
}
