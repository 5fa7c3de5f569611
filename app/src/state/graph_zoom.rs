//! The zoom of the stage graph: its steps and its limits.

/// The least and the largest zoom, in percent.
const LIMITS: (u32, u32) = (40, 250);

/// A change of the zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants are named after the changes")]
pub enum Zoom {
    In,
    Out,
    Fit,
}

impl Zoom {
    /// The zoom after a change, in percent; `None` fits the graph into its place.
    pub(super) fn after(self, now: Option<u32>) -> Option<u32> {
        let now = now.unwrap_or(100);
        match self {
            Zoom::In => Some((now * 5 / 4).min(LIMITS.1)),
            Zoom::Out => Some((now * 4 / 5).max(LIMITS.0)),
            Zoom::Fit => None,
        }
    }
}
