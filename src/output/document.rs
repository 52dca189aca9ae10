//! A text answer, built from sections.

use serde_json::Value;

use super::{Page, Rendered, Style, Table, tokens};

/// A text answer: sections in the order in which they were added.
#[derive(Debug, Clone, Default)]
pub struct Document {
    sections: Vec<Section>,
    page: Option<Page>,
}

#[derive(Debug, Clone)]
enum Section {
    Note(String),
    Lines(Vec<String>),
    Table(Table),
    Manifests(Vec<Value>, Format),
    Untrusted { source: String, text: String, keep: Keep },
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

    /// Whole objects as the API server gave them; they are redacted by kind, and cut between objects.
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

    /// How much of the whole this is; the last line.
    #[must_use]
    pub fn page(mut self, page: Page) -> Self {
        self.page = Some(page);
        self
    }

    pub(super) fn render(self, style: &Style) -> Rendered {
        let mut text = String::new();
        for section in self.sections {
            match section {
                Section::Note(note) => text.push_str(&style.redactor.text(&note)),
                Section::Lines(lines) => text.push_str(&lines.join("\n")),
                Section::Table(table) => text.push_str(&table.render()),
                Section::Manifests(objects, _) => {
                    for mut object in objects {
                        style.redactor.manifest(&mut object);
                        text.push_str(&object.to_string());
                    }
                }
                Section::Untrusted { text: untrusted, .. } => {
                    text.push_str(&style.redactor.text(&untrusted));
                }
            }
            text.push('\n');
        }
        text.truncate(text.trim_end().len());
        let tokens = tokens::estimate(&text);
        Rendered { text, tokens, ..Rendered::default() }
    }
}
