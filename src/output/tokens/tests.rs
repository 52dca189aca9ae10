use std::{collections::BTreeMap, fs, path::Path};

use proptest::prelude::*;

use super::*;

/// The samples with their true counts.
fn samples() -> Vec<(String, String, usize)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let counts = fs::read_to_string(folder.join("counts.json")).unwrap();
    let counts: BTreeMap<String, usize> = serde_json::from_str(&counts).unwrap();
    let read = |name: &String| fs::read_to_string(folder.join(name)).unwrap();
    counts.into_iter().map(|(name, count)| (name.clone(), read(&name), count)).collect()
}

/// By how many percent an estimate is over the truth.
fn error(estimate: usize, truth: usize) -> i64 {
    (i64::try_from(estimate).unwrap() - i64::try_from(truth).unwrap()) * 100
        / i64::try_from(truth).unwrap()
}

#[test]
fn no_sample_is_underestimated_by_more_than_five_percent_or_overestimated_by_thirty_five() {
    let samples = samples();
    assert!(samples.len() >= 20);
    let errors: Vec<(String, i64)> = samples
        .into_iter()
        .map(|(name, text, truth)| (name, error(estimate(&text), truth)))
        .inspect(|(name, error)| println!("{name:30} {error:+} %"))
        .collect();
    for (name, error) in errors {
        assert!((-5..35).contains(&error), "{name}: {error:+} %");
    }
}

#[test]
fn the_lines_of_a_text_cost_what_the_text_costs() {
    for (name, text, _) in samples() {
        let lines: Cost = text.split_terminator('\n').map(Cost::of_line).sum();
        let error = error(lines.tokens(), Cost::of(&text).tokens());
        assert!((-1..25).contains(&error), "{name}: {error:+} %");
    }
}

proptest! {
    #[test]
    fn only_an_empty_text_costs_nothing_and_no_character_costs_more_than_four_tokens(text in any::<String>()) {
        prop_assert_eq!(text.is_empty(), estimate(&text) == 0);
        prop_assert!(estimate(&text) <= text.chars().count() * 4);
    }

    #[test]
    fn another_line_never_makes_a_text_cheaper(text in any::<String>(), line in "\\PC{0,40}") {
        let longer = format!("{text}\n{line}");
        prop_assert!(Cost::of(&longer) >= Cost::of(&text));
    }
}
