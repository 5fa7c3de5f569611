//! Places the nodes of a graph in ranks, and the edges between them.

use rust_sugiyama::configure::{Config, RankingType};
use std::collections::BTreeMap;

/// The most nodes that are laid out to cross little; a larger graph is laid out in the order of its nodes.
const MAX_NODES: usize = 120;
/// The most places of nodes, labels and bends.
const MAX_PLACES: usize = 700;
/// The space between two places, in units.
const SPACING: f64 = 0.12;
/// The extent of a label across the ranks, in units.
const LABEL: f64 = 0.5;
/// The extent of a bend across the ranks, in units.
const BEND: f64 = 0.1;

/// The places of nodes and edges.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Layout {
    /// The rank of each node.
    pub(crate) ranks: Vec<usize>,
    /// The middle of each node across the ranks, in units.
    pub(crate) cross: Vec<f32>,
    /// For each edge its places between the two nodes, in half ranks; empty for an edge that leads backwards.
    pub(crate) routes: Vec<Vec<f32>>,
    /// The extent across the ranks, in units.
    pub(crate) breadth: f32,
}

/// A place: a node, or where an edge crosses a half rank.
struct Place {
    half_rank: usize,
    extent: f64,
}

/// Lays a graph out. `edges` are pairs of indices of nodes, `from` and `to`.
///
/// The order of the nodes decides what is backwards: a node of `order` is after all that it uses.
pub(crate) fn layout(nodes: usize, edges: &[(usize, usize)], order: &[usize]) -> Layout {
    let mut position = vec![0; nodes];
    for (at, node) in order.iter().enumerate() {
        if let Some(place) = position.get_mut(*node) {
            *place = at;
        }
    }
    let at = |node: usize| position.get(node).copied().unwrap_or(0);
    let is_forward = |(from, to): &(usize, usize)| at(*from) < at(*to);
    let ranks = ranks(nodes, edges, order, &is_forward);
    let rank = |node: usize| ranks.get(node).copied().unwrap_or(0);
    let mut places: Vec<Place> = (0..nodes).map(|node| Place { half_rank: 2 * rank(node), extent: 1.0 }).collect();
    let mut links: Vec<(u32, u32)> = Vec::new();
    let mut routes: Vec<Vec<usize>> = Vec::new();
    for edge @ (from, to) in edges {
        let mut route = Vec::new();
        let mut before = *from;
        let last = (2 * rank(*to)).saturating_sub(1);
        let halves = is_forward(edge).then(|| 2 * rank(*from) + 1..=last);
        for half_rank in halves.into_iter().flatten() {
            places.push(Place { half_rank, extent: if half_rank == last { LABEL } else { BEND } });
            let place = places.len() - 1;
            links.push((before as u32, place as u32));
            route.push(place);
            before = place;
        }
        if !route.is_empty() {
            links.push((before as u32, *to as u32));
        }
        routes.push(route);
    }
    let (cross, breadth) = match nodes <= MAX_NODES && places.len() <= MAX_PLACES {
        true => with_few_crossings(&places, &links),
        false => in_order(&places),
    };
    let of = |place: usize| cross.get(place).copied().unwrap_or_default();
    Layout {
        cross: (0..nodes).map(of).collect(),
        routes: routes.iter().map(|route| route.iter().map(|place| of(*place)).collect()).collect(),
        ranks,
        breadth,
    }
}

/// The rank of each node: after all that it uses, and as near as that allows to what uses it.
fn ranks(
    nodes: usize,
    edges: &[(usize, usize)],
    order: &[usize],
    is_forward: &dyn Fn(&(usize, usize)) -> bool,
) -> Vec<usize> {
    let mut ranks = vec![0; nodes];
    let mut into: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut out: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (from, to) in edges.iter().filter(|edge| is_forward(edge)) {
        into.entry(*to).or_default().push(*from);
        out.entry(*from).or_default().push(*to);
    }
    let of = |ranks: &[usize], node: usize| ranks.get(node).copied().unwrap_or(0);
    for node in order {
        let used = into.get(node).into_iter().flatten();
        let rank = used.map(|other| of(&ranks, *other) + 1).max().unwrap_or(0);
        if let Some(place) = ranks.get_mut(*node) {
            *place = rank;
        }
    }
    for node in order.iter().rev() {
        let users = out.get(node).into_iter().flatten();
        if let Some(first) = users.map(|other| of(&ranks, *other)).min()
            && let Some(place) = ranks.get_mut(*node)
        {
            *place = first.saturating_sub(1);
        }
    }
    let least = ranks.iter().min().copied().unwrap_or(0);
    ranks.iter().map(|rank| rank - least).collect()
}

