//! What to do instead, behind what was wrong.

use super::redact::hides;

/// `no kind pdos: did you mean pods?` What was wrong may end with the name of a secret, as in `no kind tokens`: behind that a
/// colon would make a value of the hint, and redaction would take it away.
pub fn hinted(wrong: &str, hint: &str) -> String {
    let text = format!("{wrong}: {hint}");
    if hides("", &text) { format!("{wrong}; {hint}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Redactor;

    #[test]
    fn a_hint_behind_the_name_of_a_secret_is_no_value_of_it() {
        let told = |wrong: &str| {
            let text = hinted(wrong, "kubectl_api_resources lists what there is");
            assert_eq!(Redactor::new().text(&text), text);
            text
        };
        assert_eq!(
            told("the cluster has no kind gadgets"),
            "the cluster has no kind gadgets: kubectl_api_resources lists what there is"
        );
        assert_eq!(
            told("the cluster has no kind tokens"),
            "the cluster has no kind tokens; kubectl_api_resources lists what there is"
        );
    }
}
