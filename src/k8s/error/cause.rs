//! One cause for which the API server does not take an object.

/// Before the value that is wrong, as the API server writes it.
const BEFORE: &str = "Invalid value: ";

const FOR_GOOD: &str =
    "it is decided when the object is made: to change it, delete the object and make it again";

/// What is told of a field that keeps its value for good.
const FINAL: [&str; 4] = [
    "immutable",
    "may not change fields",
    "may not change once set",
    "updates to statefulset spec for fields",
];

/// `Invalid value: {"matchLabels":…}: field is immutable` without a value of more bytes, and with what to do.
pub(super) fn cause(message: &str, longest: usize) -> String {
    let message = without_value(message, longest);
    let is_for_good = FINAL.iter().any(|it| message.contains(it));
    // What follows is how both look, with everything that is in them.
    let line = message.lines().next().unwrap_or_default();
    if is_for_good { format!("{line} ({FOR_GOOD})") } else { line.to_owned() }
}

fn without_value(message: &str, longest: usize) -> String {
    let Some((before, rest)) = message.split_once(BEFORE) else { return message.to_owned() };
    match value_length(rest) {
        Some(length) if length <= longest => message.to_owned(),
        Some(length) => {
            let reason = rest.get(length..).unwrap_or_default().trim_start_matches(": ");
            format!("{before}{reason}")
        }
        // No end is seen: the reason is the last of it.
        None if rest.len() > longest => {
            let reason = rest.rsplit_once(": ").map_or("", |it| it.1);
            format!("{before}invalid value: {reason}")
        }
        None => message.to_owned(),
    }
}

/// The bytes of the quoted text or the JSON that a message begins with.
fn value_length(text: &str) -> Option<usize> {
    if text.starts_with('"') {
        let mut is_escaped = false;
        let end = text.char_indices().skip(1).find(|(_, letter)| {
            let is_end = *letter == '"' && !is_escaped;
            is_escaped = *letter == '\\' && !is_escaped;
            is_end
        });
        return end.map(|(place, _)| place + 1);
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_without_the_object_that_it_is_about() {
        let long = "x".repeat(200);
        let cases = [
            (
                r#"Invalid value: "many": must be a number"#.to_owned(),
                r#"Invalid value: "many": must be a number"#,
            ),
            (
                format!(
                    r#"Invalid value: "{{\"a\":\"{long}\"}}": strict decoding error: unknown field "spec.b""#
                ),
                r#"strict decoding error: unknown field "spec.b""#,
            ),
            (format!(r#"Invalid value: {{"a":"{long}: x"}}: field is wrong"#), "field is wrong"),
            (format!("Invalid value: v1.Spec{{A: {long}}}: wrong"), "invalid value: wrong"),
            ("Required value: name it".to_owned(), "Required value: name it"),
        ];
        for (message, told) in cases {
            assert_eq!(cause(&message, 80), told);
        }
    }

    #[test]
    fn what_is_decided_for_good_is_told_with_what_to_do() {
        for message in [
            "Invalid value: 3: field is immutable",
            "Invalid value: [\"10.96.7.99\"]: may not change once set",
            "Forbidden: pod updates may not change fields other than `spec.tolerations`\n  core.PodSpec{Env: hunter2}",
        ] {
            let told = cause(message, 80);
            assert!(told.ends_with("make it again)") && !told.contains("hunter2"), "{told}");
        }
    }
}
