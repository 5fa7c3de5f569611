//! Stageplay's own checks, SP001 to SP010. They look at a simulated build, not at the text alone.
//!
//! [`advise`] builds and starts the image, then each check looks at layers, history and loaders. Only stages that the
//! target consists of count. A fix is offered after the fixed Dockerfile was built, and is called safe if the image is
//! the same.

mod assumptions;
mod check_context;
mod instruction_edits;
mod package_managers;
mod sp001_copied_up;
mod sp002_removed_later;
mod sp003_package_cache;
mod sp004_unused_stage;
mod sp005_cache_order;
mod sp006_secret_shipped;
mod sp007_root_user;
mod sp008_libc_mismatch;
mod sp009_will_not_start;
mod sp010_health_check;

pub use assumptions::Assumption;

use crate::base_images::Catalogue;
use crate::build::{BuildError, Cache, Images, Request};
use crate::lint;
use crate::measure::Size;
use crate::text::{Edits, Span, TextEdit};
use check_context::CheckContext;
use std::borrow::Cow;

/// The most rounds of fixing: a fix can make another one possible.
const MAX_ROUNDS: usize = 10;

/// One of Stageplay's own checks. `docs/checks/CODE.md` explains it.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// `SP001` and so on. `# check=skip=` takes the code or the name.
    pub code: &'static str,
    /// The name, such as `CopiedUp`.
    pub name: &'static str,
    /// A short description of what the check asks for.
    pub description: &'static str,
}

macro_rules! rules {
    ($($code:ident $name:literal $description:literal)*) => {
        $(static $code: Rule = Rule { code: stringify!($code), name: $name, description: $description };)*
        /// All checks, by code.
        pub static RULES: &[&Rule] = &[$(&$code),*];
    };
}

rules! {
    SP001 "CopiedUp" "A file should get its mode, owner and place from the instruction that brings it"
    SP002 "RemovedLater" "What a layer removes should not have been put into a lower one"
    SP003 "PackageCache" "What package managers keep for later should not ship"
    SP004 "UnusedStage" "Every stage should be part of the target"
    SP005 "CacheOrder" "What changes often should be copied after what takes long"
    SP006 "SecretShipped" "Secrets should not end in a layer or in the image's history"
    SP007 "RootUser" "The program should not be started as root"
    SP008 "LibcMismatch" "A program should run on the C library that it was built for"
    SP009 "WillNotStart" "What the image starts should start"
    SP010 "HealthcheckProgram" "The image should have the program that its HEALTHCHECK calls"
}

/// A finding of one check.
#[derive(Clone, Debug)]
pub struct Advice {
    /// The check.
    pub rule: &'static Rule,
    /// A message id of `data/words`.
    pub id: Cow<'static, str>,
    /// Values for the placeholders of the message.
    pub params: Vec<(&'static str, String)>,
    /// 1-based line of the instruction.
    pub line: usize,
    /// The byte range of the instruction.
    pub span: Span,
    /// Bytes that it costs in the image (of [`SP005`](RULES): bytes that are built again after each change); `None` if it
    /// costs no bytes.
    pub cost: Option<Size>,
    /// A fix, if one is known.
    pub fix: Option<Fix>,
}

/// A change of the Dockerfile that was tried.
#[derive(Clone, Debug)]
pub struct Fix {
    /// A message id of `data/words`.
    pub id: Cow<'static, str>,
    /// Values for the placeholders of the message.
    pub params: Vec<(&'static str, String)>,
    /// Edits of the Dockerfile.
    pub edits: Vec<TextEdit>,
    /// The fixed Dockerfile gives the same image but for its size, so the fix can be applied without review.
    pub safe: bool,
}

/// The findings of all checks, and the assumptions that they rest on.
#[derive(Clone, Debug, Default)]
pub struct Advised {
    /// By line, then by code.
    pub findings: Vec<Advice>,
    /// What was assumed because the simulator does not know it.
    pub assumed: Vec<Assumption>,
    /// Why the build fails, if it does. The instructions behind that point were not checked.
    pub error: Option<BuildError>,
}

/// Builds and starts the image and runs all checks.
///
/// Base images that the catalogue lacks and files that the context lacks are assumed to exist with unknown contents.
///
/// ```
/// use stageplay_core::{advice::advise, build::*, engine::EngineProfile, fs::Tree, base_images::Catalogue};
/// let engine = EngineProfile::find("docker-28").unwrap();
/// let request = Request::new("FROM alpine\nRUN apk add curl\nCMD [\"curl\", \"--help\"]\n", Tree::new(), engine);
/// let found = advise(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new()).findings;
/// let codes: Vec<&str> = found.iter().map(|one| one.rule.code).collect();
/// assert_eq!(codes, ["SP003", "SP007"]);
/// ```
pub fn advise(request: &Request, catalogue: &Catalogue, images: &dyn Images, cache: &mut Cache) -> Advised {
    let assumed_build = assumptions::build(request, catalogue, images, cache);
    let error = assumed_build.built.error.clone();
    let assumed = assumed_build.assumed.clone();
    if assumed_build.built.gave_up {
        return Advised { findings: Vec::new(), assumed, error };
    }
    let Some(context) = CheckContext::new(&assumed_build, catalogue, images, cache) else {
        return Advised { findings: Vec::new(), assumed, error };
    };
    let mut findings = sp001_copied_up::check(&context);
    findings.extend(sp002_removed_later::check(&context));
    findings.extend(sp003_package_cache::check(&context));
    findings.extend(sp004_unused_stage::check(&context));
    findings.extend(sp005_cache_order::check(&context));
    findings.extend(sp006_secret_shipped::check(&context));
    findings.extend(sp007_root_user::check(&context));
    findings.extend(sp009_will_not_start::check(&context));
    findings.extend(sp010_health_check::check(&context));
    let skips = lint::Skips::of(&request.dockerfile);
    findings.retain(|one| !skips.skip(&[one.rule.code, one.rule.name], one.line));
    findings.sort_by_key(|one| (one.line, one.rule.code));
    Advised { findings, assumed, error }
}

/// Applies all safe fixes, repeatedly until none is left. Returns the fixed Dockerfile.
pub fn fix_all(request: &Request, catalogue: &Catalogue, images: &dyn Images, cache: &mut Cache) -> String {
    let mut request = request.clone();
    for _ in 0..MAX_ROUNDS {
        let mut chosen = Edits::default();
        let fixes = advise(&request, catalogue, images, cache).findings.into_iter().filter_map(|one| one.fix);
        fixes.filter(|fix| fix.safe).for_each(|fix| chosen.add(fix.edits));
        match chosen.apply(&request.dockerfile) {
            Some(next) if next != request.dockerfile => request.dockerfile = next,
            _ => break,
        }
    }
    request.dockerfile
}

#[cfg(test)]
mod tests;
