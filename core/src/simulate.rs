//! The whole chain in one call: build, start, fixes, hints.

use crate::base_images::Catalogue;
use crate::build::{self, Built, Cache, Images, Request};
use crate::explain::{self, BuildHint, FailedBuild, Fix, Proof};
use crate::hints::{self, Hint};
use crate::image_start::{self, Run};

/// The result of one request.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// The request.
    pub request: Request,
    /// The build.
    pub built: Built,
    /// The start, if one was requested and the build made an image.
    pub run: Option<Run>,
    /// Hints about an image that starts.
    pub hints: Vec<Hint>,
    /// Proven fixes, if a RUN ends the build or the start fails.
    pub fixes: Vec<Fix>,
    /// What is said of a RUN that ends the build, beside the engine's message.
    pub build_hint: Option<BuildHint>,
    /// The name of a package index that may know a fix and is not loaded.
    pub missing_index: Option<&'static str>,
}

/// Builds, and starts the result with `args` if `run` says so.
///
/// ```
/// use stageplay_core::{build::*, engine::EngineProfile, exec::Verdict, fs::Tree, base_images::Catalogue, simulate::simulate};
/// let engine = EngineProfile::find("docker-28").unwrap();
/// let request = Request::new("FROM alpine\nCMD [\"echo\", \"hi\"]\n", Tree::new(), engine);
/// let done = simulate(&request, Some(&[]), &Catalogue::builtin(), &NoImages, &mut Cache::new());
/// let run = done.run.unwrap();
/// assert_eq!((run.verdict, run.stdout.as_str()), (Verdict::Starts, "hi\n"));
/// ```
pub fn simulate(
    request: &Request,
    run: Option<&[String]>,
    catalogue: &Catalogue,
    images: &dyn Images,
    cache: &mut Cache,
) -> Simulation {
    let built = build::build(request, catalogue, images, cache);
    let mut started = match (run, &built.image) {
        (Some(args), Some(image)) => Some(image_start::start(image, args, &request.engine)),
        _ => None,
    };
    if let Some(started) = started.as_mut().filter(|_| request.assume_context) {
        started.assume();
    }
    let args = run.unwrap_or(&[]);
    let mut prove = |text: &str| {
        let fixed = Request { dockerfile: text.to_string(), ..request.clone() };
        let built = cache.without_recording(|cache| build::build(&fixed, catalogue, images, cache));
        let image = built.image?;
        let started = image_start::start(&image, args, &fixed.engine);
        Some(Proof { verdict: started.verdict, size: image.size() })
    };
    let (mut fixes, mut missing_index, mut build_hint) = (Vec::new(), None, None);
    if built.error.is_some() && run.is_some() && !built.gave_up {
        let failed = explain::failed_build(request, &built, catalogue, &mut prove);
        FailedBuild { hint: build_hint, fixes, missing_index } = failed;
    }
    if let Some(started) = started.as_ref().filter(|run| run.cause.is_some() && !built.gave_up) {
        (fixes, missing_index) = explain::fixes(request, &built, started, catalogue, &mut prove);
    }
    let hints = match (&built.image, &started) {
        (Some(image), Some(run)) => hints::hints(image, run),
        _ => Vec::new(),
    };
    Simulation { request: request.clone(), built, run: started, hints, fixes, build_hint, missing_index }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::NoImages;
    use crate::engine::EngineProfile;
    use crate::exec::Verdict;
    use crate::fs::Tree;

    /// The start of an image whose files are assumed: its verdict, and what it was taken for granted of.
    fn start_with_assumed_files(text: &str) -> (Verdict, Vec<(&'static str, String)>) {
        let engine = EngineProfile::find("docker-28").unwrap();
        let request = Request { assume_context: true, ..Request::new(text, Tree::new(), engine) };
        let done = simulate(&request, Some(&[]), &Catalogue::builtin(), &NoImages, &mut Cache::new());
        assert_eq!(done.built.error, None, "{text}");
        let run = done.run.unwrap();
        (run.verdict, run.assumed)
    }

    #[test]
    fn an_interpreter_starts_with_a_main_file_that_is_assumed() {
        for (base, cmd, file) in [
            ("node:22", r#"["node","dist/server"]"#, "/app/dist/server"),
            ("node:22", r#"["node","--enable-source-maps","server.js"]"#, "/app/server.js"),
            ("python:3.12", "python -u main.py --port 80", "/app/main.py"),
            ("eclipse-temurin:21", r#"["java","-Xmx1g","-jar","app.jar"]"#, "/app/app.jar"),
            ("mcr.microsoft.com/dotnet/aspnet:8.0", r#"["dotnet","Api.dll"]"#, "/app/Api.dll"),
            ("node:22", r#"["npm","start"]"#, "/app/package.json"),
        ] {
            let text = format!("FROM {base}\nWORKDIR /app\nCOPY . .\nCMD {cmd}\n");
            let (verdict, assumed) = start_with_assumed_files(&text);
            assert_eq!(verdict, Verdict::Starts, "{text}");
            assert_eq!(assumed.iter().map(|(_, what)| what.as_str()).collect::<Vec<_>>(), [file], "{text}");
        }
        let known = "FROM python:3.12\nRUN echo 'print(1)' > /main.py\nCMD [\"python\",\"/main.py\"]\n";
        assert_eq!(start_with_assumed_files(known), (Verdict::Starts, Vec::new()));
    }

    #[test]
    fn a_go_program_of_assumed_sources_may_need_the_loader_of_its_build_image() {
        let text = |settings: &str, base: &str| {
            format!(
                "FROM golang:1.22 AS b\nWORKDIR /src\n{settings}COPY . .\nRUN go build -o /app\nFROM {base}\n\
                 COPY --from=b /app /app\nCMD [\"/app\"]\n"
            )
        };
        let assumed = |code| (Verdict::Starts, vec![(code, "/app".to_string())]);
        assert_eq!(start_with_assumed_files(&text("", "alpine:3.19")), assumed("assumed-linking"));
        assert_eq!(start_with_assumed_files(&text("", "debian:12-slim")), assumed("unknown-content"));
        let settings = "ENV CGO_ENABLED=0\n";
        assert_eq!(start_with_assumed_files(&text(settings, "alpine:3.19")), assumed("unknown-content"));
    }
}
