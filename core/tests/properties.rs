//! What must hold for any text, tried on texts made from the pieces that Dockerfiles are made of.

use proptest::prelude::*;
use stageplay_core::dockerfile::{Kind, format, parse, syntax, typed};
use stageplay_core::lint::{Options, check, fix, fix_all};

/// Texts in which everything that means something turns up, in any order.
fn dockerfile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "FROM ",
            "from ",
            "RUN ",
            "COPY ",
            "ADD ",
            "ENV ",
            "ARG ",
            "LABEL ",
            "CMD ",
            "ENTRYPOINT ",
            "ONBUILD ",
            "HEALTHCHECK ",
            "EXPOSE ",
            "VOLUME ",
            "WORKDIR ",
            "USER ",
            "SHELL ",
            "STOPSIGNAL ",
            "MAINTAINER ",
            "Run ",
        ]),
        prop::sample::select(vec![
            "alpine",
            "a as b",
            "AS x",
            "--from=b ",
            "--mount=type=cache,target=/c ",
            "--chmod=7 ",
            "--",
            "$A",
            "${A:-b}",
            "${A#x*}",
            "a=b",
            "KEY value",
            "[\"a\",\"b\"]",
            "[\"a\\\\n\"]",
            "[1]",
            "<<EOF",
            "<<-'E'",
            "EOF",
            "E",
            "80/TCP",
            "a b /c/",
            "'q",
            "\"q\"",
            "\\\\",
            "`",
            "é",
            "\u{a0}",
            "\u{feff}",
            "CMD x",
            "NONE",
            "scratch",
            "/",
        ]),
        prop::sample::select(vec![
            "\n",
            "\n",
            "\n",
            "\r\n",
            " \\\n",
            "\\\n",
            "`\n",
            " ",
            "\t",
            "# c\n",
            "#\n",
            "# escape=`\n",
            "# check=skip=all\n",
            "# check=error=true\n",
            "\n\n",
            "  # x=y\n",
        ]),
    ];
    let start = prop::sample::select(vec!["", "FROM a AS b\n", "FROM a\nRUN x\n", "# escape=`\nFROM a\n"]);
    (start, prop::collection::vec(piece, 0..25)).prop_map(|(start, pieces)| start.to_string() + &pieces.concat())
}

/// What a file means: its typed instructions, places left aside.
fn meaning(text: &str) -> Option<Vec<String>> {
    let file = syntax::parse(text);
    if !file.errors.is_empty() {
        return None;
    }
    let instructions = file.nodes.iter().map(|node| {
        let documents: Vec<_> = node.heredocs.iter().map(|one| (&one.name, &one.content)).collect();
        match typed(&file, node) {
            // Blanks at its end are not part of what ONBUILD triggers.
            Ok(one) if matches!(one.kind, Kind::Onbuild(_)) => format!("{} {documents:?}", one.arguments),
            Ok(one) => format!("{:?} {:?} {documents:?}", one.kind, one.flags),
            Err(message) => message.to_lowercase(),
        }
    });
    Some(instructions.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in ".{0,200}") {
        let _ = (parse(&text), check(&text, &Options::default()));
    }

    #[test]
    fn pieces_tile_the_text(text in dockerfile()) {
        let file = syntax::parse(&text);
        let mut at = 0;
        for piece in file.pieces() {
            prop_assert_eq!(piece.span.start, at);
            prop_assert!(piece.span.end > at);
            at = piece.span.end;
        }
        prop_assert_eq!(at, text.len());
        let mut end = 0;
        for node in &file.nodes {
            prop_assert!(node.span.start >= end && node.span.end <= text.len(), "{:?}", node.span);
            prop_assert!(text[node.span.clone()].starts_with(node.keyword()) || node.keyword().is_empty() || text[node.span.clone()].contains('\n'));
            end = node.span.end;
        }
    }

    #[test]
    fn formatting_is_idempotent_and_keeps_the_meaning(text in dockerfile()) {
        if let Ok(once) = format(&text) {
            prop_assert_eq!(meaning(&once), meaning(&text), "{}", &once);
            let twice = format(&once);
            prop_assert_eq!(twice.as_deref(), Ok(once.as_str()));
        }
    }

    #[test]
    fn fixes_leave_nothing_to_fix_and_break_nothing(text in dockerfile()) {
        let options = Options::default();
        let fixed = fix_all(&text, &options);
        let found = check(&fixed, &options);
        let file = syntax::parse(&fixed);
        prop_assert!(found.warnings.iter().all(|one| fix(&file, one).is_empty()), "{fixed}\n{:?}", found.warnings);
        // Lines may move.
        let message = |message: String| message.split_once(": ").map_or(message.clone(), |(_, rest)| rest.to_lowercase());
        let before = check(&text, &options).error.map(|one| message(one.message));
        // A file may fail for nothing but its warnings.
        if !text.contains("error=true") {
            prop_assert_eq!(before, found.error.map(|one| message(one.message)), "{}", &fixed);
        }
    }
}

/// Ten times the text takes about ten times as long: no shape is quadratic.
#[test]
fn large_files_of_any_shape_are_read() {
    const SIZE: usize = 10 << 20;
    for unit in [
        "FROM a\n",
        "RUN x \\\n",
        "\\\n",
        "# comment\n",
        "\n",
        "ONBUILD \\\n",
        "ENV a=b \\\n",
        "FROM a\nCOPY --from=0 a b\n",
        "RUN <<EOF\nEOF\n",
        "RUN <<A <<B <<C \\\n",
        "ENV a=\"\\\n",
        "CMD [[[[[[[[ \\\n",
        "--x=y \\\n",
        "ARG a=${a:-$b} \\\n",
        "COPY <<A <<B /x/\nA\nB\n",
    ] {
        let text = format!("FROM a\n{}", unit.repeat(SIZE / unit.len()));
        let file = syntax::parse(&text);
        assert!(!file.nodes.is_empty(), "{unit:?}");
    }
}

mod archives {
    use proptest::prelude::*;
    use stageplay_core::archive::{Archive, analyse};
    use stageplay_core::fs::Memory;
    use std::sync::Arc;

    /// The page's own test image: manifest, configuration, one layer.
    const IMAGE: &[u8] = include_bytes!("../../app/tests/image.tar");

    fn open(bytes: Vec<u8>) {
        let Ok(archive) = Archive::open(Arc::new(Memory(bytes.into()))) else { return };
        let _ = analyse(&archive);
        let Ok(image) = archive.image() else { return };
        for (path, node) in image.tree.walk("/") {
            assert!(path.starts_with('/') && !path.contains("/../"), "{path}");
            if let Some(content) = node.content() {
                assert!(content.head().len() as u64 <= content.len);
            }
        }
    }

    proptest! {
        #[test]
        fn a_damaged_archive_never_panics(
            changes in prop::collection::vec((0..IMAGE.len(), any::<u8>()), 0..12),
            end in 0..=IMAGE.len(),
        ) {
            let mut bytes = IMAGE.to_vec();
            for (at, byte) in changes {
                bytes[at] = byte;
                // The header's check sum is made right again, so that the change is read.
                let start = at / 512 * 512;
                if let Some(block) = bytes.get_mut(start..start + 512).filter(|block| &block[257..262] == b"ustar") {
                    block[148..156].copy_from_slice(b"        ");
                    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
                    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
                }
            }
            open(bytes.clone());
            bytes.truncate(end);
            open(bytes);
        }

        #[test]
        fn any_bytes_are_no_archive_or_a_harmless_one(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
            open(bytes);
        }
    }
}
