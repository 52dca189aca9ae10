//! How much of the whole an answer shows, and how to go on.

/// The last line of a list: `showing 200 of 5,312; narrow with label_selector, or pass cursor=...`.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub shown: usize,
    /// How many there are, as far as is known.
    pub total: Option<usize>,
    /// Where the next page begins.
    pub cursor: Option<String>,
    /// Arguments that would leave less to show, such as `label_selector`.
    pub narrow: &'static str,
}
