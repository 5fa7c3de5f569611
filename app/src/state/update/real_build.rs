//! Real builds: what is sent to the server, and the simulation that the result is compared with.

use crate::state::build_upload::context_files;
use crate::state::model::Model;
use crate::state::real_build::{RealBuild, RealBuildEffect, RealBuildMsg, RealBuilds, ServerState};
use crate::state::server_problem::{connection_problem, problem_text};
use stageplay_core::api::{BuildRequest, BuildStatus, Problem};
use stageplay_core::base_images::{Catalogue, newest_day};
use stageplay_core::build::{NoImages, Request};
use stageplay_core::compare::compare;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::plan::Base;
use stageplay_core::report::{BuildReport, build_report};
use stageplay_core::simulate::simulate;
use stageplay_core::words::say;

impl Model {
    pub(super) fn update_real_build(&mut self, msg: RealBuildMsg) -> Vec<RealBuildEffect> {
        match msg {
            RealBuildMsg::EngineAnswered(answer) => {
                self.real_builds.server = match *answer {
                    Ok(engine) => ServerState::Connected(engine),
                    Err(problem) => ServerState::Unreachable(problem),
                };
            }
            RealBuildMsg::QueryEngine => {
                self.real_builds.server = ServerState::Connecting;
                return vec![RealBuildEffect::QueryEngine];
            }
            RealBuildMsg::Start => return self.start_real_build(),
            RealBuildMsg::Accepted(number, answer) => return self.real_builds.on_accepted(number, answer),
            RealBuildMsg::Event(number, event_number, event) => {
                return self.real_builds.on_event(number, event_number, event);
            }
            RealBuildMsg::StreamLost(number) => {
                let problem = connection_problem(say::<&str>(self.language, "page.server-lost", &[]));
                self.take_real_build_status(number, Err(problem));
            }
            RealBuildMsg::StatusFetched(number, status) => self.take_real_build_status(number, *status),
            RealBuildMsg::Cancel => {
                let id = self.real_builds.build.as_ref().and_then(|build| build.id.clone());
                return id.into_iter().map(RealBuildEffect::Cancel).collect();
            }
            RealBuildMsg::Calibrate => {
                self.real_builds.is_calibrating = true;
                return vec![RealBuildEffect::FetchFacts(self.base_image_names())];
            }
            RealBuildMsg::FactsFetched(Ok(facts)) => {
                self.real_builds.is_calibrating = false;
                let facts = Catalogue::renewed(&facts, &self.real_builds.calibration);
                return self.apply_calibration(facts);
            }
            RealBuildMsg::ForgetCalibration => return self.apply_calibration(Ok(String::new())),
            RealBuildMsg::FactsFetched(Err(problem)) => {
                self.real_builds.is_calibrating = false;
                self.notice = Some(problem_text(&problem));
            }
        }
        Vec::new()
    }

    /// The images that the stages of the last simulation are built on, sorted.
    fn base_image_names(&self) -> Vec<String> {
        let plan = self.simulation.as_ref().and_then(|done| done.built.plan.as_ref());
        let stages = plan.iter().flat_map(|plan| &plan.stages).filter(|stage| stage.built);
        let mut names: Vec<String> = stages
            .filter_map(|stage| match &stage.base {
                Base::Image(reference) => Some(reference.to_string()),
                _ => None,
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// The status of a build arrived: the build is over, and is compared with its simulation.
    fn take_real_build_status(&mut self, number: u32, status: Result<BuildStatus, Problem>) {
        let profile = engine_profile(&self.real_builds);
        let mut builds = std::mem::take(&mut self.real_builds);
        builds.on_status(number, status, |build| self.simulate_real_build(build, &profile), self.language);
        self.real_builds = builds;
    }

    fn apply_calibration(&mut self, facts: Result<String, String>) -> Vec<RealBuildEffect> {
        match facts.and_then(|facts| self.calibrate(&facts)) {
            Ok(()) => vec![RealBuildEffect::SaveCalibration(self.real_builds.calibration.clone())],
            Err(error) => {
                self.notice = Some(error);
                vec![]
            }
        }
    }

    /// Simulates with the engine's facts on base images, one a line, in place of those before.
    ///
    /// # Errors
    /// A message that names the line that cannot be parsed; the model is unchanged.
    pub fn calibrate(&mut self, facts: &str) -> Result<(), String> {
        let mut catalogue = Catalogue::clone(&self.catalogue);
        catalogue.forget_added();
        catalogue.add(facts)?;
        self.set_catalogue(catalogue);
        self.real_builds.calibration = facts.to_string();
        self.simulate();
        // The comparison on the page is one with the new simulation.
        if let Some(mut build) = self.real_builds.build.take() {
            if let Some(real) = &build.report {
                let simulated = self.simulate_real_build(&build, &engine_profile(&self.real_builds));
                build.comparison = Some(compare(&simulated, real, self.language));
            }
            self.real_builds.build = Some(build);
        }
        Ok(())
    }

    fn start_real_build(&mut self) -> Vec<RealBuildEffect> {
        if self.real_builds.is_busy() || self.real_builds.engine().is_none() {
            return Vec::new();
        }
        match context_files(&self.host.context(), &self.dockerfile) {
            Ok(files) => {
                let dockerfile = self.file_text(&self.dockerfile).unwrap_or_default();
                let builder = self.real_builds.engine().and_then(|engine| {
                    engine.builders.iter().find(|builder| **builder == self.builder.as_str()).cloned()
                });
                let request = BuildRequest { dockerfile, files, builder, run: true, ..BuildRequest::default() };
                vec![self.real_builds.start(&request, self.host.context())]
            }
            Err(path) => {
                self.notice = Some(say(self.language, "page.not-whole", &[("name", &path)]));
                Vec::new()
            }
        }
    }

    /// Simulates a real build with the profile of its engine and its builder.
    fn simulate_real_build(&self, build: &RealBuild, profile: &str) -> BuildReport {
        let engine = EngineProfile::find(profile).unwrap_or_else(|| self.engine.clone());
        let builder = build.builder.as_deref().and_then(Builder::parse).unwrap_or(self.builder);
        let default = self.build_request(build.context.clone(), build.dockerfile.clone());
        // A real engine of any age pulls what a tag means today.
        let request = Request { engine, builder, as_of: Some(newest_day()), ..default };
        let store = self.host.store();
        let images = store.lock().ok().map(|store| store.snapshot());
        let run: Option<&[String]> = Some(&[]);
        let done = match &images {
            Some(images) => simulate(&request, run, &self.catalogue, images, &mut Default::default()),
            None => simulate(&request, run, &self.catalogue, &NoImages, &mut Default::default()),
        };
        build_report(&done, self.language)
    }
}

/// The id of the profile nearest to the real engine; empty if none is known.
fn engine_profile(builds: &RealBuilds) -> String {
    builds.engine().and_then(|engine| engine.profile.clone()).unwrap_or_default()
}
