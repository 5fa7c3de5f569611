//! Typical sizes of what build tools write and of the files of a build context, as measured in public projects.
//!
//! The figures are `core/data/typical_sizes.json`: the median and a range around it, the number of measurements and their
//! source.

use super::typical_downloads::DownloadKind;
use super::{Part, Size, Way};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The ends of the range of a typical size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Range {
    /// The lower and the upper quartile.
    #[default]
    Quartiles,
    /// The 10th and the 90th percentile.
    Deciles,
    /// The smallest and the largest of a few measurements, such as the versions of one thing.
    Extremes,
}

impl Range {
    /// The range as a part of a basis.
    fn text(self) -> &'static str {
        match self {
            Range::Quartiles => "between their quartiles",
            Range::Deciles => "between their 10th and 90th percentiles",
            Range::Extremes => "between the smallest and the largest",
        }
    }
}

/// What was measured of one kind, in bytes: the median and a range around it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct TypicalSize {
    /// The lower end of the range.
    pub low: u64,
    /// The median.
    pub best: u64,
    /// The upper end of the range.
    pub high: u64,
    /// What the ends of the range are.
    #[serde(default)]
    range: Range,
    /// The number of measurements.
    pub n: u64,
    /// The id of the source.
    source: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Figures {
    /// The day of the measurements, `YYYY-MM-DD`.
    date: String,
    /// What was measured and how, by id.
    sources: BTreeMap<String, String>,
    /// What tools write, by id.
    tools: BTreeMap<String, TypicalSize>,
    /// What addresses bring; the first row that fits decides.
    pub(super) downloads: Vec<DownloadKind>,
    /// What a package has below its directory in `/var`.
    state_directory: TypicalSize,
    /// Files of base images, by path.
    image_files: BTreeMap<String, TypicalSize>,
    context: ContextFigures,
}

#[derive(Debug, Default, Deserialize)]
struct ContextFigures {
    /// Files by their names; the first row that fits decides.
    files: Vec<FileKind>,
    /// Extensions of archives, programs, images and other files whose sizes differ too much for an estimate.
    no_estimate: Vec<String>,
    any_file: TypicalSize,
    directory: TypicalSize,
    file_or_directory: TypicalSize,
    project: TypicalSize,
}

/// The files of some names or extensions, in lower case.
#[derive(Debug, Default, Deserialize)]
struct FileKind {
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    extensions: Vec<String>,
    #[serde(flatten)]
    size: TypicalSize,
}

/// What a path of a build context is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// One of the two.
    FileOrDirectory,
    /// All of the context.
    Project,
}

pub(super) fn figures() -> &'static Figures {
    static FIGURES: OnceLock<Figures> = OnceLock::new();
    FIGURES.get_or_init(|| serde_json::from_str(include_str!("../../../data/typical_sizes.json")).unwrap_or_default())
}

/// What a tool usually writes: `id` is a key of `tools`, such as `npm-install`. `None` without a measurement.
pub fn typical_tool_size(id: &str) -> Option<&'static TypicalSize> {
    figures().tools.get(id)
}

/// The typical size of a file of base images, by its path. `None` without a measurement.
pub fn typical_image_file_size(path: &str) -> Option<&'static TypicalSize> {
    figures().image_files.get(path)
}

/// The typical size of what a path below a package's directory in `/var` holds. `None` for other paths, and for those of
/// package managers and databases, which write theirs when something is installed.
pub fn typical_state_size(path: &str) -> Option<&'static TypicalSize> {
    const DATABASES: [&str; 10] =
        ["apk", "apt", "clamav", "dpkg", "ldap", "mariadb", "mysql", "postgresql", "samba", "ucf"];
    let below = ["/var/cache/", "/var/lib/", "/var/log/", "/var/spool/", "/var/run/", "/run/"];
    let rest = below.iter().find_map(|folder| path.strip_prefix(folder))?;
    let name = rest.split('/').next().filter(|name| !name.is_empty())?;
    (!DATABASES.contains(&name)).then_some(&figures().state_directory).filter(|size| size.n > 0)
}

