//! A sorted map whose clones share what they have in common.
//!
//! An AA tree (Andersson, 1993) of shared nodes: a clone takes constant time, and an insertion copies no more
//! than the nodes on the path to its entry, of which there are as many as the logarithm of the length.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::sync::Arc;

/// A sorted map with cheap clones.
#[derive(Clone, Debug, Default)]
pub(super) struct PersistentMap<K, V> {
    root: Link<K, V>,
    len: usize,
}

type Link<K, V> = Option<Arc<Node<K, V>>>;

#[derive(Clone, Debug)]
struct Node<K, V> {
    entry: Arc<(K, V)>,
    /// 1 for a leaf. A left child is one level below its parent, a right child at most one.
    level: u8,
    left: Link<K, V>,
    right: Link<K, V>,
}

impl<K: Ord + Clone, V: Clone> PersistentMap<K, V> {
    /// Adds an entry, or replaces the value of its key.
    pub(super) fn insert(&mut self, key: K, value: V) {
        self.len += usize::from(insert(&mut self.root, key, value));
    }

    /// Adds all entries of another map; its values replace those of the same keys.
    pub(super) fn extend(&mut self, other: &Self) {
        for (key, value) in other.iter() {
            self.insert(key.clone(), value.clone());
        }
    }

    /// The value of a key.
    pub(super) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let mut link = &self.root;
        while let Some(node) = link {
            link = match key.cmp(node.entry.0.borrow()) {
                Ordering::Less => &node.left,
                Ordering::Greater => &node.right,
                Ordering::Equal => return Some(&node.entry.1),
            };
        }
        None
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The entries in the order of their keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let mut above: Vec<&Node<K, V>> = Vec::new();
        let mut link = &self.root;
        std::iter::from_fn(move || {
            while let Some(node) = link {
                above.push(node);
                link = &node.left;
            }
            let node = above.pop()?;
            link = &node.right;
            Some((&node.entry.0, &node.entry.1))
        })
    }
}

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for PersistentMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = PersistentMap { root: None, len: 0 };
        entries.into_iter().for_each(|(key, value)| map.insert(key, value));
        map
    }
}

/// Whether the key is new.
fn insert<K: Ord + Clone, V: Clone>(link: &mut Link<K, V>, key: K, value: V) -> bool {
    let Some(node) = link else {
        *link = Some(Arc::new(Node { entry: Arc::new((key, value)), level: 1, left: None, right: None }));
        return true;
    };
    let node = Arc::make_mut(node);
    let is_new = match key.cmp(&node.entry.0) {
        Ordering::Less => insert(&mut node.left, key, value),
        Ordering::Greater => insert(&mut node.right, key, value),
        Ordering::Equal => {
            node.entry = Arc::new((key, value));
            false
        }
    };
    if is_new {
        skew(link);
        split(link);
    }
    is_new
}

fn level<K, V>(link: &Link<K, V>) -> u8 {
    link.as_ref().map_or(0, |node| node.level)
}

/// Rotates to the right where the left child is at the level of its parent.
fn skew<K: Clone, V: Clone>(link: &mut Link<K, V>) {
    let Some(mut parent) = link.take() else { return };
    if level(&parent.left) == parent.level {
        let old = Arc::make_mut(&mut parent);
        if let Some(mut child) = old.left.take() {
            let new = Arc::make_mut(&mut child);
            old.left = new.right.take();
            new.right = Some(parent);
            parent = child;
        }
    }
    *link = Some(parent);
}

/// Rotates to the left where two right children in a row are at the level of their parent.
fn split<K: Clone, V: Clone>(link: &mut Link<K, V>) {
    let Some(mut parent) = link.take() else { return };
    if parent.right.as_ref().is_some_and(|child| level(&child.right) == parent.level) {
        let old = Arc::make_mut(&mut parent);
        if let Some(mut child) = old.right.take() {
            let new = Arc::make_mut(&mut child);
            old.right = new.left.take();
            new.left = Some(parent);
            new.level += 1;
            parent = child;
        }
    }
    *link = Some(parent);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn depth<K, V>(link: &Link<K, V>) -> usize {
        link.as_ref().map_or(0, |node| 1 + depth(&node.left).max(depth(&node.right)))
    }

    #[test]
    fn entries_are_those_of_a_map_in_any_order_of_insertion() {
        for step in [1, 7, 389, 996] {
            let mut map = PersistentMap::default();
            let mut expected = BTreeMap::new();
            for n in 0..1_500_usize {
                let key = n * step % 997;
                map.insert(key, n);
                expected.insert(key, n);
                assert_eq!(map.len(), expected.len());
            }
            assert!(map.iter().eq(expected.iter()));
            assert!((0..1_000).all(|key| map.get(&key) == expected.get(&key)));
            // At most twice the logarithm of the length.
            assert!(depth(&map.root) <= 20, "{}", depth(&map.root));
        }
    }

    #[test]
    fn clones_do_not_see_what_the_other_inserts() {
        let first: PersistentMap<usize, &str> = (0..100).map(|key| (key, "old")).collect();
        let mut second = first.clone();
        second.extend(&(50..150).map(|key| (key, "new")).collect());
        assert!(first.iter().map(|(key, _)| *key).eq(0..100) && first.iter().all(|(_, value)| *value == "old"));
        assert_eq!((second.len(), second.get(&49), second.get(&50)), (150, Some(&"old"), Some(&"new")));
    }
}
