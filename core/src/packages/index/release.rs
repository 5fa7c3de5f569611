//! The packages of one release of a distribution: look-up by name, files and sizes.

use super::Estimate;
use super::package_table::{PackageTable, Row};
use std::sync::Arc;

/// The tables that hold the packages of a release.
#[derive(Clone, Debug)]
pub struct Release {
    /// The tables, the best one first, each with the basis of its sizes.
    pub(super) tables: Vec<(Arc<PackageTable>, Arc<str>)>,
    /// Whether all tables are the release's own.
    pub(super) is_own: bool,
    /// Of each table, whether it is the release's own.
    pub(super) own_tables: Vec<bool>,
    /// Whether the tables are of a release that is years later.
    pub(super) is_far: bool,
}

impl Release {
    /// A package by its name or a virtual name, and the basis of its size.
    pub fn find(&self, name: &str) -> Option<(Row<'_>, &Arc<str>)> {
        self.tables.iter().find_map(|(table, basis)| Some((table.find(name)?, basis)))
    }

    /// The size of each of `count` packages that no table has, with all that they need, estimated from those of the first
    /// table that has enough packages.
    pub fn typical_size(&self, count: usize) -> Option<Estimate> {
        self.tables.iter().find_map(|(table, _)| table.typical_size(count, true))
    }

    /// The row of a package in the first table that lists files and has it.
    pub fn files(&self, name: &str) -> Option<Row<'_>> {
        self.tables.iter().filter(|(table, _)| table.lists_files()).find_map(|(table, _)| table.find(name))
    }

    /// Whether the release's own table lists the files of a package.
    pub(crate) fn has_own_files(&self, name: &str) -> bool {
        let found = self.tables.iter().zip(&self.own_tables).find(|((table, _), _)| table.find(name).is_some());
        found.is_some_and(|((table, _), is_own)| *is_own && table.lists_files())
    }

    /// Whether the index has the names of programs only, so that their folders are those of another distribution.
    pub(crate) fn guesses_folders(&self) -> bool {
        self.tables.first().is_some_and(|(table, _)| table.source().contains("APKINDEX"))
    }

    /// Whether a table of the release itself has a package of this very name.
    pub(crate) fn has_in_own_table(&self, name: &str) -> bool {
        let has = |table: &PackageTable| table.find(name).is_some_and(|row| row.name == name);
        self.tables.iter().zip(&self.own_tables).any(|((table, _), is_own)| *is_own && has(table))
    }

    /// Whether the tables are of a release that is years later.
    pub(crate) fn is_far_release(&self) -> bool {
        self.is_far
    }

    /// Whether all tables are the release's own.
    pub fn is_own_release(&self) -> bool {
        self.is_own
    }

    /// The size in bytes of a repository's compressed index, and the date of that size. Repository 0 is `main`.
    pub fn index_size(&self, repository: usize) -> Option<(u64, &str)> {
        self.tables.iter().find_map(|(table, _)| Some((table.index_sizes().nth(repository)?, table.source())))
    }

    /// The packages of the distribution's base image.
    pub fn base(&self) -> impl Iterator<Item = Row<'_>> {
        self.tables.first().into_iter().flat_map(|(table, _)| table.rows().filter(|row| row.in_base))
    }

    /// All packages.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.tables.iter().flat_map(|(table, _)| table.rows())
    }
}