/// The typical size of a file or directory of a build context. `name` is its path or file name. `None` for files whose
/// sizes differ too much, such as archives and programs.
pub fn typical_context_size(kind: ContextKind, name: &str) -> Option<&'static TypicalSize> {
    let context = &figures().context;
    let name = name.trim_end_matches('/').rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let extension = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or("", |(_, extension)| extension);
    let has = |list: &[String], word: &str| !word.is_empty() && list.iter().any(|one| one == word);
    let is_named = || kind == ContextKind::File && context.files.iter().any(|row| has(&row.names, &name));
    if kind != ContextKind::Project && has(&context.no_estimate, extension) && !is_named() {
        return None;
    }
    match kind {
        ContextKind::Project => Some(&context.project),
        ContextKind::Directory => Some(&context.directory),
        ContextKind::FileOrDirectory => Some(&context.file_or_directory),
        ContextKind::File => {
            let fits = |row: &&FileKind| has(&row.names, &name) || has(&row.extensions, extension);
            Some(context.files.iter().find(fits).map_or(&context.any_file, |row| &row.size))
        }
    }
    .filter(|size| size.n > 0)
}

/// The typical size of all files of a build context that a pattern matches; `matches` says whether it matches a file
/// name. Without a known name that it matches, its last part decides, as of one file.
pub fn typical_pattern_size(pattern: &str, matches: &dyn Fn(&str) -> bool) -> Option<TypicalSize> {
    let context = &figures().context;
    let fits = |row: &&FileKind| row.names.iter().any(|name| matches(name));
    let sum = context
        .files
        .iter()
        .filter(fits)
        .map(|row| &row.size)
        .fold(None, |sum: Option<TypicalSize>, one| Some(sum.map_or_else(|| one.clone(), |sum| sum.with(one))));
    let extension = pattern.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_plain = !extension.is_empty() && !extension.contains(['*', '?', '[', '/']);
    let kind = if is_plain { ContextKind::File } else { ContextKind::FileOrDirectory };
    sum.or_else(|| typical_context_size(kind, pattern).cloned())
}

impl TypicalSize {
    /// An estimate by what a tool reads, such as the length of sources.
    pub fn by_input(low: u64, best: u64, high: u64) -> TypicalSize {
        TypicalSize { low, best: best.clamp(low, high.max(low)), high: high.max(low), ..TypicalSize::default() }
    }

    /// The size of this and another file, of which only one may be there.
    #[must_use]
    fn with(self, other: &TypicalSize) -> TypicalSize {
        TypicalSize {
            low: self.low.min(other.low),
            best: self.best.saturating_add(other.best),
            high: self.high.saturating_add(other.high),
            n: self.n.min(other.n),
            ..self
        }
    }

    /// The size of something else that follows from this one: with the same basis.
    #[must_use]
    pub fn following(&self, low: u64, best: u64, high: u64) -> TypicalSize {
        TypicalSize { low: low.min(best), best, high: high.max(best), ..self.clone() }
    }

    /// The size of several of these.
    #[must_use]
    pub fn times(&self, count: u64) -> TypicalSize {
        let times = |bytes: u64| bytes.saturating_mul(count);
        self.following(times(self.low), times(self.best), times(self.high))
    }

    /// The basis of an estimate: the number of measurements, their source and date.
    pub fn basis(&self) -> String {
        if self.n == 0 {
            return "estimated by the length of its sources".into();
        }
        let figures = figures();
        let source = figures.sources.get(&self.source).map_or("", String::as_str);
        format!("the median of {} {}: {source}, {}", self.n, self.range.text(), figures.date)
    }

    /// An estimated size of `what`; `way` says how it could be told.
    pub fn size_of(&self, what: &str, way: Way) -> Size {
        let part = Part::new(what, self.basis(), way).between(self.low, self.high);
        Size::estimated(self.best, Part { code: Some("typical-size"), ..part })
    }

