//! Which packages come with the requested ones: dependencies, recommended packages, and Alpine's `install_if`.

use super::package_table::Row;
use super::release::Release;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Release {
    /// The requested packages and all their dependencies, without the installed ones, each with the basis of its
    /// size. `recommends`: recommended packages are included.
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
                // A table's conditions count only for packages that no earlier table has.
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::index::Indexes;

    #[test]
    fn what_comes_by_itself_comes_where_all_is_there_that_it_waits_for() {
        let all = Indexes::builtin();
        for (version, community) in [("3.17", "3.17"), ("3.19", "3.19"), ("3.22", "3.19")] {
            let release = all.release("alpine", version).unwrap();
            let base: BTreeSet<String> = release.base().map(|row| row.name.to_string()).collect();
            assert!(base.contains("ssl_client"), "busybox and libssl3 bring it");
            let has =
                |wanted: &[&str], name: &str| release.closure(wanted.iter().copied(), &base, false).contains_key(name);
            assert_eq!(has(&["python3"], "python3-pycache-pyc0"), version != "3.17", "{version}");
            assert!(!has(&["sqlite"], "python3-pyc"), "{version}");
            assert!(!has(&["nginx"], "nginx-openrc") && has(&["nginx", "openrc"], "nginx-openrc"), "{version}");
            let (_, basis) = release.find("go").unwrap();
            assert!(basis.contains(&format!("Alpine {community}'s index")), "{version}: {basis}");
        }
    }
}
