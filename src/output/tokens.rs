//! What a text costs a model.

/// A careful estimate of the o200k tokens of a text.
pub fn estimate(text: &str) -> usize {
    text.len().div_ceil(3)
}
