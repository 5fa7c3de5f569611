//! `docker build`.

use super::{Call, Docker, note};
use crate::build::{self, Images, Request};
use crate::engine::Builder;
use crate::fs::{Content, path};
use crate::host::store::{Snapshot, Store};
use crate::host::subtree;
use crate::image::{Reference, short_id};
use crate::plan::Base;
use crate::shell::{Gap, Shell};

impl Docker {
    pub(super) fn build(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let words = &call.words;
        let directory = words.operand();
        if directory == "-" || directory.contains("://") || directory.starts_with("git@") {
            note(shell, "docker-option-ignored", format!("docker build {directory}"));
            return 1;
        }
        let place = match shell.fs.stat(&shell.cwd, directory) {
            Ok((place, node)) if node.is_dir() => place,
            _ => {
                shell.err(format!("unable to prepare context: path \"{directory}\" not found\n"));
                return 1;
            }
        };
        let context = subtree(&shell.fs, &place);
        let name = words.last("file").map_or_else(|| "Dockerfile".to_string(), str::to_string);
        // -f is relative to where the command runs; the engine gets the name inside the context.
        let file = if words.last("file").is_some() { path::join(&shell.cwd, &name) } else { path::join(&place, &name) };
        let text = shell.fs.stat("/", &file).ok().and_then(|(_, node)| node.content()?.bytes().map(<[u8]>::to_vec));
        let Some(text) = text else {
            shell.err(format!("unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat {file}: no such file or directory\n"));
            return 1;
        };
        let mut store = self.lock();
        let mut tags: Vec<String> = Vec::new();
        for tag in words.all("tag") {
            if let Err(error) = Reference::parse(tag) {
                let error = format!("invalid argument \"{tag}\" for \"-t, --tag\" flag: {error}");
                drop(store);
                return call.option_error(shell, &error);
            }
            tags.push(tag.to_string());
        }
        let build_args = words
            .all("build-arg")
            .filter_map(|pair| match pair.split_once('=') {
                Some((name, value)) => Some((name.to_string(), value.to_string())),
                // A name alone takes the value of the host's environment.
                None => Some((pair.to_string(), shell.var(pair)?.to_string())),
            })
            .collect();
        let request = Request {
            dockerfile: String::from_utf8_lossy(&text).into_owned(),
            name: file.strip_prefix(&format!("{place}/")).unwrap_or(&name).to_string(),
            context,
            target: words.last("target").map(str::to_string),
            build_args,
            has_secrets: words.ignored.iter().any(|option| option == "--secret"),
            platform: words.last("platform").unwrap_or("linux/amd64").to_string(),
            tags: tags.clone(),
            as_of: store.as_of,
            engine: store.engine.clone(),
            builder: store.builder,
            continues_after_failure: false,
            assume_context: store.assumes_context,
        };
        let local = store.snapshot();
        let catalogue = store.catalogue.clone();
        let mut fresh = build::Cache::new();
        let built = if words.has("no-cache") {
            build::build(&request, &catalogue, &local, &mut fresh)
        } else {
            build::build(&request, &catalogue, &local, &mut store.cache)
        };
        let (out, err) = build::progress(&request, &built);
        if words.has("quiet") {
            shell.out(built.image.as_ref().map(|image| format!("{}\n", image.id)).unwrap_or_default());
        } else {
            shell.out(out);
        }
        shell.err(err);
        if !built.assumed.is_empty() {
            let paths: Vec<&str> = built.assumed.iter().map(|file| file.path.as_str()).collect();
            shell.gaps.push(Gap { code: "assumed-build-files", what: paths.join(", ") });
        }
        for remark in &built.diagnostics {
            if let Some((_, what)) = remark.params.iter().find(|(name, _)| *name == "what") {
                // Of a command of the host the same gap has other words.
                let code = if remark.code == "unmodelled-command" { "unmodelled-build-command" } else { remark.code };
                shell.gaps.push(Gap { code, what: what.clone() });
            }
        }
        keep_base_images(&mut store, &built, &local);
        let Some(image) = built.image else {
            return built.error.map_or(1, |error| error.exit_code);
        };
        if let Some(file) = words.last("iidfile") {
            let place = path::join(&shell.cwd, file);
            let _ = shell.fs.write(&place, Content::inline(image.id.as_bytes()), 0o600, 0, 0);
        }
        if tags.is_empty() {
            let untagged =
                Reference { repository: "<none>".into(), tag: short_id(&image.id).to_string(), digest: None };
            store.tag(untagged, image.clone());
        }
        for tag in tags {
            if let Ok(reference) = Reference::parse(&tag) {
                store.tag(reference, image.clone());
            }
        }
        0
    }
}

/// Adds the base images that the classic builder has pulled to the store.
fn keep_base_images(store: &mut Store, built: &build::Built, local: &Snapshot) {
    let Some(plan) = &built.plan else { return };
    if store.builder != Builder::Classic {
        return;
    }
    for stage in plan.stages.iter().filter(|stage| stage.built) {
        if let Base::Image(reference) = &stage.base
            && local.find(reference).is_none()
            && let Ok(image) = store.catalogue.image(reference, store.day())
        {
            // A base image is older than the image built from it, so it is listed below.
            store.tags.insert(0, (reference.clone(), image));
        }
    }
}
