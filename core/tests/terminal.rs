//! The terminal of the simulated host: what a learner tries beside `docker build`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use stageplay_core::base_images::Catalogue;
use stageplay_core::engine::EngineProfile;
use stageplay_core::fs::Content;
use stageplay_core::host::{Host, HostEvent, gap_lines};
use stageplay_core::words::Language;
use std::sync::Arc;

fn host(engine: &str) -> Host {
    let engine = EngineProfile::find(engine).unwrap();
    let builder = engine.default_builder();
    Host::new(Arc::new(Catalogue::builtin()), engine, builder)
}

/// What a command prints, and what the simulator says beside it.
fn all(host: &mut Host, line: &str) -> String {
    let answer = host.run(line);
    answer.text + &gap_lines(&answer.gaps, Language::English)
}

#[track_caller]
fn says(host: &mut Host, line: &str, words: &str) {
    let text = all(host, line);
    assert!(text.contains(words), "$ {line}\n{text}\nlacks {words:?}");
}

#[track_caller]
fn prints(host: &mut Host, line: &str, status: i32, text: &str) {
    let answer = host.run(line);
    assert_eq!((answer.text.as_str(), answer.status), (text, status), "$ {line}");
}

#[test]
fn each_command_has_its_help() {
    for engine in ["docker-20.10", "docker-28"] {
        let mut host = host(engine);
        for name in ["run", "exec", "ps", "images", "image ls", "container ls", "build", "system df", "builder prune"] {
            let text = host.run(&format!("docker {name} --help"));
            assert_eq!(text.status, 0, "{name}");
            assert!(text.text.trim_start().starts_with("Usage:  docker "), "{name}: {}", text.text);
            assert_eq!(host.run(&format!("docker help {name}")).text, text.text);
        }
        says(&mut host, "docker --help", "  run         Create and run a new container from an image\n");
        says(&mut host, "docker", "Common Commands:");
        says(&mut host, "docker image", "Usage:  docker image COMMAND");
        says(&mut host, "docker help nope", "unknown help topic: nope");
    }
}

#[test]
fn what_docker_does_not_have_is_refused_in_its_words() {
    let mut old = host("docker-20.10");
    prints(&mut old, "docker run --foo x", 125, "unknown flag: --foo\nSee 'docker run --help'.\n");
    prints(&mut old, "docker image ls -x", 125, "unknown shorthand flag: 'x' in -x\nSee 'docker image ls --help'.\n");
    prints(&mut old, "docker run --name", 125, "flag needs an argument: --name\nSee 'docker run --help'.\n");
    prints(
        &mut old,
        "docker run --rm=zz a",
        125,
        "invalid argument \"zz\" for \"--rm\" flag: strconv.ParseBool: parsing \"zz\": invalid syntax\nSee 'docker run --help'.\n",
    );
    prints(&mut old, "docker foo", 1, "docker: 'foo' is not a docker command.\nSee 'docker --help'\n");
    let usage = "\nUsage:  docker tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]\n\nCreate a tag TARGET_IMAGE that refers to SOURCE_IMAGE\n";
    let text = format!("\"docker tag\" requires exactly 2 arguments.\nSee 'docker tag --help'.\n{usage}");
    prints(&mut old, "docker tag a", 1, &text);
    let mut new = host("docker-28");
    prints(
        &mut new,
        "docker ps --foo",
        125,
        "unknown flag: --foo\n\nUsage:  docker ps [OPTIONS]\n\nRun 'docker ps --help' for more information\n",
    );
    prints(
        &mut new,
        "docker foo",
        1,
        "docker: unknown command: docker foo\n\nRun 'docker --help' for more information\n",
    );
}

#[test]
fn what_docker_has_and_the_playground_does_not_is_said() {
    let mut host = host("docker-28");
    let answer = host.run("docker network ls");
    assert_eq!((answer.gaps[0].code, answer.status), ("docker-command-absent", 1));
    let answer = host.run("docker run --gpus all alpine echo hi");
    assert_eq!(answer.gaps[0].what, "docker run --gpus");
    assert!(answer.text.ends_with("hi\n"));
    assert_eq!(host.run("docker push x:1").status, 1);
    says(&mut host, "docker login", "this playground has none");
}

