//! Builds one stage: from its base image through its instructions.

use super::stage_state::{FinishedStage, StageState, StepEffect, env_names};
use super::state::BuildState;
use super::{
    BuildError, Step, build_cache_key, config_instructions, copy_add, copy_sources, onbuild, run, run_mounts,
    step_layer, step_text, tree_digest, workdir,
};
use crate::dockerfile::{Instruction, Kind};
use crate::engine::Builder;
use crate::image::{DEFAULT_PATH, Hasher, Image};
use crate::plan::{self, Base};
use std::sync::Arc;

/// The most steps of one build: ONBUILD triggers add steps to each stage that starts from their image.
const MAX_STEPS: usize = 10_000;

/// Builds a stage and stores its image.
///
/// # Errors
/// The first step that fails.
pub(super) fn build(state: &mut BuildState, planned: &plan::Stage) -> Result<(), BuildError> {
    let line = planned.from.line;
    let (image, key, mut finished) = match &planned.base {
        Base::Scratch => (Arc::new(Image::scratch()), "scratch".to_string(), FinishedStage::default()),
        Base::Image(reference) => {
            let image = state.image(reference, line)?;
            let key = image.id.clone();
            (image, key, FinishedStage::default())
        }
        Base::Stage(index) => {
            let image = state.built.stages.get(*index).cloned().flatten().unwrap_or_else(|| Arc::new(Image::scratch()));
            let finished = state.finished_stages.get(*index).cloned().unwrap_or_default();
            (image, finished.key.clone(), finished)
        }
    };
    // Under BuildKit a stage inherits the build arguments of the stage that it starts from; the image's variables come
    // after them.
    let set = env_names(&image.config.env);
    finished.args.retain(|name, _| !state.is_classic() && !set.contains(name.as_str()));
    let mut stage = StageState {
        index: planned.index,
        image: (*image).clone(),
        base: image.tree.clone(),
        args: finished.args,
        declared: Vec::new(),
        steps: 0,
        later_wins: !state.is_classic(),
        cmd_set: false,
        escape: state.plan.escape,
        budget: state.budget.clone(),
        build_cache_key: match finished.build_cache_key.is_empty() {
            true => key.clone(),
            false => finished.build_cache_key,
        },
        key: Hasher::default()
            .part(&state.outside_inputs)
            .part(&key)
            .part(state.request.builder.as_str())
            .part(&state.request.engine.id)
            .part(if state.request.continues_after_failure { "continues after failure" } else { "" })
            .part(if state.request.assume_context { "assumes context" } else { "" })
            .finish(),
    };
    state.built.steps.push(Step {
        stage: planned.index,
        line,
        text: step_text::announced(state, &planned.from),
        keyword: "FROM".into(),
        created_by: String::new(),
        cached: false,
        rerun: None,
        layer: None,
        image_id: stage.image.id.clone(),
        output: Vec::new(),
        exit_code: None,
        commands: Arc::default(),
        failed: false,
    });
    stage.spend(stage.settings_cost(), line)?;
    if stage.image.config.env_value("PATH").is_none() {
        stage.image.config.env.push(format!("PATH={DEFAULT_PATH}"));
    }
    onbuild::run_triggers(state, &mut stage, line)?;
    for instruction in &planned.instructions {
        step(state, &mut stage, instruction)?;
    }
    if let Some(slot) = state.finished_stages.get_mut(planned.index) {
        let (key, build_cache_key) = (stage.key.clone(), stage.build_cache_key.clone());
        *slot = FinishedStage { key, build_cache_key, args: std::mem::take(&mut stage.args) };
    }
    // A stage without steps is the base image itself, with the base image's id.
    if stage.image.history.len() != image.history.len() || matches!(state.request.builder, Builder::Buildkit) {
        stage.image.id = image_id(state, &stage.image);
    }
    if let Some(slot) = state.built.stages.get_mut(planned.index) {
        *slot = Some(Arc::new(stage.image));
    }
    Ok(())
}

fn image_id(state: &BuildState, image: &Image) -> String {
    let diff_ids: Vec<&str> = image.layers.iter().map(|layer| layer.diff_id.as_str()).collect();
    let config = image.config.to_oci(&state.request.platform, &diff_ids, &image.history);
    crate::image::sha256(config.to_string().as_bytes())
}

