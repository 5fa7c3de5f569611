//! Parses the request of a build from JSON. Every list and map has at most as many elements as a build may have, and
//! parsing stops at the first element too many: an element of two bytes would take a hundred bytes in memory.

use crate::problem::problem;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use stageplay_core::api::{BuildRequest, ContextFile, Problem};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

/// Characters of a message about malformed JSON. It may quote the request.
const MAX_MESSAGE_CHARS: usize = 500;

/// Parses a request with at most `max_files` files, `max_args` arguments, and as many build arguments.
///
/// # Errors
/// It is malformed, or a list or map has too many elements. The message names the line and the column.
pub(super) fn parse(bytes: &[u8], max_files: usize, max_args: usize) -> Result<BuildRequest, Problem> {
    let exceeded = Cell::new(None);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let request = RequestSeed { max_files, max_args, exceeded: &exceeded }.deserialize(&mut json);
    request.and_then(|request| json.end().map(|()| request)).map_err(|error| {
        let message: String = error.to_string().chars().take(MAX_MESSAGE_CHARS).collect();
        match exceeded.get() {
            Some(code) => problem(code, message, "send less at once"),
            None => problem("malformed", message, "/api/openapi.json describes the API"),
        }
    })
}

/// Deserializes a whole request.
struct RequestSeed<'c> {
    max_files: usize,
    max_args: usize,
    /// The code of the problem, when a list or map has too many elements.
    exceeded: &'c Cell<Option<&'static str>>,
}

/// The fields of [`BuildRequest`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Field {
    Dockerfile,
    Files,
    Target,
    BuildArgs,
    Platform,
    Builder,
    NoCache,
    Run,
    Args,
}

impl<'de> DeserializeSeed<'de> for RequestSeed<'_> {
    type Value = BuildRequest;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<BuildRequest, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RequestSeed<'_> {
    type Value = BuildRequest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a build as an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BuildRequest, A::Error> {
        let mut request = BuildRequest::default();
        let mut seen = Vec::new();
        let RequestSeed { max_files, max_args, exceeded } = self;
        let bound = |name, max, code| Bound { name, max, code, exceeded };
        while let Some(field) = map.next_key::<Field>()? {
            if seen.contains(&field) {
                return Err(A::Error::custom("a field is given twice"));
            }
            seen.push(field);
            match field {
                Field::Dockerfile => request.dockerfile = map.next_value()?,
                Field::Files => {
                    request.files = map.next_value_seed(files(bound("files", max_files, "context-files")))?
                }
                Field::Target => request.target = map.next_value()?,
                Field::BuildArgs => {
                    request.build_args = map.next_value_seed(BoundedMap(bound("build_args", max_args, "too-many")))?;
                }
                Field::Platform => request.platform = map.next_value()?,
                Field::Builder => request.builder = map.next_value()?,
                Field::NoCache => request.no_cache = map.next_value()?,
                Field::Run => request.run = map.next_value()?,
                Field::Args => request.args = map.next_value_seed(words(bound("args", max_args, "too-many")))?,
            }
        }
        Ok(request)
    }
}

/// How many elements a list or map may have.
#[derive(Clone, Copy)]
struct Bound<'c> {
    name: &'static str,
    max: usize,
    code: &'static str,
    exceeded: &'c Cell<Option<&'static str>>,
}

impl Bound<'_> {
    /// Checks the number of elements so far.
    fn check<E: Error>(&self, count: usize) -> Result<(), E> {
        if count <= self.max {
            return Ok(());
        }
        self.exceeded.set(Some(self.code));
        Err(E::custom(format_args!("{} has more than {} elements, the limit for this server", self.name, self.max)))
    }
}

/// A list whose elements are of the type `T`.
struct BoundedList<'c, T> {
    bound: Bound<'c>,
    elements: Vec<T>,
}

fn files(bound: Bound<'_>) -> BoundedList<'_, ContextFile> {
    BoundedList { bound, elements: Vec::new() }
}

fn words(bound: Bound<'_>) -> BoundedList<'_, String> {
    BoundedList { bound, elements: Vec::new() }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for BoundedList<'_, T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for BoundedList<'_, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list as the value of {}", self.bound.name)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Vec<T>, A::Error> {
        while let Some(element) = list.next_element()? {
            self.elements.push(element);
            self.bound.check(self.elements.len())?;
        }
        Ok(self.elements)
    }
}

/// A map of texts. Names that are given twice count twice.
struct BoundedMap<'c>(Bound<'c>);

impl<'de> DeserializeSeed<'de> for BoundedMap<'_> {
    type Value = BTreeMap<String, String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for BoundedMap<'_> {
    type Value = BTreeMap<String, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object as the value of {}", self.0.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut all = BTreeMap::new();
        let mut count = 0;
        while let Some((name, value)) = map.next_entry()? {
            count += 1;
            self.0.check(count)?;
            all.insert(name, value);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_the_fields_of_its_description() {
        let request = BuildRequest {
            dockerfile: "FROM scratch".into(),
            files: vec![ContextFile { path: "a".into(), mode: Some(0o755), ..ContextFile::default() }],
            target: Some("a".into()),
            build_args: BTreeMap::from([("A".into(), "1".into())]),
            platform: Some("linux/amd64".into()),
            builder: Some("classic".into()),
            no_cache: true,
            run: true,
            args: vec!["x".into()],
        };
        let json = serde_json::to_vec(&request).unwrap();
        assert_eq!(parse(&json, 1, 1), Ok(request));
        assert_eq!(parse(br#"{"target": null}"#, 1, 1), Ok(BuildRequest::default()));
        for bad in
            [&br#"{"evil": 1}"#[..], br#"{"run": true, "run": true}"#, b"[]", b"{} x", br#"{"files": [{"a": 1}]}"#]
        {
            assert_eq!(parse(bad, 1, 1).unwrap_err().code, "malformed");
        }
        let long = format!(r#"{{"{}": 1}}"#, "x".repeat(100_000));
        assert!(parse(long.as_bytes(), 1, 1).unwrap_err().message.len() < 1_000);
    }

    #[test]
    fn parsing_stops_at_the_first_element_too_many() {
        let list = |name: &str, element: &str, count: usize, rest: &str| {
            let elements = vec![element; count].join(",");
            let (open, close) = if name == "build_args" { ('{', '}') } else { ('[', ']') };
            parse(format!("{{\"{name}\":{open}{elements}{close}{rest}").as_bytes(), 3, 5)
        };
        for (name, element, max, code) in [
            ("files", "{}", 3, "context-files"),
            ("files", "[]", 3, "context-files"),
            ("args", "\"\"", 5, "too-many"),
            ("build_args", "\"a\":\"\"", 5, "too-many"),
        ] {
            assert!(list(name, element, max, "}").is_ok(), "{name}");
            // What follows is not read, so that it is no matter that it is malformed.
            let problem = list(name, element, max + 1, "?").unwrap_err();
            assert_eq!(problem.code, code, "{name}");
            assert!(problem.message.starts_with(&format!("{name} has more than {max} elements")), "{problem:?}");
            assert!(problem.message.contains("at line 1 column "), "{problem:?}");
        }
    }
}