#[test]
fn formats_and_filters_choose_what_is_listed() {
    let mut host = host("docker-28");
    host.run("docker pull alpine; docker tag alpine mine:1; docker create --name one --label a=b alpine ls; docker create --name two alpine");
    prints(&mut host, "docker images --format '{{.Repository}}:{{.Tag}}' --filter reference='mi*'", 0, "mine:1\n");
    prints(
        &mut host,
        "docker image ls --format 'table {{.Repository}}\\t{{.Tag}}' mine",
        0,
        "REPOSITORY   TAG\nmine         1\n",
    );
    prints(&mut host, "docker ps -aq --no-trunc --filter name=none", 0, "");
    prints(
        &mut host,
        "docker ps -a --filter label=a --format '{{.Names}} {{.Label \"a\"}} {{upper .State}}'",
        0,
        "one b CREATED\n",
    );
    prints(&mut host, "docker container ls -a -n 1 --format '{{json .Names}}'", 0, "\"two\"\n");
    prints(
        &mut host,
        "docker inspect -f '{{.Config.Cmd}} {{.State.Status}}{{range .Config.Env}} {{len .}}{{end}}' one",
        0,
        "[ls] created 65\n",
    );
    prints(
        &mut host,
        "docker image inspect -f '{{join .Config.Cmd \",\"}} {{json .Config.Labels}}' mine:1",
        0,
        "/bin/sh null\n",
    );
    prints(&mut host, "docker history -q --no-trunc mine:1 | head -c 7", 0, "sha256:");
    prints(
        &mut host,
        "docker ps --format '{{.Foo}}'",
        1,
        "failed to execute template: template: :1:2: executing \"\" at <.Foo>: can't evaluate field Foo in type *formatter.ContainerContext\n",
    );
    prints(&mut host, "docker images --filter foo=bar", 1, "Error response from daemon: invalid filter 'foo'\n");
    let json = host.run("docker images --format json mine").text;
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["Tag"], "1");
    let inspected: serde_json::Value = serde_json::from_str(&host.run("docker inspect one mine:1").text).unwrap();
    assert_eq!((&inspected[0]["Name"], &inspected[1]["RepoTags"][1]), (&"/one".into(), &"mine:1".into()));
}

const SERVER: &str = "package main\n\nimport (\n\t\"fmt\"\n\t\"net/http\"\n)\n\nfunc main() {\n\tfmt.Println(\"listening\")\n\thttp.ListenAndServe(\":80\", nil)\n}\n";

fn with_server() -> Host {
    let mut host = host("docker-28");
    host.write("main.go", Content::inline(SERVER.as_bytes()), 0o644).unwrap();
    let file = "FROM golang:1.24 AS build\nCOPY main.go .\nRUN CGO_ENABLED=0 go build -o /server main.go\nFROM alpine\nCOPY --from=build /server /server\nEXPOSE 80\nCMD [\"/server\"]\n";
    host.write("Dockerfile", Content::inline(file.as_bytes()), 0o644).unwrap();
    let built = host.run("docker build -t app .");
    assert_eq!(built.status, 0, "{}", built.text);
    host
}