pub(super) fn step(
    state: &mut BuildState,
    stage: &mut StageState,
    instruction: &Instruction,
) -> Result<(), BuildError> {
    // The cost of a step grows with the settings of the steps before it, which are hashed and kept.
    stage.spend(stage.settings_cost(), instruction.line)?;
    if state.is_classic() {
        let written: usize = stage.image.history.iter().map(|entry| entry.created_by.len()).sum();
        stage.spend(written / 16, instruction.line)?;
    }
    let keyword = instruction.keyword.to_ascii_uppercase();
    if state.built.steps.len() >= MAX_STEPS {
        let message = format!("more than {MAX_STEPS} steps are not simulated, those of ONBUILD among them");
        return Err(BuildError::on_line("too-many-steps", message, instruction.line));
    }
    let mut record = Step {
        stage: stage.index,
        line: instruction.line,
        text: step_text::announced_expanded(state, stage, instruction),
        keyword,
        created_by: String::new(),
        cached: false,
        rerun: None,
        layer: None,
        image_id: String::new(),
        output: Vec::new(),
        exit_code: None,
        commands: Arc::default(),
        failed: false,
    };
    step_layer::check_depth(state, stage, instruction.line)?;
    let mut cache_key = match &instruction.kind {
        Kind::Copy { .. } | Kind::Add { .. } => None,
        _ => build_cache_key::of_step(state, stage, instruction, None),
    };
    let result = match &instruction.kind {
        Kind::Run(command) => {
            run_mounts::assume_sources(state, stage, instruction);
            cached(state, stage, instruction, &mut record, |state, stage| run::run(state, stage, instruction, command))
        }
        Kind::Copy { sources, destination } | Kind::Add { sources, destination } => {
            // The cache key depends on the copied files, so they are found before the lookup.
            match copy_sources::prepare(state, stage, instruction, sources, destination) {
                Ok(copy) => {
                    let key = copy.key.clone();
                    cache_key = build_cache_key::of_step(state, stage, instruction, Some(&copy));
                    cached_by(state, stage, &key, &mut record, |state, stage| {
                        copy_add::copy(state, stage, instruction, copy)
                    })
                }
                Err(error) => Err(error),
            }
        }
        Kind::Workdir(_) => {
            cached(state, stage, instruction, &mut record, |state, stage| workdir::workdir(state, stage, instruction))
        }
        _ => cached(state, stage, instruction, &mut record, |state, stage| {
            config_instructions::apply(state, stage, instruction)
        }),
    };
    match result {
        Ok(()) => {
            if let Some(key) = cache_key {
                stage.build_cache_key = key.digest.clone();
                record.rerun = state.cache.record((stage.index, stage.steps), key);
                record.cached = record.rerun.is_none();
            }
            stage.steps += 1;
            record.image_id = if state.is_classic() { image_id(state, &stage.image) } else { String::new() };
            stage.image.id = record.image_id.clone();
            state.built.steps.push(record);
            Ok(())
        }
        Err(error) => {
            record.failed = true;
            state.built.steps.push(record);
            Err(error)
        }
    }
}

fn cached(
    state: &mut BuildState,
    stage: &mut StageState,
    instruction: &Instruction,
    record: &mut Step,
    run: impl FnOnce(&mut BuildState, &mut StageState) -> Result<StepEffect, BuildError>,
) -> Result<(), BuildError> {
    // Build arguments reach RUN through the environment and other instructions through expansion.
    let mut hasher = Hasher::default().part(&instruction.original);
    for heredoc in &instruction.heredocs {
        hasher = hasher.part(heredoc.content.as_bytes());
    }
    if !matches!(instruction.kind, Kind::Env(_) | Kind::Cmd(_) | Kind::Entrypoint(_))
        || instruction.original.contains('$')
    {
        for (name, value) in &stage.args {
            hasher = hasher.part(name).part(value);
        }
    }
    if let Kind::Arg(args) = &instruction.kind {
        for (name, _) in args {
            hasher = hasher.part(state.request.build_args.get(name).map_or("", String::as_str));
            hasher = hasher.part(state.plan.global_args.get(name).map_or("", String::as_str));
        }
    }
    for flag in instruction.flags.iter().filter(|flag| flag.name == "mount") {
        for index in &state.plan.stages.get(stage.index).map(|stage| stage.copies_from.clone()).unwrap_or_default() {
            hasher = hasher.part(state.finished_stages.get(*index).map_or("", |finished| finished.key.as_str()));
        }
        if flag.value.as_deref().unwrap_or("").contains("bind") {
            hasher = tree_digest::digest(&state.context, "/", tree_digest::unlisted(&state.context, "/", hasher));
        }
    }
    let key = hasher.finish();
    let is_arg = matches!(instruction.kind, Kind::Arg(_));
    if is_arg {
        // Build arguments are state of the build, not of the image: ARG always runs.
        let effect = run(state, stage)?;
        stage.key = Hasher::default().part(&stage.key).part(&key).finish();
        return step_layer::finish(state, stage, record, effect);
    }
    cached_by(state, stage, &key, record, run)
}

fn cached_by(
    state: &mut BuildState,
    stage: &mut StageState,
    key: &str,
    record: &mut Step,
    run: impl FnOnce(&mut BuildState, &mut StageState) -> Result<StepEffect, BuildError>,
) -> Result<(), BuildError> {
    let full = Hasher::default().part(&stage.key).part(key).finish();
    stage.key = full.clone();
    if let Some(made) = state.cache.get(&full) {
        stage.cmd_set |= record.keyword == "CMD";
        stage.image = made.image.clone();
        record.cached = true;
        record.created_by = made.created_by.clone();
        record.layer = made.layer.clone();
        record.output = made.output.clone();
        record.exit_code = made.exit_code;
        record.commands = made.commands.clone();
        for gap in made.gaps.clone() {
            state.remark_gap(&gap, record.line);
        }
        return Ok(());
    }
    let before = stage.image.layers.len();
    let effect = match run(state, stage) {
        Ok(effect) => effect,
        Err(error) => {
            // The output of a RUN that fails is shown.
            record.output = std::mem::take(&mut state.failed_output);
            record.exit_code = state.failed_exit_code.take();
            return Err(error);
        }
    };
    let gaps = effect.gaps.clone();
    step_layer::finish(state, stage, record, effect)?;
    let layer = stage.image.layers.get(before).cloned();
    state.cache.put(full, &stage.image, layer, &gaps, record);
    Ok(())
}
