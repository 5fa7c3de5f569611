//! Versions such as `3.12.4`, `8u292` or `11.0.2+9`, compared by their leading numbers.

/// The leading numbers of a version; empty where it does not begin with one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DottedVersion(Vec<u32>);

impl DottedVersion {
    /// Reads the numbers before the first character that is neither a digit nor a point. A `v` before them is
    /// passed over.
    pub(super) fn read(text: &str) -> Self {
        let text = text.trim_start_matches('v');
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let numbers = text.get(..end).unwrap_or("").split('.').map_while(|part| part.parse().ok());
        DottedVersion(numbers.collect())
    }

    /// Reads the version of a package or release: an epoch (`1:10.6.12+maria`) and letters before the first number
    /// (`jdk-17.0.9+9`, `swift-5.10-RELEASE`) are passed over.
    pub(super) fn of_release(text: &str) -> Self {
        let text = text.split_once(':').map_or(text, |(_, rest)| rest);
        DottedVersion::read(text.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '-' || c == '_'))
    }

    /// Whether it is at least `since` and below `until`. A version that is not known is taken for the newest.
    pub(super) fn is_within(&self, since: Option<&str>, until: Option<&str>) -> bool {
        if self.0.is_empty() {
            return until.is_none();
        }
        since.is_none_or(|since| *self >= DottedVersion::read(since))
            && until.is_none_or(|until| *self < DottedVersion::read(until))
    }

    /// The first `count` numbers with points between them; `None` where there are fewer.
    pub(super) fn first(&self, count: usize) -> Option<String> {
        let numbers: Vec<String> = self.0.get(..count)?.iter().map(u32::to_string).collect();
        Some(numbers.join("."))
    }

    /// All its numbers with points between them; `None` where it is not known.
    pub(super) fn all(&self) -> Option<String> {
        self.first(self.0.len()).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let version = |text: &str| DottedVersion::read(text);
        assert!(version("3.9") < version("3.10") && version("8u292") < version("11.0.2+9"));
        assert!(
            version("3.12.4").is_within(Some("3.12"), Some("3.13")) && !version("3.12").is_within(None, Some("3.12"))
        );
        assert_eq!((version("3.12.4").first(2).as_deref(), version("3").first(2)), (Some("3.12"), None));
        assert!(version("latest").is_within(Some("7"), None) && !version("").is_within(None, Some("7")));
        assert_eq!(version("v3.7"), version("3.7.x"));
        assert_eq!(DottedVersion::of_release("jdk8u392-b08"), version("8"));
        assert_eq!(DottedVersion::of_release("1:10.6.12+maria~ubu2004"), version("10.6.12"));
    }
}
