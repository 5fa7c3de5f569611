//! The model's side of real builds: what is sent, and what is simulated beside it.

use super::Model;
use super::real::{self, Real, RealBuild, RealEffect, RealMsg, Server};
use stageplay_core::api::BuildRequest;
use stageplay_core::build::{NoImages, Request};
use stageplay_core::compare::compare;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::image::Catalogue;
use stageplay_core::plan::Base;
use stageplay_core::report::{BuildReport, build_report};
use stageplay_core::simulate::simulate;
use stageplay_core::words::say;

impl Model {
    pub(super) fn real(&mut self, msg: RealMsg) -> Vec<RealEffect> {
        match msg {
            RealMsg::Server(answer) => {
                self.real.server = match *answer {
                    Ok(engine) => Server::Is(engine),
                    Err(problem) => Server::Lost(problem),
                };
            }
            RealMsg::Ask => {
                self.real.server = Server::Asked;
                return vec![RealEffect::Ask];
            }
            RealMsg::Build => return self.build_for_real(),
            RealMsg::Accepted(number, answer) => return self.real.accepted(number, answer),
            RealMsg::Event(number, last, event) => return self.real.event(number, last, event),
            RealMsg::Broken(number) => {
                let problem = real::lost(say::<&str>(self.language, "page.server-lost", &[]));
                return self.real(RealMsg::Report(number, Box::new(Err(problem))));
            }
            RealMsg::Report(number, answer) => {
                let profile = real_engine(&self.real);
                let mut real = std::mem::take(&mut self.real);
                real.finished(number, *answer, |build| self.simulated_for(build, &profile), self.language);
                self.real = real;
            }
            RealMsg::Cancel => {
                return self.real.build.iter().filter_map(|build| build.id.clone()).map(RealEffect::Cancel).collect();
            }
            RealMsg::Calibrate => {
                let plan = self.simulation.as_ref().and_then(|done| done.built.plan.as_ref());
                let bases = plan.iter().flat_map(|plan| &plan.stages).filter(|stage| stage.built);
                let mut names: Vec<String> = bases
                    .filter_map(|stage| match &stage.base {
                        Base::Image(reference) => Some(reference.to_string()),
                        _ => None,
                    })
                    .collect();
                names.sort();
                names.dedup();
                self.real.calibrating = true;
                return vec![RealEffect::Facts(names)];
            }
            RealMsg::Facts(Ok(facts)) => {
                self.real.calibrating = false;
                let all = Catalogue::renewed(&facts, &self.real.calibration);
                return self.keep(all);
            }
            RealMsg::Forget => return self.keep(Ok(String::new())),
            RealMsg::Facts(Err(problem)) => {
                self.real.calibrating = false;
                self.notice = Some(real::words(&problem));
            }
        }
        Vec::new()
    }

    fn keep(&mut self, facts: Result<String, String>) -> Vec<RealEffect> {
        match facts.and_then(|facts| self.calibrate(&facts)) {
            Ok(()) => vec![RealEffect::Keep(self.real.calibration.clone())],
            Err(error) => {
                self.notice = Some(error);
                vec![]
            }
        }
    }

    /// Takes facts on base images over, in place of those that were, and simulates with them.
    ///
    /// # Errors
    /// A line that cannot be read; nothing changes.
    pub fn calibrate(&mut self, facts: &str) -> Result<(), String> {
        let mut catalogue = Catalogue::builtin();
        catalogue.add(facts)?;
        self.set_catalogue(catalogue);
        self.real.calibration = facts.to_string();
        self.simulate();
        // The comparison that is shown is with what is simulated now.
        if let Some(mut build) = self.real.build.take() {
            if let Some(real) = &build.report {
                let simulated = self.simulated_for(&build, &real_engine(&self.real));
                build.comparison = Some(compare(&simulated, real, self.language));
            }
            self.real.build = Some(build);
        }
        Ok(())
    }

    fn build_for_real(&mut self) -> Vec<RealEffect> {
        if self.real.is_busy() || self.real.engine().is_none() {
            return Vec::new();
        }
        match real::files(&self.host.context(), &self.dockerfile) {
            Ok(files) => {
                let dockerfile = self.text(&self.dockerfile).unwrap_or_default();
                let builder = self.real.engine().and_then(|engine| {
                    engine.builders.iter().find(|builder| **builder == self.builder.as_str()).cloned()
                });
                let request = BuildRequest { dockerfile, files, builder, run: true, ..BuildRequest::default() };
                vec![self.real.begin(&request, self.host.context())]
            }
            Err(path) => {
                self.notice = Some(say(self.language, "page.not-whole", &[("name", &path)]));
                Vec::new()
            }
        }
    }

    /// The same build as the real engine's profile and builder would have it.
    fn simulated_for(&self, build: &RealBuild, profile: &str) -> BuildReport {
        let engine = EngineProfile::find(profile).unwrap_or_else(|| self.engine.clone());
        let builder = build.builder.as_deref().and_then(Builder::parse).unwrap_or(self.builder);
        let (text, context) = build.asked.clone();
        let request = Request { engine, builder, ..self.request(context, text) };
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

/// The profile nearest to the real engine.
fn real_engine(real: &Real) -> String {
    real.engine().and_then(|engine| engine.profile.clone()).unwrap_or_default()
}
