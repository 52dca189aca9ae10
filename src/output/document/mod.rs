//! A text answer, built from sections.

use serde_json::Value;

use super::{
    Page, Redactor, Rendered, Style, Table,
    block::{Block, Cut},
    budget,
    fence::Fence,
    number::grouped,
    plain,
    tokens::{self, Cost},
};

/// A text answer: sections in the order in which they were added.
#[derive(Debug, Clone, Default)]
pub struct Document {
    sections: Vec<Section>,
    page: Option<Page>,
    narrow: &'static str,
}

#[derive(Debug, Clone)]
enum Section {
    Note(String),
    Lines(Vec<String>),
    Table(Table),
    Manifests(Vec<Value>, Format),
    Untrusted {
        source: String,
        text: String,
        keep: Keep,
    },
    UntrustedTable {
        source: String,
        table: Table,
    },
    /// How much of its whole the last so many sections show.
    Page(Page, usize),
}

/// How manifests are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Yaml,
    Json,
}

/// Which end of a text survives a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    Head,
    Tail,
}

/// Where whole objects come from.
const OBJECTS: &str = "objects of the cluster";

/// What the line costs that says what was cut.
const NOTICE: usize = 60;

/// Lines of notes do not count as what an answer shows of a whole.
const NOTE_LINES: &str = "lines of notes";

impl Document {
    pub fn new() -> Self {
        Self::default()
    }

    /// Our own words: a sentence or a few.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.sections.push(Section::Note(text.into()));
        self
    }

    /// A list, an item a line; cut between lines.
    #[must_use]
    pub fn lines(mut self, lines: Vec<String>) -> Self {
        self.sections.push(Section::Lines(lines));
        self
    }

    #[must_use]
    pub fn table(mut self, table: Table) -> Self {
        self.sections.push(Section::Table(table));
        self
    }

    /// Whole objects as the API server gave them: redacted by kind, and cut between objects. As YAML they are fenced, since
    /// anybody's sentences can stand in them; in JSON all of these stay between quotes, and data is what was asked for.
    #[must_use]
    pub fn manifests(mut self, objects: Vec<Value>, format: Format) -> Self {
        self.sections.push(Section::Manifests(objects, format));
        self
    }

    /// What somebody else wrote, such as a log: fenced, so that nobody takes it for instructions.
    #[must_use]
    pub fn untrusted(mut self, source: &str, text: String, keep: Keep) -> Self {
        self.sections.push(Section::Untrusted { source: source.to_owned(), text, keep });
        self
    }

    /// A table with words of others in it, such as events: fenced.
    #[must_use]
    pub fn untrusted_table(mut self, source: &str, table: Table) -> Self {
        self.sections.push(Section::UntrustedTable { source: source.to_owned(), table });
        self
    }

    /// This, and what another one says, with how much of its whole that is.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        let covered = other.sections.len();
        self.sections.extend(other.sections);
        self.sections.extend(other.page.map(|it| Section::Page(it, covered)));
        self
    }

    /// How much of the whole this is; the last line.
    #[must_use]
    pub fn page(mut self, page: Page) -> Self {
        self.page = Some(page);
        self
    }

    /// Arguments that would leave less to show, such as `tail_lines`: said when something had to be cut.
    #[must_use]
    pub fn narrow(mut self, arguments: &'static str) -> Self {
        self.narrow = arguments;
        self
    }

    pub(super) fn render(self, style: &Style) -> Rendered {
        let Self { sections, page, narrow } = self;
        let fence = Fence::new(style.fence.as_deref());
        let pages: Vec<Included> = sections.iter().enumerate().filter_map(Included::of).collect();
        let blocks = sections.into_iter().map(|it| it.block(style)).collect();
        let page_cost = page.as_ref().map_or_else(Cost::default, Page::cost);
        let room = Cost::of_tokens(style.budget).minus(page_cost);
        let (mut blocks, cuts) = fit(blocks, room, &fence);
        for page in &pages {
            page.update(&mut blocks, &cuts);
        }
        let cuts: Vec<Cut> = cuts.into_iter().flatten().collect();
        let mut lines = written(&blocks, &fence);
        if !cuts.is_empty() {
            // A page says itself how to narrow.
            let narrow =
                if page.as_ref().is_some_and(|it| !it.narrow.is_empty()) { "" } else { narrow };
            lines.push(notice(&cuts, style.budget, narrow));
        }
        let left_out = cuts.iter().map(left_out).sum();
        // Not redacted: a cursor that is changed leads nowhere.
        lines.extend(page.and_then(|it| it.line(left_out)));
        let text = lines.join("\n");
        let tokens = tokens::estimate(&text);
        Rendered { text, tokens, truncated: !cuts.is_empty(), ..Rendered::default() }
    }
}

/// The page of a document that is part of another.
struct Included {
    page: Page,
    /// Where its line stands.
    place: usize,
    /// Where what it counts begins.
    start: usize,
}

impl Included {
    fn of((place, section): (usize, &Section)) -> Option<Self> {
        let Section::Page(page, covered) = section else { return None };
        Some(Self { page: page.clone(), place, start: place.saturating_sub(*covered) })
    }