/// The middle of each place across the ranks, and the extent of all. Unconnected parts are placed side by side.
fn with_few_crossings(places: &[Place], links: &[(u32, u32)]) -> (Vec<f32>, f32) {
    let vertices: Vec<(u32, (f64, f64))> =
        places.iter().enumerate().map(|(index, place)| (index as u32, (place.extent, 1.0))).collect();
    let config = Config { vertex_spacing: SPACING, ranking_type: RankingType::MinimizeEdgeLength, ..Config::default() };
    let mut cross = vec![0.0; places.len()];
    let mut end = 0.0_f64;
    let mut parts = rust_sugiyama::from_vertices_and_edges(&vertices, links, &config);
    parts.sort_by_key(|(part, ..)| part.iter().map(|(vertex, _)| *vertex).min());
    for (part, ..) in &parts {
        let extent = |vertex: usize| places.get(vertex).map_or(0.0, |place| place.extent / 2.0);
        let low = part.iter().map(|(vertex, (x, _))| x - extent(*vertex)).fold(f64::INFINITY, f64::min);
        let high = part.iter().map(|(vertex, (x, _))| x + extent(*vertex)).fold(f64::NEG_INFINITY, f64::max);
        for (vertex, (x, _)) in part {
            if let Some(place) = cross.get_mut(*vertex) {
                *place = (x - low + end) as f32;
            }
        }
        end += high - low + SPACING;
    }
    (cross, (end - SPACING).max(0.0) as f32)
}

/// The places of each half rank one after the other.
fn in_order(places: &[Place]) -> (Vec<f32>, f32) {
    let mut ends: BTreeMap<usize, f64> = BTreeMap::new();
    let mut cross = Vec::new();
    for place in places {
        let end = ends.entry(place.half_rank).or_default();
        cross.push((*end + place.extent / 2.0) as f32);
        *end += place.extent + SPACING;
    }
    (cross, (ends.values().copied().fold(0.0, f64::max) - SPACING).max(0.0) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two places of one half rank do not overlap.
    fn overlaps(layout: &Layout) -> bool {
        let mut rows: BTreeMap<usize, Vec<(f32, f32)>> = BTreeMap::new();
        for (rank, cross) in layout.ranks.iter().zip(&layout.cross) {
            rows.entry(*rank).or_default().push((cross - 0.5, cross + 0.5));
        }
        rows.values_mut().any(|row| {
            row.sort_by(|one, two| one.0.total_cmp(&two.0));
            row.windows(2).any(|pair| pair[0].1 > pair[1].0 + 1e-4)
        })
    }

    #[test]
    fn what_is_used_stands_before_its_user_and_as_near_as_it_can() {
        // Two images (3, 4), stages 0 and 1 on them, stage 2 on both.
        let edges = [(3, 0), (4, 1), (0, 1), (0, 2), (1, 2), (4, 2)];
        let layout = layout(5, &edges, &[3, 4, 0, 1, 2]);
        assert_eq!(layout.ranks, [1, 2, 3, 0, 1]);
        assert_eq!(layout.routes.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1, 3, 1, 3]);
        assert!(!overlaps(&layout) && layout.breadth >= 2.0);
        let places = layout.cross.iter().chain(layout.routes.iter().flatten());
        assert!(places.into_iter().all(|place| (0.0..=layout.breadth).contains(place)));
    }

    #[test]
    fn unconnected_parts_stand_side_by_side() {
        let layout = layout(4, &[(2, 0), (3, 1)], &[2, 3, 0, 1]);
        assert!(!overlaps(&layout) && layout.cross[0] != layout.cross[1]);
        assert_eq!(super::layout(0, &[], &[]), Layout::default());
    }

    #[test]
    fn an_edge_backwards_is_not_laid_out_and_a_large_graph_takes_little_time() {
        assert_eq!(layout(2, &[(0, 1), (1, 0)], &[0, 1]).routes[1], Vec::<f32>::new());
        let edges: Vec<(usize, usize)> = (1..3000).map(|node| (node / 2, node)).collect();
        let order: Vec<usize> = (0..3000).collect();
        let layout = layout(3000, &edges, &order);
        assert!(!overlaps(&layout) && layout.cross.iter().all(|place| place.is_finite()));
    }

    #[test]
    fn a_graph_looks_the_same_each_time() {
        let edges: Vec<(usize, usize)> = (1..20).flat_map(|node| [(node / 2, node), (node / 3, node)]).collect();
        let order: Vec<usize> = (0..20).collect();
        let first = layout(20, &edges, &order);
        assert!((0..20).all(|_| layout(20, &edges, &order) == first) && !overlaps(&first));
    }
}
