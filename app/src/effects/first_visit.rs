//! The example and its result, which `cargo xtask` wrote into the page.

use crate::state::result_piece;
use gloo::utils::document;
use stageplay_protocol::{FirstResult, FirstVisit};

/// The id of the element that holds the example as JSON.
const VISIT: &str = "first-visit";
/// The id of the element that holds its result as JSON.
const RESULT: &str = "first-result";

/// The JSON in an element.
fn json(id: &str) -> Result<String, String> {
    let element = document().get_element_by_id(id).ok_or_else(|| format!("the page has no element {id}"))?;
    Ok(element.text_content().unwrap_or_default())
}

/// Reads the example from the page.
///
/// # Errors
/// The page does not hold it: what is wrong.
pub fn read_first_visit() -> Result<FirstVisit, String> {
    serde_json::from_str(&json(VISIT)?).map_err(|error| format!("{VISIT}: {error}"))
}

/// Reads its result from the page, if the piece that can is loaded.
///
/// # Errors
/// The page does not hold it: what is wrong.
pub fn read_first_result() -> Option<Result<FirstResult, String>> {
    let read = result_piece()?.read_first_result;
    Some(json(RESULT).and_then(|json| read(&json).map_err(|error| format!("{RESULT}: {error}"))))
}
