//! Starts of images whose build assumed files of the context.

use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, NoImages, Request};
use stageplay_core::engine::EngineProfile;
use stageplay_core::exec::Verdict;
use stageplay_core::fs::Tree;
use stageplay_core::simulate::simulate;

fn verdict(text: &str) -> Verdict {
    let engine = EngineProfile::find("docker-28").unwrap();
    let request = Request { assume_context: true, ..Request::new(text, Tree::new(), engine) };
    let done = simulate(&request, Some(&[]), &Catalogue::builtin(), &NoImages, &mut Cache::new());
    assert!(done.built.error.is_none(), "{text}: {:?}", done.built.error);
    done.run.unwrap().verdict
}

#[test]
fn a_program_that_may_be_there_may_start() {
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
        assert_eq!(verdict(text), Verdict::Unknown, "{text}");
    }
}

#[test]
fn a_program_that_nothing_may_have_made_is_missing() {
    assert_eq!(verdict("FROM scratch\nCOPY app /app\nCMD [\"/server\"]\n"), Verdict::Fails);
    assert_eq!(verdict("FROM alpine\nCOPY package.json /app/\nCMD [\"/app/server\"]\n"), Verdict::Fails);
}