#[test]
fn a_server_runs_until_it_is_stopped() {
    let mut host = with_server();
    assert_eq!(host.run("docker run -d --name web -p 8080:80 app").status, 0);
    says(&mut host, "docker ps", "Up        0.0.0.0:8080->80/tcp, [::]:8080->80/tcp   web\n");
    prints(&mut host, "docker logs web", 0, "listening\n");
    prints(&mut host, "docker port web 80", 0, "0.0.0.0:8080\n[::]:8080\n");
    says(&mut host, "curl localhost:8080", "web (localhost:8080) is up");
    prints(&mut host, "curl localhost:81", 7, "curl: (7) Failed to connect to localhost port 81: Connection refused\n");
    prints(
        &mut host,
        "docker inspect -f '{{.NetworkSettings.IPAddress}} {{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}' web",
        0,
        "172.17.0.2 172.17.0.1\n",
    );
    let answer = host.run("docker inspect -f '{{.State.Pid}}' web");
    assert_eq!((answer.text.as_str(), answer.gaps[0].code), ("", "inspect-field-not-known"));
    let second = host.run("docker run --rm -d --name second -p 8080:81 app");
    assert!(
        second.status == 125 && second.text.contains("Bind for 0.0.0.0:8080 failed: port is already allocated"),
        "{}",
        second.text
    );
    let refused = host.run("docker rm web");
    assert!(refused.status == 1 && refused.text.contains("container is running"), "{}", refused.text);
    assert_eq!(host.run("docker stop web").text, "web\n");
    prints(&mut host, "docker ps -q", 0, "");
    assert_eq!(host.run("docker start web").text, "web\n");
    prints(&mut host, "docker logs --tail 1 web", 0, "listening\n");
    assert_eq!(host.run("docker rm -f web").text, "web\n");
    // In the foreground the prompt comes back, and the container is up.
    let run = host.run("docker run --name front app");
    assert_eq!((run.text.as_str(), run.gaps[0].code), ("listening\n", "container-keeps-running"));
    prints(&mut host, "docker ps --format '{{.Names}} {{.Status}}'", 0, "front Up\n");
    assert_eq!(host.run("docker kill front").status, 0);
    prints(&mut host, "docker wait front", 0, "137\n");
}

#[test]
fn what_sleeps_stays_up() {
    let mut host = host("docker-28");
    host.run("docker run -d --name s alpine sh -c 'echo begins; sleep 1000; echo ends'");
    host.run("docker run -d --name ss alpine sh -c 'echo begins; sleep 1000; echo ends'");
    prints(&mut host, "docker ps --format '{{.Names}}'", 0, "ss\n");
    prints(&mut host, "docker logs ss", 0, "begins\n");
    host.run("docker run -d --name loop alpine sh -c 'while true; do echo hi; sleep 1; done'");
    prints(&mut host, "docker logs loop | sort | uniq -c | tr -d ' '", 0, "10hi\n");
    prints(&mut host, "docker run --rm alpine sh -c 'sleep 5; echo awake'", 0, "awake\n");
    // A container that is asleep is as any other one.
    prints(
        &mut host,
        "docker exec loop sh -c 'echo a > /f; ls /f; ls /nope'",
        1,
        "/f\nls: /nope: No such file or directory\n",
    );
}

#[test]
fn exec_changes_the_files_of_the_container_and_of_nothing_else() {
    let mut host = host("docker-28");
    host.run("docker run -d --name cc -e A=b -w /srv alpine sleep infinity");
    prints(
        &mut host,
        "docker exec -e C=d cc sh -c 'echo $A $C; pwd; echo x > /tmp/f; rm /etc/passwd; mkdir -p /new/dir'",
        0,
        "b d\n/srv\n",
    );
    let changes = host.run("docker diff cc").text;
    for line in ["C /etc\n", "D /etc/passwd\n", "A /new/dir\n", "A /tmp/f\n", "C /tmp\n"] {
        assert!(changes.contains(line), "{changes}");
    }
    prints(&mut host, "docker cp cc:/tmp/f got; cat got", 0, "x\n");
    prints(&mut host, "docker run --rm alpine ls /tmp", 0, "");
    assert_eq!(host.run("docker commit -m 'for later' -c 'CMD [\"cat\", \"/tmp/f\"]' cc kept:1").status, 0);
    prints(&mut host, "docker run --rm kept:1", 0, "x\n");
    says(
        &mut host,
        "docker history --format '{{.CreatedBy}} {{.Size}} {{.Comment}}' kept:1",
        "sleep infinity 2B for later\n",
    );
    host.run("docker exec -u 1000:1000 cc touch /root/no");
    assert_eq!(host.run("docker exec -u 1000:1000 cc touch /root/no").status, 1);
    let unknown = host.run("docker run -d --name kv redis");
    assert_eq!(unknown.gaps.iter().map(|gap| gap.code).collect::<Vec<_>>(), ["container-taken-to-run"]);
    prints(&mut host, "docker ps --filter name=kv --format '{{.State}} {{.Ports}}'", 0, "running 6379/tcp\n");
    let missing = host.run("docker exec cc nope");
    let words = "OCI runtime exec failed: exec failed: unable to start container process: exec: \"nope\": executable file not found in $PATH: unknown\n";
    assert_eq!((missing.text.as_str(), missing.status), (words, 127));
    host.run("docker stop cc");
    assert!(host.run("docker exec cc ls").text.contains("is not running"));
}

