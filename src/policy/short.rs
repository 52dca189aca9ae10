use crate::output::{Redactor, clip, presentable};

/// In characters.
const LONGEST: usize = 256;

/// What a caller wrote, fit for a record: callers write of any length, and a line or a span has to stay small.
pub(super) fn short(text: &str, redactor: &Redactor) -> String {
    let mut text = text.to_owned();
    // Cut before it is looked through as well: looking through megabytes would take longer than the call.
    clip(&mut text, 4 * LONGEST);
    let mut text = presentable(&text, redactor);
    clip(&mut text, LONGEST);
    text
}
