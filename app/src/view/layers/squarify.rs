//! The layout of a treemap: rectangles whose areas are in proportion to sizes, as near to squares as can be.
//!
//! After M. Bruls, K. Huizing, J. J. van Wijk, "Squarified Treemaps", 2000.

/// A rectangle, in units of the drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Rect {
    /// The rectangle without a margin on each side, and without `top` more at its top.
    pub(super) fn inset(self, margin: f64, top: f64) -> Rect {
        Rect {
            x: self.x + margin,
            y: self.y + margin + top,
            width: (self.width - 2.0 * margin).max(0.0),
            height: (self.height - 2.0 * margin - top).max(0.0),
        }
    }
}

/// A rectangle for each size, in their order, which fill `space`. Sizes should come with the largest first.
pub(super) fn squarify(sizes: &[f64], space: Rect) -> Vec<Rect> {
    let total: f64 = sizes.iter().sum();
    if total <= 0.0 || space.width <= 0.0 || space.height <= 0.0 {
        return vec![Rect { width: 0.0, height: 0.0, ..space }; sizes.len()];
    }
    let scale = space.width * space.height / total;
    let areas: Vec<f64> = sizes.iter().map(|size| size * scale).collect();
    let mut rects = Vec::with_capacity(areas.len());
    let mut rest = space;
    let mut areas = areas.as_slice();
    while !areas.is_empty() {
        let side = rest.width.min(rest.height);
        let mut count = 1;
        while count < areas.len() && worst(&areas[..=count], side) <= worst(&areas[..count], side) {
            count += 1;
        }
        let (row, after) = areas.split_at(count);
        rest = lay_row(row, rest, &mut rects);
        areas = after;
    }
    rects
}

/// The worst ratio of width to height in a row along a side.
fn worst(row: &[f64], side: f64) -> f64 {
    let sum: f64 = row.iter().sum();
    let square = |value: f64| value * value;
    let ratio = |area: &f64| {
        let area = area.max(f64::MIN_POSITIVE);
        (square(side) * area / square(sum)).max(square(sum) / (square(side) * area))
    };
    row.iter().map(ratio).fold(0.0, f64::max)
}

/// Lays a row along the shorter side of the space. Returns the space that is left.
fn lay_row(row: &[f64], space: Rect, rects: &mut Vec<Rect>) -> Rect {
    let sum: f64 = row.iter().sum();
    let is_wide = space.width >= space.height;
    let side = if is_wide { space.height } else { space.width };
    let depth = if side > 0.0 { sum / side } else { 0.0 };
    let mut at = 0.0;
    for area in row {
        let length = if depth > 0.0 { area / depth } else { 0.0 };
        rects.push(match is_wide {
            true => Rect { x: space.x, y: space.y + at, width: depth, height: length },
            false => Rect { x: space.x + at, y: space.y, width: length, height: depth },
        });
        at += length;
    }
    match is_wide {
        true => Rect { x: space.x + depth, width: (space.width - depth).max(0.0), ..space },
        false => Rect { y: space.y + depth, height: (space.height - depth).max(0.0), ..space },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: Rect = Rect { x: 0.0, y: 0.0, width: 6.0, height: 4.0 };

    #[test]
    fn the_example_of_the_paper_is_laid_out_as_in_the_paper() {
        let rects = squarify(&[6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0], SPACE);
        assert_eq!(rects[0], Rect { x: 0.0, y: 0.0, width: 3.0, height: 2.0 });
        assert_eq!(rects[1], Rect { x: 0.0, y: 2.0, width: 3.0, height: 2.0 });
        let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
        assert!(near(rects[2].width, 12.0 / 7.0) && near(rects[2].height, 7.0 / 3.0), "{rects:?}");
    }

    #[test]
    fn areas_are_in_proportion_and_fill_the_space() {
        let sizes = [90.0, 40.0, 7.0, 3.0, 0.5, 0.0];
        let rects = squarify(&sizes, SPACE);
        let total: f64 = sizes.iter().sum();
        for (size, rect) in sizes.iter().zip(&rects) {
            assert!((rect.width * rect.height - size / total * 24.0).abs() < 1e-9);
            assert!(rect.x + rect.width <= 6.0 + 1e-9 && rect.y + rect.height <= 4.0 + 1e-9);
        }
    }

    #[test]
    fn no_size_and_no_space_are_no_rectangles() {
        assert!(squarify(&[], SPACE).is_empty());
        assert!(squarify(&[0.0, 0.0], SPACE).iter().all(|rect| rect.width == 0.0));
        assert_eq!(squarify(&[1.0], Rect { width: 0.0, ..SPACE })[0].width, 0.0);
    }
}
