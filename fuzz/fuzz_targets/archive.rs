//! Any bytes at all as an image archive: opened, listed, scored and stacked without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stageplay_core::archive::{Archive, analyse};
use stageplay_core::fs::Memory;
use std::sync::Arc;

fuzz_target!(|bytes: &[u8]| {
    let _ = Archive::open_all(Arc::new(Memory(bytes.into())));
    let Ok(archive) = Archive::open(Arc::new(Memory(bytes.into()))) else { return };
    let _ = analyse(&archive);
    let Ok(image) = archive.image() else { return };
    for (path, node) in image.tree.walk("/") {
        assert!(path.starts_with('/') && !path.contains("/../"));
        if let Some(content) = node.content() {
            assert!(content.head().len() as u64 <= content.len);
        }
    }
});
