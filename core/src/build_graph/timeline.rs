//! The steps of a build in time. BuildKit runs stages side by side, and a stage waits only where it takes something from
//! another; the classic builder runs one step after the other.

use super::{EdgeKind, duration, uses};
use crate::build::{Built, Step};
use crate::engine::Builder;
use crate::image::{Image, Reference};
use crate::plan::{self, Base, Source};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A step, or the download of an image, in time.
#[derive(Clone, Debug, PartialEq)]
pub struct TimedStep {
    /// The index of the stage; `None` for the download of an image.
    pub stage: Option<usize>,
    /// The index of the step in [`Built::steps`]; `None` for a download.
    pub step: Option<usize>,
    /// The image that is downloaded, in familiar form.
    pub image: Option<String>,
    /// When it begins, in seconds from the start of the build.
    pub start: f64,
    /// How long it takes, in seconds: at least.
    pub seconds: f64,
    /// Whether the build takes longer if this does.
    pub is_critical: bool,
    /// The one that ends last of those that it waits for.
    after: Option<usize>,
}

/// The steps in time: nothing is cached.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// The downloads and the steps.
    pub steps: Vec<TimedStep>,
    /// The duration of the build in seconds.
    pub seconds: f64,
}

impl Timeline {
    fn end(&self, index: Option<usize>) -> f64 {
        index.and_then(|index| self.steps.get(index)).map_or(0.0, |step| step.start + step.seconds)
    }

    /// The later end of two.
    fn later(&self, one: Option<usize>, two: Option<usize>) -> Option<usize> {
        if two.is_some() && (one.is_none() || self.end(two) > self.end(one)) { two } else { one }
    }

    fn add(&mut self, mut step: TimedStep) -> usize {
        step.start = self.end(step.after);
        self.seconds = self.seconds.max(step.start + step.seconds);
        self.steps.push(step);
        self.steps.len() - 1
    }

    fn mark_critical(&mut self, last: Option<usize>) {
        let mut next = last;
        // What a step waits for was added before it, so this ends.
        while let Some(step) = next.and_then(|index| self.steps.get_mut(index)) {
            step.is_critical = true;
            next = step.after;
        }
    }
}

/// The steps of a build in time, from nothing. `image` finds an image of a reference, whose download takes time.
pub fn timeline(built: &Built, builder: Builder, image: &dyn Fn(&Reference) -> Option<Arc<Image>>) -> Timeline {
    let mut timeline = Timeline::default();
    let Some(plan) = &built.plan else { return timeline };
    let is_classic = builder == Builder::Classic;
    let mut by_stage: BTreeMap<usize, Vec<(usize, &Step)>> = BTreeMap::new();
    for (index, step) in built.steps.iter().enumerate().filter(|(_, step)| step.keyword != "FROM") {
        by_stage.entry(step.stage).or_default().push((index, step));
    }
    let mut pulls: BTreeMap<String, usize> = BTreeMap::new();
    let mut ends: BTreeMap<usize, Option<usize>> = BTreeMap::new();
    let mut last = None;
    // A stage that is defined later is a source only for old engines, and its files are those of its base.
    for stage in plan.stages.iter().filter(|stage| stage.built) {
        let mut pull = |timeline: &mut Timeline, reference: &Reference, last: Option<usize>| -> Option<usize> {
            let name = reference.to_string();
            if let Some(done) = pulls.get(&name) {
                return Some(*done);
            }
            let seconds = image(reference).map_or(0.0, |image| duration::pull_seconds(&image));
            let after = last.filter(|_| is_classic);
            let image = Some(name.clone());
            let step = TimedStep { stage: None, step: None, image, start: 0.0, seconds, is_critical: false, after };
            let index = timeline.add(step);
            pulls.insert(name, index);
            Some(index)
        };
        let mut ready = match &stage.base {
            Base::Scratch => None,
            Base::Stage(base) => ends.get(base).copied().flatten(),
            Base::Image(reference) => pull(&mut timeline, reference, last),
        };
        for (index, step) in by_stage.get(&stage.index).into_iter().flatten() {
            let instruction = stage.instructions.iter().find(|one| one.line == step.line);
            let mut after = if is_classic { timeline.later(ready, last) } else { ready };
            for used in instruction.into_iter().flat_map(uses) {
                let by_number = used.kind == EdgeKind::Copy;
                let source = match plan::source(plan, stage.index, &used.from, step.line, by_number) {
                    Ok(Source::Stage(other)) => ends.get(&other).copied().flatten(),
                    Ok(Source::Image(reference)) => pull(&mut timeline, &reference, last),
                    _ => None,
                };
                after = timeline.later(after, source);
            }
            let seconds = duration::step_seconds(step);
            let (stage, step) = (Some(stage.index), Some(*index));
            ready = Some(timeline.add(TimedStep {
                stage,
                step,
                image: None,
                start: 0.0,
                seconds,
                is_critical: false,
                after,
            }));
            last = ready;
        }
        last = timeline.later(last, ready);
        ends.insert(stage.index, ready);
    }
    let end = if is_classic { last } else { ends.get(&plan.target).copied().flatten() };
    timeline.mark_critical(end);
    timeline.seconds = timeline.end(end);
    timeline
}
