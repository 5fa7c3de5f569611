//! The build plan: the stages, their bases, the stages that they copy from, and which stages are built.

mod descendants;

use crate::dockerfile::{Budget, Dockerfile, Instruction, Kind, Lex, Mount};
use crate::engine::Builder;
use crate::image::Reference;
use descendants::Descendants;
use std::collections::{BTreeMap, BTreeSet};

/// What a stage starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// `FROM scratch`.
    Scratch,
    /// An image of the catalogue or the store.
    Image(Reference),
    /// An earlier stage, by index.
    Stage(usize),
}

/// Where a COPY or a mount takes files from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An earlier stage.
    Stage(usize),
    /// A stage that is defined later. BuildKit finds it, but nothing can be taken from it.
    LaterStage(usize),
    /// An image.
    Image(Reference),
}

/// One stage.
#[derive(Clone, Debug)]
pub struct Stage {
    /// From 0, in the order of the file.
    pub index: usize,
    /// The name behind AS, as written.
    pub name: Option<String>,
    /// What it starts from.
    pub base: Base,
    /// The base as written, arguments replaced.
    pub base_name: String,
    /// `--platform`, arguments replaced.
    pub platform: Option<String>,
    /// The FROM instruction.
    pub from: Instruction,
    /// The others.
    pub instructions: Vec<Instruction>,
    /// Stages whose files it copies or mounts.
    pub copies_from: BTreeSet<usize>,
    /// Whether this build builds the stage.
    pub built: bool,
}

/// The plan of a build.
#[derive(Clone, Debug)]
pub struct Plan {
    /// ARG instructions before the first FROM.
    pub global: Vec<Instruction>,
    /// Their values.
    pub global_args: BTreeMap<String, String>,
    /// All stages.
    pub stages: Vec<Stage>,
    /// The index of the target stage.
    pub target: usize,
    /// The escape character.
    pub escape: char,
    /// The builder finds stages that are defined later than what names them.
    pub(crate) finds_later_stages: bool,
    /// The stages of each name, in lower case, in the order of the file.
    by_name: BTreeMap<String, Vec<usize>>,
}

/// Why a Dockerfile has no valid plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError {
    /// A stable id.
    pub code: &'static str,
    /// The engine's message.
    pub message: String,
    /// 1-based line, if it is about one.
    pub line: Option<usize>,
}

/// The options of a build that affect the plan.
#[derive(Clone, Debug, Default)]
pub struct Wish<'a> {
    /// `--target`.
    pub target: Option<&'a str>,
    /// `--build-arg`, by name.
    pub build_args: BTreeMap<String, String>,
    /// `--platform`, such as `linux/amd64`.
    pub platform: &'a str,
}

/// The build arguments that BuildKit sets for a platform.
pub(crate) fn platform_args(target: &str) -> BTreeMap<String, String> {
    let mut args = BTreeMap::new();
    for (prefix, platform) in [("TARGET", target), ("BUILD", "linux/amd64")] {
        let mut parts = platform.split('/');
        args.insert(format!("{prefix}PLATFORM"), platform.to_string());
        args.insert(format!("{prefix}OS"), parts.next().unwrap_or("linux").to_string());
        args.insert(format!("{prefix}ARCH"), parts.next().unwrap_or("amd64").to_string());
        args.insert(format!("{prefix}VARIANT"), parts.next().unwrap_or("").to_string());
    }
    args
}

