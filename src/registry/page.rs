//! One page of a list and the cursor to the next. The cursor is a position: lists are sorted, so it stays good between changes.

/// More than any client shows at once; a list that is longer comes in pages.
const SIZE: usize = 100;

#[derive(Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// `None` when the cursor is not one of ours.
    pub fn of(items: Vec<T>, cursor: Option<&str>) -> Option<Self> {
        let start = cursor.map_or(Some(0), |it| it.parse().ok())?;
        let total = items.len();
        if start > total {
            return None;
        }
        let items: Vec<T> = items.into_iter().skip(start).take(SIZE).collect();
        let end = start + items.len();
        Some(Self { items, next: (end < total).then(|| end.to_string()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_together_are_the_list() {
        let list: Vec<usize> = (0..250).collect();
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let page = Page::of(list.clone(), cursor.as_deref()).unwrap();
            seen.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, list);
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        assert_eq!(Page::of(vec![1], Some("next please")), None);
        assert_eq!(Page::of(vec![1], Some("7")), None);
    }
}
