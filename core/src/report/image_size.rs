//! The size of an image with the lines of the Dockerfile that its uncertain parts come from.

use crate::build::Built;
use crate::image::{Image, Layer};
use crate::measure::Size;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The sum of all layers; each part that is estimated or unknown has the line of the step that made its layer. Parts of
/// layers that no step made have the line of the FROM that names the base image.
///
/// Layers are kept from build to build while the lines of their steps move, so they know no lines themselves.
pub(super) fn with_lines(image: &Image, built: &Built) -> Size {
    let of_steps = built.steps.iter().filter_map(|step| Some((Arc::as_ptr(step.layer.as_ref()?), step.line)));
    let lines: BTreeMap<*const Layer, usize> = of_steps.collect();
    let from = base_line(built);
    let sizes = image.layers.iter().map(|layer| {
        let size = layer.size.clone();
        if size.parts().is_empty() {
            return size;
        }
        let line = lines.get(&Arc::as_ptr(layer)).copied().or(from);
        size.with_parts(|part| part.line = line)
    });
    sizes.sum()
}

/// The line of the FROM that names the image below all stages that the target starts from.
fn base_line(built: &Built) -> Option<usize> {
    let plan = built.plan.as_ref()?;
    Some(plan.root_stage(plan.target)?.from.line)
}

#[cfg(test)]
mod tests {
    use crate::base_images::Catalogue;
    use crate::build::{Cache, NoImages, Request};
    use crate::engine::EngineProfile;
    use crate::fs::Tree;
    use crate::report::{Size, build_report};
    use crate::simulate::simulate;
    use crate::words::Language;

    fn sizes(texts: &[&str]) -> Vec<Size> {
        let mut cache = Cache::new();
        let mut size = |text: &&str| {
            let request = Request::new(*text, Tree::new(), EngineProfile::find("docker-28").unwrap());
            let done = simulate(&request, None, &Catalogue::builtin(), &NoImages, &mut cache);
            assert!(done.built.error.is_none(), "{:?}", done.built.error);
            build_report(&done, Language::English).image.unwrap().size
        };
        texts.iter().map(&mut size).collect()
    }

    fn parts(size: &Size) -> Vec<(&str, Option<usize>)> {
        size.parts().map(|part| (part.what.as_str(), part.line)).collect()
    }

    #[test]
    fn unknown_parts_have_the_line_of_their_step_wherever_an_edit_moves_it() {
        let text = "FROM debian:12-slim AS below\nRUN perl -e 1\nFROM below\nRUN pod2man x && h2ph y\n";
        let moved = format!("# a comment\n\n{text}");
        let sizes = sizes(&[text, &moved]);
        assert_eq!(parts(&sizes[0]), [("perl", Some(2)), ("pod2man", Some(4)), ("h2ph", Some(4))]);
        assert_eq!(parts(&sizes[1]), [("perl", Some(4)), ("pod2man", Some(6)), ("h2ph", Some(6))]);
        assert!(sizes[0].at_least.unwrap() > 50_000_000 && sizes[0].bytes.is_none());
        assert!(sizes[0].unknown.iter().all(|part| part.way.contains("real engine") && part.why.contains(&part.what)));
    }

    #[test]
    fn a_download_is_one_part_with_its_address() {
        let text = "FROM alpine:3.22\nADD https://x.y/a /a\nRUN wget -O /b https://x.y/b\n";
        let size = &sizes(&[text])[0];
        assert_eq!(parts(size), [("https://x.y/a", Some(2)), ("https://x.y/b", Some(3))]);
        assert!(size.unknown[0].way.contains("https://x.y/a in .stageplay/answers.json"), "{}", size.unknown[0].way);
    }

    /// What is not known in a step, and how it could be told: the first words of it.
    fn told(text: &str) -> Vec<(String, String)> {
        let size = &sizes(&[text])[0];
        let start = |way: &str| way.split(' ').take(2).collect::<Vec<_>>().join(" ");
        size.unknown.iter().map(|part| (part.what.clone(), start(&part.way))).collect()
    }

    #[test]
    fn each_part_says_what_would_tell_it() {
        let curl = "FROM alpine:3.22\nRUN apk add --no-cache curl\n";
        for (text, what, way) in [
            (format!("{curl}RUN curl -s https://x.y/i | sh\n"), "https://x.y/i", "Describe https://x.y/i"),
            (
                format!("{curl}RUN curl -so /p.gz https://x.y/p && tar xf /p.gz\n"),
                "https://x.y/p",
                "Describe https://x.y/p",
            ),
            (
                "FROM node:22 AS b\nRUN perl -e 1\nFROM scratch\nCOPY --from=b /opt/made /\n".into(),
                "/opt/made",
                "Build it",
            ),
            ("FROM scratch\nCOPY --from=node:22 /usr/share/there /\n".into(), "/usr/share/there", "Use an"),
            ("FROM fedora\nRUN dnf install -y gcc\n".into(), "gcc", "Build it"),
            ("FROM node:22\nRUN apt-get update && apt-get install -y ./x.deb\n".into(), "./x.deb", "Use packages"),
        ] {
            assert_eq!(told(&text), [(what.to_string(), way.to_string())], "{text}");
        }
        assert_eq!(told(&format!("{curl}RUN curl -sf https://x.y/health\nRUN curl https://x.y/a > /dev/null\n")), []);
    }

    #[test]
    fn assumed_files_are_named_as_the_context_has_them() {
        let text = "FROM node:22\nCOPY package.json /app/\nCOPY src /app/src\nCOPY . /app\n";
        let mut request = Request::new(text, Tree::new(), EngineProfile::find("docker-28").unwrap());
        request.assume_context = true;
        let done = simulate(&request, None, &Catalogue::builtin(), &NoImages, &mut Cache::new());
        let size = build_report(&done, Language::English).image.unwrap().size;
        let parts = parts(&size);
        for wanted in [("package.json", Some(2)), ("src", Some(3)), (".", Some(4))] {
            assert_eq!(parts.iter().filter(|part| **part == wanted).count(), 1, "{parts:?}");
        }
        let way = |what: &str| size.parts().find(|part| part.what == what).map(|part| part.way.clone());
        assert_eq!(way("src"), Some("Add src to the context.".into()));
    }

    #[test]
    fn a_file_of_the_base_image_that_is_copied_up_names_its_path() {
        let size = &sizes(&["FROM busybox\nRUN chmod 755 /bin/busybox\n"])[0];
        assert_eq!(size.unknown.len(), 1, "{size:?}");
        assert!(
            size.unknown[0].what.ends_with("/bin/busybox") && size.unknown[0].way.contains("docker save"),
            "{size:?}"
        );
    }
}
