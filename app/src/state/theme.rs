//! The color theme of the page.

/// The color theme that the person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The theme of the operating system.
    #[default]
    System,
    /// Dark colors.
    Dark,
    /// Light colors.
    Light,
}

impl Theme {
    /// The name in the browser's storage: `system`, `dark` or `light`.
    pub fn as_str(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Dark => "dark",
            Theme::Light => "light",
        }
    }

    /// The theme of a name; the system's theme for any other text.
    pub fn parse(name: &str) -> Theme {
        match name {
            "dark" => Theme::Dark,
            "light" => Theme::Light,
            _ => Theme::System,
        }
    }
}
