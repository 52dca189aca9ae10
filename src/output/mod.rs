//! How answers look when they leave: tables, pages, the token budget, redaction and fences.
//!
//! Tools say *what* they answer; how it is rendered is decided here, once, so that a new tool cannot forget it.

pub mod age;
mod block;
mod budget;
pub mod diff;
mod document;
mod fence;
mod hint;
pub mod manifest;
mod number;
mod objects;
mod page;
mod plain;
mod redact;
mod shorten;
mod table;
pub mod tokens;
pub mod yaml;

pub use self::{
    document::{Document, Format, Keep},
    hint::hinted,
    page::{Page, Resume},
    redact::{Redactor, hides},
    shorten::clip,
    table::Table,
};

use serde_json::Value;

use self::{number::grouped, tokens::Cost};

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
    /// The same as a text, where it is one.
    pub fn into_document(self) -> Option<Document> {
        match self {
            Self::Document(document) => Some(document),
            Self::Object { text, .. } => Some(Document::new().note(text)),
            Self::Media(_) => None,
        }
    }

    /// Renders, redacts, fences and cuts to the budget.
    pub fn render(self, style: &Style) -> Rendered {
        match self {
            Self::Document(document) => document.render(style),
            Self::Object { value, text } => object(value, text, style),
            Self::Media(parts) => {
                let parts = parts.into_iter().map(|it| it.redacted(&style.redactor)).collect();
                Rendered { parts, ..Rendered::default() }
            }
        }
    }
}

/// A text without what hides or moves what is seen, such as invisible letters.
pub fn plain(text: &str) -> String {
    plain::text(text).into_owned()
}

/// A text that is no answer, such as an error or a question, made fit to leave: plain, and without secrets.
pub fn presentable(text: &str, redactor: &Redactor) -> String {
    redactor.text(&plain::text(text)).into_owned()
}

fn is_json(mime_type: &str) -> bool {
    mime_type == "application/json" || mime_type.ends_with("+json")
}

/// The same for a text that is JSON: whoever reads it does so by a parser, and it has to stay JSON.
fn presentable_json(text: &str, redactor: &Redactor) -> Option<String> {
    let given: Value = serde_json::from_str(text).ok()?;
    let mut value = given.clone();
    plain::value(&mut value);
    redactor.value(&mut value);
    Some(if value == given { text.to_owned() } else { value.to_string() })
}

fn object(mut value: Value, mut text: String, style: &Style) -> Rendered {
    plain::value(&mut value);
    style.redactor.value(&mut value);
    let budget = Cost::of_tokens(style.budget);
    let is_cut = Cost::of(&value.to_string()) > budget;
    if is_cut {
        value = shorten::structured(&value, budget);
        text = format!(
            "the structured answer was cut to fit {} tokens\n{text}",
            grouped(style.budget)
        );
    }
    let rendered = Document::new().note(text).render(style);
    Rendered { structured: Some(value), truncated: is_cut || rendered.truncated, ..rendered }
}

impl Rendered {
    /// How much is sent: texts, data and media together.
    pub fn bytes(&self) -> usize {
        let structured = self.structured.as_ref().map_or(0, |it| it.to_string().len());
        self.text.len() + structured + self.parts.iter().map(Part::bytes).sum::<usize>()
    }
}

impl Part {
    /// A whole resource that is a text.
    pub fn resource(uri: &str, mime_type: &str, text: impl Into<String>) -> Self {
        let (uri, mime_type) = (uri.to_owned(), mime_type.to_owned());
        Self::Resource { uri, mime_type, content: Content::Text(text.into()) }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Text(data)
            | Self::Image { data, .. }
            | Self::Audio { data, .. }
            | Self::Resource { content: Content::Text(data) | Content::Blob(data), .. } => {
                data.len()
            }
        }
    }

    /// Media are what they are; texts among them are redacted.
    fn redacted(self, redactor: &Redactor) -> Self {
        match self {
            Self::Text(text) => Self::Text(presentable(&text, redactor)),
            Self::Resource { uri, mime_type, content: Content::Text(text) } => {
                let json = is_json(&mime_type).then(|| presentable_json(&text, redactor)).flatten();
                let text = json.unwrap_or_else(|| presentable(&text, redactor));
                let content = Content::Text(text);
                Self::Resource { uri, mime_type, content }
            }
            other => other,
        }
    }
}
