//! How much of the whole an answer shows, and how to go on.

use std::{fmt, sync::Arc};

use super::{number::grouped, tokens::Cost};

/// The last line of a list: `showing 200 of 5,312; narrow with label_selector, or pass cursor=...`.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// How many earlier pages showed.
    pub before: usize,
    pub shown: usize,
    /// How many there are, as far as is known.
    pub total: Option<usize>,
    /// Where the next page begins.
    pub cursor: Option<String>,
    /// There is more, also where no cursor leads to it.
    pub goes_on: bool,
    /// Where it begins when not all of this page can be shown.
    pub resume: Resume,
    /// Arguments that would leave less to show, such as `label_selector`.
    pub narrow: &'static str,
    /// A complete list is said to be so by saying nothing.
    pub is_plain: bool,
}

/// The cursor behind the first so many of what a page shows.
#[derive(Clone, Default)]
pub struct Resume(Option<Arc<Behind>>);

type Behind = dyn Fn(usize) -> Option<String> + Send + Sync;

impl Resume {
    pub fn new(behind: impl Fn(usize) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(behind)))
    }

    fn behind(&self, shown: usize) -> Option<String> {
        self.0.as_ref().and_then(|it| it(shown))
    }
}

impl fmt::Debug for Resume {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Resume")
    }
}

impl Page {
    /// The line, when so many of the items that were fetched had to be left out; none when there is nothing to say.
    ///
    /// The page's own cursor points behind what was fetched, so after a cut it would skip what was left out.
    pub(super) fn line(&self, left_out: usize) -> Option<String> {
        let shown = self.shown.saturating_sub(left_out);
        let cursor = if left_out == 0 { self.cursor.clone() } else { self.resume.behind(shown) };
        let is_whole = left_out == 0
            && cursor.is_none()
            && !self.goes_on
            && self.total.is_none_or(|it| it <= self.before + shown);
        if is_whole {
            return match self.before {
                0 if self.is_plain => None,
                0 => Some(format!("showing all {}", grouped(shown))),
                _ => Some(format!("showing {}", self.count(shown, 0))),
            };
        }
        let mut ways = Vec::new();
        if !self.narrow.is_empty() {
            ways.push(format!("narrow with {}", self.narrow));
        }
        match cursor {
            Some(cursor) => ways.push(format!("pass cursor={cursor}")),
            None if left_out == 0 => ways.push("ask again with a higher limit".to_owned()),
            None if shown > 0 => ways.push(format!("ask again with limit={shown}")),
            None => {}
        }
        let count = format!("showing {}", self.count(shown, left_out));
        Some(if ways.is_empty() { count } else { format!("{count}; {}", ways.join(", or ")) })
    }

    /// What the line costs at most.
    pub(super) fn cost(&self) -> Cost {
        self.longest_line().map(|it| Cost::of_line(&it)).unwrap_or_default()
    }

    /// The most costly of the lines that it may come to.
    pub(super) fn longest_line(&self) -> Option<String> {
        let lines = [self.line(0), self.line(self.shown.saturating_sub(1).min(self.shown / 2 + 1))];
        lines.into_iter().flatten().max_by_key(|it| Cost::of_line(it))
    }

    fn count(&self, shown: usize, left_out: usize) -> String {
        let last = self.before + shown;
        let which = if self.before > 0 && shown > 0 {
            format!("{}-{}", grouped(self.before + 1), grouped(last))
        } else {
            grouped(shown)
        };
        match self.total {
            Some(total) => format!("{which} of {}", grouped(total)),
            None if self.cursor.is_some() || self.goes_on => {
                format!("{which} of at least {}", grouped(self.before + self.shown + 1))
            }
            None if left_out > 0 => format!("{which} of {}", grouped(self.before + self.shown)),
            None => which,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(total: Option<usize>, cursor: Option<&str>) -> Page {
        let cursor = cursor.map(str::to_owned);
        Page { shown: 200, total, cursor, narrow: "label_selector", ..Page::default() }
    }

    fn line(page: &Page, left_out: usize) -> String {
        page.line(left_out).unwrap_or_default()
    }

    #[test]
    fn a_page_says_how_many_there_are_and_how_to_go_on() {
        assert_eq!(
            line(&page(Some(5312), Some("b2Zm")), 0),
            "showing 200 of 5,312; narrow with label_selector, or pass cursor=b2Zm"
        );
    }

    #[test]
    fn a_later_page_says_where_it_is() {
        let later = Page { before: 400, ..page(Some(5312), Some("b2Zm")) };
        assert_eq!(
            line(&later, 0),
            "showing 401-600 of 5,312; narrow with label_selector, or pass cursor=b2Zm"
        );
        assert_eq!(
            line(&Page { before: 400, ..page(Some(600), None) }, 0),
            "showing 401-600 of 600"
        );
    }

    #[test]
    fn a_total_that_nobody_knows_is_at_least_one_more() {
        assert_eq!(
            line(&page(None, Some("b2Zm")), 0),
            "showing 200 of at least 201; narrow with label_selector, or pass cursor=b2Zm"
        );
    }

    #[test]
    fn a_complete_list_says_so_or_nothing() {
        assert_eq!(line(&page(Some(200), None), 0), "showing all 200");
        assert_eq!(line(&page(None, None), 0), "showing all 200");
        assert_eq!(Page { is_plain: true, ..page(None, None) }.line(0), None);
    }

    #[test]
    fn a_list_without_cursors_says_what_else_helps() {
        assert_eq!(
            line(&page(Some(300), None), 0),
            "showing 200 of 300; narrow with label_selector, or ask again with a higher limit"
        );
    }

    #[test]
    fn after_a_cut_the_list_goes_on_behind_what_is_shown() {
        let resume = Resume::new(|shown| (shown > 0).then(|| format!("after-{shown}")));
        let whole = Page { resume, is_plain: true, ..page(Some(200), None) };
        assert_eq!(
            line(&whole, 80),
            "showing 120 of 200; narrow with label_selector, or pass cursor=after-120"
        );
        assert_eq!(line(&whole, 200), "showing 0 of 200; narrow with label_selector");
        assert_eq!(
            line(&page(Some(5312), Some("b2Zm")), 80),
            "showing 120 of 5,312; narrow with label_selector, or ask again with limit=120"
        );
    }
}
