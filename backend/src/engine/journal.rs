//! A journal on disk of what builds create on an engine. Each resource has a line until it is removed. If the server is
//! killed, the next server reads the journal and removes what is left.

use crate::disk::read_found_file;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The longest time between two attempts to remove a resource.
const MAX_RETRY_INTERVAL: Duration = Duration::from_secs(300);
/// Lines of the journal that may be of resources that are gone.
const MAX_LINES: usize = 1_000;

/// A resource on an engine that a build of this server created.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// The container of a step, by its id.
    StepContainer(String),
    /// An image, by its complete id.
    Image(String),
    /// The image that the next step of a build makes: the complete id of the image that it stands on, the start of the
    /// step in seconds since 1970, and the id of the build. It is recorded until the engine names the container or the
    /// image of the step.
    NextImage(String, u64, String),
    /// The tag of a build's image: the id of the build, and its start in seconds since 1970.
    Tag(String, u64),
    /// The container that runs a build's image, by the id of the build. It has the labels of `resource_names`.
    RunContainer(String),
    /// The container of a build's BuildKit daemon, by the id of the build. It has the labels of `resource_names`.
    DaemonContainer(String),
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resource::StepContainer(id) => write!(f, "step {id}"),
            Resource::Image(id) => write!(f, "image {id}"),
            Resource::NextImage(parent, started, build) => write!(f, "next {parent} {started} {build}"),
            Resource::Tag(build, started) => write!(f, "name {build} {started}"),
            Resource::RunContainer(build) => write!(f, "start {build}"),
            Resource::DaemonContainer(build) => write!(f, "daemon {build}"),
        }
    }
}

impl Resource {
    /// Parses a line of a journal. `None` if the line is incomplete.
    fn parse(line: &str) -> Option<Resource> {
        let mut fields = line.split(' ');
        let (kind, id) = (fields.next()?, fields.next()?.to_string());
        let is_id =
            (11..=80).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b':');
        let resource = match kind {
            "step" => Resource::StepContainer(id),
            "image" => Resource::Image(id),
            "next" => Resource::NextImage(id, fields.next()?.parse().ok()?, fields.next()?.to_string()),
            "name" => Resource::Tag(id, fields.next()?.parse().ok()?),
            "start" => Resource::RunContainer(id),
            "daemon" => Resource::DaemonContainer(id),
            _ => return None,
        };
        (is_id && fields.next().is_none()).then_some(resource)
    }
}

/// The resources on an engine that belong to one server.
#[derive(Debug)]
pub struct Journal {
    path: Option<PathBuf>,
    instance: String,
    state: Mutex<JournalState>,
}

#[derive(Debug, Default)]
struct JournalState {
    file: Option<File>,
    /// Lines that were written to the file.
    lines: usize,
    /// A line could not be written, or only a part of it, as on a full disk.
    is_incomplete: bool,
    /// All resources. A resource that is no longer needed has a removal.
    resources: BTreeMap<Resource, Option<Removal>>,
}

/// The attempts to remove a resource.
#[derive(Clone, Copy, Debug)]
struct Removal {
    /// When the resource was no longer needed.
    since: Instant,
    /// When the next attempt is due.
    next: Instant,
    attempts: u32,
}

impl Removal {
    fn due_now() -> Self {
        Removal { since: Instant::now(), next: Instant::now(), attempts: 0 }
    }
}

/// Reads a file, which may be absent. Of a damaged line nothing but that line is lost.
fn read_text(path: &Path) -> std::io::Result<String> {
    match read_found_file(path, u64::MAX) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

/// Replaces a file, so that it is old or new whenever the server or the machine ends. The new one is written under a name
/// that nobody knows: it follows no link.
fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut new = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    new.write_all(content)?;
    new.as_file().sync_all()?;
    new.persist(path)?;
    Ok(())
}

