//! "Did you mean": the one measure of likeness behind every such question.

/// The candidate that a mistyped name most likely meant, if any is near enough.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    several(name, candidates, 1).pop()
}

/// A name that is longer was not mistyped, and comparing takes time that grows with its length.
const LONGEST: usize = 128;

/// How alike two names are that may be meant for each other; the same are 1.
const NEAR: f64 = 0.6;

/// Up to `limit` candidates that are near enough, the nearest first.
pub fn several<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: usize,
) -> Vec<&'a str> {
    if name.len() > LONGEST {
        return Vec::new();
    }
    let name = name.to_ascii_lowercase();
    let mut near: Vec<(f64, &str)> = candidates
        .into_iter()
        .filter(|it| is_as_long(&name, it))
        .map(|it| (likeness(&name, it), it))
        .filter(|it| it.0 >= NEAR)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    near.truncate(limit);
    near.into_iter().map(|(_, it)| it).collect()
}

/// Every letter that one name has more than the other is one that differs, and lengths are compared sooner than letters.
fn is_as_long(name: &str, candidate: &str) -> bool {
    let (one, other) = (name.chars().count(), candidate.chars().count());
    let (short, long) = (one.min(other), one.max(other));
    10 * short >= 6 * long
}

fn likeness(name: &str, candidate: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(name, &candidate.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_the_name_that_was_meant() {
        let names = ["kubectl_get", "kubectl_logs", "kubectl_version"];
        assert_eq!(nearest("kubctl_get", names), Some("kubectl_get"));
        assert_eq!(nearest("KUBECTL_LOG", names), Some("kubectl_logs"));
    }

    #[test]
    fn a_name_that_is_far_too_long_is_not_compared() {
        let long = format!("kubectl_get{}", "!".repeat(LONGEST));
        assert_eq!(nearest(&long, [long.as_str()]), None);
    }

    #[test]
    fn what_resembles_nothing_finds_nothing() {
        assert_eq!(nearest("helm", ["kubectl_get", "kubectl_logs"]), None);
    }
}
