//! What builds made on an engine, kept on disk line by line until it is removed: a server that is
//! killed leaves a journal, and the next one removes what stands in it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The longest time between two attempts to remove something.
const RARELY: Duration = Duration::from_secs(300);

/// Something on an engine that is ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// The container of a build's step, by its id.
    Step(String),
    /// An image that a build made, by its whole id.
    Image(String),
    /// The name that a build's image gets: the build, and when it began in seconds since 1970.
    Name(String, u64),
    /// The container that a build's image is started in, by the build: it carries our labels.
    Start(String),
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Thing::Step(id) => write!(f, "step {id}"),
            Thing::Image(id) => write!(f, "image {id}"),
            Thing::Name(build, begun) => write!(f, "name {build} {begun}"),
            Thing::Start(build) => write!(f, "start {build}"),
        }
    }
}

impl Thing {
    /// Reads a line of a journal; a torn one names nothing.
    fn parse(line: &str) -> Option<Thing> {
        let mut words = line.split(' ');
        let (kind, id) = (words.next()?, words.next()?.to_string());
        let is_id =
            (11..=80).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b':');
        let thing = match kind {
            "step" => Thing::Step(id),
            "image" => Thing::Image(id),
            "name" => Thing::Name(id, words.next()?.parse().ok()?),
            "start" => Thing::Start(id),
            _ => return None,
        };
        (is_id && words.next().is_none()).then_some(thing)
    }
}

/// The things on an engine that are ours.
#[derive(Debug)]
pub struct Journal {
    path: Option<PathBuf>,
    instance: String,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    file: Option<File>,
    /// With the attempts to remove it, once nothing needs it any more.
    held: BTreeMap<Thing, Option<Left>>,
}

/// What is to be removed.
#[derive(Clone, Copy, Debug)]
struct Left {
    since: Instant,
    next: Instant,
    tries: u32,
}

impl Left {
    fn now() -> Self {
        Left { since: Instant::now(), next: Instant::now(), tries: 0 }
    }
}

/// A name that nobody else has.
fn new_instance() -> String {
    let mut random = [0u8; 16];
    getrandom::fill(&mut random).expect("the system gives random bytes");
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Journal {
    /// In memory only: for one build of the command line, which cleans up by itself.
    pub fn in_memory() -> Self {
        Journal { path: None, instance: new_instance(), inner: Mutex::default() }
    }

    /// Opens the journal of a folder; what a server before left in it is to be removed.
    ///
    /// # Errors
    /// The folder cannot be made or written.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let named = folder.join("instance");
        let known = std::fs::read_to_string(&named).unwrap_or_default();
        let instance = if known.len() == 32 && known.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            known
        } else {
            let fresh = new_instance();
            std::fs::write(&named, &fresh)?;
            fresh
        };
        let path = folder.join("journal");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let mut held = BTreeMap::new();
        for line in text.lines() {
            match (line.get(..1), line.get(1..).and_then(Thing::parse)) {
                (Some("+"), Some(thing)) => held.insert(thing, Some(Left::now())),
                (Some("-"), Some(thing)) => held.remove(&thing),
                _ => None,
            };
        }
        let journal = Journal { path: Some(path), instance, inner: Mutex::new(Inner { file: None, held }) };
        journal.rewrite()?;
        Ok(journal)
    }

    fn rewrite(&self) -> std::io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut inner = self.lock();
        let text: String = inner.held.keys().map(|thing| format!("+{thing}\n")).collect();
        let fresh = path.with_extension("new");
        std::fs::write(&fresh, text)?;
        std::fs::rename(&fresh, path)?;
        inner.file = Some(OpenOptions::new().append(true).open(path)?);
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server whose journal this is, as its labels say: two servers of one engine keep theirs apart.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Something is made, or about to be.
    pub fn made(&self, thing: Thing) {
        let mut inner = self.lock();
        if inner.held.contains_key(&thing) {
            return;
        }
        if let Some(file) = &mut inner.file {
            // Without a journal a build still removes what it made; only a kill leaves something.
            let _ = writeln!(file, "+{thing}");
        }
        inner.held.insert(thing, None);
    }

    /// It is gone.
    pub fn gone(&self, thing: &Thing) {
        let mut inner = self.lock();
        let was_held = inner.held.remove(thing).is_some();
        let is_empty = inner.held.is_empty();
        if let Some(file) = inner.file.as_mut().filter(|_| was_held) {
            // What is appended begins anew behind the last of it.
            let _ = if is_empty { file.set_len(0) } else { writeln!(file, "-{thing}") };
        }
    }

    /// Nothing needs it any more, and it is not gone yet: it is tried again, ever more rarely.
    pub fn leave(&self, thing: &Thing) {
        if let Some(held) = self.lock().held.get_mut(thing) {
            let left = held.get_or_insert_with(Left::now);
            left.tries += 1;
            left.next = Instant::now() + Duration::from_secs(1 << left.tries.min(16)).min(RARELY);
        }
    }

    /// Whatever is to be removed has its turn now.
    pub fn hurry(&self) {
        let now = Instant::now();
        self.lock().held.values_mut().flatten().for_each(|left| left.next = now);
    }

    /// What is to be removed and whose turn it is, with the time since when.
    pub fn left(&self) -> Vec<(Thing, Duration)> {
        let (inner, now) = (self.lock(), Instant::now());
        let left = inner.held.iter().filter_map(|(thing, left)| Some((thing, (*left)?)));
        left.filter(|(_, left)| left.next <= now).map(|(thing, left)| (thing.clone(), now - left.since)).collect()
    }

    /// Whether something is ours and nothing needs it any more.
    pub fn is_left(&self, thing: &Thing) -> bool {
        self.lock().held.get(thing).is_some_and(Option::is_some)
    }

    /// Whether something is ours.
    pub fn holds(&self, thing: &Thing) -> bool {
        self.lock().held.contains_key(thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_removed_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let (step, image) = (Thing::Step("0123456789ab".into()), Thing::Image(format!("sha256:{}", "0".repeat(64))));
        let name = Thing::Name("abcdefghijklm".into(), 1_700_000_000);
        for thing in [&step, &image, &name, &Thing::Image("../../../../etc".into())] {
            journal.made(thing.clone());
        }
        journal.gone(&step);
        assert_eq!(journal.left(), [], "builds still need it");
        let instance = journal.instance().to_string();
        drop(journal);
        let mut torn = OpenOptions::new().append(true).open(folder.path().join("journal")).unwrap();
        torn.write_all(b"+image sha256:").unwrap();
        let again = Journal::open(folder.path()).unwrap();
        assert_eq!(again.left().into_iter().map(|(thing, _)| thing).collect::<Vec<_>>(), [image.clone(), name]);
        assert_eq!(again.instance(), instance);
        again.leave(&image);
        assert_eq!(again.left().len(), 1, "its next turn comes later");
        again.hurry();
        for (thing, _) in again.left() {
            again.gone(&thing);
        }
        assert_eq!(std::fs::read_to_string(folder.path().join("journal")).unwrap(), "", "nothing grows for ever");
    }
}
