//! Any text at all: it is read, checked, fixed and formatted, and what must hold holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stageplay_core::dockerfile::{format, parse, syntax};
use stageplay_core::lint::{Options, check, fix_all};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let file = syntax::parse(&text);
    let mut at = 0;
    for piece in file.pieces() {
        assert_eq!(piece.span.start, at);
        at = piece.span.end;
    }
    assert_eq!(at, text.len());
    let _ = file.to_sexp();
    let _ = parse(&text);
    let options = Options::default();
    let _ = check(&text, &options);
    let _ = fix_all(&text, &options);
    if let Ok(once) = format(&text) {
        assert_eq!(format(&once).as_deref(), Ok(once.as_str()));
    }
});