/// Makes the plan of one build.
///
/// # Errors
/// The first error that a builder reports before it runs any step.
pub fn plan(file: &Dockerfile, wish: &Wish, builder: Builder, major: u32) -> Result<Plan, PlanError> {
    let mut plan = Plan {
        global: Vec::new(),
        global_args: if builder == Builder::Buildkit { platform_args(wish.platform) } else { BTreeMap::new() },
        stages: Vec::new(),
        target: 0,
        escape: file.escape,
        finds_later_stages: builder == Builder::Buildkit,
        by_name: BTreeMap::new(),
    };
    let budget = Budget::default();
    for instruction in &file.instructions {
        match (&instruction.kind, plan.stages.is_empty()) {
            (Kind::From { image, name }, _) => {
                let stage = open(&plan, instruction, image, name.as_deref(), &budget)?;
                if let Some(name) = &stage.name {
                    plan.by_name.entry(name.to_ascii_lowercase()).or_default().push(stage.index);
                }
                plan.stages.push(stage);
            }
            (Kind::Arg(args), true) => {
                for (name, default) in args {
                    let value = match (wish.build_args.get(name), default) {
                        (Some(value), _) => Some(value.clone()),
                        (None, Some(word)) => Some(expand(&plan, word, instruction, &budget)?),
                        (None, None) => None,
                    };
                    if let Some(value) = value {
                        budget.set(name, &value).map_err(|message| not_expanded(message, instruction))?;
                        plan.global_args.insert(name.clone(), value);
                    }
                }
                plan.global.push(instruction.clone());
            }
            _ => {
                if let Some(stage) = plan.stages.last_mut() {
                    stage.instructions.push(instruction.clone());
                }
            }
        }
    }
    let descendants = Descendants::of(&plan.stages);
    for index in 0..plan.stages.len() {
        let found = match copies(&plan, index, &descendants) {
            // The classic builder looks a source up only when it comes to the step.
            Err(_) if builder == Builder::Classic => BTreeSet::new(),
            found => found?,
        };
        if let Some(stage) = plan.stages.get_mut(index) {
            stage.copies_from = found;
        }
    }
    plan.target = target(&plan, wish.target, builder, major)?;
    mark_built(&mut plan, builder);
    if major >= 26 {
        check_order(&plan)?;
    }
    Ok(plan)
}

fn not_expanded(message: String, instruction: &Instruction) -> PlanError {
    PlanError { code: "expansion", message, line: Some(instruction.line) }
}

fn expand(plan: &Plan, word: &str, instruction: &Instruction, budget: &Budget) -> Result<String, PlanError> {
    Lex::new(plan.escape)
        .word(word, &plan.global_args, budget)
        .map(|expansion| expansion.text.into_owned())
        .map_err(|error| not_expanded(error.message, instruction))
}

fn open(plan: &Plan, from: &Instruction, image: &str, name: Option<&str>, budget: &Budget) -> Result<Stage, PlanError> {
    let line = Some(from.line);
    let base_name = expand(plan, image, from, budget)?;
    if base_name.is_empty() {
        let message = format!("base name ({image}) should not be blank");
        return Err(PlanError { code: "blank-base", message, line });
    }
    let name = name.map(str::to_string);
    let base = match stage_named(plan, &base_name) {
        Some(index) => Base::Stage(index),
        None if base_name == "scratch" => Base::Scratch,
        None => Base::Image(Reference::parse(&base_name).map_err(|reason| PlanError {
            code: "invalid-reference",
            message: format!("failed to parse stage name {base_name:?}: {reason}"),
            line,
        })?),
    };
    let platform = match from.flag("platform") {
        Some(word) => Some(expand(plan, word, from, budget)?).filter(|text| !text.is_empty()),
        None => None,
    };
    Ok(Stage {
        index: plan.stages.len(),
        name,
        base,
        base_name,
        platform,
        from: from.clone(),
        instructions: Vec::new(),
        copies_from: BTreeSet::new(),
        built: false,
    })
}

/// The stages of a name, ignoring case, in the order of the file.
fn stages_named<'p>(plan: &'p Plan, name: &str) -> &'p [usize] {
    plan.by_name.get(&name.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
}

/// The last stage of a name, ignoring case.
fn stage_named(plan: &Plan, name: &str) -> Option<usize> {
    stages_named(plan, name).last().copied()
}