#[test]
fn a_shell_opens_in_a_container_and_is_left_again() {
    let mut host = host("docker-28");
    assert_eq!(host.prompt(), "~/work $ ");
    host.run("docker run -it --name cc -w /app alpine sh");
    assert_eq!(host.prompt(), "/app # ");
    assert_eq!(host.session().unwrap().container, "cc");
    prints(&mut host, "export A=b; f() { echo f$1; }; echo one > two; cd /etc", 0, "");
    assert_eq!(host.prompt(), "/etc # ");
    prints(&mut host, "cat /app/two; f $A; whoami", 0, "one\nfb\nroot\n");
    says(&mut host, "nope", "sh: nope: not found\n");
    // A shell in the shell, and out of both.
    host.run("sh");
    prints(&mut host, "f", 127, "sh: f: not found\n");
    host.run("exit");
    prints(&mut host, "f", 0, "f\n");
    host.run("exit 7");
    assert_eq!((host.prompt().as_str(), host.session()), ("~/work $ ", None));
    prints(&mut host, "echo $?", 0, "7\n");
    prints(&mut host, "docker ps -a --format '{{.Names}} {{.Status}}'", 0, "cc Exited (7)\n");
    says(&mut host, "docker diff cc", "A /app/two\n");
    // A shell beside the main process leaves the container up; Ctrl-D ends it too.
    host.run("docker run -d --name up -h box debian sleep infinity");
    host.run("docker exec -it -u nobody up bash");
    assert_eq!(host.prompt(), "nobody@box:/$ ");
    says(&mut host, "nope", "bash: nope: command not found\n");
    assert_eq!(host.end_of_input().text, "exit\n");
    prints(&mut host, "docker ps -q --filter name=up | wc -l", 0, "1\n");
    host.run("docker run -it --rm ubuntu");
    assert!(host.prompt().starts_with("root@") && host.prompt().ends_with(":/# "), "{}", host.prompt());
    host.run("exit");
    prints(&mut host, "docker ps -a --format '{{.Names}}'", 0, "up\ncc\n");
    // What was opened in the background waits until somebody attaches.
    host.run("docker run -dit --name wait -h wait alpine");
    assert_eq!(host.session(), None);
    host.run("docker attach wait");
    prints(&mut host, "hostname", 0, "wait\n");
    host.run("exit 3");
    prints(&mut host, "docker wait wait", 0, "3\n");
    says(&mut host, "docker attach wait", "You cannot attach to a stopped container, start it first\n");
    host.run("docker start -ai wait");
    assert_eq!(host.prompt(), "/ # ");
    host.run("exit");
    // Without a terminal the shell reads what is piped to it.
    prints(&mut host, "echo 'echo $((1+2))' | docker run -i --rm alpine", 0, "3\n");
    prints(&mut host, "echo ls | docker run -it --rm alpine", 1, "the input device is not a TTY\n");
}

