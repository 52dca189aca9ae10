//! What two lines have in common that differ only in numbers, ids and times.

/// The line with everything masked that is likely to differ from one occurrence to the next.
pub(super) fn shape(line: &str) -> String {
    let mut shape = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let length = match rest.find(|it: char| !it.is_alphanumeric()) {
            Some(0) => first.len_utf8(),
            Some(end) => end,
            None => rest.len(),
        };
        let (word, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if varies(word) {
            mask(&mut shape);
        } else {
            shape.push_str(word);
        }
        rest = after;
    }
    shape
}

/// Words with a digit, and long ones of hex digits only.
fn varies(word: &str) -> bool {
    word.bytes().any(|it| it.is_ascii_digit())
        || word.len() >= 8 && word.bytes().all(|it| it.is_ascii_hexdigit())
}

/// The parts of an id, an address or a time are one mask.
fn mask(shape: &mut String) {
    let joined = shape.trim_end_matches(['-', ':', '.', ',', '+']);
    if joined.ends_with('#') {
        shape.truncate(joined.len());
    } else {
        shape.push('#');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_ids_and_times_do_not_count() {
        let cases = [
            ("line 12 ok", "line # ok"),
            ("2026-11-25T14:00:00.123Z GET /items/42 took 3.5ms", "# GET /items/# took #"),
            ("id 3f2b8c1e-1c2d-4a5b-9e8f-001122334455 done", "id # done"),
            ("from 10.244.0.7:8080", "from #"),
            ("digest deadbeefcafe", "digest #"),
            ("pod web-1 failed", "pod web-# failed"),
            ("größe 7 für 支付", "größe # für 支付"),
        ];
        for (line, expected) in cases {
            assert_eq!(shape(line), expected, "{line}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_shape_is_its_own_shape(line in "\\PC{0,60}") {
            let once = shape(&line);
            prop_assert_eq!(shape(&once), once.clone());
        }

        #[test]
        fn other_numbers_have_the_same_shape(one in any::<u32>(), other in any::<u32>()) {
            prop_assert_eq!(shape(&format!("took {one} ms")), shape(&format!("took {other} ms")));
        }
    }
}
