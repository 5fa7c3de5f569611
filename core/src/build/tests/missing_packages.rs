//! Packages that no index here has: their sizes are estimated where that says enough, and are named.

use super::*;
use crate::fs::Content;
use crate::measure::{Honesty, Size};

/// The sizes of the image and of its last layer, and the codes of what is said.
fn sizes(text: &str, files: &[(&str, &str)]) -> (Size, Size, Vec<&'static str>) {
    let mut context = Tree::new();
    for (path, content) in files {
        context.write(path, Content::inline(content.as_bytes()), 0o644, 0, 0).unwrap();
    }
    let engine = EngineProfile::find("docker-28").unwrap();
    let built = build(&Request::new(text, context, engine), &Catalogue::builtin(), &NoImages, &mut Cache::new());
    assert_eq!(built.error, None, "{text}");
    let image = built.image.unwrap();
    let codes = built.diagnostics.iter().map(|one| one.code).collect();
    (image.size(), image.layers.last().unwrap().size.clone(), codes)
}

/// The names of the uncertain parts of a size.
fn names(size: &Size) -> Vec<&str> {
    size.parts().iter().map(|part| &*part.what).collect()
}

#[test]
fn a_package_that_is_small_beside_the_image_is_estimated() {
    let text = |names: &str| format!("FROM node:22\nRUN apt-get update && apt-get install -y {names}\n");
    let (image, layer, said) = sizes(&text("curl gutenprint-doc"), &[]);
    assert_eq!((image.honesty(), said), (Honesty::Modelled, vec!["unlisted-package"]));
    let (low, high) = image.range().unwrap();
    assert!(low < image.bytes().unwrap() && image.bytes().unwrap() < high, "{image:?}");
    assert_eq!(names(&image), ["gutenprint-doc"]);
    assert_eq!((layer.honesty(), names(&layer)), (Honesty::Unknown, vec!["gutenprint-doc"]));
    let (without, ..) = sizes(&text("curl"), &[]);
    assert!((low..high).contains(&(without.bytes().unwrap() + 500_000)), "{without:?} {image:?}");
}

#[test]
fn beside_a_small_image_what_is_known_is_a_bound() {
    let text = |names: &str| format!("FROM debian:12-slim\nRUN apt-get update && apt-get install -y {names}\n");
    let (image, ..) = sizes(&text("curl gutenprint-doc"), &[]);
    let (without, ..) = sizes(&text("curl"), &[]);
    assert_eq!((image.bytes(), image.range()), (None, None));
    let difference = image.at_least().abs_diff(without.bytes().unwrap());
    assert!(difference < 10_000, "nothing of the estimate is in the bound: {image:?} {without:?}");
}

#[test]
fn packages_of_other_repositories_are_not_estimated() {
    let source = "echo 'deb https://x.y stable main' > /etc/apt/sources.list.d/x.list";
    let text = format!("FROM node:22\nRUN {source} && apt-get update && apt-get install -y no-such-package\n");
    let (image, ..) = sizes(&text, &[]);
    assert_eq!(image.honesty(), Honesty::Unknown);
    let part = image.parts().iter().find(|part| &*part.what == "no-such-package").unwrap();
    assert_eq!(part.range, None);
}

#[test]
fn a_package_that_is_removed_in_the_same_step_weighs_nothing() {
    for text in [
        "FROM alpine:3.22\nRUN apk add --no-cache --virtual .deps no-such-package && apk del .deps\n",
        "FROM alpine:3.22\nRUN apk add --no-cache no-such-package && apk del no-such-package\n",
        "FROM debian:12\nRUN apt-get update && apt-get install -y gutenprint-doc && apt-get purge -y gutenprint-doc\n",
    ] {
        let (image, layer, said) = sizes(text, &[]);
        assert_eq!((image.honesty(), said[0]), (Honesty::Modelled, "unlisted-package"), "{text}");
        assert!(layer.parts().is_empty(), "{text}: {layer:?}");
    }
}

#[test]
fn packages_of_python_go_with_their_folder() {
    let files = [("/requirements.txt", "flask\nno-such-thing>=1\n")];
    let pip = "python -m venv /v && /v/bin/pip install --no-cache-dir -r requirements.txt";
    let text =
        format!("FROM python:3.12 AS b\nCOPY requirements.txt .\nRUN {pip}\nFROM python:3.12\nCOPY --from=b /v /v\n");
    let (image, layer, said) = sizes(&text, &files);
    assert_eq!((image.honesty(), said), (Honesty::Modelled, vec!["unlisted-package"]));
    assert_eq!((names(&layer), names(&image)), (vec!["no-such-thing"], vec!["no-such-thing"]));
    // The cache keeps its wheel as well, and what is there is not installed again.
    let twice = "FROM python:3.12\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nRUN pip install -r requirements.txt\n";
    let (image, again, _) = sizes(twice, &files);
    assert_eq!(names(&image), ["pip's cache of no-such-thing", "no-such-thing"]);
    assert!(again.parts().is_empty(), "{again:?}");
}