#[test]
fn a_session_survives_data_that_is_not_loaded() {
    let mut host = host("docker-28");
    host.run("docker run -it --name cc alpine sh");
    host.run("cd /tmp; A=1");
    let before = host.prompt();
    assert!(host.run_or_lack("echo $A > f; cat f").is_ok());
    assert_eq!(host.prompt(), before);
    host.run("exit");
    host.set_catalogue(Arc::new(Catalogue::empty()));
    assert!(host.run_or_lack("docker run -it debian bash").is_err());
    assert_eq!(host.session(), None);
}

#[test]
fn folders_of_the_host_and_volumes_are_mounted() {
    let mut host = host("docker-28");
    prints(
        &mut host,
        "mkdir src; echo a > src/f; docker run --rm -v ./src:/x alpine sh -c 'cat /x/f; echo b > /x/g; rm /x/f' 2>/dev/null; ls src",
        0,
        "a\ng\n",
    );
    prints(&mut host, "docker run --rm -v $PWD/src:/x:ro alpine sh -c 'echo c > /x/h' 2>/dev/null; ls src", 0, "g\n");
    prints(
        &mut host,
        "docker run --rm -v vol:/x alpine sh -c 'echo kept > /x/f'; docker run --rm -v vol:/y alpine cat /y/f",
        0,
        "kept\n",
    );
    host.run("docker run --name cc -v ./src:/x alpine touch /x/new");
    prints(&mut host, "docker diff cc | grep new; ls src", 0, "g\nnew\n");
    host.run("docker run -it --rm -v ./src:/x alpine sh");
    host.run("echo typed > /x/typed");
    host.run("exit");
    prints(&mut host, "cat src/typed", 0, "typed\n");
}

#[test]
fn hello_world_greets() {
    let mut host = host("docker-28");
    host.run("docker pull hello-world");
    let run = host.run("docker run hello-world");
    assert!(run.text.starts_with("\nHello from Docker!\n") && run.text.ends_with("get-started/\n\n"), "{}", run.text);
    assert_eq!((run.status, run.gaps.len()), (0, 0));
}

#[test]
fn editors_pagers_and_help_do_something_sensible() {
    let mut host = host("docker-28");
    host.run("mkdir -p a; echo text > a/f");
    assert_eq!(host.run("vim a/f").events, [HostEvent::OpenFile("a/f".into())]);
    assert_eq!(host.run("cd a; nano new.txt").events, [HostEvent::OpenFile("a/new.txt".into())]);
    assert_eq!(host.run("vim /etc/passwd").events, []);
    assert_eq!(host.run("clear").events, [HostEvent::Clear]);
    prints(&mut host, "less f", 0, "text\n");
    prints(&mut host, "cat f | more", 0, "text\n");
    says(&mut host, "less nope", "nope: No such file or directory\n");
    says(&mut host, "help", "docker run -it alpine sh");
    says(&mut host, "history", "    1  mkdir -p a; echo text > a/f\n");
    says(&mut host, "man ls", "ls --help");
    says(&mut host, "ls --help", "Usage: ls [OPTION]... [FILE]...\n");
    says(&mut host, "exit", "nothing to leave");
    says(&mut host, "strace ls", "strace is not available here");
    assert_eq!(host.prompt(), "~/work/a $ ");
}

#[test]
fn what_is_not_used_is_pruned() {
    let mut host = host("docker-28");
    host.run("docker run --name cc alpine sh -c 'echo 12345 > /f'; docker pull debian");
    says(&mut host, "docker system df", "Containers      1         0         6B        6B (100%)\n");
    says(&mut host, "docker container prune", "add -f");
    prints(&mut host, "docker ps -aq | wc -l", 0, "1\n");
    says(&mut host, "echo y | docker container prune", "Total reclaimed space: 6B\n");
    says(&mut host, "docker image prune -f", "Total reclaimed space: 0B\n");
    says(&mut host, "docker system prune -af", "untagged: debian:latest\n");
    let empty = host.run("docker images");
    assert_eq!(empty.gaps.iter().map(|gap| gap.code).collect::<Vec<_>>(), ["no-images"]);
    prints(&mut host, "docker images -q", 0, "");
    says(&mut host, "docker builder prune -f", "Total:");
}

