//! The packages of one release of a distribution: look-up by name, and what a package depends on.

use super::package_table::{PackageTable, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a release's packages are taken from.
#[derive(Clone, Debug)]
pub struct Release {
    /// The best first, each with what a size of it rests on.
    pub(super) tables: Vec<(Arc<PackageTable>, Arc<str>)>,
    /// The first table is the release's own.
    pub(super) is_own: bool,
}

impl Release {
    /// A package by its name or a virtual one, and what its size rests on.
    pub fn find(&self, name: &str) -> Option<(Row<'_>, &Arc<str>)> {
        self.tables.iter().find_map(|(table, basis)| Some((table.find(name)?, basis)))
    }

    /// Packages that are asked for and all that they need, without those that are there: each with what its size
    /// rests on.
    pub fn closure<'a>(
        &'a self,
        wanted: impl IntoIterator<Item = &'a str>,
        have: &BTreeSet<String>,
        recommends: bool,
    ) -> BTreeMap<&'a str, (Row<'a>, &'a Arc<str>)> {
        let mut open: Vec<&str> = wanted.into_iter().collect();
        let mut found = BTreeMap::new();
        loop {
            while let Some(name) = open.pop() {
                let Some((row, basis)) = self.find(name).filter(|(row, _)| !have.contains(row.name)) else { continue };
                if found.insert(row.name, (row, basis)).is_none() {
                    open.extend(row.depends());
                    open.extend(row.recommends().filter(|_| recommends));
                }
            }
            let is_there = |name: &str| found.contains_key(name) || have.contains(name);
            for (at, (table, _)) in self.tables.iter().enumerate() {
                // A table tells it of what no table before it has.
                let is_first = |name: &str| self.tables.iter().take(at).all(|(other, _)| other.find(name).is_none());
                let comes = |(name, mut others): (&'a str, _)| {
                    (!is_there(name) && Iterator::all(&mut others, is_there) && is_first(name)).then_some(name)
                };
                open.extend(table.install_if().filter_map(comes));
            }
            if open.is_empty() {
                return found;
            }
        }
    }

    /// The row of a package in the first table that lists files and has it.
    pub fn files(&self, name: &str) -> Option<Row<'_>> {
        self.tables.iter().filter(|(table, _)| table.lists_files()).find_map(|(table, _)| table.find(name))
    }

    /// Whether all that it is taken from is the release's own.
    pub fn is_own_release(&self) -> bool {
        self.is_own
    }

    /// What the index of a repository weighs, packed as it is offered, in bytes, and of which day that is: the first
    /// repository is `main`.
    pub fn index_size(&self, repository: usize) -> Option<(u64, &str)> {
        self.tables.iter().find_map(|(table, _)| Some((table.index_sizes().nth(repository)?, table.source())))
    }

    /// What the distribution's base image has.
    pub fn base(&self) -> impl Iterator<Item = Row<'_>> {
        self.tables.first().into_iter().flat_map(|(table, _)| table.rows().filter(|row| row.in_base))
    }

    /// All packages.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.tables.iter().flat_map(|(table, _)| table.rows())
    }
}
