//! Stageplay's own checks: computed from the simulated build, not from the text alone.
//!
//! [`advise`] builds and starts the image, then asks each rule what it sees in layers, history and
//! loaders. Only what ships counts: the stages that the target is made of. A fix is offered after
//! the fixed Dockerfile was built, and is called safe if the same image came of it.

mod assume;
mod caches;
mod case;
mod edit;
mod layers;
mod order;
mod packages;
mod secrets;
mod stages;
mod starts;

pub use assume::Assumption;

use crate::base_images::Catalogue;
use crate::build::{BuildError, Cache, Images, Request};
use crate::lint;
use crate::measure::Size;
use crate::text::{Edits, Span, TextEdit};
use case::Case;
use std::borrow::Cow;

/// Most rounds of fixing: one fix can make room for another, but not for ever.
const MAX_ROUNDS: usize = 10;

/// One of our own checks. `docs/checks/CODE.md` explains it.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// `SP001` …: for `# check=skip=`, like the name.
    pub code: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// In a few words, what it asks for.
    pub description: &'static str,
}

macro_rules! rules {
    ($($code:ident $name:literal $description:literal)*) => {
        $(static $code: Rule = Rule { code: stringify!($code), name: $name, description: $description };)*
        /// All of them, by code.
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
}

/// What one check says.
#[derive(Clone, Debug)]
pub struct Advice {
    /// Which check.
    pub rule: &'static Rule,
    /// An id with words.
    pub id: Cow<'static, str>,
    /// Values for the words.
    pub params: Vec<(&'static str, String)>,
    /// 1-based line of the instruction.
    pub line: usize,
    /// Bytes of the instruction.
    pub span: Span,
    /// Bytes that it costs in the image (of [`SP005`](RULES): that are made anew at each change);
    /// `None` where it is not a matter of bytes.
    pub cost: Option<Size>,
    /// A way out.
    pub fix: Option<Fix>,
}

/// A change of the Dockerfile that was tried.
#[derive(Clone, Debug)]
pub struct Fix {
    /// An id with words.
    pub id: Cow<'static, str>,
    /// Values for the words.
    pub params: Vec<(&'static str, String)>,
    /// Edits of the Dockerfile.
    pub edits: Vec<TextEdit>,
    /// The image stays the same but for its size: nobody needs to look.
    pub safe: bool,
}

/// What the checks found, and on what ground.
#[derive(Clone, Debug, Default)]
pub struct Advised {
    /// By line, then by code.
    pub findings: Vec<Advice>,
    /// What was taken for granted because it is not known here.
    pub assumed: Vec<Assumption>,
    /// Why the build stops, if it does: what comes behind was not looked at.
    pub error: Option<BuildError>,
}

/// Builds, starts, and says what could be better.
///
/// Base images that the catalogue does not have and files that the context lacks are assumed to
/// be there with unknown contents.
///
/// ```
/// use stageplay_core::{advice::advise, build::*, engine::EngineProfile, fs::Tree, image::Catalogue};
/// let engine = EngineProfile::find("docker-28").unwrap();
/// let request = Request::new("FROM alpine\nRUN apk add curl\nCMD [\"curl\", \"--help\"]\n", Tree::new(), engine);
/// let found = advise(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new()).findings;
/// let codes: Vec<&str> = found.iter().map(|one| one.rule.code).collect();
/// assert_eq!(codes, ["SP003", "SP007"]);
/// ```
pub fn advise(request: &Request, catalogue: &Catalogue, images: &dyn Images, cache: &mut Cache) -> Advised {
    let ground = assume::build(request, catalogue, images, cache);
    let error = ground.built.error.clone();
    let assumed = ground.assumed.clone();
    if ground.built.gave_up {
        return Advised { findings: Vec::new(), assumed, error };
    }
    let Some(case) = Case::new(&ground, catalogue, images, cache) else {
        return Advised { findings: Vec::new(), assumed, error };
    };
    let mut findings = layers::copied_up(&case);
    findings.extend(layers::removed_later(&case));
    findings.extend(caches::left(&case));
    findings.extend(stages::unused(&case));
    findings.extend(order::breaks_cache(&case));
    findings.extend(secrets::shipped(&case));
    findings.extend(starts::as_root(&case));
    findings.extend(starts::failing(&case));
    let skips = lint::Skips::of(&request.dockerfile);
    findings.retain(|one| !skips.skip(&[one.rule.code, one.rule.name], one.line));
    findings.sort_by_key(|one| (one.line, one.rule.code));
    Advised { findings, assumed, error }
}

/// Applies all safe fixes, again and again, until none is left.
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