/// What `--from` of stage `index` means: an earlier stage by name or, but for mounts, by number; under BuildKit a later
/// one; else an image.
///
/// # Errors
/// BuildKit's message for a stage that refers to itself or does not exist.
pub(crate) fn source(plan: &Plan, index: usize, from: &str, line: usize, by_number: bool) -> Result<Source, PlanError> {
    let fail = |code, message: String| Err(PlanError { code, message, line: Some(line) });
    let named = stages_named(plan, from);
    let (earlier, others) = named.split_at(named.partition_point(|stage| *stage < index));
    if let Some(stage) = earlier.last() {
        return Ok(Source::Stage(*stage));
    }
    if others.first() == Some(&index) {
        return fail("circular-stage", format!("circular dependency detected on stage: {from}"));
    }
    if let Some(stage) = others.last().filter(|_| plan.finds_later_stages) {
        return Ok(Source::LaterStage(*stage));
    }
    if let Some(number) = from.parse::<usize>().ok().filter(|_| by_number) {
        if number > index && number < plan.stages.len() && plan.finds_later_stages {
            return Ok(Source::LaterStage(number));
        }
        if number >= index {
            return fail("invalid-stage-index", format!("invalid stage index {number}"));
        }
        return Ok(Source::Stage(number));
    }
    match Reference::parse(from) {
        Ok(reference) => Ok(Source::Image(reference)),
        Err(reason) => fail("invalid-reference", format!("failed to parse stage name {from:?}: {reason}")),
    }
}

impl Plan {
    /// The stage whose FROM names the base image of a stage: the lowest of those that it starts from.
    pub fn root_stage(&self, stage: usize) -> Option<&Stage> {
        let mut stage = self.stages.get(stage)?;
        // A stage comes before those that start from it, so this ends.
        while let Base::Stage(below) = stage.base {
            stage = self.stages.get(below).filter(|below| below.index < stage.index)?;
        }
        Some(stage)
    }

    /// The images that the stages to be built start from, copy from or mount.
    pub fn images(&self) -> Vec<Reference> {
        let mut all = Vec::new();
        for stage in self.stages.iter().filter(|stage| stage.built) {
            if let Base::Image(reference) = &stage.base {
                all.push(reference.clone());
            }
            for instruction in &stage.instructions {
                all.extend(sources(instruction).into_iter().filter_map(|(name, by_number)| {
                    match source(self, stage.index, &name, instruction.line, by_number) {
                        Ok(Source::Image(reference)) => Some(reference),
                        _ => None,
                    }
                }));
            }
        }
        all
    }
}

/// The names behind `--from` and `from=`, each with whether it may be a stage's number.
fn sources(instruction: &Instruction) -> Vec<(String, bool)> {
    let mut names: Vec<(String, bool)> = Vec::new();
    if matches!(instruction.kind, Kind::Copy { .. }) {
        names.extend(instruction.flag("from").map(|name| (name.to_string(), true)));
    }
    // The parser has refused invalid mounts.
    let mounts = instruction.flag_values("mount").filter_map(|text| Mount::read(text, None).ok());
    names.extend(mounts.filter(|mount| !mount.from.is_empty()).map(|mount| (mount.from, false)));
    names
}

/// The stages that one stage copies or mounts from.
fn copies(plan: &Plan, index: usize, descendants: &Descendants) -> Result<BTreeSet<usize>, PlanError> {
    let mut found = BTreeSet::new();
    let Some(stage) = plan.stages.get(index) else {
        return Ok(found);
    };
    for instruction in &stage.instructions {
        for (name, by_number) in sources(instruction) {
            match source(plan, index, &name, instruction.line, by_number)? {
                Source::Stage(other) => drop(found.insert(other)),
                Source::LaterStage(other) if descendants.contain(index, other) => {
                    let message = format!("circular dependency detected on stage: {}", shown_name(plan, index));
                    return Err(PlanError { code: "circular-stage", message, line: Some(instruction.line) });
                }
                Source::LaterStage(_) | Source::Image(_) => {}
            }
        }
    }
    Ok(found)
}

/// BuildKit's name of a stage: its own in lower case, or `stage-` and its number where there are more of them.
fn shown_name(plan: &Plan, index: usize) -> String {
    match plan.stages.get(index).and_then(|stage| stage.name.as_deref()) {
        Some(name) => name.to_lowercase(),
        None if plan.stages.len() > 1 => format!("stage-{index}"),
        None => String::new(),
    }
}