#[test]
fn packages_of_node_are_estimated_one_by_one_and_go_when_they_are_pruned() {
    let packages: Vec<String> = (0..150).map(|at| format!("\"nothing-{at}\":\"1\"")).collect();
    let json = format!("{{\"dependencies\":{{{}}},\"devDependencies\":{{\"no-dev\":\"1\"}}}}", packages.join(","));
    let files = [("/package.json", json.as_str())];
    let start = "FROM node:22 AS b\nCOPY package.json .\nRUN npm install && npm cache clean --force\n";
    let (_, layer, said) = sizes(start, &files);
    assert_eq!((said.len(), said[20]), (21, "more-unlisted-packages"));
    assert_eq!((layer.parts().len(), layer.more_parts()), (100, 51));
    let (_, pruned, _) = sizes(&format!("{start}RUN npm prune --omit=dev\n"), &files);
    assert!(pruned.parts().is_empty(), "{pruned:?}");
    let copied = format!("{start}RUN npm prune --omit=dev\nFROM node:22\nCOPY --from=b /node_modules /m\n");
    let (_, copied, _) = sizes(&copied, &files);
    assert_eq!(copied.parts().len() + copied.more_parts(), 150);
    let (image, ..) = sizes("FROM node:22\nRUN npm install -g no-such-tool\n", &[]);
    assert_eq!(names(&image), ["npm's cache of no-such-tool", "no-such-tool"]);
    assert_eq!(image.honesty(), Honesty::Modelled);
}

#[test]
fn a_package_that_is_nearly_the_same_as_a_known_one_is_estimated_by_it() {
    let (image, ..) = sizes("FROM alpine:3.22\nRUN apk add --no-cache vnstat\n", &[]);
    let (low, high) = image.range().expect("a range that is narrow beside the image");
    assert!(low > 8_000_000 && high < 16_000_000, "{image:?}");
    assert_eq!(names(&image), ["vnstat"]);
    assert_eq!(image.parts()[0].code, Some("similar-package"));
    let (image, ..) = sizes("FROM debian:12-slim\nRUN apt-get update && apt-get install -y rdesktop\n", &[]);
    assert_eq!(image.honesty(), Honesty::Modelled);
}

#[test]
fn the_lists_of_a_release_that_was_not_measured_are_estimated() {
    let (image, ..) = sizes("FROM debian:10\nRUN sed -i s/deb/archive/ /etc/apt/sources.list && apt-get update\n", &[]);
    let (low, high) = image.range().unwrap();
    assert!(low > 110_000_000 && high < 160_000_000, "{image:?}");
    let (image, ..) = sizes("FROM ubuntu:22.04\nRUN apt-get update\n", &[]);
    assert!(image.range().is_some_and(|(low, high)| high > low), "{image:?}");
}

#[test]
fn a_command_of_no_installed_package_is_not_found() {
    let run = |script: &str| built(&format!("FROM alpine:3.22\nRUN {script}\n"));
    for script in
        ["apk add curl && jq --version", "apk add --no-cache build-base && nosuch-command", "apk add git; jq ."]
    {
        let error = run(script).error;
        assert!(error.as_ref().is_some_and(|error| error.message.contains("127")), "{script}: {error:?}");
    }
    for script in [
        "apk add curl jq && jq --version",
        "apk add nosuch-package && jq --version",
        "apk add go && jq --version",
        "apk add postgresql17-client && psql --version",
        "apk add busybox-extras && telnet",
        "apk add ./own.apk && jq --version",
        "apk add curl && cat /usr/share/curl/notes",
    ] {
        let error = run(script).error;
        assert!(error.is_none(), "{script}: {error:?}");
    }
}

/// What another repository brings is as large as in the release's own, more or less.
#[test]
fn packages_of_another_repository_are_estimated_by_those_of_the_release() {
    let other = "--repository https://dl-cdn.alpinelinux.org/alpine/edge/main";
    let mirror = "add -X https://x.y/alpine/edge/main git".to_string();
    for words in [format!("{other} add git"), format!("add git {other}"), mirror] {
        let (image, layer, said) = sizes(&format!("FROM alpine:3.22\nRUN apk --no-cache {words}\n"), &[]);
        assert_eq!(said, Vec::<&str>::new(), "{words}");
        let (low, high) = (layer.bounds().low, layer.bounds().high.unwrap());
        let (own, ..) = sizes("FROM alpine:3.22\nRUN apk --no-cache add git\n", &[]);
        let own = own.bytes().unwrap() - 8_500_000;
        assert!(low < own && own < high + 500_000 && image.bounds().high.is_some(), "{words}: {layer:?} {own}");
    }
    let (image, _, said) = sizes("FROM alpine:3.22\nRUN apk --no-cache add -X https://x.y/z git\n", &[]);
    assert_eq!((image.bounds().high, said), (None, vec!["unmodelled-command"]));
}

/// A package that a list of the very release has is known but for the rounding.
#[test]
fn a_package_that_only_a_list_of_sizes_has_is_nearly_known() {
    let text = "FROM debian:bullseye-slim\nRUN apt-get update && apt-get install -y --no-install-recommends gimp";
    let (image, layer, said) = sizes(&format!("{text} && rm -rf /var/lib/apt/lists/*\n"), &[]);
    assert_eq!((image.honesty(), said), (Honesty::Modelled, vec!["unlisted-package"]));
    let bounds = layer.bounds();
    assert!(bounds.low > 150_000_000 && bounds.high.unwrap() < 600_000_000, "{bounds:?}");
}

/// The folder that describes an installed project has nothing that is not weighed.
#[test]
fn a_project_that_uv_installs_is_known_where_it_is_copied() {
    let manifest = "[project]\nname = \"demo\"\nversion = \"0.1.0\"\n[build-system]\nrequires = [\"hatchling\"]\n\
        build-backend = \"hatchling.build\"\n";
    let lock = "version = 1\n[[package]]\nname = \"demo\"\nversion = \"0.1.0\"\nsource = { editable = \".\" }\n";
    let text = "FROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim AS build\nWORKDIR /app\nCOPY . .\n\
        RUN uv sync --frozen --no-cache\nFROM debian:12-slim\nCOPY --from=build /app /app\n";
    let files = [("/pyproject.toml", manifest), ("/uv.lock", lock), ("/demo.py", "")];
    let (_, layer, _) = sizes(text, &files);
    assert!(layer.bounds().high.is_some(), "{layer:?}");
}
