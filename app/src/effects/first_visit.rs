//! The result of the example, which `cargo xtask` wrote into the page.

use gloo::utils::document;
use stageplay_protocol::FirstVisit;

/// The id of the element that holds it as JSON.
const ID: &str = "first-visit";

/// Reads it from the page.
///
/// # Errors
/// The page does not hold it: what is wrong.
pub fn read_first_visit() -> Result<FirstVisit, String> {
    let element = document().get_element_by_id(ID).ok_or_else(|| format!("the page has no element {ID}"))?;
    serde_json::from_str(&element.text_content().unwrap_or_default()).map_err(|error| format!("{ID}: {error}"))
}