    /// Says what is shown after the cut, so that its cursor skips nothing.
    fn update(&self, blocks: &mut [Block], cuts: &[Option<Cut>]) {
        let covered = cuts.get(self.start..self.place).unwrap_or_default();
        let line = self.page.line(covered.iter().flatten().map(left_out).sum());
        if let Some(block) = blocks.get_mut(self.place) {
            *block = Block::lines(line.into_iter().collect(), Keep::Head, NOTE_LINES);
        }
    }
}

/// How many items of a whole a cut takes away.
fn left_out(cut: &Cut) -> usize {
    if cut.unit == NOTE_LINES { 0 } else { cut.of - cut.shown }
}

impl Section {
    /// Redacted, and without characters that could mislead.
    fn block(self, style: &Style) -> Block {
        match self {
            Self::Note(note) => Block::lines(
                lines(&Redactor::without_fingerprints().text(&plain::text(&note))),
                Keep::Head,
                NOTE_LINES,
            ),
            // Not redacted: a cursor that is changed leads nowhere.
            Self::Page(page, _) => {
                Block::lines(page.longest_line().into_iter().collect(), Keep::Head, NOTE_LINES)
            }
            Self::Lines(items) => {
                let text = items.iter().map(|it| plain::cell(it)).collect::<Vec<_>>().join("\n");
                Block::lines(lines(&style.redactor.text(&text)), Keep::Head, "lines")
            }
            Self::Table(table) => table.block(&style.redactor),
            Self::UntrustedTable { source, table } => {
                let block = table.block(&style.redactor);
                block.of(style.redactor.text(&source).into_owned())
            }
            Self::Manifests(mut objects, format) => {
                for object in &mut objects {
                    style.redactor.manifest(object);
                }
                let block = Block::objects(objects, format);
                match format {
                    Format::Yaml => block.of(OBJECTS.to_owned()),
                    Format::Json => block,
                }
            }
            Self::Untrusted { source, text, keep } => {
                // Hidden characters go first: they could split a secret into parts that nobody recognises.
                let text = plain::text(&text);
                let block = Block::lines(lines(&style.redactor.text(&text)), keep, "lines");
                block.of(style.redactor.text(&source).into_owned())
            }
        }
    }
}

fn lines(text: &str) -> Vec<String> {
    let text = text.trim_end_matches('\n');
    if text.is_empty() { Vec::new() } else { text.split('\n').map(str::to_owned).collect() }
}

/// As much as there is room for, and what had to be cut for it.
fn fit(blocks: Vec<Block>, room: Cost, fence: &Fence) -> (Vec<Block>, Vec<Option<Cut>>) {
    if demand(&blocks, fence) <= room {
        return (blocks, Vec::new());
    }
    let blocks: Vec<Block> = blocks.into_iter().map(Block::dense).collect();
    if demand(&blocks, fence) <= room {
        return (blocks, Vec::new());
    }
    let frames = blocks.iter().map(|it| it.frame_cost(fence)).sum();
    let demands: Vec<Cost> = blocks.iter().map(Block::cost).collect();
    let shares = budget::shares(&demands, room.minus(frames).minus(Cost::of_tokens(NOTICE)));
    let fitted = blocks.into_iter().zip(shares).map(|(block, share)| block.cut_to(share));
    fitted.unzip()
}

fn demand(blocks: &[Block], fence: &Fence) -> Cost {
    blocks.iter().map(|it| it.frame_cost(fence).plus(it.cost())).sum()
}

/// One fence round neighbours that are all the words of others; each source is named where it begins.
fn written(blocks: &[Block], fence: &Fence) -> Vec<String> {
    let (mut lines, mut inside) = (Vec::new(), false);
    for block in blocks {
        let text = block.write(fence);
        match block.source() {
            Some(source) if inside => lines.push(fence.next(source)),
            Some(source) => lines.push(fence.open(source)),
            None if text.is_empty() => continue,
            None if inside => lines.push(fence.close()),
            None => {}
        }
        inside = block.source().is_some();
        lines.extend(Some(text).filter(|it| !it.is_empty()));
    }
    lines.extend(inside.then(|| fence.close()));
    lines
}

/// `cut to fit 8,000 tokens: the first 312 of 500 rows shown; narrow with tail_lines`.
fn notice(cuts: &[Cut], budget: usize, narrow: &str) -> String {
    let cuts: Vec<String> = cuts.iter().map(described).collect();
    let notice = format!("cut to fit {} tokens: {}", grouped(budget), cuts.join(", "));
    if narrow.is_empty() { notice } else { format!("{notice}; narrow with {narrow}") }
}

fn described(cut: &Cut) -> String {
    let Cut { shown, of, unit, keep, shortened } = *cut;
    let end = if keep == Keep::Tail { "last" } else { "first" };
    let count = match shown {
        _ if shown == of => format!("{} of {} {unit} shown", grouped(of), grouped(of)),
        0 => format!("none of {} {unit} shown", grouped(of)),
        _ => format!("the {end} {} of {} {unit} shown", grouped(shown), grouped(of)),
    };
    if shortened { format!("{count} with what is long in them cut") } else { count }
}

#[cfg(test)]
mod tests;
