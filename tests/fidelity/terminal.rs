//! The simulated `docker` held against the real client and engine: lists, formats, errors, containers and their files.

use crate::compare::base;
use crate::engine::{BASE, Engine};
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::Images;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::host::Host;
use stageplay_core::image::Reference;
use stageplay_tests::{docker, folder, skipped};
use std::path::Path;
use std::sync::Arc;

/// Commands in order, of which each sees what those before it did. BASE is the image that both sides have.
const COMMANDS: &str = r#"
docker run --foo x
docker run -z x
docker run --name
docker run -p
docker run --rm=zz x
docker run
docker exec x
docker tag a
docker images a b
docker ps a
docker commit a b c
docker start
docker foo
docker help foo
docker ps --filter foo
docker images --filter foo=bar
docker images --filter dangling=x BASE
docker ps --filter status=foo
docker ps --format '{{.Foo}}'
docker ps --format '{{.Foo'
docker images --format '{{.Foo}}' BASE
docker images --format '{{.Foo' BASE
docker images --format '{{foo}}' BASE
docker history --format '{{.Foo}}' BASE
docker run --name '!x' BASE ls
docker run -w foo BASE ls
docker run -p foo BASE ls
docker run -p 1-2:1-3 BASE ls
docker run Upper ls
docker run --rm -v /tmp:/ BASE true
docker run --rm -v /tmp:rel BASE true
docker run --rm -v a:b:c:d BASE true
docker run --rm -v /tmp:/x:zz BASE true
docker run --rm -v ./rel:/x BASE true
docker run --rm --entrypoint '' BASE
docker images --format '{{.Repository}}:{{.Tag}} {{upper .Repository}} {{printf "%10s|" .Tag}} {{if eq .Tag "latest"}}L{{else}}N{{end}} {{title .Tag}} {{pad .Tag 1 2}}{{truncate .Tag 3}} {{slice .Tag 1 3}} {{len .ID}}' BASE
docker images --format '{{split .Tag "t"}} {{join (split .Tag "t") "-"}} {{json .Tag}} {{lower "AB"}}' BASE
docker images --format 'table {{.Repository}}\t{{.Tag}}' BASE
docker images -q BASE | wc -l
docker images -q --format '{{.Tag}}' BASE
docker inspect -f '{{.Foo}}' BASE
docker inspect -f '{{.Config.Foo}}' BASE
docker inspect -f '{{.Foo' BASE
docker inspect -f '{{foo}}' BASE
docker inspect -f '{{.Config.Env}} {{.Os}} {{.Architecture}} {{json .Config.Env}} {{len .Config.Env}} {{index .Config.Env 0}}' BASE
docker inspect -f '{{range $i, $e := .Config.Env}}{{$i}}={{$e}};{{end}}{{with .Config.Cmd}}{{.}}{{else}}none{{end}}' BASE
docker inspect -f '{{.Config.Labels}} {{json .Config.Volumes}} {{.Config.Entrypoint}} {{not true}} {{and 1 0}} {{or "" "x"}}' BASE
docker inspect -f '{{index .Config.Env 7}}' BASE
docker inspect -f '{{printf "%s %d %v %q" .Os 3 .Config.Env "a"}}' BASE
docker inspect --type foo BASE
docker inspect nope
docker image inspect nope
docker container inspect nope
docker history nope
docker tag nope a
docker rmi nope
docker rm nope
docker rm -f nope
docker stop nope
docker kill nope
docker start nope
docker rename nope x1
docker logs nope
docker port nope
docker top nope
docker diff nope
docker commit nope
docker exec nope ls
docker cp nope:/x .
docker cp a b
docker cp a:x b:y
docker wait nope
docker save nope -o x.tar
docker load -i nope
docker run --rm -e A=1 -e B= -w /w BASE sh -c 'echo $A-$B; pwd'
docker run --rm -u worker BASE id -u
docker run --rm -h hh BASE hostname
docker run --rm --entrypoint echo BASE a 'b c'
docker run --rm BASE sh -c 'echo out; exit 3'
docker run --rm BASE nope
docker run -d --name term-one -p 127.0.0.1:18923:80 --label a=b BASE sh -c 'echo started; echo more; sleep 1000' >/dev/null
docker ps --filter name=term-one --format '{{.Names}} {{.Image}} {{.State}} {{.Ports}} {{.Command}} {{.Labels}} {{.Label "a"}} {{.Networks}} {{.LocalVolumes}}'
docker ps --no-trunc --filter name=term-one --format '{{.Command}}'
docker ps --filter name=term-one --filter label=a=c -q
docker ps --filter name=term-one --filter status=running -q | wc -l
docker ps --filter name=term-one --filter ancestor=BASE -q | wc -l
docker inspect -f '{{.State.Status}} {{.State.Running}} {{.State.ExitCode}} {{.Name}} {{.Config.Cmd}} {{.Path}} {{.Args}} {{.HostConfig.PortBindings}} {{.Config.Labels}} {{.Config.ExposedPorts}} {{.RestartCount}}' term-one
docker inspect -f '{{json .HostConfig.PortBindings}} {{json .NetworkSettings.Ports}} {{json .Mounts}} {{json .HostConfig.Binds}}' term-one
sleep 1
docker logs term-one
docker logs --tail 1 term-one
docker port term-one
docker port term-one 80
docker port term-one 80/tcp
docker port term-one 81
docker exec term-one nope
docker exec term-one /nope
docker exec term-one /etc
docker exec -u nobody term-one id
docker exec -w /nope term-one id
docker exec term-one ls /nope
docker exec -e X=y -w /tmp -u worker term-one sh -c 'echo $X; pwd; id -u; exit 4'
docker exec term-one sh -c 'echo hi > /tmp/f; mkdir /d; echo x > /d/y; rm /etc/group; chmod 700 /root; ln -s a /d/l'
docker diff term-one | sort
docker cp term-one:/tmp/f back; cat back; docker cp back term-one:/d/z; docker exec term-one cat /d/z
docker cp term-one:/nope .
docker run --name term-one BASE ls 2>&1 | sed 's/"[0-9a-f]*"/ID/'
docker rm term-one 2>&1 | sed 's/[0-9a-f]\{64\}/ID/'
docker rename term-one term-one
docker rename term-one term-two
docker pause term-two
docker pause term-two 2>&1 | sed 's/[0-9a-f]\{64\}/ID/'
docker exec term-two ls
docker ps --filter name=term-two --format '{{.State}}'
docker unpause term-two
docker unpause term-two 2>&1 | sed 's/[0-9a-f]\{64\}/ID/'
docker kill -s NOPE term-two
docker kill term-two
docker kill term-two 2>&1 | sed 's/[0-9a-f]\{64\}/ID/'
docker exec term-two ls 2>&1 | sed 's/[0-9a-f]\{64\}/ID/'
docker top term-two 2>&1 | sed 's/[0-9a-f]\{64\}/ID/'
docker wait term-two
docker ps -a --filter name=term-two --filter exited=137 --format '{{.Names}} {{.State}} {{.Ports}}'
docker start term-two
docker restart -t 0 term-two
docker inspect -f '{{.State.Status}}' term-two
docker stop -t 0 term-two
docker commit -c 'CMD ["cat", "/tmp/f"]' -c 'ENV A=b' -c 'EXPOSE 81' -c 'USER worker' term-two term-kept:1 >/dev/null
docker inspect -f '{{.Config.Cmd}} {{.Config.Env}} {{.Config.ExposedPorts}} {{.Config.User}}' term-kept:1
docker run --rm term-kept:1
docker history --format '{{.CreatedBy}}' term-kept:1 | head -1
docker commit -c 'NOPE x' term-two
docker rmi term-kept:1 | head -1
docker rm term-two
docker create --name term-three BASE ls /etc/passwd >/dev/null
docker ps -a --filter name=term-three --format '{{.State}} {{.Status}}'
docker start -a term-three
docker logs term-three
docker rm term-three
docker run -d --rm --name term-four BASE sh -c 'sleep 1000' >/dev/null; docker stop -t 0 term-four; sleep 1; docker ps -aq --filter name=term-four
docker run --name term-five BASE sh -c 'exit 3'; docker ps -a --filter name=term-five --filter exited=3 --format '{{.Names}}'; docker rm term-five
docker run --rm -v term-vol:/x BASE sh -c 'echo kept > /x/f'; docker run --rm -v term-vol:/y:ro BASE sh -c 'cat /y/f; echo a > /y/g' 2>/dev/null; docker run --rm -v term-vol:/y BASE ls /y
mkdir -p bound; echo host > bound/f; docker run --rm -v "$PWD/bound":/x BASE sh -c 'cat /x/f; echo c > /x/g'; cat bound/g
echo 'echo $((1+2))' | docker run -i --rm BASE sh
echo n | docker image prune --filter label=term-none
docker image prune -f --filter label=term-none
docker container prune -f --filter label=term-none
"#;

