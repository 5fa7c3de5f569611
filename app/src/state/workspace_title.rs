//! The title of a workspace: its name, or what its origin says.

use super::dockerfile_language::known_base_of;
use super::model::Model;
use super::workspaces::{Entry, EntryState, Origin};
use crate::i18n::t;

impl Model {
    /// The title of a workspace: its name, or what its origin says.
    pub fn title_of(&self, origin: &Origin, name: Option<&str>, base: Option<&str>) -> String {
        if let Some(name) = name {
            return name.to_string();
        }
        let with_base = |id: &str| match base {
            Some(base) => format!("{} · {base}", t(self.language, id)),
            None => t(self.language, id),
        };
        match origin {
            Origin::Start => t(self.language, "workspaces.start"),
            Origin::Own => with_base("workspaces.own"),
            Origin::Link => with_base("workspaces.link"),
            Origin::Lesson(slug) => {
                let entry = self.lessons.iter().find(|entry| entry.slug == *slug);
                entry.map_or(slug.clone(), |entry| entry.title(self.language).to_string())
            }
            Origin::Example(name) => {
                let entry = self.examples.as_ref().and_then(|list| list.as_ref().ok()?.find(name));
                entry.map_or(name.clone(), |entry| entry.title(self.language).to_string())
            }
            Origin::Exercise(slug) => slug.rsplit('/').next().unwrap_or(slug).to_string(),
        }
    }

    /// The title of a workspace of the storage.
    pub fn entry_title(&self, entry: &Entry) -> String {
        match &entry.state {
            EntryState::Readable { origin, name, base, .. } => self.title_of(origin, name.as_deref(), base.as_deref()),
            EntryState::Unreadable(_) => entry.id.clone(),
        }
    }

    /// The title of the open workspace.
    pub fn title(&self) -> String {
        let base = known_base_of(self.dockerfile_text());
        self.title_of(&self.library.opened.origin, self.library.opened.name.as_deref(), base.as_deref())
    }
}
