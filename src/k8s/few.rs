//! Names in a sentence, however many there are and however long they are.

use crate::output::clip;

/// `a, b and 7 more`
pub(crate) fn few(names: &[&str], most: usize) -> String {
    match names.split_at_checked(most) {
        Some((first, rest)) if !rest.is_empty() => {
            format!("{} and {} more", first.join(", "), rest.len())
        }
        _ => names.join(", "),
    }
}

/// `1 pod`, `2 pods`
pub(crate) fn many(count: usize, of: &str) -> String {
    if count == 1 { format!("1 {of}") } else { format!("{count} {of}s") }
}

/// What the caller wrote, as far as they need it to know it again.
pub(crate) fn briefly(name: &str) -> String {
    const LONGEST: usize = 120;
    let mut name = name.to_owned();
    clip(&mut name, LONGEST);
    name
}