#[test]
fn images_are_saved_and_loaded() {
    let mut host = host("docker-28");
    host.run("docker pull alpine; docker save -o all.tar alpine; docker rmi alpine");
    prints(&mut host, "docker load -i all.tar", 0, "Loaded image: alpine:latest\n");
    prints(&mut host, "docker load -i nope", 1, "open nope: no such file or directory\n");
    says(&mut host, "echo x > x.tar; docker load -i x.tar", "was not written by docker save");
}

#[test]
fn completion_knows_commands_options_names_and_paths() {
    let mut host = host("docker-28");
    host.run("docker create --name box alpine; mkdir -p dir; echo > dir/file");
    let complete = |host: &Host, line: &str| host.completions(line, line.len()).candidates;
    assert_eq!(complete(&host, "docker ru"), ["run"]);
    assert_eq!(complete(&host, "docker image pr"), ["prune"]);
    assert_eq!(complete(&host, "docker run --entry"), ["--entrypoint"]);
    assert_eq!(complete(&host, "docker run al"), ["alpine"]);
    assert_eq!(complete(&host, "docker exec b"), ["box"]);
    assert_eq!(complete(&host, "docker cp b"), ["box:"]);
    assert_eq!(complete(&host, "cat dir/f"), ["dir/file"]);
    assert_eq!(complete(&host, "ls d"), ["dir/"]);
    assert!(complete(&host, "echo a | gre").contains(&"grep".to_string()));
    assert_eq!(host.completions("echo a; docker im", 17).start, 15);
    // In a container there is no docker, and the paths are its own.
    host.run("docker start box; docker run -it alpine sh");
    assert_eq!(complete(&host, "docker run --entry"), Vec::<String>::new());
    assert_eq!(complete(&host, "cat /etc/pass"), ["/etc/passwd"]);
    for hostile in ["\u{e9}", "docker \u{1F600}", "$(((((", "'", "a/../../../../b", &"x".repeat(1 << 13)] {
        for cursor in [0, 1, 3, 100_000] {
            let _ = host.completions(hostile, cursor);
        }
    }
}

#[test]
fn hostile_commands_end() {
    let mut host = host("docker-28");
    host.run("docker pull alpine");
    for line in [
        "docker run -p 1-65535:1-65535 alpine",
        "docker run -p 65536 alpine",
        "docker run -p 5-1 alpine true",
        "docker run -v : -v :: -v a:b:c:d alpine true",
        "docker run -v .:/ alpine true",
        "docker run --name '' --hostname '' -w '' -u '' alpine true",
        "docker run -d alpine yes",
        "docker run alpine sh -c 'f() { f | f; }; f'",
        "docker ps --format '{{range .}}{{.}}{{end}}'",
        "docker inspect -f '{{range $i, $x := .Config.Env}}{{range .}}{{end}}{{end}}' alpine",
        "docker inspect ''",
        "docker rm ''",
        "docker -",
        "docker --=",
        "docker run --=x",
        "docker run -=x",
        "docker - ''",
        "docker '' ''",
        "docker image ''",
        "docker cp : :",
        "docker cp alpine: .",
        "docker tag '' ''",
        "docker images '['",
        "docker images --filter reference='[***********************************************]b'",
        "docker commit -c '' -c 'ENV' -c 'EXPOSE 1/2/3' x",
        "docker logs --tail -5 x",
        "docker stop -t x y",
        "docker kill -s 99999999999999999999 x",
        "vim ''",
        "less -",
        "curl localhost: localhost:99999999",
    ] {
        let answer = host.run(line);
        assert!(answer.text.len() < 3 << 20, "{line}");
        while host.session().is_some() {
            host.end_of_input();
        }
    }
    host.run("docker run -it alpine sh");
    for _ in 0..40 {
        host.run("sh");
    }
    for _ in 0..40 {
        host.end_of_input();
    }
    assert_eq!(host.session(), None);
}
