//! The simulation of the Dockerfile and of the start of its image: when missing files are assumed, and what is built.

use super::Session;
use crate::checks::CheckResults;
use crate::explorer::LayerSteps;
use stageplay_core::build::{Built, NoImages, Request as BuildRequest, holds_only_dockerfiles};
use stageplay_core::fs::Tree;
use stageplay_core::image::Image;
use stageplay_core::simulate::{Simulation, simulate};
use stageplay_core::words::say;
use std::sync::Arc;

impl Session {
    pub(super) fn build_request(&self, context: Tree, dockerfile_text: String) -> BuildRequest {
        let default = BuildRequest::new(dockerfile_text, context, self.engine.clone());
        let (assume_context, as_of) = (self.assumes_context, self.as_of);
        let pack = self.exercise.as_ref().map(|open| &open.pack);
        BuildRequest {
            name: self.dockerfile.clone(),
            builder: self.builder,
            target: pack.map_or_else(|| self.target.clone(), |pack| pack.target.clone()),
            build_args: pack.map(|pack| pack.build_args.clone()).unwrap_or_default(),
            assume_context,
            as_of,
            ..default
        }
    }

    /// Whether the workspace holds nothing but Dockerfiles and `.dockerignore`.
    pub(super) fn holds_only_dockerfiles(&self) -> bool {
        holds_only_dockerfiles(&self.host.context(), &self.dockerfile)
    }

    /// Simulates the build of the Dockerfile and the start of its image, and updates what depends on them.
    pub(super) fn simulate(&mut self) {
        let text = self.file_text(&self.dockerfile).unwrap_or_default();
        let context = self.host.context();
        // A lesson has the files that it needs, and may be about one that is missing.
        self.assumes_context |= self.holds_only_dockerfiles();
        self.assumes_context &= self.lesson.is_none() && self.exercise.is_none();
        self.exercise_changed();
        let arguments = self.exercise.as_ref().map(|open| open.pack.arguments.clone()).unwrap_or_default();
        let request = self.build_request(context, text);
        let store = self.host.store();
        let done = match store.lock() {
            Ok(mut store) => {
                for (reference, image) in &self.dropped_images {
                    store.load(reference.clone(), image.clone());
                }
                let images = store.snapshot();
                // The page has a cache of its own, because an edit does not fill the cache of `docker build`.
                let mut cache = std::mem::take(&mut store.page_cache);
                if let Some(opened) = self.unbuilt.take_if(|opened| opened.dockerfile != request.dockerfile) {
                    let before = cache.clone();
                    let done = simulate(&opened, None, &self.catalogue, &images, &mut cache);
                    if is_lacking_images(&done) {
                        (cache, self.unbuilt) = (before, Some(opened));
                    } else {
                        self.build_cache.update(&done.built, self.builder);
                        self.stage_trees = stage_trees(&done.built, std::mem::take(&mut self.stage_trees));
                    }
                }
                let before = cache.clone();
                let done = simulate(&request, Some(&arguments), &self.catalogue, &images, &mut cache);
                if is_lacking_images(&done) {
                    // It is no build that fills the engine's build cache: it goes on when the data arrived.
                    cache = before;
                }
                let results =
                    cache.without_recording(|cache| CheckResults::run(&request, &self.catalogue, &images, cache));
                self.check_results = Some(results);
                self.compared.update(&done, &mut |request| {
                    let catalogue = &self.catalogue;
                    cache.without_recording(|cache| simulate(request, Some(&arguments), catalogue, &images, cache))
                });
                store.page_cache = cache;
                done
            }
            Err(_) => simulate(&request, Some(&arguments), &self.catalogue, &NoImages, &mut Default::default()),
        };
        if !is_lacking_images(&done) {
            self.build_cache.update(&done.built, self.builder);
            self.is_built = true;
            self.unbuilt.take_if(|opened| opened.dockerfile == request.dockerfile);
        } else if !self.is_built && self.unbuilt.is_none() {
            self.unbuilt = Some(request);
        }
        self.stage_trees = stage_trees(&done.built, std::mem::take(&mut self.stage_trees));
        if done.built.gave_up {
            let words = say::<&str>(self.language, "page.gave-up", &[]);
            self.notice(words);
        }
        if let Some(image) = &done.built.image {
            let target = done.built.plan.as_ref().map_or(0, |plan| plan.target);
            self.last_image = Some((image.clone(), LayerSteps::of(image, &done.built, target)));
        }
        self.simulation = Some(done);
        self.refresh_explorer();
        (self.matrix, self.edit_plays) = (None, None);
        self.has_new_outcome = true;
    }
}

/// The files at the end of each stage. A Dockerfile that cannot be parsed leaves those of the build before.
fn stage_trees(built: &Built, before: Vec<Option<Tree>>) -> Vec<Option<Tree>> {
    if built.stages.is_empty() {
        return before;
    }
    let tree = |image: &Option<Arc<Image>>| image.as_ref().map(|image| image.tree.clone());
    let old = before.into_iter().chain(std::iter::repeat(None));
    built.stages.iter().zip(old).map(|(new, old)| tree(new).or(old)).collect()
}

/// Whether the build ended because data about a base image is not loaded.
pub(super) fn is_lacking_images(done: &Simulation) -> bool {
    done.built.error.as_ref().is_some_and(|error| error.code == "images-not-loaded")
}
