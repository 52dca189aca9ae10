//! The lines of several logs in the order in which they were written.

use std::collections::{BTreeSet, HashMap};

use super::sieve::Line;
use crate::toolsets::kubernetes::shape::shape;

/// A line, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) stream: usize,
    pub(super) line: Line,
    /// The other streams that have such a line.
    pub(super) others: BTreeSet<usize>,
}

/// By time; lines of one log stay in their order.
pub(super) fn merge(logs: Vec<Vec<Line>>) -> Vec<Entry> {
    let entry = |stream, line| Entry { stream, line, others: BTreeSet::new() };
    let logs = logs.into_iter().enumerate();
    let mut entries: Vec<Entry> = logs
        .flat_map(|(stream, lines)| lines.into_iter().map(move |it| entry(stream, it)))
        .collect();
    entries.sort_by_key(|it| it.line.at);
    entries
}

/// Lines of one shape become the last of them.
pub(super) fn fold(entries: Vec<Entry>) -> Vec<Entry> {
    let mut last: HashMap<String, usize> = HashMap::new();
    let mut folded: Vec<Option<Entry>> = Vec::with_capacity(entries.len());
    for mut entry in entries {
        let earlier = last.insert(shape(&entry.line.text), folded.len());
        if let Some(earlier) = earlier.and_then(|it| folded.get_mut(it)?.take()) {
            entry.line.count += earlier.line.count;
            entry.others.extend(earlier.others);
            entry.others.insert(earlier.stream);
            entry.others.remove(&entry.stream);
        }
        folded.push(Some(entry));
    }
    folded.into_iter().flatten().collect()
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    /// So many seconds after a certain time.
    pub(in crate::toolsets::kubernetes::kubectl_logs) fn line(second: i64, text: &str) -> Line {
        let at = Timestamp::from_second(1_764_081_000 + second).ok();
        Line { at, text: text.to_owned(), count: 1, number: u64::try_from(second).unwrap() }
    }

    #[test]
    fn lines_of_one_shape_are_the_last_of_them_with_their_number() {
        let one = vec![line(0, "took 1 ms"), line(1, "started"), line(2, "took 3 ms")];
        let other = vec![line(3, "took 4 ms")];
        let folded = fold(merge(vec![one, other]));
        let told = |it: &Entry| (it.line.text.clone(), it.line.count, it.others.len());
        let told: Vec<_> = folded.iter().map(told).collect();
        assert_eq!(told, [("started".to_owned(), 1, 0), ("took 4 ms".to_owned(), 3, 1)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn merging_loses_nothing_and_keeps_the_order_of_each_log(
            logs in prop::collection::vec(prop::collection::vec(0..50_i64, 0..9), 1..5),
        ) {
            let logs: Vec<Vec<Line>> = logs
                .into_iter()
                .map(|mut times| {
                    times.sort_unstable();
                    times.into_iter().map(|it| line(it, "x")).collect()
                })
                .collect();
            let entries = merge(logs.clone());
            for (stream, log) in logs.iter().enumerate() {
                let of_stream = entries.iter().filter(|it| it.stream == stream);
                prop_assert_eq!(&of_stream.map(|it| it.line.clone()).collect::<Vec<_>>(), log);
            }
            prop_assert!(entries.is_sorted_by_key(|it| it.line.at));
        }
    }
}