/// Text without what differs from run to run: identifiers, and the number of blanks between columns.
fn plain(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("time=\""));
    let words = |line: &str| line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    lines.map(|line| words(line.trim_end())).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn real(dir: &Path, line: &str) -> (String, i32) {
    let client = docker::client();
    let script = format!("docker() {{ {} \"$@\"; }}\n{{ {line}\n}} 2>&1", client.display());
    let output = docker::shell().args(["-c", &script]).current_dir(dir).stdin(std::process::Stdio::null()).output();
    let output = output.expect("sh runs");
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code().unwrap_or(-1))
}

#[test]
fn the_client_answers_as_the_real_one() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let reference = Reference::parse(BASE).expect("a name");
    let image = base(&engine).find(&reference).expect("the base image");
    let profile = EngineProfile::find("docker-20.10").expect("the engine");
    let mut host = Host::new(Arc::new(Catalogue::builtin()), profile, Builder::Classic);
    host.store().lock().expect("the store").load(reference, image);
    let dir = folder("fidelity-terminal");
    let clean = "docker rm -f term-one term-two term-three term-four term-five; docker rmi -f term-kept:1; docker volume rm term-vol";
    real(&dir, clean);
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in COMMANDS.lines().filter(|line| !line.is_empty()) {
        let line = line.replace("BASE", BASE);
        let (text, status) = real(&dir, &line);
        let ours = host.run(&line);
        count += 1;
        let (wanted, got) = (plain(&text), plain(&ours.text));
        if (&wanted, status) != (&got, ours.status) {
            wrong.push(format!("$ {line}\n--- docker ({status})\n{wanted}\n--- here ({})\n{got}\n", ours.status));
        }
    }
    real(&dir, clean);
    println!("{count:5} commands, {} answered otherwise", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
