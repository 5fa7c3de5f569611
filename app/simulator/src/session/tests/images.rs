//! The image: its files, its program, programs and images that were dropped onto the page, real builds.

use super::Page;
use crate::effect::Effect;
use stageplay_core::elf::{self, Elf, Machine};
use stageplay_protocol::{Event, RealBuildRequest, Request};

#[test]
fn the_image_s_program_is_compared_with_every_base_image() {
    let mut page = Page::new();
    assert!(page.outcome().starts_program);
    page.ask(Request::CompareBaseImages);
    let matrix = page.last.matrix.clone().flatten().unwrap_or_default();
    assert!(matrix.len() > 90 && matrix[0].verdict == "starts");
    assert!(matrix.iter().any(|one| one.verdict == "fails" && one.reason.is_some()));
    page.edit("FROM scratch\n");
    assert_eq!(page.last.matrix, Some(None), "it was about another program");
}

#[test]
fn a_dropped_image_is_a_base_and_stays_one_under_another_engine() {
    let mut page = Page::new();
    // A tar with nothing but a manifest, a configuration and an empty layer.
    let image = include_bytes!("../../../../tests/image.tar");
    page.session.take_files(vec![("mine.tar".into(), image.to_vec())]);
    page.settle();
    assert!(page.notices()[0].contains("FROM mine:1"), "{:?}", page.notices());
    page.edit("FROM mine:1\nCOPY --from=mine:1 /hello /copy\n");
    assert_eq!(page.outcome().report.error, None);
    page.ask(Request::SelectEngine("docker-20.10".into(), "classic".into()));
    assert_eq!(page.outcome().report.error, None);
    // A damaged archive goes into the build context.
    page.session.take_files(vec![("broken.tar".into(), image[..700].to_vec())]);
    page.settle();
    assert!(page.workspace.files.iter().any(|file| file.path == "broken.tar"));
}

/// A tar with another text in its `manifest.json`, which has room for it.
fn with_manifest(image: &[u8], text: &str) -> Vec<u8> {
    let mut image = image.to_vec();
    let at = image.chunks(512).position(|block| block.starts_with(b"manifest.json\0")).unwrap() * 512;
    assert!(text.len() <= 512);
    image[at + 512..at + 1024].fill(0);
    image[at + 512..][..text.len()].copy_from_slice(text.as_bytes());
    image[at + 124..at + 136].copy_from_slice(format!("{:011o}\0", text.len()).as_bytes());
    image[at + 148..at + 156].fill(b' ');
    let sum: u32 = image[at..at + 512].iter().map(|byte| u32::from(*byte)).sum();
    image[at + 148..at + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    image
}

#[test]
fn all_images_of_a_dropped_archive_are_bases_by_all_their_tags() {
    let image = include_bytes!("../../../../tests/image.tar");
    let text = String::from_utf8_lossy(image);
    let manifest = text.split('\0').find(|part| part.starts_with("[{")).unwrap().trim_end();
    let one = manifest.trim_start_matches('[').trim_end_matches(']');
    let both = format!("[{},{}]", one.replace("\"mine:1\"", "\"a:1\",\"a:2\""), one.replace("mine:1", "b:1"));
    let mut page = Page::new();
    page.session.take_files(vec![("all.tar".into(), with_manifest(image, &both))]);
    page.settle();
    page.edit("FROM a:1\nCOPY --from=a:2 /hello /two\nCOPY --from=b:1 /hello /three\n");
    assert_eq!(page.outcome().report.error, None);
    assert_eq!(page.outcome().report.bases.iter().filter(|base| base.how == "archive").count(), 3);
}

#[test]
fn only_what_is_asked_for_is_read_of_a_large_program() {
    let mut elf = Elf::new(Machine::X86_64, true);
    elf.interpreter = Some("/lib64/ld-linux-x86-64.so.2".into());
    elf.needed = vec!["libc.so.6".into()];
    let bytes = elf::write(&elf);
    let mut page = Page::new();
    page.edit("FROM alpine\nCOPY big /big\nENTRYPOINT [\"/big\"]\n");
    let size = 300u64 << 20;
    page.session.add_large_program("big".into(), size);
    let mut effects = page.settle();
    assert!(page.last.workspace.is_some());
    let (mut rounds, mut read) = (0, 0);
    while let Some(Effect::ReadFileRanges(name, ranges)) =
        effects.iter().find(|one| matches!(one, Effect::ReadFileRanges(..))).cloned()
    {
        rounds += 1;
        assert!(rounds < 20, "it ends");
        let piece = |range: &std::ops::Range<u64>| {
            let mut piece = vec![0; (range.end - range.start) as usize];
            if let Some(known) = bytes.get(range.start as usize..) {
                let len = known.len().min(piece.len());
                piece[..len].copy_from_slice(&known[..len]);
            }
            (range.start, piece)
        };
        let pieces: Vec<_> = ranges.iter().map(piece).collect();
        read += pieces.iter().map(|(_, piece)| piece.len()).sum::<usize>();
        page.session.take_file_ranges(&name, &pieces);
        effects = page.settle();
    }
    assert!(rounds > 0 && read < 8 << 20, "{read} bytes in {rounds} rounds");
    let run = page.outcome().report.run.clone().expect("a start");
    assert_eq!(run.cause.as_deref(), Some("interpreter-missing"), "{run:?}");
    let is_there = page.workspace.files.iter().any(|file| file.path == "big" && file.len() == size);
    assert!(is_there, "{:?}", page.workspace.files);
    let program = page.session.inspected.clone().expect("its headers");
    assert_eq!((program.headers.needed.len(), program.bytes_read.is_some()), (1, true));
}

#[test]
fn a_real_build_gets_the_files_and_is_compared_with_its_simulation() {
    let mut page = Page::new();
    page.edit("FROM alpine\nCMD [\"true\"]\n");
    page.ask(Request::PrepareRealBuild(vec!["buildkit".into()]));
    let Some(Event::RealBuild(Ok((request, dockerfile)))) = page.events.pop() else { panic!("{:?}", page.events) };
    assert!(request.contains("main.go") && dockerfile.starts_with("FROM alpine"), "{request}");
    let status = serde_json::json!({ "id": "x", "state": "succeeded", "report": page.outcome().report });
    let (builder, profile) = (None, String::new());
    let build = RealBuildRequest { number: 4, dockerfile, builder, profile, status: status.to_string() };
    page.ask(Request::CompareRealBuild(Box::new(build)));
    let Some(Event::Compared(4, comparison)) = page.events.pop() else { panic!("{:?}", page.events) };
    assert!(comparison.equal > 0 && comparison.differ == 0, "{comparison:?}");
    // A file whose bytes are not known cannot be sent.
    page.session.add_large_program("big".into(), 9 << 20);
    page.ask(Request::PrepareRealBuild(Vec::new()));
    assert!(matches!(page.events.last(), Some(Event::RealBuild(Err(why))) if why.contains("big")), "{:?}", page.events);
}

#[test]
fn facts_of_an_engine_replace_those_of_the_catalogue_and_are_checked() {
    let mut page = Page::new();
    page.ask(Request::Calibrate("{".into()));
    assert_eq!(page.notices().len(), 1, "{:?}", page.events);
    page.ask(Request::Calibrate(String::new()));
    assert!(page.events.contains(&Event::Calibrated(String::new())));
}
