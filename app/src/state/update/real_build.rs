//! Real builds: what is sent to the server, and the simulation that the result is compared with.

use crate::i18n::say;
use crate::state::effect::Effect;
use crate::state::model::Model;
use crate::state::real_build::{RealBuildEffect, RealBuildMsg, ServerState};
use crate::state::server_problem::{connection_problem, problem_text};
use stageplay_protocol::{RealBuildRequest, Request};
use stageplay_report::api::{BuildStatus, Problem};

impl Model {
    pub(super) fn update_real_build(&mut self, msg: RealBuildMsg) -> Vec<Effect> {
        let effects = match msg {
            RealBuildMsg::EngineAnswered(answer) => {
                self.real_builds.server = match *answer {
                    Ok(engine) => ServerState::Connected(engine),
                    Err(problem) => ServerState::Unreachable(problem),
                };
                Vec::new()
            }
            RealBuildMsg::QueryEngine => {
                self.real_builds.server = ServerState::Connecting;
                vec![RealBuildEffect::QueryEngine]
            }
            RealBuildMsg::Start => return self.start_real_build(),
            RealBuildMsg::Accepted(number, answer) => self.real_builds.on_accepted(number, answer),
            RealBuildMsg::Event(number, event_number, event) => self.real_builds.on_event(number, event_number, event),
            RealBuildMsg::StreamLost(number) => {
                let problem = connection_problem(say(self.language, "page.server-lost", &[]));
                return self.take_real_build_status(number, Err(problem));
            }
            RealBuildMsg::StatusFetched(number, status) => return self.take_real_build_status(number, *status),
            RealBuildMsg::Cancel => {
                let id = self.real_builds.build.as_ref().and_then(|build| build.id.clone());
                id.into_iter().map(RealBuildEffect::Cancel).collect()
            }
            RealBuildMsg::Calibrate => {
                self.real_builds.is_calibrating = true;
                let names = self.outcome.as_ref().map(|outcome| outcome.base_names.clone()).unwrap_or_default();
                vec![RealBuildEffect::FetchFacts(names)]
            }
            RealBuildMsg::FactsFetched(Ok(facts)) => {
                self.real_builds.is_calibrating = false;
                return self.ask(Request::AddFacts(facts));
            }
            RealBuildMsg::ForgetCalibration => return self.ask(Request::Calibrate(String::new())),
            RealBuildMsg::FactsFetched(Err(problem)) => {
                self.real_builds.is_calibrating = false;
                self.notice = Some(problem_text(self.language, &problem));
                Vec::new()
            }
        };
        effects.into_iter().map(Effect::RealBuild).collect()
    }

    /// The status of a build arrived: the build is over, and is compared with its simulation.
    fn take_real_build_status(&mut self, number: u32, status: Result<(BuildStatus, String), Problem>) -> Vec<Effect> {
        self.real_builds.on_status(number, status);
        self.compare_real_build()
    }

    /// Compares the last real build, once it has a report, with its simulation.
    pub(super) fn compare_real_build(&mut self) -> Vec<Effect> {
        let profile = self.real_builds.engine().and_then(|engine| engine.profile.clone()).unwrap_or_default();
        let Some(build) = &self.real_builds.build else { return Vec::new() };
        let Some(status) = build.status.clone() else { return Vec::new() };
        let (number, dockerfile, builder) = (build.number, build.dockerfile.clone(), build.builder.clone());
        let request = RealBuildRequest { number, dockerfile, builder, profile, status };
        self.ask(Request::CompareRealBuild(Box::new(request)))
    }

    fn start_real_build(&mut self) -> Vec<Effect> {
        let Some(engine) = self.real_builds.engine().filter(|_| !self.real_builds.is_busy()) else {
            return Vec::new();
        };
        let builders = engine.builders.clone();
        self.ask(Request::PrepareRealBuild(builders))
    }
}
