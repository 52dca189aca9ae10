//! What all lines begin with, said once.

use super::merged::Entry;

/// Fewer lines are not worth an explanation of what is left out of them.
const MANY: usize = 10;
/// The length, in bytes, of a beginning that is left out.
const BEGINNING: std::ops::RangeInclusive<usize> = 5..=60;

/// Cuts off what all lines begin with, if that is worth it.
pub(super) fn cut_beginning(entries: &mut [Entry]) -> Option<String> {
    if entries.len() < MANY {
        return None;
    }
    let mut texts = entries.iter().map(|it| it.line.text.as_str());
    let first = texts.next()?;
    let common = texts.fold(first, |common, it| common_beginning(common, it));
    let end = boundary(common)?;
    let beginning = first.get(..end).filter(|it| !it.starts_with('{'))?.to_owned();
    for entry in entries {
        entry.line.text.drain(..end);
    }
    Some(beginning)
}

fn common_beginning<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one.char_indices().zip(other.chars()).find(|((_, one), other)| one != other);
    let end = same.map_or_else(|| one.len().min(other.len()), |((end, _), _)| end);
    one.get(..end).unwrap_or_default()
}

/// Behind a word, or behind the date of a time.
fn boundary(common: &str) -> Option<usize> {
    let ends = common.char_indices().filter(|(at, it)| {
        *it == ' '
            || *it == 'T'
                && common.get(..*at).is_some_and(|it| it.ends_with(|c: char| c.is_ascii_digit()))
    });
    ends.map(|it| it.0 + 1).rfind(|it| BEGINNING.contains(it))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::toolsets::kubernetes::kubectl_logs::merged::{merge, tests::line};

    #[test]
    fn what_all_lines_begin_with_is_cut_off_behind_a_word_or_a_date() {
        let of = |texts: Vec<String>| {
            let mut entries = merge(vec![texts.iter().map(|it| line(0, it)).collect()]);
            (cut_beginning(&mut entries), entries.pop().unwrap().line.text)
        };
        let numbered = |text: &str| (0..12).map(|it| text.replace('#', &it.to_string())).collect();
        assert_eq!(of(numbered("line # ok")), (Some("line ".to_owned()), "11 ok".to_owned()));
        assert_eq!(
            of(numbered("2026-11-25T14:0#:00Z GET /")),
            (Some("2026-11-25T".to_owned()), "14:011:00Z GET /".to_owned())
        );
        for kept in ["{\"ts\": #}", "a # b", "words#"] {
            assert_eq!(of(numbered(kept)).0, None, "{kept}");
        }
        assert_eq!(of(vec!["line 1".to_owned(); 9]).0, None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_beginning_that_was_cut_off_can_be_put_back(
            texts in prop::collection::vec("(GET /|POST /|2026-01-02T|größe )[a-z0-9 T]{0,9}", 10..14),
        ) {
            let mut entries = merge(vec![texts.iter().map(|it| line(0, it)).collect()]);
            let beginning = cut_beginning(&mut entries).unwrap_or_default();
            let whole: Vec<String> = entries.iter().map(|it| format!("{beginning}{}", it.line.text)).collect();
            prop_assert_eq!(whole, texts);
        }
    }
}
