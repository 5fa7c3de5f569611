//! Where nodes and edges of the graph are drawn, in pixels, with the ranks from left to right or below each other.

use stageplay_protocol::StageGraph;

/// The width of a node.
pub(super) const WIDTH: f32 = 150.0;
/// The space around the graph.
const MARGIN: f32 = 10.0;

/// The measures of a drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    /// Whether the ranks are below each other.
    is_vertical: bool,
    /// The height of a node.
    pub(super) height: f32,
}

/// A point.
pub(super) type Point = (f32, f32);

impl Geometry {
    pub(super) fn new(is_vertical: bool, height: f32) -> Geometry {
        Geometry { is_vertical, height }
    }

    /// The extent of a node along the ranks.
    fn along(&self) -> f32 {
        if self.is_vertical { self.height } else { WIDTH }
    }

    /// The space between two ranks, which holds the labels of edges.
    fn gap(&self) -> f32 {
        if self.is_vertical { 58.0 } else { 104.0 }
    }

    /// The pixels of one unit across the ranks.
    fn unit(&self) -> f32 {
        if self.is_vertical { WIDTH + 8.0 } else { self.height + 12.0 }
    }

    /// The width and the height of the drawing.
    pub(super) fn size(&self, graph: &StageGraph) -> Point {
        let ranks = graph.ranks.max(1) as f32;
        let along = ranks * self.along() + (ranks - 1.0) * self.gap() + 2.0 * MARGIN;
        self.point(along, graph.breadth * self.unit() + 2.0 * MARGIN)
    }

    /// A point, from its places along and across the ranks.
    fn point(&self, along: f32, across: f32) -> Point {
        if self.is_vertical { (across, along) } else { (along, across) }
    }

    /// The upper left corner of a node.
    pub(super) fn corner(&self, rank: usize, cross: f32) -> Point {
        let (x, y) = self.middle(2 * rank, cross);
        (x - WIDTH / 2.0, y - self.height / 2.0)
    }

    /// The middle of a place of a half rank: a node, or the space behind it.
    fn middle(&self, half_rank: usize, cross: f32) -> Point {
        let step = (self.along() + self.gap()) / 2.0;
        self.point(MARGIN + self.along() / 2.0 + half_rank as f32 * step, MARGIN + cross * self.unit())
    }

    /// The path of an edge, and the middle of its label. `from` and `to` are rank, place across the ranks, and where on
    /// the side of the node the edge is, from −0.5 to 0.5.
    pub(super) fn edge(&self, from: (usize, f32, f32), to: (usize, f32, f32), route: &[f32]) -> (String, Point) {
        let side = |(rank, cross, at): (usize, f32, f32), sign: f32| {
            let (x, y) = self.middle(2 * rank, cross);
            let (half, shift) =
                (sign * self.along() / 2.0, at * if self.is_vertical { WIDTH } else { self.height } * 0.7);
            if self.is_vertical { (x + shift, y + half) } else { (x + half, y + shift) }
        };
        let mut points = vec![side(from, 1.0)];
        points.extend(route.iter().enumerate().map(|(index, cross)| self.middle(2 * from.0 + 1 + index, *cross)));
        points.push(side(to, -1.0));
        let mut path = String::new();
        for (index, (x, y)) in points.iter().enumerate() {
            let Some((x0, y0)) = index.checked_sub(1).and_then(|before| points.get(before)) else {
                path = format!("M{x:.1} {y:.1}");
                continue;
            };
            let (one, two) = match self.is_vertical {
                true => ((*x0, (y0 + y) / 2.0), (*x, (y0 + y) / 2.0)),
                false => (((x0 + x) / 2.0, *y0), ((x0 + x) / 2.0, *y)),
            };
            path.push_str(&format!(" C{:.1} {:.1} {:.1} {:.1} {x:.1} {y:.1}", one.0, one.1, two.0, two.1));
        }
        let label = points.len().checked_sub(2).and_then(|index| points.get(index)).copied().unwrap_or_default();
        (path, label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_run_from_left_to_right_or_downwards() {
        let graph = StageGraph { target: 0, nodes: Vec::new(), edges: Vec::new(), ranks: 3, breadth: 1.0 };
        let (wide, tall) = (Geometry::new(false, 60.0), Geometry::new(true, 60.0));
        assert!(wide.size(&graph).0 > wide.size(&graph).1 && tall.size(&graph).1 > tall.size(&graph).0);
        assert!(wide.corner(1, 0.5).0 > wide.corner(0, 0.5).0 + WIDTH);
        assert_eq!(tall.corner(1, 0.5).0, tall.corner(0, 0.5).0);
        let (path, label) = wide.edge((0, 0.5, 0.0), (1, 0.5, 0.0), &[0.5]);
        assert!(path.starts_with("M160.0 46.0 C") && path.ends_with("264.0 46.0"), "{path}");
        assert_eq!(label, (212.0, 46.0));
    }
}
