//! The result of the last simulation, as the page shows it.

use super::Session;
use super::simulate::is_lacking_images;
use crate::build_cache::cache_steps;
use crate::cause_diagram::cause_diagram;
use crate::explorer::{largest_parts, layer_rows};
use crate::outcome::{base_names, without_entries};
use crate::stage_graph::{stage_graph, timeline};
use crate::start_walk::start_walk;
use stageplay_core::image::Reference;
use stageplay_core::report::{build_report, fix_reports};
use stageplay_core::simulate::Simulation;
use stageplay_core::words::say;
use stageplay_protocol::{LargePart, LayerRow, Outcome};

impl Session {
    /// The result of the last simulation in the language of the page.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        let done = self.simulation.as_ref()?;
        let language = self.language;
        let report = without_entries(build_report(done, language));
        let cause = done.run.as_ref().and_then(|run| run.cause.as_ref());
        let plan = done.built.plan.as_ref();
        let find = |reference: &Reference| self.find_image(reference);
        let timeline = timeline(&done.built, done.request.builder, &find);
        let graph = stage_graph(&done.built, &timeline, &find, self.language, &mut self.layout.borrow_mut());
        Some(Outcome {
            dockerfile: done.request.dockerfile.clone(),
            why: cause.map(|cause| say(language, &format!("cause.{}.why", cause.code()), &cause.params())),
            build_hint: done.build_hint.as_ref().map(|(id, params)| say(language, &format!("build-hint.{id}"), params)),
            build_fixes: if done.run.is_none() { fix_reports(done, language) } else { Vec::new() },
            checks: self.check_results.as_ref().map(|results| results.findings(language)).unwrap_or_default(),
            graph,
            timeline,
            changes: self.changes(),
            diagram: cause_diagram(done),
            cache: cache_steps(&self.build_cache, language),
            layers: self.target_layers(done),
            build_only: self.build_only_parts(done),
            start: start_walk(done),
            base_details: report.bases.iter().map(|base| self.base_details(&base.reference)).collect(),
            base_names: base_names(plan),
            starts_program: self.started_program().is_some(),
            holds_only_dockerfiles: self.holds_only_dockerfiles(),
            lacks_image_data: is_lacking_images(done),
            report,
        })
    }

    /// The largest parts of the image of the last simulation that only the build needs.
    fn build_only_parts(&self, done: &Simulation) -> Vec<LargePart> {
        let image = self.last_image.as_ref().filter(|_| done.built.image.is_some());
        image.map(|(image, steps)| largest_parts(image, steps, self.language)).unwrap_or_default()
    }

    /// The layers of the image of the last simulation; `None` if it made none.
    fn target_layers(&self, done: &Simulation) -> Option<Vec<LayerRow>> {
        done.built.image.as_ref()?;
        let (image, steps) = self.last_image.as_ref()?;
        Some(layer_rows(image, steps, None, self.language))
    }
}
