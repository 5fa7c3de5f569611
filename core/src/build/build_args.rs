//! Build arguments: which value an ARG has in a stage, which ones RUN sees without ARG, and which ones of `--build-arg`
//! no ARG declares.

use super::BuildError;
use super::stage_state::StageState;
use super::state::BuildState;
use crate::diag::Severity;
use crate::dockerfile;
use std::collections::BTreeSet;

/// Whether RUN sees a build argument without ARG (Docker's reference, "Predefined ARGs").
pub fn is_predefined_arg(name: &str) -> bool {
    ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"]
        .iter()
        .any(|known| name == *known || name == known.to_ascii_lowercase())
}

/// Declares the arguments of an ARG in a stage, and returns the text of the instruction in the image history.
///
/// # Errors
/// When a default cannot be expanded.
pub(super) fn declare(
    state: &mut BuildState,
    stage: &mut StageState,
    args: &[(String, Option<String>)],
    line: usize,
) -> Result<String, BuildError> {
    let mut text = "ARG".to_string();
    for (name, default) in args {
        state.used_args.insert(name.clone());
        let own = state.request.build_args.get(name).cloned();
        let default = default.as_ref().map(|word| stage.expand(word, line)).transpose()?;
        // The history shows the Dockerfile's default, not the value of this build.
        text.push_str(&format!(" {name}"));
        if let Some(default) = &default {
            text.push_str(&format!("={default}"));
        }
        stage.declared.push(name.clone());
        let value = own.or(default).or_else(|| state.plan.global_args.get(name).cloned());
        if let Some(value) = value {
            stage.charge_variable(name, &value, line)?;
            stage.args.insert(name.clone(), value);
        }
    }
    Ok(text)
}

impl BuildState<'_> {
    /// Adds a diagnostic for `--build-arg` names that no ARG of the Dockerfile declares.
    pub(super) fn remark_unused_args(&mut self) {
        let declared: BTreeSet<&String> = self
            .plan
            .global
            .iter()
            .filter_map(|instruction| match &instruction.kind {
                dockerfile::Kind::Arg(args) => Some(args.iter().map(|(name, _)| name)),
                _ => None,
            })
            .flatten()
            .collect();
        let unused: Vec<String> = self
            .request
            .build_args
            .keys()
            .filter(|name| !declared.contains(name) && !self.used_args.contains(*name) && !is_predefined_arg(name))
            .cloned()
            .collect();
        if !unused.is_empty() {
            self.remark("unused-build-arg", Severity::Warning, vec![("names", unused.join(" "))], None);
        }
    }
}
