//! A size in a report, with its range or lower bound and the parts that are estimated or not known.

use crate::measure::{self, marked_text, range_text, size_text};
use crate::phrases::say_phrase;
use crate::words::{Language, say};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A size and how it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Size {
    /// Bytes; null when not known.
    pub bytes: Option<u64>,
    /// `exact`, `modelled` or `unknown`.
    pub honesty: Cow<'static, str>,
    /// The lower end of the range in bytes, if parts of a modelled size are estimated. Ends of estimates are quartiles
    /// unless the part says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<u64>,
    /// The upper end of the range in bytes, if parts of a modelled size are estimated. The range is at most a third of
    /// `bytes` wide; where it would be wider, the size is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<u64>,
    /// A lower bound in bytes, if the size is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// The source of a modelled size, or why the size is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// Of an image's modelled size: the parts that are estimated; at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub estimated: Vec<SizePart>,
    /// Of an image's unknown size: the parts that are unknown, or estimated in too wide a range; at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<SizePart>,
    /// The number of further parts, which `estimated` or `unknown` leaves out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_parts: usize,
}

/// A part of a size that is estimated or not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SizePart {
    /// Its name: a package, a path of the image, a command.
    pub what: String,
    /// 1-based line of the Dockerfile whose layer it is in, if known.
    pub line: Option<usize>,
    /// How it could be told, as text.
    pub way: String,
    /// Why it is not known, or the basis of the estimate.
    pub why: String,
    /// The bytes of it that are known, if any are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// The lower end of its estimate in bytes, if it can be estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<u64>,
    /// The upper end of its estimate in bytes, if it can be estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<u64>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl From<&measure::Size> for Size {
    /// The size without the list of its parts.
    fn from(size: &measure::Size) -> Self {
        let range = size.range();
        Size {
            bytes: size.bytes(),
            honesty: size.honesty().as_str().into(),
            low: range.map(|(low, _)| low),
            high: range.map(|(_, high)| high),
            at_least: size.bytes().is_none().then_some(size.at_least()),
            basis: size.basis().map(str::to_string),
            estimated: Vec::new(),
            unknown: Vec::new(),
            more_parts: 0,
        }
    }
}

impl Size {
    /// The size without the list of its parts, with its basis in one language.
    pub fn said(size: &measure::Size, language: Language) -> Self {
        let mut said = Size::from(size);
        if language != Language::English {
            said.basis = said.basis.map(|basis| say_phrase(language, &basis));
        }
        said
    }

    /// The size with the list of its parts, with words in one language. Equal parts are listed once.
    pub fn with_parts(size: &measure::Size, language: Language) -> Self {
        let mut parts: Vec<SizePart> = Vec::new();
        for part in size.parts() {
            let told = SizePart::new(part, language);
            let same = |one: &&mut SizePart| (&one.what, one.line, &one.way) == (&told.what, told.line, &told.way);
            match parts.iter_mut().find(same) {
                // The words of a diagnostic are in the language.
                Some(one) if part.code.is_some() => one.why = told.why,
                Some(_) => {}
                None => parts.push(told),
            }
        }
        let mut report = Size::said(size, language);
        report.more_parts = size.more_parts();
        match report.bytes {
            Some(_) => report.estimated = parts,
            None => report.unknown = parts,
        }
        report
    }

    /// The size as text, with so many significant digits, as [`size_text`] writes it.
    pub fn text(&self, precision: usize) -> String {
        size_text(self.bytes, self.low.zip(self.high), self.at_least.unwrap_or(0), precision)
    }

    /// The size as text with its mark, with three significant digits, as [`marked_text`] writes it.
    pub fn marked_text(&self) -> String {
        marked_text(self.text(3), self.honesty == "modelled")
    }

    /// The parts that are estimated or unknown.
    pub fn parts(&self) -> impl Iterator<Item = &SizePart> {
        self.estimated.iter().chain(&self.unknown)
    }
}

impl SizePart {
    /// The range of its estimate as text, with three significant digits.
    pub fn range_text(&self) -> Option<String> {
        let (low, high) = self.low.zip(self.high)?;
        Some(range_text(low, high, 3))
    }

    fn new(part: &measure::Part, language: Language) -> Self {
        let name = say_phrase(language, &part.what);
        let what = [("what", name.as_str())];
        SizePart {
            what: name.clone(),
            line: part.line,
            way: say(language, &format!("size.way.{}", part.way.as_str()), &what),
            why: part
                .code
                .map_or_else(|| say_phrase(language, &part.why), |code| say(language, &format!("diag.{code}"), &what)),
            at_least: Some(part.at_least).filter(|known| *known > 0),
            low: part.range.map(|(low, _)| low),
            high: part.range.map(|(_, high)| high),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Part, Way};

    #[test]
    fn a_modelled_size_has_its_range_and_says_which_parts_are_estimated() {
        let part = Part::new("libfoo", "a median", Way::PackageIndex).between(50, 200);
        let size = measure::Size::exact(9_000) + measure::Size::estimated(100, Part { line: Some(2), ..part });
        let report = Size::with_parts(&size, Language::English);
        assert_eq!(
            (report.bytes, report.low, report.high, report.at_least),
            (Some(9_100), Some(9_050), Some(9_200), None)
        );
        assert_eq!((report.estimated.len(), report.unknown.len()), (1, 0));
        assert_eq!((report.estimated[0].line, report.estimated[0].high), (Some(2), Some(200)));
        assert_eq!(report.text(3), "9.1kB (9.05–9.2kB)");
        assert_eq!(report.marked_text(), size.human());
    }

    #[test]
    fn an_unknown_size_is_a_bound_and_lists_each_part_once_with_a_way() {
        let part = || {
            measure::Size::unknown_part(Part {
                code: Some("unknown-files"),
                line: Some(4),
                ..Part::new("npm install", "not modelled", Way::LockFile)
            })
        };
        let report = Size::with_parts(&(measure::Size::exact(7) + part() + part()), Language::English);
        assert_eq!((report.bytes, report.at_least, report.low, report.high), (None, Some(7), None, None));
        assert_eq!((report.unknown.len(), report.estimated.len()), (1, 0));
        let told = &report.unknown[0];
        assert_eq!((told.what.as_str(), told.line, told.low), ("npm install", Some(4), None));
        assert!(told.why.contains("npm install") && told.why != part().parts()[0].why.to_string(), "{}", told.why);
        assert!(!told.way.starts_with("size.way."), "{}", told.way);
    }

    #[test]
    fn each_way_has_words() {
        for way in Way::ALL {
            let id = format!("size.way.{}", way.as_str());
            assert_ne!(say::<&str>(Language::English, &id, &[]), id);
        }
    }

    #[test]
    fn an_exact_size_is_two_fields_and_is_read_as_older_reports_wrote_it() {
        let text = serde_json::to_string(&Size::from(&measure::Size::exact(5))).unwrap();
        assert_eq!(text, r#"{"bytes":5,"honesty":"exact"}"#);
        assert_eq!(serde_json::from_str::<Size>(&text).unwrap().text(3), "5B");
    }
}
