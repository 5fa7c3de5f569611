//! The engines' own messages for a build that fails. They are quoted to the letter.

use super::{BuildError, Request, old_frontend};
use crate::base_images::{Missing, NotFound};
use crate::dockerfile::ParseError;
use crate::engine::Builder;
use crate::plan::PlanError;

fn is_classic(request: &Request) -> bool {
    request.builder == Builder::Classic
}

/// The prefix that BuildKit's clients put in front of an error of the build.
pub(super) fn solve_prefix(request: &Request) -> &'static str {
    match (request.builder, request.engine.major()) {
        (Builder::Classic, _) => "",
        (_, ..23) => "",
        _ => "failed to solve: ",
    }
}

pub(super) fn parse_error(error: &ParseError, request: &Request) -> String {
    // "did you mean" came with BuildKit 0.14, "on line" with Docker 23.
    let old = request.engine.major() < 23;
    let message =
        if old { error.message.split(" (did you mean").next().unwrap_or(&error.message) } else { &error.message };
    let in_old_words = old_frontend::old_words(message).filter(|_| old);
    let message = in_old_words.as_deref().unwrap_or(message);
    let frontend = "failed to solve with frontend dockerfile.v0: failed to create LLB definition: ";
    match (request.engine.major(), request.builder, error.line.filter(|_| error.typed)) {
        (..18, _, Some(line)) => {
            format!("Error response from daemon: Dockerfile parse error line {line}: {}", capitalised(message))
        }
        (..23, Builder::Classic, Some(line)) => {
            format!("Error response from daemon: dockerfile parse error line {line}: {message}")
        }
        (..23, Builder::Buildkit, Some(line)) => {
            format!("{frontend}dockerfile parse error line {line}: {message}")
        }
        (..23, Builder::Buildkit, None) => format!("{frontend}{message}"),
        (..23, Builder::Classic, None) if message.starts_with("file with no") => {
            format!("Error response from daemon: the Dockerfile ({}) cannot be empty", request.name)
        }
        (..23, Builder::Classic, None) => format!("Error response from daemon: {message}"),
        _ => format!("failed to solve: {error}"),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

pub(super) fn plan_error(error: &PlanError, request: &Request) -> String {
    match (request.engine.major(), request.builder) {
        (_, Builder::Classic) => format!("Error response from daemon: {}", error.message),
        (..23, _) => {
            format!("failed to solve with frontend dockerfile.v0: failed to create LLB definition: {}", error.message)
        }
        _ => format!("failed to solve: {}", error.message),
    }
}

/// The message for a `--from` that names no stage and no image.
pub(super) fn invalid_from(error: &PlanError, from: &str, stage: usize, request: &Request) -> String {
    if !is_classic(request) {
        return format!("{}{}", solve_prefix(request), error.message);
    }
    let reason = match from.parse::<usize>() {
        Ok(index) if index == stage => "refers to current build stage",
        Ok(_) => "index out of bounds",
        Err(_) => &error.message,
    };
    format!("invalid from flag value {from}: {reason}")
}

pub(super) fn needs_buildkit(flag: &str) -> String {
    format!(
        "the --{flag} option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled"
    )
}

/// The message for a reference that a registry does not have.
///
/// The words for a missing repository, tag and platform are those of Docker's registry and of containerd's resolver.
/// BuildKit adds a stage or a common image whose name is near (`dockerfile2llb`, `commonImageNames`).
pub(super) fn image_not_found<'a>(
    missing: &NotFound,
    stages: impl Iterator<Item = &'a str>,
    request: &Request,
) -> String {
    /// The repositories that BuildKit suggests; of the full names it leaves out a slash.
    const COMMON: [&str; 7] = ["alpine", "busybox", "centos", "debian", "golang", "ubuntu", "fedora"];
    let reference = &missing.reference;
    let (name, full) = (&reference.repository, reference.exact());
    let major = request.engine.major();
    if request.builder == Builder::Classic {
        return pull_refused(missing, major, &request.platform);
    }
    let denied = "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed";
    let reason = match missing.missing {
        Missing::Repository => denied.to_string(),
        Missing::Tag => format!("{full}: not found"),
        Missing::Platform => "no match for platform in manifest: not found".to_string(),
    };
    if major < 23 {
        let frontend = "failed to solve with frontend dockerfile.v0: failed to create LLB definition: ";
        return match missing.missing {
            Missing::Repository => format!("{frontend}{denied} ({full})"),
            _ => format!("{frontend}{reason}"),
        };
    }
    let written = if reference.tag == "latest" { name.clone() } else { reference.to_string() };
    let common = COMMON.iter().map(|name| name.to_string()).chain(COMMON.iter().map(|name| format!("{name}:latest")));
    let options: Vec<String> = stages.map(str::to_string).chain(common).collect();
    let near = crate::dockerfile::text::suggestion(&written, options.iter().map(String::as_str));
    let hint = near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
    format!("failed to solve: {written}: failed to resolve source metadata for {full}: {reason}{hint}")
}

/// Why the engine of a major release cannot pull an image for a platform.
pub(crate) fn pull_refused(missing: &NotFound, major: u32, platform: &str) -> String {
    let reference = &missing.reference;
    let name = &reference.repository;
    match (missing.missing, major) {
        (Missing::Repository, ..18) => {
            format!("pull access denied for {name}, repository does not exist or may require 'docker login'")
        }
        (Missing::Repository, _) => format!(
            "pull access denied for {name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"
        ),
        (Missing::Tag, ..18) => format!("manifest for {reference} not found"),
        (Missing::Tag, _) => format!("manifest for {reference} not found: manifest unknown: manifest unknown"),
        (Missing::Platform, _) => format!("no matching manifest for {platform} in the manifest list entries"),
    }
}

pub(super) fn run_failed(argv: &[String], code: i32, request: &Request, line: usize) -> BuildError {
    let command = argv.join(" ");
    let classic = is_classic(request);
    let message = match (classic, request.engine.major()) {
        (true, _) => format!("The command '{command}' returned a non-zero code: {code}"),
        (false, ..23) => format!("executor failed running [{command}]: exit code: {code}"),
        (false, _) => format!("failed to solve: process {command:?} did not complete successfully: exit code: {code}"),
    };
    BuildError { code: "run-failed", message, line: Some(line), exit_code: if classic { code } else { 1 } }
}

/// The client does not give a secret that a mount requires (GetSecret of BuildKit's session/secrets).
pub(super) fn secret_not_found(id: &str, request: &Request, line: usize) -> BuildError {
    let message = format!("{}secret {id}: not found", solve_prefix(request));
    BuildError::on_line("secret-not-found", message, line)
}

/// The container of a RUN could not start its first program.
pub(super) fn run_not_started(argv: &[String], reason: &str, request: &Request, line: usize) -> BuildError {
    let program = argv.first().map_or("", String::as_str);
    let message = match (is_classic(request), request.engine.major()) {
        (true, ..18) => format!(
            "oci runtime error: container_linux.go:265: starting container process caused \"exec: \\\"{program}\\\": {reason}\"\n"
        ),
        (true, _) => format!(
            "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"{program}\": {reason}: unknown"
        ),
        (false, ..23) => {
            format!("executor failed running [{}]: runc did not terminate sucessfully: exit status 1", argv.join(" "))
        }
        (false, _) => {
            format!("failed to solve: process {:?} did not complete successfully: exit code: 127", argv.join(" "))
        }
    };
    BuildError::on_line("run-not-started", message, line)
}

pub(super) fn copy_not_found(
    keyword: &str,
    source: &str,
    from_stage: bool,
    request: &Request,
    line: usize,
) -> BuildError {
    let relative = source.trim_start_matches('/');
    let message = match (is_classic(request), request.engine.major(), from_stage) {
        (true, ..18, _) => format!("{keyword} failed: stat {source}: no such file or directory"),
        (true, _, false) => format!(
            "{keyword} failed: file not found in build context or excluded by .dockerignore: stat {relative}: file does not exist"
        ),
        (true, _, true) => format!("{keyword} failed: stat {relative}: file does not exist"),
        (false, ..23, _) => {
            format!("failed to compute cache key: \"{source}\" not found: not found")
        }
        (false, ..) => format!(
            "failed to solve: failed to compute cache key: failed to calculate checksum of ref: \"{source}\": not found"
        ),
    };
    BuildError::on_line("copy-not-found", message, line)
}

/// The user of a RUN is not in the image's passwd file.
pub(super) fn unknown_user(user: &str, request: &Request, line: usize) -> BuildError {
    let message = format!("{}unable to find user {user}: no matching entries in passwd file", solve_prefix(request));
    BuildError::on_line("unknown-user", message, line)
}

/// An image has as many layers as Docker makes.
pub(super) fn max_depth_exceeded(request: &Request, line: usize) -> BuildError {
    BuildError::on_line("too-many-layers", format!("{}max depth exceeded", solve_prefix(request)), line)
}

/// The classic builder came to the end without a step that makes an image.
pub(super) fn no_image() -> BuildError {
    let message = "No image was generated. Is your Dockerfile empty?".to_string();
    BuildError { code: "no-image", message, line: None, exit_code: 1 }
}

pub(super) fn invalid_chmod(mode: &str, request: &Request, line: usize) -> BuildError {
    let prefix = solve_prefix(request);
    let message =
        format!("{prefix}invalid chmod parameter: '{mode}'. it should be octal string and between 0 and 07777");
    BuildError::on_line("invalid-mode", message, line)
}

/// The classic builder found nothing for a pattern.
pub(super) fn no_source_files(keyword: &str, line: usize) -> BuildError {
    BuildError::on_line("copy-not-found", format!("{keyword} failed: no source files were specified"), line)
}

/// The destination of several sources is not written as a directory, which the classic builder refuses.
pub(super) fn several_sources(keyword: &str, line: usize) -> BuildError {
    let message = format!(
        "When using {keyword} with more than one source file, the destination must be a directory and end with a /"
    );
    BuildError::on_line("copy-destination", message, line)
}

pub(super) fn invalid_signal(signal: &str, line: usize) -> BuildError {
    BuildError::on_line("invalid-signal", format!("Invalid signal: {signal}"), line)
}