/// A new instance id: 32 hexadecimal digits.
fn new_instance() -> String {
    let mut random = [0u8; 16];
    getrandom::fill(&mut random).expect("the system gives random bytes");
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Journal {
    /// A journal in memory only, for one build of the command line. The command removes its resources itself.
    pub fn in_memory() -> Self {
        Journal { path: None, instance: new_instance(), state: Mutex::default() }
    }

    /// Opens the journal of a folder. The resources that an earlier server left in it are due for removal.
    ///
    /// # Errors
    /// The folder cannot be created or written.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let instance_file = folder.join("instance");
        let known = read_text(&instance_file)?;
        let instance = if known.len() == 32 && known.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            known
        } else {
            let new = new_instance();
            replace(&instance_file, new.as_bytes())?;
            new
        };
        let path = folder.join("journal");
        let text = read_text(&path)?;
        let mut resources = BTreeMap::new();
        for line in text.lines() {
            match (line.get(..1), line.get(1..).and_then(Resource::parse)) {
                (Some("+"), Some(resource)) => resources.insert(resource, Some(Removal::due_now())),
                (Some("-"), Some(resource)) => resources.remove(&resource),
                _ => None,
            };
        }
        let state = JournalState { resources, ..JournalState::default() };
        let journal = Journal { path: Some(path), instance, state: Mutex::new(state) };
        journal.rewrite(&mut journal.lock())?;
        Ok(journal)
    }

    /// Writes the journal anew, without the lines of resources that are gone.
    fn rewrite(&self, state: &mut JournalState) -> std::io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let text: String = state.resources.keys().map(|resource| format!("+{resource}\n")).collect();
        replace(path, text.as_bytes())?;
        state.file = Some(OpenOptions::new().append(true).open(path)?);
        state.lines = state.resources.len();
        state.is_incomplete = false;
        Ok(())
    }

    /// Appends a line. If most lines are of resources that are gone, the journal is written anew, so that the file does not
    /// grow without end while one resource cannot be removed.
    fn append(&self, state: &mut JournalState, line: &str) {
        // The next line would be appended to a part of one, and what could not be written is missing.
        if state.is_incomplete && self.rewrite(state).is_ok() {
            return;
        }
        let Some(file) = &mut state.file else { return };
        // If this fails, the build still removes the resource itself. Only a killed server leaves it.
        state.is_incomplete |= file.write_all(line.as_bytes()).is_err();
        state.lines += 1;
        if state.lines > MAX_LINES + 4 * state.resources.len() {
            // If this fails, the old file stays, and the next attempt is made as many lines later.
            state.lines = 0;
            let _ = self.rewrite(state);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, JournalState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The instance id of the server. It is the value of the instance label, so that several servers can share an
    /// engine.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Records a resource that is created now or next.
    pub fn record(&self, resource: Resource) {
        let mut state = self.lock();
        if state.resources.contains_key(&resource) {
            return;
        }
        let line = format!("+{resource}\n");
        state.resources.insert(resource, None);
        self.append(&mut state, &line);
    }

    /// Forgets a resource that is gone.
    pub fn forget(&self, resource: &Resource) {
        let mut state = self.lock();
        if state.resources.remove(resource).is_none() {
            return;
        }
        if !state.resources.is_empty() {
            self.append(&mut state, &format!("-{resource}\n"));
        } else if let Some(file) = &state.file {
            // An empty journal is truncated.
            state.is_incomplete = file.set_len(0).is_err();
            state.lines = 0;
        }
    }

    /// Schedules the next attempt to remove a resource that is no longer needed. The time between attempts doubles, up
    /// to 300 seconds.
    pub fn schedule_removal(&self, resource: &Resource) {
        if let Some(removal) = self.lock().resources.get_mut(resource) {
            let removal = removal.get_or_insert_with(Removal::due_now);
            removal.attempts += 1;
            removal.next = Instant::now() + Duration::from_secs(1 << removal.attempts.min(16)).min(MAX_RETRY_INTERVAL);
        }
    }

    /// Makes all scheduled removals due now.
    pub fn retry_now(&self) {
        let now = Instant::now();
        self.lock().resources.values_mut().flatten().for_each(|removal| removal.next = now);
    }

    /// The resources whose removal is due, each with the time since it was no longer needed.
    pub fn due_removals(&self) -> Vec<(Resource, Duration)> {
        let (state, now) = (self.lock(), Instant::now());
        let scheduled = state.resources.iter().filter_map(|(resource, removal)| Some((resource, (*removal)?)));
        let due = scheduled.filter(|(_, removal)| removal.next <= now);
        due.map(|(resource, removal)| (resource.clone(), now - removal.since)).collect()
    }

    /// Whether a resource is recorded and no longer needed.
    pub fn is_removal_scheduled(&self, resource: &Resource) -> bool {
        self.lock().resources.get(resource).is_some_and(Option::is_some)
    }

    /// Whether a resource is recorded.
    pub fn contains(&self, resource: &Resource) -> bool {
        self.lock().resources.contains_key(resource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_removed_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let (step, image) =
            (Resource::StepContainer("0123456789ab".into()), Resource::Image(format!("sha256:{}", "0".repeat(64))));
        let tag = Resource::Tag("abcdefghijklm".into(), 1_700_000_000);
        let next = Resource::NextImage(format!("sha256:{}", "1".repeat(64)), 1_700_000_000, "abcdefghijklm".into());
        for resource in [&step, &image, &next, &tag, &Resource::Image("../../../../etc".into())] {
            journal.record(resource.clone());
        }
        journal.forget(&step);
        assert_eq!(journal.due_removals(), [], "builds still need them");
        let instance = journal.instance().to_string();
        drop(journal);
        let mut incomplete = OpenOptions::new().append(true).open(folder.path().join("journal")).unwrap();
        incomplete.write_all(b"+image sha256:").unwrap();
        let again = Journal::open(folder.path()).unwrap();
        assert_eq!(
            again.due_removals().into_iter().map(|(resource, _)| resource).collect::<Vec<_>>(),
            [image.clone(), next.clone(), tag]
        );
        assert_eq!(again.instance(), instance);
        again.schedule_removal(&image);
        assert_eq!(again.due_removals().len(), 2, "the next attempt is due later");
        again.retry_now();
        for (resource, _) in again.due_removals() {
            again.forget(&resource);
        }
        assert_eq!(
            std::fs::read_to_string(folder.path().join("journal")).unwrap(),
            "",
            "the file does not grow without end"
        );
    }

    #[test]
    fn one_resource_that_stays_does_not_make_the_file_grow_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let stays = Resource::StepContainer("0123456789ab".into());
        journal.record(stays.clone());
        for number in 0..5_000 {
            let other = Resource::StepContainer(format!("{number:012}"));
            journal.record(other.clone());
            journal.forget(&other);
        }
        let text = std::fs::read_to_string(folder.path().join("journal")).unwrap();
        assert!(text.lines().count() < 2_000, "{} lines", text.lines().count());
        drop(journal);
        assert!(Journal::open(folder.path()).unwrap().contains(&stays));
    }

    #[test]
    fn what_could_not_be_written_is_written_with_the_next_line() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        // A disk that is full after a part of a line.
        let mut part = OpenOptions::new().append(true).open(folder.path().join("journal")).unwrap();
        part.write_all(b"+step 0123").unwrap();
        journal.lock().file = Some(OpenOptions::new().write(true).open("/dev/full").unwrap());
        let [lost, later] = ["0123456789ab", "ba9876543210"].map(|id| Resource::StepContainer(id.into()));
        journal.record(lost.clone());
        journal.record(later.clone());
        drop(journal);
        let again = Journal::open(folder.path()).unwrap();
        assert!(again.contains(&lost) && again.contains(&later));
    }

    #[test]
    fn a_damaged_line_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        std::fs::write(&path, b"+step 0123456789ab\n+image \xff\xfe\n+start abcdefghijklm\n").unwrap();
        let due = Journal::open(folder.path()).unwrap().due_removals();
        assert_eq!(due.len(), 2);
        // What cannot be read is not thrown away.
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(Journal::open(folder.path()).is_err());
    }
}
