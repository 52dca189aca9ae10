//! How much of the whole an answer shows, and how to go on.

use super::number::grouped;

/// The last line of a list: `showing 200 of 5,312; narrow with label_selector, or pass cursor=...`.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub shown: usize,
    /// How many there are, as far as is known.
    pub total: Option<usize>,
    /// Where the next page begins.
    pub cursor: Option<String>,
    /// Arguments that would leave less to show, such as `label_selector`.
    pub narrow: &'static str,
}

impl Page {
    /// The line, when so many of the items that were fetched had to be left out.
    ///
    /// The cursor points behind what was fetched, so after a cut it would skip what was left out and is not offered.
    pub(super) fn line(&self, left_out: usize) -> String {
        let shown = self.shown.saturating_sub(left_out);
        let mut ways = Vec::new();
        if !self.narrow.is_empty() && (left_out > 0 || self.cursor.is_some()) {
            ways.push(format!("narrow with {}", self.narrow));
        }
        if left_out > 0 {
            ways.push(format!("ask again with limit={}", shown.max(1)));
        } else if let Some(cursor) = &self.cursor {
            ways.push(format!("pass cursor={cursor}"));
        }
        let count = format!("showing {}", self.count(shown, left_out));
        if ways.is_empty() { count } else { format!("{count}; {}", ways.join(", or ")) }
    }

    fn count(&self, shown: usize, left_out: usize) -> String {
        match self.total {
            Some(total) if total <= shown && self.cursor.is_none() => {
                format!("all {}", grouped(shown))
            }
            Some(total) => format!("{} of {}", grouped(shown), grouped(total)),
            None if self.cursor.is_some() => {
                format!("{} of at least {}", grouped(shown), grouped(self.shown + 1))
            }
            None if left_out > 0 => format!("{} of {}", grouped(shown), grouped(self.shown)),
            None => format!("all {}", grouped(shown)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(total: Option<usize>, cursor: Option<&str>) -> Page {
        Page { shown: 200, total, cursor: cursor.map(str::to_owned), narrow: "label_selector" }
    }

    #[test]
    fn a_page_says_how_many_there_are_and_how_to_go_on() {
        assert_eq!(
            page(Some(5312), Some("b2Zm")).line(0),
            "showing 200 of 5,312; narrow with label_selector, or pass cursor=b2Zm"
        );
    }

    #[test]
    fn a_total_that_nobody_knows_is_at_least_one_more() {
        assert_eq!(
            page(None, Some("b2Zm")).line(0),
            "showing 200 of at least 201; narrow with label_selector, or pass cursor=b2Zm"
        );
    }

    #[test]
    fn a_complete_list_says_so_and_no_more() {
        assert_eq!(page(Some(200), None).line(0), "showing all 200");
        assert_eq!(page(None, None).line(0), "showing all 200");
    }

    #[test]
    fn a_cursor_that_would_skip_what_was_cut_is_not_offered() {
        assert_eq!(
            page(Some(5312), Some("b2Zm")).line(80),
            "showing 120 of 5,312; narrow with label_selector, or ask again with limit=120"
        );
    }
}