/// Since BuildKit 0.13 (Docker 26) a stage that is built may take nothing from one that is defined later
/// (moby/buildkit pull request 4568).
fn check_order(plan: &Plan) -> Result<(), PlanError> {
    for stage in plan.stages.iter().filter(|stage| stage.built && plan.finds_later_stages) {
        for instruction in &stage.instructions {
            let line = instruction.line;
            let is_later = |name: &str, by_number: bool| {
                matches!(source(plan, stage.index, name, line, by_number), Ok(Source::LaterStage(_)))
            };
            let copied = instruction.flag("from").filter(|_| matches!(instruction.kind, Kind::Copy { .. }));
            let message = match copied.filter(|name| is_later(name, true)) {
                Some(name) => format!(
                    "cannot copy from stage {name:?}, it needs to be defined before current stage {:?}",
                    shown_name(plan, stage.index)
                ),
                None => {
                    let read = |text: &str| Mount::read(text, Some(&mut |word: &str| Ok(word.to_string()))).ok();
                    let mut mounts = instruction.flag_values("mount").filter_map(read);
                    let Some(mount) = mounts.find(|mount| is_later(&mount.from, false)) else { continue };
                    format!(
                        "cannot mount from stage {:?} to {:?}, stage needs to be defined before current command",
                        mount.from, mount.target
                    )
                }
            };
            return Err(PlanError { code: "later-stage", message, line: Some(line) });
        }
    }
    Ok(())
}

fn target(plan: &Plan, wish: Option<&str>, builder: Builder, major: u32) -> Result<usize, PlanError> {
    let last = plan.stages.len().saturating_sub(1);
    let Some(wish) = wish.filter(|wish| !wish.is_empty()) else {
        if plan.stages.is_empty() {
            let message = "no build stage in current context".to_string();
            return Err(PlanError { code: "no-stage", message, line: None });
        }
        return Ok(last);
    };
    let by_number = || wish.parse::<usize>().ok().filter(|number| *number < plan.stages.len());
    stage_named(plan, wish).or_else(by_number).ok_or_else(|| {
        let message = match builder {
            Builder::Classic => format!("failed to reach build target {wish} in Dockerfile"),
            Builder::Buildkit if major < 23 => format!("target stage {wish} could not be found"),
            Builder::Buildkit => format!("target stage {wish:?} could not be found"),
        };
        PlanError { code: "unknown-target", message, line: None }
    })
}

