//! The pieces between the lines `---`: each is read for itself, so that a slip in one hides none in another.

use super::{
    json,
    node::Node,
    problem::{Problem, Problems},
    settle::settle,
    yaml::{self, Left},
};

/// A piece with at least one line that says something.
pub(super) struct Chunk<'a> {
    text: &'a str,
    /// Lines of the text before it.
    before: usize,
}

pub(super) fn of(text: &str) -> Vec<Chunk<'_>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut chunks = Vec::new();
    let mut open = Open::default();
    let mut place = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        // Directives stand before the marker of their document.
        if is_marker(line, "---") && (open.says_something || open.is_marked || !open.has_directive)
        {
            chunks.extend(open.close(text, place));
            open = Open { start: place, before: number, ..Open::default() };
        }
        open.take(line);
        place += line.len();
        if is_marker(line, "...") {
            chunks.extend(open.close(text, place));
            open = Open { start: place, before: number + 1, ..Open::default() };
        }
    }
    chunks.extend(open.close(text, place));
    chunks
}

/// A piece that has begun.
#[derive(Default)]
struct Open {
    start: usize,
    before: usize,
    is_marked: bool,
    has_directive: bool,
    says_something: bool,
}

impl Open {
    fn take(&mut self, line: &str) {
        self.is_marked |= is_marker(line, "---");
        self.has_directive |= line.starts_with('%');
        self.says_something |= says(line);
    }

    fn close<'a>(&self, text: &'a str, end: usize) -> Option<Chunk<'a>> {
        let text = text.get(self.start..end).filter(|_| self.says_something)?;
        Some(Chunk { text, before: self.before })
    }
}

fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker)
        .is_some_and(|it| it.is_empty() || it.starts_with([' ', '\t', '\r', '\n']))
}

/// Whether a line is more than a comment, a directive or a marker.
fn says(line: &str) -> bool {
    let is_mark = |marker| is_marker(line, marker);
    let rest = if is_mark("---") || is_mark("...") { line.get(3..) } else { Some(line) };
    let rest = rest.unwrap_or_default().trim();
    !rest.is_empty() && !rest.starts_with('#') && !line.starts_with('%')
}

impl Chunk<'_> {
    /// Its documents: one, unless it is JSON or a list. What is wrong with their scalars and keys goes to `problems`.
    pub(super) fn read(
        &self,
        left: &mut Left,
        first: usize,
        problems: &mut Problems,
    ) -> Result<Vec<Node>, Problem> {
        let mut roots = self.roots(left)?;
        if let [only] = roots.as_mut_slice()
            && let super::node::Content::List(items) = &mut only.content
        {
            roots = std::mem::take(items);
        }
        for (number, root) in roots.iter_mut().enumerate() {
            settle(root, self.text, self.before, first + number, problems);
        }
        Ok(roots)
    }

    /// Its one value, a list or not; none if there are several.
    pub(super) fn whole(&self, problems: &mut Problems) -> Result<Option<Node>, Problem> {
        let mut roots = self.roots(&mut Left::default())?;
        for root in &mut roots {
            settle(root, self.text, self.before, 1, problems);
        }
        Ok(roots.pop().filter(|_| roots.is_empty()))
    }

    fn roots(&self, left: &mut Left) -> Result<Vec<Node>, Problem> {
        let body = self.text.strip_prefix("---").unwrap_or(self.text);
        let looks_like_json = body.trim_start().starts_with(['{', '[']);
        let json = looks_like_json.then(|| json::read(body, left)).transpose();
        match json {
            Ok(Some(roots)) => Ok(roots),
            Ok(None) => Ok(vec![self.yaml(left)?]),
            // What is no JSON may be YAML in braces.
            Err(problem) => Ok(vec![self.yaml(left).map_err(|it| self.likelier(problem, it))?]),
        }
    }

    fn yaml(&self, left: &mut Left) -> Result<Node, Problem> {
        yaml::read(self.text, left).map_err(|it| self.moved(it))
    }

    /// Of two readings that failed, the one that was meant.
    fn likelier(&self, json: Problem, yaml: Problem) -> Problem {
        if self.text.contains("{{") { yaml } else { self.moved(json) }
    }

    fn moved(&self, mut problem: Problem) -> Problem {
        if let Some(place) = &mut problem.place {
            place.line += self.before;
        }
        problem
    }
}
