//! Names in a sentence, however many there are.

/// `a, b and 7 more`
pub(super) fn few(names: &[&str], most: usize) -> String {
    match names.split_at_checked(most) {
        Some((first, rest)) if !rest.is_empty() => {
            format!("{} and {} more", first.join(", "), rest.len())
        }
        _ => names.join(", "),
    }
}
