//! Contents behind URLs, as far as the build context declares them.

use crate::base_images::Catalogue;
use crate::build::{Built, Cache, NoImages, Request, build};
use crate::engine::EngineProfile;
use crate::fs::{Content, Tree};
use crate::measure::Honesty;

const ANSWERS: &str = r#"{"https://x.y/tool": {"size": 1000}, "https://x.y/a/list.txt": {"file": "list.txt"}}"#;
const CURL: &str =
    "FROM debian:12\nRUN apt-get update && apt-get install -y curl wget && rm -rf /var/lib/apt/lists/*\n";

fn built(answers: Option<&str>, text: &str) -> Built {
    let mut context = Tree::new();
    context.mkdir_all("/.stageplay", 0o755, 0, 0).unwrap();
    context.write("/list.txt", Content::inline(*b"one\ntwo\n"), 0o644, 0, 0).unwrap();
    if let Some(answers) = answers {
        context.write("/.stageplay/answers.json", Content::inline(answers.as_bytes()), 0o644, 0, 0).unwrap();
    }
    let request = Request::new(text, context, EngineProfile::find("docker-28").unwrap());
    build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new())
}

fn codes(built: &Built) -> Vec<&str> {
    built.diagnostics.iter().map(|one| one.code).collect()
}

#[test]
fn declared_answers_have_sizes_and_contents() {
    let text = "RUN curl -fsSL --retry 3 -o /usr/local/bin/tool https://x.y/tool && chmod +x /usr/local/bin/tool\n\
         RUN cd /srv && wget -q https://x.y/a/list.txt && curl -s https://x.y/a/list.txt | grep -c . > count\n\
         ADD https://x.y/tool /added\n";
    let built = built(Some(ANSWERS), &format!("{CURL}{text}"));
    assert_eq!((codes(&built), &built.error), (vec![], &None));
    let layer = |index: usize| built.steps[index].layer.clone().unwrap();
    assert_eq!(layer(2).size.bytes(), Some(1000));
    assert_eq!(layer(2).size.honesty(), Honesty::Modelled);
    let tree = &built.image.as_ref().unwrap().tree;
    let file = |path: &str| tree.stat("/", path).unwrap().1.content().unwrap().clone();
    assert_eq!(file("/srv/list.txt").bytes(), Some(&b"one\ntwo\n"[..]));
    assert_eq!(file("/srv/count").bytes(), Some(&b"2\n"[..]));
    assert_eq!((file("/added").len, layer(4).size.bytes()), (1000, Some(1000)));
}

#[test]
fn what_is_not_declared_is_unknown_and_said_and_the_rest_goes_on() {
    let text = "RUN mkdir /opt/in && wget -qP /opt/in https://x.y/pack.tgz?x=1 && ls /opt/in > /names && touch /done\n";
    let built = built(None, &format!("{CURL}{text}"));
    assert_eq!(codes(&built), ["remote-source"]);
    let layer = built.steps[2].layer.clone().unwrap();
    assert_eq!(layer.size.honesty(), Honesty::Unknown);
    let tree = &built.image.as_ref().unwrap().tree;
    assert_eq!(tree.stat("/", "/names").unwrap().1.content().unwrap().bytes(), Some(&b"pack.tgz\n"[..]));
    assert!(tree.stat("/", "/done").is_ok());
}

#[test]
fn a_declaration_that_cannot_be_read_is_said() {
    for bad in ["[]", "{\"https://x.y/z\": {}}", "{\"https://x.y/z\": {\"file\": \"none\"}}", "{\"a\": {\"sise\": 1}}"]
    {
        let built = built(Some(bad), "FROM alpine:3.22\nRUN true\n");
        assert_eq!(codes(&built), ["bad-answers"], "{bad}");
    }
}
