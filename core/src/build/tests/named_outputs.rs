//! Places that options and variables name: a tool of which the outputs are not modelled may have written there.

use super::*;
use crate::measure::{Honesty, Size};
use std::sync::LazyLock;

/// Read once for the many builds of this file.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

fn build_of(text: &str) -> Built {
    let engine = EngineProfile::find("docker-28").unwrap();
    let mut context = Tree::new();
    let files: [(&str, &[u8]); 12] = [
        ("/app/package.json", b"{\"name\":\"a\",\"dependencies\":{\"ms\":\"2.1.3\"}}"),
        ("/app/package-lock.json", b"{\"name\":\"a\",\"lockfileVersion\":3,\"packages\":{\"\":{\"name\":\"a\",\"dependencies\":{\"ms\":\"2.1.3\"}},\"node_modules/ms\":{\"version\":\"2.1.3\"}}}"),
        ("/package.json", b"{\"name\":\"a\",\"dependencies\":{\"ms\":\"2.1.3\"}}"),
        ("/yarn.lock", b"# yarn lockfile v1\n\n\nms@2.1.3:\n  version \"2.1.3\"\n"),
        ("/index.ts", b"export const a = 1;\n"),
        ("/Gemfile", b"source 'https://rubygems.org'\ngem 'rack'\n"),
        ("/composer.json", b"{\"require\":{\"monolog/monolog\":\"^3\"}}"),
        ("/x.csproj", b"<Project Sdk=\"Microsoft.NET.Sdk.Web\"/>"),
        ("/mix.exs", b"defmodule X do\nend\n"),
        ("/go.mod", b"module example.org/x\n\ngo 1.27\n"),
        ("/main.go", b"package main\n\nfunc main() {\n\tprintln(\"hi\")\n}\n"),
        ("/cmd/b/main.go", b"package main\n\nfunc main() {\n\tprintln(\"b\")\n}\n"),
    ];
    for (place, bytes) in files {
        context.mkdir_all(crate::fs::path::parent(place), 0o755, 0, 0).unwrap();
        context.write(place, Content::inline(bytes), 0o644, 0, 0).unwrap();
    }
    let request = Request { builder: Builder::Buildkit, ..Request::new(text, context, engine) };
    build(&request, &CATALOGUE, &NoImages, &mut Cache::new())
}

fn size_of(text: &str) -> Size {
    let built = build_of(text);
    assert!(built.error.is_none(), "{text}: {:?}", built.error);
    built.image.unwrap().size()
}

/// The tool, what it is told, and the place that a later stage copies.
const OUTPUTS: [(&str, &str, &str); 27] = [
    ("python:3.13", "pip wheel -w /wheels six", "/wheels"),
    ("python:3.13", "pip wheel --wheel-dir=/wheels six", "/wheels"),
    ("python:3.13", "pip download -d /dl six", "/dl"),
    ("python:3.13", "pip install --root /r six", "/r"),
    ("python:3.13", "PYTHONUSERBASE=/ub pip install --user six", "/ub"),
    ("node:22", "npm install --prefix /deps ms", "/deps/node_modules"),
    ("node:22", "npm ci --prefix app", "/src/app/node_modules"),
    ("node:22", "yarn install --modules-folder /nm", "/nm"),
    ("node:22", "corepack enable && pnpm deploy --prod /prod", "/prod"),
    ("node:22", "npx tsc --outDir /dist", "/dist"),
    ("node:22", "npx vite build --outDir /site", "/site"),
    ("node:22", "npx esbuild --outfile=/o.js index.ts", "/o.js"),
    ("node:22", "npx ng build --output-path /x", "/x"),
    ("node:22", "DIST_DIR=/d npx webpack", "/d"),
    ("ruby:3.4", "BUNDLE_DEPLOYMENT=1 BUNDLE_PATH=/bundle bundle install", "/bundle"),
    ("ruby:3.4", "bundle config set --local path /gems && bundle install", "/gems"),
    ("ruby:3.4", "gem install --install-dir /gems rack", "/gems"),
    ("ruby:3.4", "gem install --user-install rack", "/root/.local/share/gem"),
    ("composer:2", "COMPOSER_VENDOR_DIR=/vendor composer install", "/vendor"),
    ("composer:2", "composer create-project laravel/laravel /app", "/app"),
    ("mcr.microsoft.com/dotnet/sdk:9.0", "dotnet publish /p:PublishDir=/pd", "/pd"),
    ("mcr.microsoft.com/dotnet/sdk:9.0", "dotnet publish --artifacts-path /art", "/art/publish"),
    ("elixir:1.18", "mix release --path /rel", "/rel/bin"),
    ("golang:1.27", "go build -o /bin2/ ./...", "/bin2/b"),
    ("golang:1.27", "GOBIN=/gobin go install ./cmd/b", "/gobin/b"),
    ("perl:5", "cpanm --local-lib /pl Try::Tiny", "/pl"),
    ("fedora:42", "dnf --installroot=/mnt/rootfs install -y bash", "/mnt/rootfs"),
];

