//! How answers look when they leave: tables, pages, the token budget, redaction and fences.
//!
//! Tools say *what* they answer; how it is rendered is decided here, once, so that a new tool cannot forget it.

mod document;
mod page;
mod redact;
mod table;
pub mod tokens;

pub use self::{
    document::{Document, Format, Keep},
    page::Page,
    redact::Redactor,
    table::Table,
};

use serde_json::Value;

/// What a tool, a resource or a prompt answers, before it is rendered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Text: a table, a log, manifests, a report.
    Document(Document),
    /// A small object, and a short text that says the same.
    Object { value: Value, text: String },
    /// Content that is not only text, such as an image.
    Media(Vec<Part>),
}

impl From<Document> for Answer {
    fn from(document: Document) -> Self {
        Self::Document(document)
    }
}

/// One piece of content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(String),
    /// `data` is base64.
    Image {
        data: String,
        mime_type: String,
    },
    /// `data` is base64.
    Audio {
        data: String,
        mime_type: String,
    },
    /// A whole resource.
    Resource {
        uri: String,
        mime_type: String,
        content: Content,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Text(String),
    /// Base64.
    Blob(String),
}

/// How an answer is to look.
#[derive(Debug, Clone)]
pub struct Style {
    /// The most tokens that an answer may have.
    pub budget: usize,
    pub redactor: Redactor,
    /// The marker of all fences, for tests; otherwise a new random one for every answer.
    pub fence: Option<String>,
}

/// An answer ready to leave: redacted, fenced and within the budget.
#[derive(Debug, Clone, Default)]
pub struct Rendered {
    pub text: String,
    /// What an [`Answer::Object`] holds.
    pub structured: Option<Value>,
    /// What an [`Answer::Media`] holds; `text` is empty then.
    pub parts: Vec<Part>,
    /// Something was left out to fit the budget, and the text says so.
    pub truncated: bool,
    /// A careful estimate of what the text costs.
    pub tokens: usize,
}

impl Answer {
    /// Renders, redacts, fences and cuts to the budget.
    pub fn render(self, style: &Style) -> Rendered {
        match self {
            Self::Document(document) => document.render(style),
            Self::Object { mut value, text } => {
                style.redactor.value(&mut value);
                let text = style.redactor.text(&text).into_owned();
                let tokens = tokens::estimate(&text);
                Rendered { text, structured: Some(value), tokens, ..Rendered::default() }
            }
            Self::Media(parts) => Rendered { parts, ..Rendered::default() },
        }
    }
}
