//! The tabs of the result.

/// A tab of the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResultTab {
    /// The stages, the cause of a failure and its fixes.
    #[default]
    Overview,
    /// The layers and the files of the image.
    Layers,
    /// The start, step by step.
    Start,
    /// The base images.
    Bases,
    /// The build cache.
    Cache,
    /// The findings of the checks.
    Checks,
    /// The real build on an engine.
    RealBuild,
}

impl ResultTab {
    /// All tabs in their order.
    pub const ALL: [ResultTab; 7] = [
        ResultTab::Overview,
        ResultTab::Layers,
        ResultTab::Start,
        ResultTab::Bases,
        ResultTab::Cache,
        ResultTab::Checks,
        ResultTab::RealBuild,
    ];

    /// The name in ids of elements and of words, such as `real-build`.
    pub fn id(self) -> &'static str {
        match self {
            ResultTab::Overview => "overview",
            ResultTab::Layers => "layers",
            ResultTab::Start => "start",
            ResultTab::Bases => "bases",
            ResultTab::Cache => "cache",
            ResultTab::Checks => "checks",
            ResultTab::RealBuild => "real-build",
        }
    }
}
