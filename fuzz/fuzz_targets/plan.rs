//! Any text is read, planned, checked and answered: never a panic, and what is told fits the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stageplay_core::dockerfile::{self, syntax};
use stageplay_core::base_images::{Catalogue, newest_day};
use stageplay_core::engine::Builder;
use stageplay_core::fs::Tree;
use stageplay_core::language::{self, CatalogueImages, Surroundings};
use stageplay_core::lint::{self, Options};
use stageplay_core::plan::{Wish, plan};
use std::sync::OnceLock;

fuzz_target!(|text: &str| {
    let file = syntax::parse(text);
    let mut at = 0;
    for piece in file.pieces() {
        assert_eq!(piece.span.start, at, "pieces tile the text");
        at = piece.span.end;
    }
    assert_eq!(at, text.len(), "pieces tile the text");
    if let Ok(file) = dockerfile::parse(text) {
        let wish = Wish { platform: "linux/amd64", ..Wish::default() };
        for builder in [Builder::Buildkit, Builder::Classic] {
            let _ = plan(&file, &wish, builder, 28);
        }
    }
    let found = lint::check(text, &Options::default());
    for warning in &found.warnings {
        let edits = lint::fix(&file, warning);
        assert!(edits.iter().all(|edit| text.get(edit.span.clone()).is_some()), "edits are places of the text");
    }
    let _ = (file.to_sexp(), lint::fix_all(text, &Options::default()));
    if let Some(error) = &found.error {
        let _ = lint::fix_refusal(text, error);
    }
    if let Ok(formatted) = dockerfile::format(text) {
        assert_eq!(dockerfile::format(&formatted).as_ref(), Ok(&formatted), "what is formatted stays");
    }
    let tokens = language::tokens(text);
    assert!(tokens.windows(2).all(|two| two[0].span.end <= two[1].span.start), "tokens are in order");
    assert!(tokens.iter().all(|token| text.get(token.span.clone()).is_some()), "tokens are places of the text");
    let _ = language::folds(text);
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    let catalogue = CATALOGUE.get_or_init(Catalogue::builtin);
    let images = CatalogueImages { catalogue, day: newest_day() };
    let around = Surroundings { images: &images, context: &Tree::new(), stages: &[] };
    for at in [0, text.len() / 2, text.len()] {
        let _ = (language::complete(text, at, &around), language::hover(text, at, &around));
        let _ = (language::definition(text, at), language::rename(text, at, "new"));
    }
});