#[test]
fn what_a_tool_was_told_to_write_may_be_there() {
    for (image, command, place) in OUTPUTS {
        let text = format!(
            "FROM {image} AS build\nWORKDIR /src\nCOPY . .\nRUN {command}\nRUN ls {place} && test -e {place}\nFROM scratch\nCOPY --from=build {place} /out\n"
        );
        let built = build_of(&text);
        assert!(built.error.is_none(), "{command}: {:?}", built.error);
        // What nothing was told to write is still known to be missing.
        let other = text.replace(&format!("RUN ls {place} && test -e {place}\n"), "");
        let other = other.replace(&format!("--from=build {place} "), "--from=build /elsewhere ");
        // What corepack brings is not known.
        assert!(build_of(&other).error.is_some() || command.starts_with("corepack"), "{command}");
        assert_ne!(built.image.unwrap().size().honesty(), Honesty::Exact, "{command}");
    }
}

#[test]
fn bytes_of_a_named_place_are_never_lost() {
    let rails = "FROM ruby:3.4 AS build\nENV BUNDLE_DEPLOYMENT=1 BUNDLE_PATH=/usr/local/bundle\nWORKDIR /rails\nCOPY Gemfile .\nRUN bundle install\nFROM scratch\nCOPY --from=build /usr/local/bundle /usr/local/bundle\n";
    assert_eq!(size_of(rails).honesty(), Honesty::Unknown);
    let own = "FROM ruby:3.4 AS build\nRUN mkdir /gems && gem install --install-dir /gems rack\nFROM scratch\nCOPY --from=build /gems /gems\n";
    assert_eq!(size_of(own).honesty(), Honesty::Unknown);
}

#[test]
fn wheels_have_the_sizes_of_the_index() {
    let collect =
        "FROM python:3.13-slim AS build\nRUN mkdir /wheels && pip wheel -w /wheels flask\nFROM python:3.13-slim\n";
    let alone = size_of("FROM python:3.13-slim\n").at_least();
    let copied = size_of(&format!("{collect}COPY --from=build /wheels /wheels\n"));
    let wheels = copied.at_least() - alone;
    assert_eq!(copied.honesty(), Honesty::Modelled);
    // flask 3.1 and the six packages that it needs: 0.4 MB of wheels (PyPI).
    assert!((300_000..700_000).contains(&wheels), "{wheels}");
    let installed =
        size_of(&format!("{collect}COPY --from=build /wheels /wheels\nRUN pip install --no-cache-dir /wheels/*\n"));
    let direct = size_of("FROM python:3.13-slim\nRUN pip install --no-cache-dir flask\n");
    assert_eq!(installed.honesty(), Honesty::Modelled);
    assert_eq!(installed.at_least() - wheels, direct.at_least());
}

#[test]
fn an_installation_in_another_folder_is_modelled() {
    let text = |command: &str, place: &str| {
        format!("FROM node:22 AS b\nWORKDIR /src\nCOPY . .\nRUN {command}\nFROM scratch\nCOPY --from=b {place} /\n")
    };
    let there = size_of(&text("cd app && npm ci", "/src/app/node_modules"));
    assert_eq!(there.honesty(), Honesty::Modelled);
    for (command, place) in
        [("npm ci --prefix app", "/src/app/node_modules"), ("npm -C app ci", "/src/app/node_modules")]
    {
        let size = size_of(&text(command, place));
        assert_eq!((size.at_least(), size.honesty()), (there.at_least(), there.honesty()), "{command}");
    }
    assert_eq!(size_of(&text("yarn install --modules-folder /nm", "/nm")).honesty(), Honesty::Modelled);
    let global = build_of("FROM node:22\nRUN npm install -g --prefix /opt/tools typescript && /opt/tools/bin/tsc -v\n");
    assert!(global.error.is_none(), "{:?}", global.error);
}