    /// This size without what is estimated of a part of it.
    #[must_use]
    pub fn without(&self, part: &TypicalSize) -> TypicalSize {
        let (low, best) = (self.low.saturating_sub(part.low), self.best.saturating_sub(part.best));
        TypicalSize { low: low.min(best), best, high: self.high.saturating_sub(part.high).max(best), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_has_a_source_and_ordered_quartiles() {
        let figures = figures();
        let context = &figures.context;
        let files = context.files.iter().map(|row| &row.size);
        let own = &figures.state_directory;
        let others = [own, &context.any_file, &context.directory, &context.file_or_directory, &context.project];
        let all: Vec<&TypicalSize> =
            figures.tools.values().chain(figures.image_files.values()).chain(files).chain(others).collect();
        assert!(all.len() > 15, "{}", all.len());
        for size in all {
            let least = if size.range == Range::Extremes { 2 } else { 5 };
            assert!(size.low <= size.best && size.best <= size.high && size.n >= least, "{size:?}");
            assert!(figures.sources.contains_key(&size.source), "{size:?}");
        }
        assert_eq!(figures.date.len(), 10);
        let lower = |list: &[String]| list.iter().all(|word| *word == word.to_ascii_lowercase());
        assert!(context.files.iter().all(|row| lower(&row.names) && lower(&row.extensions)));
        assert!(lower(&context.no_estimate));
    }

    #[test]
    fn a_context_file_is_estimated_by_its_name() {
        let file = |name| typical_context_size(ContextKind::File, name);
        let best = |name| file(name).map_or(0, |size| size.best);
        assert!(best("a/package-lock.json") > 20 * best("package.json"));
        assert_eq!(best("run.sh"), best("/x/RUN.SH"));
        assert!(best("unheard-of") > 0 && file("app.jar").is_none() && file("data.tar.gz").is_none());
        assert!(file("db/init.sql").is_some() && file("dump.sql").is_none());
        let kind = |kind, name| typical_context_size(kind, name).map_or(0, |size| size.high);
        assert!(kind(ContextKind::Project, ".") > kind(ContextKind::Directory, "src"));
        assert_eq!(kind(ContextKind::Directory, "fonts.zip"), 0);
    }

    #[test]
    fn a_directory_of_a_package_in_var_is_nearly_empty() {
        for empty in ["/var/lib/mpd", "/var/log/nginx/", "/var/spool/cron/crontabs", "/run/nginx"] {
            assert!(typical_state_size(empty).is_some_and(|size| size.best == 0 && size.high < 1_000), "{empty}");
        }
        for other in ["/var/lib", "/var/lib/", "/var/lib/mysql/x", "/var/www/html", "/srv/x", "var/lib/x"] {
            assert_eq!(typical_state_size(other), None, "{other}");
        }
    }

    #[test]
    fn a_pattern_is_estimated_by_the_names_that_it_matches() {
        let file = |name| typical_context_size(ContextKind::File, name).unwrap();
        let lock = typical_pattern_size("package*.json", &|name| name.starts_with("package")).unwrap();
        assert_eq!(lock.best, file("package.json").best + file("package-lock.json").best);
        assert_eq!((lock.low, lock.n), (file("package.json").low, file("package-lock.json").n));
        assert_eq!(typical_pattern_size("*.py", &|_| false).as_ref(), Some(file("a.py")));
        assert_eq!(typical_pattern_size("target/*.jar", &|_| false), None);
        let any = typical_context_size(ContextKind::FileOrDirectory, "x");
        assert_eq!(typical_pattern_size("src/*", &|_| false).as_ref(), any);
    }

    #[test]
    fn a_typical_size_is_an_estimate_with_its_basis() {
        let typical =
            TypicalSize { low: 10, best: 20, high: 30, range: Range::Quartiles, n: 9, source: "contexts".into() };
        let size = Size::exact(1_000) + typical.size_of("src", Way::ContextFile);
        assert_eq!((size.bytes(), size.range()), (Some(1_020), Some((1_010, 1_030))));
        assert!(size.parts()[0].why.starts_with("the median of 9"), "{:?}", size.parts());
        let rest = typical.without(&TypicalSize { low: 1, best: 2, high: 50, ..typical.clone() });
        assert_eq!((rest.low, rest.best, rest.high), (9, 18, 18));
        assert_eq!(typical.without(&typical).high, 0);
    }
}
