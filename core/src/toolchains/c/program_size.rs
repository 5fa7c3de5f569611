//! The size of a C program or object file: measured of small ones, estimated from the length of the sources of others;
//! `-O2`, `-g`, `-static`, strip.

use super::gcc_request::GccRequest;
use crate::fs::Content;
use crate::measure::TypicalSize;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The source length in bytes up to which a program counts as small: as large as one that prints a line.
pub(crate) const SMALL: u64 = 2_000;

/// `data/toolchains/c.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Facts {
    pub(crate) source: String,
    pub(crate) date: String,
    pub(crate) glibc: BTreeMap<String, Sizes>,
    pub(crate) musl: BTreeMap<String, Sizes>,
}

/// Sizes of a small program in bytes.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Sizes {
    pub(crate) dynamic: u64,
    pub(crate) dynamic_stripped: u64,
    #[serde(rename = "static")]
    pub(crate) fixed: u64,
    pub(crate) static_stripped: u64,
    pub(super) shared: u64,
}

pub(crate) fn facts() -> Option<&'static Facts> {
    static FACTS: OnceLock<Option<Facts>> = OnceLock::new();
    FACTS.get_or_init(|| serde_json::from_str(include_str!("../../../data/toolchains/c.json")).ok()).as_ref()
}

/// The length of sources in bytes up to which a program of them is estimated.
pub(super) const MAX_ESTIMATED: u64 = 500_000;

/// The size of a program by the length of its sources and the size of a small one. Programs of gcc 12.2 from one to ten C
/// files of 300 bytes to 185 kB together have 1.3 bytes more for each byte of source with `-O2`, and 2.4 with `-g`
/// (2026-11-30); comments and declarations leave nothing, and templates of C++ leave more.
pub(super) fn linked_size(small: u64, sources: SourceBytes, request: &GccRequest) -> TypicalSize {
    let (best, high) = if request.cpp { (3, 10) } else { (1, 3) };
    let more = |bytes: u64, times: u64| small.saturating_add(bytes.saturating_mul(times));
    // Without symbols a small program is a tenth smaller, and segments are as long as pages.
    TypicalSize::by_input(small - small / 10, more(sources.best, best), more(sources.high, high).saturating_add(4096))
}

/// The size of an object file by the length of its source: from 1.4 kB on, and 2.2 bytes for each byte of source with
/// `-O2` (as [`linked_size`]).
pub(crate) fn object_size(bytes: u64) -> TypicalSize {
    let more = |base: u64, tenths: u64| base.saturating_add(bytes.saturating_mul(tenths) / 10);
    TypicalSize::by_input(more(700, 0), more(OBJECT_BASE, OBJECT_TENTHS), more(2_500, 60))
}

const OBJECT_BASE: u64 = 1_400;
const OBJECT_TENTHS: u64 = 22;

/// The length of all sources of a program in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SourceBytes {
    pub(super) best: u64,
    pub(super) high: u64,
}

impl SourceBytes {
    fn exactly(bytes: u64) -> Self {
        SourceBytes { best: bytes, high: bytes }
    }
}

impl std::iter::Sum for SourceBytes {
    fn sum<I: Iterator<Item = SourceBytes>>(all: I) -> Self {
        all.fold(SourceBytes::default(), |sum, one| SourceBytes {
            best: sum.best.saturating_add(one.best),
            high: sum.high.saturating_add(one.high),
        })
    }
}

/// The length of all sources, also of those that object files come from: a file of unknown length is as long as others of
/// its kind. `None` if one of them cannot be estimated.
pub(super) fn source_bytes(sources: &[(String, Option<Content>)]) -> Option<SourceBytes> {
    let of = |(name, content): &(String, Option<Content>)| {
        let content = content.as_ref()?;
        match name.ends_with(".o") {
            true => {
                let bytes = content.typical()?.best.saturating_sub(OBJECT_BASE) * 10 / OBJECT_TENTHS;
                Some(SourceBytes::exactly(bytes))
            }
            false if name.ends_with(".a") => None,
            false if content.len_known => Some(SourceBytes::exactly(content.len)),
            false => content.typical().map(|typical| SourceBytes { best: typical.best, high: typical.high }),
        }
    };
    sources.iter().map(of).sum()
}

/// The size of a small program in bytes, and the basis of that size.
pub(crate) fn size(request: &GccRequest, musl: bool) -> Option<(u64, String)> {
    let facts = facts()?;
    let language = if request.cpp { "c++" } else { "c" };
    let sizes = *if musl { facts.musl.get(language) } else { facts.glibc.get(language) }?;
    let bytes = match (request.shared, request.fixed, request.stripped) {
        (true, ..) => sizes.shared,
        (_, true, true) => sizes.static_stripped,
        (_, true, false) => sizes.fixed,
        (_, false, true) => sizes.dynamic_stripped,
        (_, false, false) => sizes.dynamic,
    };
    Some((bytes, format!("{} ({})", facts.source, facts.date)))
}
