//! A section on its way out: pieces that can be left out one by one, and the lines that stay around them.

use serde_json::Value;

use super::{
    document::{Format, Keep},
    fence::Fence,
    objects, shorten,
    table::grouped_by_prefix,
    tokens::Cost,
};

/// Nothing smaller than a piece is left out, unless one alone is too large.
#[derive(Debug)]
pub(super) struct Block {
    /// Whose words these are, if not ours.
    source: Option<String>,
    open: Vec<String>,
    pieces: Vec<String>,
    between: &'static str,
    close: Vec<String>,
    keep: Keep,
    unit: &'static str,
    origin: Origin,
    /// What the pieces cost, with what is between them.
    costs: Vec<Cost>,
}

/// What a smaller form of the pieces can be made from.
#[derive(Debug)]
enum Origin {
    Lines,
    /// Rows, and which of their cells is the name.
    Rows(Vec<Vec<String>>, usize),
    Objects(Vec<Value>, Format),
}

/// How much of a block is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) shown: usize,
    pub(super) of: usize,
    pub(super) unit: &'static str,
    pub(super) keep: Keep,
    /// Values or lines in what is shown have been cut, too.
    pub(super) shortened: bool,
}

impl Block {
    /// `unit` is the plural of what a line is.
    pub(super) fn lines(lines: Vec<String>, keep: Keep, unit: &'static str) -> Self {
        Self::new(lines, "\n", unit, keep, Origin::Lines)
    }

    pub(super) fn rows(head: Vec<String>, rows: Vec<Vec<String>>, name: usize) -> Self {
        let lines = rows.iter().map(|it| it.join("\t")).collect();
        Self::new(lines, "\n", "rows", Keep::Head, Origin::Rows(rows, name)).opened_by(head)
    }

    pub(super) fn objects(objects: Vec<Value>, format: Format) -> Self {
        let pieces = objects.iter().map(|it| objects::write(it, format)).collect();
        let is_array = format == Format::Json && objects.len() > 1;
        let between = if format == Format::Json { ",\n" } else { "\n---\n" };
        let origin = Origin::Objects(objects, format);
        let block = Self::new(pieces, between, "objects", Keep::Head, origin);
        if is_array {
            block.opened_by(vec!["[".to_owned()]).closed_by("]".to_owned())
        } else {
            block
        }
    }

    fn new(
        pieces: Vec<String>,
        between: &'static str,
        unit: &'static str,
        keep: Keep,
        origin: Origin,
    ) -> Self {
        let costs = costs(&pieces, between);
        Self {
            source: None,
            open: Vec::new(),
            pieces,
            between,
            close: Vec::new(),
            keep,
            unit,
            origin,
            costs,
        }
    }

    #[must_use]
    pub(super) fn opened_by(mut self, lines: Vec<String>) -> Self {
        self.open.extend(lines);
        self
    }

    #[must_use]
    pub(super) fn closed_by(mut self, line: String) -> Self {
        self.close.push(line);
        self
    }

    #[must_use]
    pub(super) fn of(mut self, source: String) -> Self {
        self.source = Some(source);
        self
    }

    pub(super) fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// What cannot be left out.
    pub(super) fn frame_cost(&self, fence: &Fence) -> Cost {
        let fences = self.source.iter().flat_map(|it| [fence.open(it), fence.close()]);
        let frame = self.open.iter().chain(&self.close).cloned().chain(fences);
        frame.map(|it| Cost::of_line(&it)).sum()
    }

    pub(super) fn cost(&self) -> Cost {
        self.costs.iter().copied().sum()
    }

    /// The same in fewer tokens, with nothing left out but harder to read.
    #[must_use]
    pub(super) fn dense(mut self) -> Self {
        if let Origin::Rows(rows, name) = &self.origin
            && let Some((explanation, lines)) = grouped_by_prefix(rows, *name)
        {
            self.open.insert(0, explanation);
            self.replace(lines);
        }
        self
    }

    /// Leaves out what costs more than this.
    pub(super) fn cut_to(mut self, share: Cost) -> (Self, Option<Cut>) {
        let of = self.pieces.len();
        let whole = self.cost() <= share;
        let shortened = !whole && self.shorten(share);
        self.keep_what_fits(share);
        let shown = self.pieces.len();
        let cut = Cut { shown, of, unit: self.unit, keep: self.keep, shortened };
        (self, (shortened || shown < of).then_some(cut))
    }

    /// The text, in which nothing but a fence looks like one; empty if nothing is in it.
    pub(super) fn write(&self, fence: &Fence) -> String {
        let body = (!self.pieces.is_empty()).then(|| self.pieces.join(self.between));
        let lines = self.open.iter().chain(&body).chain(&self.close);
        let text = lines.map(String::as_str).collect::<Vec<_>>().join("\n");
        fence.inside(&text).into_owned()
    }

    /// Makes pieces smaller that alone would push out all others: long lines, and an object that does not fit at all.
    fn shorten(&mut self, share: Cost) -> bool {
        match &self.origin {
            Origin::Lines => {
                let limit = share.shared_by(2);
                let mut clipped = false;
                for (line, cost) in self.pieces.iter_mut().zip(&mut self.costs) {
                    if *cost > limit {
                        *line = shorten::line(line, limit);
                        *cost = Cost::of_line(line);
                        clipped = true;
                    }
                }
                clipped
            }
            Origin::Objects(objects, format)
                if self.costs.first().is_some_and(|it| *it > share) =>
            {
                let format = *format;
                let write = |it: &Value| objects::write(it, format);
                let first = objects.first().map(|it| shorten::object(it, share, &write));
                self.replace(first.iter().map(write).collect());
                true
            }
            Origin::Objects(..) | Origin::Rows(..) => false,
        }
    }

    fn keep_what_fits(&mut self, share: Cost) {
        let total = self.costs.len();
        match self.keep {
            Keep::Head => {
                let kept = fitting(self.costs.iter(), share);
                self.pieces.truncate(kept);
                self.costs.truncate(kept);
            }
            Keep::Tail => {
                let kept = fitting(self.costs.iter().rev(), share);
                self.pieces.drain(..total - kept);
                self.costs.drain(..total - kept);
            }
        }
    }

    fn replace(&mut self, pieces: Vec<String>) {
        self.costs = costs(&pieces, self.between);
        self.pieces = pieces;
    }
}

fn costs(pieces: &[String], between: &str) -> Vec<Cost> {
    let between = Cost::of(between);
    pieces.iter().map(|it| Cost::of(it).plus(between)).collect()
}

/// How many of these come to no more than the share.
fn fitting<'a>(costs: impl Iterator<Item = &'a Cost>, share: Cost) -> usize {
    let sums = costs.scan(Cost::default(), |sum, cost| {
        *sum = sum.plus(*cost);
        Some(*sum)
    });
    sums.take_while(|it| *it <= share).count()
}
