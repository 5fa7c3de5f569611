//! When the work of students counts as copied: their build graphs are alike, and unlike the start and the solution.

use crate::grades::Student;
use crate::packs::Packs;
use stageplay_core::exercise::{self, Fingerprint};
use std::collections::{BTreeMap, BTreeSet};

/// Students with the same build graph in an exercise.
#[derive(Debug)]
pub struct Cluster {
    /// The pack's name.
    pub pack: String,
    /// The students' ids, in order.
    pub students: Vec<String>,
}

/// Two students who are in one cluster in several exercises.
#[derive(Debug)]
pub struct Pair {
    /// Their ids, in order.
    pub students: [String; 2],
    /// The names of the exercises.
    pub packs: Vec<String>,
}

/// The most pairs that are listed.
const MAX_PAIRS: usize = 200;
/// The largest cluster that is taken apart into pairs.
const MAX_CLUSTER: usize = 200;

/// The clusters of each exercise, large ones first.
pub(crate) fn clusters(packs: &Packs, students: &[Student]) -> Vec<Cluster> {
    let mut all = Vec::new();
    for (index, pack) in packs.all.iter().enumerate() {
        let mut by_graph: BTreeMap<&Fingerprint, Vec<&Student>> = BTreeMap::new();
        let mut common: BTreeSet<Fingerprint> = BTreeSet::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for student in students {
            let Some(Ok(outcome)) =
                student.exercises.get(index).and_then(Option::as_ref).map(|one| one.outcome.as_ref())
            else {
                continue;
            };
            let Some(graph) = &outcome.fingerprint else { continue };
            // What everybody starts from and what is asked for say nothing.
            let values = format!("{:?}", outcome.pack.values);
            if seen.len() < 100 && seen.insert(values) {
                for files in std::iter::once(&outcome.pack.start).chain(&outcome.pack.solution) {
                    common.extend(exercise::grade(&outcome.pack, files, &[], &packs.catalogue).fingerprint);
                }
            }
            by_graph.entry(graph).or_default().push(student);
        }
        let found = by_graph.into_iter().filter(|(graph, alike)| alike.len() > 1 && !common.contains(*graph));
        let ids = |alike: Vec<&Student>| alike.into_iter().map(|student| student.id.clone()).collect();
        all.extend(found.map(|(_, alike)| Cluster { pack: pack.name.clone(), students: ids(alike) }));
    }
    all.sort_by(|one, other| {
        other.students.len().cmp(&one.students.len()).then_with(|| one.students.cmp(&other.students))
    });
    all
}

/// The pairs of students that share clusters in at least two exercises, those with most exercises first.
pub(crate) fn pairs(clusters: &[Cluster]) -> Vec<Pair> {
    let mut by_pair: BTreeMap<[&String; 2], Vec<&String>> = BTreeMap::new();
    for cluster in clusters.iter().filter(|cluster| cluster.students.len() <= MAX_CLUSTER) {
        for (at, one) in cluster.students.iter().enumerate() {
            for other in cluster.students.iter().skip(at + 1) {
                by_pair.entry([one, other]).or_default().push(&cluster.pack);
            }
        }
    }
    let several = by_pair.into_iter().filter(|(_, packs)| packs.len() > 1);
    let mut all: Vec<Pair> = several
        .map(|([one, other], packs)| Pair {
            students: [one.clone(), other.clone()],
            packs: packs.into_iter().cloned().collect(),
        })
        .collect();
    all.sort_by(|one, other| other.packs.len().cmp(&one.packs.len()).then_with(|| one.students.cmp(&other.students)));
    all.truncate(MAX_PAIRS);
    all
}