/// BuildKit builds what the target needs; the classic builder everything up to the target.
fn mark_built(plan: &mut Plan, builder: Builder) {
    let mut needed: BTreeSet<usize> = BTreeSet::new();
    match builder {
        Builder::Classic => needed.extend(0..=plan.target),
        Builder::Buildkit => {
            let mut open = vec![plan.target];
            while let Some(index) = open.pop() {
                if !needed.insert(index) {
                    continue;
                }
                if let Some(stage) = plan.stages.get(index) {
                    open.extend(stage.copies_from.iter().copied());
                    if let Base::Stage(base) = stage.base {
                        open.push(base);
                    }
                }
            }
        }
    }
    for stage in &mut plan.stages {
        stage.built = needed.contains(&stage.index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str, target: Option<&str>, builder: Builder) -> Result<Plan, PlanError> {
        let file = crate::dockerfile::parse(text).unwrap();
        plan(&file, &Wish { target, platform: "linux/amd64", ..Wish::default() }, builder, 28)
    }

    fn built(plan: &Plan) -> Vec<usize> {
        plan.stages.iter().filter(|stage| stage.built).map(|stage| stage.index).collect()
    }

    const FILE: &str = "ARG V=3\nFROM alpine:$V AS one\nFROM debian AS Two\nFROM one\nCOPY --from=0 /a /b\n";

    #[test]
    fn stages_are_found_by_name_and_number() {
        let plan = made(FILE, None, Builder::Buildkit).unwrap();
        assert_eq!(plan.stages[0].base, Base::Image(Reference::parse("alpine:3").unwrap()));
        assert_eq!(plan.stages[2].base, Base::Stage(0));
        assert_eq!(plan.stages[2].copies_from, BTreeSet::from([0]));
    }

    #[test]
    fn buildkit_skips_what_nobody_needs_and_classic_does_not() {
        assert_eq!(built(&made(FILE, None, Builder::Buildkit).unwrap()), [0, 2]);
        assert_eq!(built(&made(FILE, None, Builder::Classic).unwrap()), [0, 1, 2]);
        assert_eq!(built(&made(FILE, Some("TWO"), Builder::Buildkit).unwrap()), [1]);
    }

    #[test]
    fn a_later_stage_is_no_source() {
        let text = "FROM a AS one\nCOPY --from=two x y\nFROM b AS two\nFROM one";
        let file = crate::dockerfile::parse(text).unwrap();
        let made = |builder, major| plan(&file, &Wish { platform: "linux/amd64", ..Wish::default() }, builder, major);
        // Before Docker 26 BuildKit found the stage and took its base image's files; the classic builder asks for an image.
        let old = made(Builder::Buildkit, 25).unwrap();
        assert_eq!(built(&old), [0, 2]);
        assert_eq!(source(&old, 0, "two", 2, true), Ok(Source::LaterStage(1)));
        let classic = made(Builder::Classic, 28).unwrap();
        assert!(matches!(source(&classic, 0, "two", 2, true), Ok(Source::Image(_))));
        // What nobody needs is not looked at.
        assert!(super::tests::made(&format!("{text}\nFROM c"), None, Builder::Buildkit).is_ok());
        assert!(made(Builder::Buildkit, 26).is_err());
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "the test measures time")]
    fn time_grows_with_the_number_of_stages() {
        let begun = std::time::Instant::now();
        let count = 30_000;
        let chain: String = (0..count).map(|stage| format!("FROM s{stage} AS s{}\n", stage + 1)).collect();
        let copies = format!("COPY --from=s{count} a b\n").repeat(count);
        let text = format!("FROM x AS s0\n{chain}FROM x\n{copies}");
        assert_eq!(built(&made(&text, None, Builder::Buildkit).unwrap()).len(), count + 2);
        let error = |text: String| made(&text, None, Builder::Buildkit).unwrap_err().code;
        // One that copies from what starts from it, and one that does not.
        assert_eq!(error(format!("FROM x AS s0\n{copies}{chain}")), "circular-stage");
        assert_eq!(error(format!("FROM y AS other\n{copies}FROM x AS s0\n{chain}FROM other")), "later-stage");
        assert!(begun.elapsed() < std::time::Duration::from_secs(60), "{:?}", begun.elapsed());
    }

    #[test]
    fn what_does_not_exist_is_refused() {
        let error = |text: &str, target| made(text, target, Builder::Buildkit).unwrap_err().message;
        assert_eq!(error(FILE, Some("x")), "target stage \"x\" could not be found");
        assert_eq!(error("FROM a AS b\nCOPY --from=b x y", None), "circular dependency detected on stage: b");
        assert_eq!(error("FROM a\nCOPY --from=1 x y", None), "invalid stage index 1");
        assert_eq!(
            error("FROM a AS target\nCOPY --from=build x y\nFROM b AS build\nFROM target", None),
            "cannot copy from stage \"build\", it needs to be defined before current stage \"target\""
        );
        assert_eq!(
            error("FROM a\nCOPY --from=1 x y\nFROM b\nFROM c\nCOPY --from=0 x y", None),
            "cannot copy from stage \"1\", it needs to be defined before current stage \"stage-0\""
        );
        assert_eq!(
            error("FROM a AS one\nRUN --mount=type=bind,from=two,target=/m ls\nFROM b AS two\nFROM one", None),
            "cannot mount from stage \"two\" to \"/m\", stage needs to be defined before current command"
        );
        assert_eq!(
            error("FROM a AS one\nCOPY --from=two x y\nFROM one AS two", None),
            "circular dependency detected on stage: one"
        );
        assert_eq!(error("ARG X\nFROM $X", None), "base name ($X) should not be blank");
    }
}
