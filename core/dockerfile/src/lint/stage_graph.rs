//! Stages and what each needs.

use super::{Place, Refusal, nowhere};
use crate::{Budget, Instruction, Kind, Lex, Mount, NoVariables};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A stage, or an image that a stage copies from.
pub(super) struct Stage<'t> {
    /// In lower case; empty if it has none.
    pub(super) name: String,
    /// What BuildKit calls it: its name, or `stage-` and its number.
    pub(super) shown: String,
    /// Variables replaced.
    pub(super) base_name: String,
    /// The stage it starts from.
    pub(super) base: Option<usize>,
    /// Operating system of its platform, if `--platform` says.
    pub(super) os: Option<String>,
    pub(super) place: Place,
    /// Its instructions, and what each takes files from.
    pub(super) steps: Vec<Step<'t>>,
    /// Stages that it takes files from, and the line of the instruction that does.
    pub(super) needs: BTreeMap<usize, usize>,
    /// Not in the file: an image named in `--from`.
    pub(super) unregistered: bool,
}

/// One instruction of a stage.
#[derive(Clone)]
pub(super) struct Step<'t> {
    pub(super) instruction: Cow<'t, Instruction<&'t str>>,
    pub(super) comments: &'t [&'t str],
    /// One for COPY with `--from`; one for each mount of RUN.
    pub(super) sources: Vec<usize>,
    pub(super) place: Place,
    /// Which ONBUILD of the file it is, counted from 0.
    pub(super) trigger: Option<usize>,
}

/// All stages of a file.
#[derive(Default)]
pub(super) struct Graph<'t> {
    pub(super) stages: Vec<Stage<'t>>,
    by_name: BTreeMap<String, usize>,
}

impl<'t> Graph<'t> {
    pub(super) fn add(&mut self, mut stage: Stage<'t>) -> usize {
        let index = self.stages.len();
        stage.base = self.by_name.get(&stage.base_name).copied();
        if !stage.name.is_empty() {
            self.by_name.insert(stage.name.clone(), index);
        }
        self.stages.push(stage);
        index
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(&name.to_lowercase()).copied()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.stages.iter().map(|stage| stage.shown.as_str()).filter(|name| !name.is_empty())
    }

    /// Finds what every instruction takes files from.
    pub(super) fn connect(&mut self, escape: char) -> Result<(), Refusal> {
        for index in 0..self.stages.len() {
            let mut steps =
                self.stages.get_mut(index).map(|stage| std::mem::take(&mut stage.steps)).unwrap_or_default();
            let mut needs = BTreeMap::new();
            for step in &mut steps {
                step.sources = self.sources(&step.instruction, &step.place, escape).map_err(nowhere)?;
                needs.extend(step.sources.iter().map(|source| (*source, step.place.line)));
            }
            if let Some(stage) = self.stages.get_mut(index) {
                stage.steps = steps;
                stage.needs = needs;
            }
        }
        Ok(())
    }

    /// What one instruction takes files from.
    pub(super) fn sources(
        &mut self,
        instruction: &Instruction<&str>,
        place: &Place,
        escape: char,
    ) -> Result<Vec<usize>, String> {
        match &instruction.kind {
            Kind::Copy { .. } => {
                let Some(from) = instruction.flag("from").filter(|from| !from.is_empty()) else {
                    return Ok(Vec::new());
                };
                let expanded =
                    Lex::new(escape).word(from, &NoVariables, &Budget::default()).map_err(|error| error.message)?;
                if expanded.text != from {
                    return Err("variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround".into());
                }
                if let Ok(index) = from.parse::<i64>() {
                    let found = usize::try_from(index).ok().filter(|index| *index < self.stages.len());
                    return found.map(|index| vec![index]).ok_or_else(|| format!("invalid stage index {index}"));
                }
                Ok(vec![self.find(from).unwrap_or_else(|| self.add_image(from, place.clone()))])
            }
            Kind::Run(_) => {
                let mut sources = Vec::new();
                for mount in instruction.flag_values("mount") {
                    let from = Mount::read(mount, None).map(|mount| mount.from).unwrap_or_default();
                    let from = if from.is_empty() { "scratch" } else { &from };
                    let found = self.find(from);
                    sources.push(found.unwrap_or_else(|| self.add_image(from, Place::default())));
                }
                Ok(sources)
            }
            _ => Ok(Vec::new()),
        }
    }

    fn add_image(&mut self, name: &str, place: Place) -> usize {
        self.add(Stage {
            name: String::new(),
            shown: String::new(),
            base_name: name.to_string(),
            base: None,
            os: None,
            place,
            steps: Vec::new(),
            needs: BTreeMap::new(),
            unregistered: true,
        })
    }

    /// Refuses stages that take files from each other in a circle.
    pub(super) fn check_circles(&self) -> Result<(), Refusal> {
        let mut visited = vec![false; self.stages.len()];
        let mut on_path = vec![false; self.stages.len()];
        for (root, stage) in self.stages.iter().enumerate() {
            // (stage, its needs still to follow, line of the instruction that led here)
            let needs = |index: usize| -> Vec<(usize, usize)> {
                let needs = self.stages.get(index).map(|stage| stage.needs.iter());
                needs.into_iter().flatten().map(|(need, line)| (*need, *line)).collect()
            };
            if visited.get(root).copied().unwrap_or(true) {
                continue;
            }
            mark(&mut visited, root, true);
            mark(&mut on_path, root, true);
            let mut path = vec![(root, needs(root), usize::MAX)];
            while let Some((index, open, _)) = path.last_mut() {
                let Some((need, line)) = open.pop() else {
                    mark(&mut on_path, *index, false);
                    path.pop();
                    continue;
                };
                if on_path.get(need).copied().unwrap_or(false) {
                    // BuildKit names all instructions on the way; the first of them is the line.
                    let line = path.iter().map(|(_, _, line)| *line).fold(line, usize::min);
                    let message = format!("circular dependency detected on stage: {}", stage.shown);
                    return Err(self.place_of(line).refuse(message));
                }
                if !visited.get(need).copied().unwrap_or(true) {
                    mark(&mut visited, need, true);
                    mark(&mut on_path, need, true);
                    path.push((need, needs(need), line));
                }
            }
        }
        Ok(())
    }

    fn place_of(&self, line: usize) -> Place {
        let steps = self.stages.iter().flat_map(|stage| &stage.steps);
        let found = steps.map(|step| &step.place).find(|place| place.line == line);
        found.cloned().unwrap_or(Place { line, span: 0..0 })
    }

    /// The stages that one needs, itself among them.
    pub(super) fn reachable(&self, target: usize) -> Vec<bool> {
        let mut reached = vec![false; self.stages.len()];
        let mut open = vec![target];
        while let Some(index) = open.pop() {
            if reached.get(index).copied().unwrap_or(true) {
                continue;
            }
            mark(&mut reached, index, true);
            if let Some(stage) = self.stages.get(index) {
                open.extend(stage.base);
                open.extend(stage.needs.keys().copied());
            }
        }
        reached
    }
}

fn mark(list: &mut [bool], index: usize, value: bool) {
    if let Some(slot) = list.get_mut(index) {
        *slot = value;
    }
}
