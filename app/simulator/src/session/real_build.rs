//! Real builds: their requests, and the comparison with their simulation.

use super::Session;
use crate::build_upload::context_files;
use stageplay_core::api;
use stageplay_core::base_images::newest_day;
use stageplay_core::build::{Images, NoImages, Request};
use stageplay_core::compare::compare;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::report::{BuildReport, build_report};
use stageplay_core::simulate::simulate;
use stageplay_core::words::say;
use stageplay_protocol::{Event, RealBuildRequest};

impl Session {
    /// Writes the request of a real build of the workspace. `builders` are those of the engine.
    pub(super) fn prepare_real_build(&mut self, builders: &[String]) {
        let request = context_files(&self.host.context(), &self.dockerfile).map(|files| {
            let dockerfile = self.file_text(&self.dockerfile).unwrap_or_default();
            let builder = builders.iter().find(|builder| **builder == self.builder.as_str()).cloned();
            let target = self.target.clone();
            api::BuildRequest { dockerfile, files, builder, target, run: true, ..api::BuildRequest::default() }
        });
        if request.is_ok() {
            self.real_context = Some(self.host.context());
        }
        let language = self.language;
        self.tell(Event::RealBuild(match request {
            Ok(request) => Ok((serde_json::to_string(&request).unwrap_or_default(), request.dockerfile)),
            Err(path) => Err(say(language, "page.not-whole", &[("name", &path)])),
        }));
    }

    /// Compares a real build that has a report with the simulation of the same files.
    pub(super) fn compare_real_build(&mut self, build: RealBuildRequest) {
        let status: Option<api::BuildStatus> = serde_json::from_str(&build.status).ok();
        let Some(real) = status.and_then(|status| status.report) else { return };
        let simulated = self.simulate_real_build(&build);
        self.tell(Event::Compared(build.number, compare(&simulated, &real, self.language)));
    }

    /// Simulates a real build with the profile of its engine and its builder.
    fn simulate_real_build(&self, build: &RealBuildRequest) -> BuildReport {
        let engine = EngineProfile::find(&build.profile).unwrap_or_else(|| self.engine.clone());
        let builder = build.builder.as_deref().and_then(Builder::parse).unwrap_or(self.builder);
        let context = self.real_context.clone().unwrap_or_else(|| self.host.context());
        let default = self.build_request(context, build.dockerfile.clone());
        // A real engine of any age pulls what a tag means today.
        let request = Request { engine, builder, as_of: Some(newest_day()), ..default };
        let store = self.host.store();
        let snapshot = store.lock().ok().map(|store| store.snapshot());
        let images: &dyn Images = match &snapshot {
            Some(images) => images,
            None => &NoImages,
        };
        build_report(&simulate(&request, Some(&[]), &self.catalogue, images, &mut Default::default()), self.language)
    }
}
