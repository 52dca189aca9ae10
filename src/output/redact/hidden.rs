//! What marks stand for, by the text from which they were made.

use super::{mark, values};

/// The secrets of a text that has been redacted, and their marks; none where that cannot be told any more.
pub(in crate::output) fn hidden(text: &str, redacted: &str) -> Vec<(String, String)> {
    if mark::is_one(redacted) {
        let decoded = values::text_of_base64(text).unwrap_or_default();
        let lines = [text, &decoded].into_iter().filter(|it| it.contains('\n'));
        let lines: Vec<&str> = lines.flat_map(str::lines).map(str::trim).collect();
        let all = [text, &decoded].into_iter().chain(lines).filter(|it| !it.is_empty());
        return all.map(|it| (it.to_owned(), redacted.to_owned())).collect();
    }
    parts(text, redacted).unwrap_or_default()
}

/// What is around marks is the same in both, and a mark says how long its secret is.
fn parts(text: &str, redacted: &str) -> Option<Vec<(String, String)>> {
    let (mut parts, mut place, mut rest) = (Vec::new(), 0, text);
    for range in mark::all(redacted) {
        rest = rest.strip_prefix(redacted.get(place..range.start)?)?;
        let mark = redacted.get(range.clone())?;
        let length = mark::length(mark)?;
        let end = rest.char_indices().nth(length).map_or(rest.len(), |it| it.0);
        let (secret, behind) = rest.split_at_checked(end)?;
        parts.push((secret.to_owned(), mark.to_owned()));
        (place, rest) = (range.end, behind);
    }
    (rest == redacted.get(place..)?).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Redactor;

    #[test]
    fn a_mark_leads_back_to_its_secret() {
        let text = "user: bob\npassword: Zq8vXw3TnLp\nurl: postgres://bob:Hb5kRt2MqWz@db/shop\n";
        let redacted = Redactor::with_key([7; 32]).text(text).into_owned();
        let hidden = hidden(text, &redacted);
        let secrets: Vec<&str> = hidden.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(secrets, ["Zq8vXw3TnLp", "Hb5kRt2MqWz"]);
        assert!(hidden.iter().all(|it| redacted.contains(&it.1)));
    }

    #[test]
    fn what_does_not_fit_leads_nowhere() {
        assert!(hidden("a", "b [redacted 3 chars #a1b2c3]").is_empty());
        assert!(hidden("b xyz and more", "b [redacted 3 chars #a1b2c3]").is_empty());
    }

    #[test]
    fn the_lines_of_a_secret_are_secret_too() {
        let hidden = hidden("one\n two\n", "[redacted 9 chars]");
        let secrets: Vec<&str> = hidden.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(secrets, ["one\n two\n", "one", "two"]);
    }

    #[test]
    fn a_whole_value_is_known_in_base64_and_plain() {
        let mark = "[redacted 6 chars #a1b2c3]";
        let hidden = hidden("c2VjcmV0", mark);
        assert_eq!(hidden, [("c2VjcmV0".into(), mark.into()), ("secret".into(), mark.into())]);
    }
}
