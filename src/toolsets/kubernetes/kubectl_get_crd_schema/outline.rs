//! The fields below a place, a line each, as many and with as many words as there is room for.

use serde_json::{Value, json};

use super::place::{Field, Place};
use crate::{
    output::{self, Keep, Redactor, clip, tokens::estimate},
    toolsets::kubernetes::openapi::{Document, Schema},
};

/// What an answer should cost, in tokens, and what it may when a depth was asked for.
const USUAL: usize = 1_500;
const WIDE: usize = 5_000;
const USUAL_DEPTH: u8 = 2;
/// The most characters of descriptions that are tried, the first that fits is taken.
const WORDS: [usize; 3] = [90, 45, 0];
/// Unless a depth was asked for, these are worth more than another level.
const USUAL_WORDS: usize = 45;
/// Of one field that was asked for.
const WHOLE: usize = 1_500;
const MOST_VALUES: usize = 25;
/// Everybody knows its fields.
const METADATA: &str = "ObjectMeta";

pub(super) struct Outline<'a> {
    pub(super) document: &'a Document,
    pub(super) place: &'a Place,
    pub(super) field: Field<'a>,
    pub(super) redactor: &'a Redactor,
}

/// How much is said.
#[derive(Clone, Copy)]
struct Detail {
    depth: u8,
    words: usize,
}

impl Detail {
    const LEAST: Self = Self { depth: 1, words: 0 };
}

/// Lines, and what has to be explained in them.
#[derive(Default)]
struct Lines {
    all: Vec<String>,
    has_required: bool,
    has_folded: bool,
}

impl Outline<'_> {
    pub(super) fn answer(&self, depth: Option<u8>) -> output::Document {
        let (outlined, detail) = self.fitting(depth);
        let resource = &self.place.resource;
        let mut document = output::Document::new().note(self.title());
        if let Some(hint) = self.hint(&outlined, detail, depth) {
            document = document.note(hint);
        }
        let lines: Vec<String> = self.about().into_iter().chain(outlined.all).collect();
        if lines.is_empty() || resource.is_built_in() {
            return document.lines(lines);
        }
        // Whoever defined the kind wrote these words.
        let source = format!("schema of {}", resource.full_name());
        document.untrusted(&source, lines.join("\n"), Keep::Head)
    }

    /// `apps/v1 Deployment (deployments.apps)`, `spec.template PodTemplateSpec of apps/v1 Deployment, required`; a colon behind
    /// `Secret` would make a secret of what follows
    fn title(&self) -> String {
        let Place { resource, path, .. } = self.place;
        let of = format!("{} {}", resource.api_version(), resource.kind);
        if path.is_empty() {
            return format!("{of} ({})", resource.full_name());
        }
        let kind = self.field.schema.type_name();
        let required = if self.field.required { ", required" } else { "" };
        format!("{} {kind} of {of}{required}", path.join("."))
    }

    /// What is said of the place itself: of a single field all of it.
    fn about(&self) -> Vec<String> {
        let Field { schema, required } = self.field;
        let target = self.document.element(schema);
        let is_leaf = target.properties.is_empty();
        let mut about = match (&schema.description, &target.description) {
            (Some(text), _) if is_leaf => {
                let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                clip(&mut text, WHOLE);
                vec![text]
            }
            (Some(text), _) | (None, Some(text)) => vec![first_sentence(text, 2 * WORDS[0])],
            (None, None) => Vec::new(),
        };
        if is_leaf {
            let facts = self.facts(&self.place.path, schema, required);
            about.extend(limits(target).into_iter().chain(facts));
        }
        about.retain(|it| !it.is_empty());
        about
    }

    fn hint(&self, outlined: &Lines, detail: Detail, asked: Option<u8>) -> Option<String> {
        let target = self.document.element(self.field.schema);
        let is_root = self.place.path.is_empty();
        let says_nothing = target.properties.keys().all(|it| is_root && is_common(it));
        if says_nothing {
            let any = "its definition says nothing about its fields: any are taken";
            return (is_root || target.is_open()).then(|| any.to_owned());
        }
        let place = self.place.text();
        let hints = [
            outlined.has_required.then(|| "* required".to_owned()),
            outlined.has_folded.then(|| format!("{{n}} = n more fields: ask for {place}.FIELD")),
            asked
                .filter(|it| *it > detail.depth)
                .map(|_| format!("deeper than {} would be too long", detail.depth)),
        ];
        let hints: Vec<String> = hints.into_iter().flatten().collect();
        (!hints.is_empty()).then(|| hints.join("; "))
    }

    /// The most that fits: fewer words before fewer levels.
    fn fitting(&self, asked: Option<u8>) -> (Lines, Detail) {
        let most = if asked.is_some() { WIDE } else { USUAL };
        let fewest = if asked.is_some() { 0 } else { USUAL_WORDS };
        let levels = (1..=asked.unwrap_or(USUAL_DEPTH)).rev();
        let details = levels.flat_map(|depth| WORDS.map(|words| Detail { depth, words }));
        let mut details = details.filter(|it| it.words >= fewest || it.depth == 1);
        let fitting = details.find_map(|detail| {
            let outlined = self.outlined(detail);
            let fits = estimate(&outlined.all.join("\n")) <= most;
            fits.then_some((outlined, detail))
        });
        fitting.unwrap_or_else(|| (self.outlined(Detail::LEAST), Detail::LEAST))
    }

    fn outlined(&self, detail: Detail) -> Lines {
        let mut lines = Lines::default();
        let mut path = self.place.path.clone();
        self.write(self.document.element(self.field.schema), detail, &mut path, &mut lines);
        lines
    }

    /// The fields of what stands at a path, and those below them.
    fn write(&self, schema: &Schema, detail: Detail, path: &mut Vec<String>, out: &mut Lines) {
        let level = path.len().saturating_sub(self.place.path.len());
        let is_root = path.is_empty();
        let fields = schema.properties.iter();
        for (name, field) in
            fields.filter(|it| !is_root || !matches!(&**it.0, "apiVersion" | "kind"))
        {
            let target = self.document.element(field);
            let is_common = is_root && is_common(name) || field.type_name() == METADATA;
            let folded = is_common || level + 1 >= usize::from(detail.depth);
            let required = schema.required.iter().any(|it| it == name);
            out.has_required |= required;
            out.has_folded |= folded && !target.properties.is_empty();
            path.push(name.to_string());
            let facts = self.facts(path, field, required);
            let line = Line { name, field, target, required, folded, facts };
            out.all.push(line.write(detail.words, level));
            if !folded {
                self.write(target, detail, path, out);
            }
            path.pop();
        }
    }

    /// The values that are possible, and the one that is taken without any. Those of a password are passwords.
    fn facts(&self, path: &[String], schema: &Schema, required: bool) -> Vec<String> {
        let plain = |it: &Value| plain(self.redacted(path, it));
        let values: Vec<String> = schema.values.iter().take(MOST_VALUES).map(plain).collect();
        let more = schema.values.len().saturating_sub(values.len());
        let more = if more > 0 { format!("|… {more} more") } else { String::new() };
        let values = (!values.is_empty()).then(|| values.join("|") + &more);
        // An empty object, or a default of what must be given, is how generated schemas say that there is none.
        let default = schema.default.as_ref().filter(|it| !required && !is_empty(it));
        values.into_iter().chain(default.map(|it| format!("={}", plain(it)))).collect()
    }

    /// A value as an object that has it at this path would be shown.
    fn redacted(&self, path: &[String], value: &Value) -> Value {
        let within = |value: Value, name: &String| json!({ name.as_str(): value });
        let mut object = path.iter().rev().fold(value.clone(), within);
        self.redactor.value(&mut object);
        let inner = path.iter().try_fold(&mut object, |it, name| it.get_mut(name.as_str()));
        inner.map(Value::take).unwrap_or_default()
    }
}

/// One field of an object.
struct Line<'a> {
    name: &'a str,
    field: &'a Schema,
    /// What has its fields.
    target: &'a Schema,
    required: bool,
    folded: bool,
    facts: Vec<String>,
}

impl Line<'_> {
    /// `  protocol string SCTP|TCP|UDP =TCP: Protocol for port`
    fn write(&self, words: usize, level: usize) -> String {
        let Self { name, field, target, required, folded, facts } = self;
        let kind = field.type_name();
        let mark = if *required { "*" } else { "" };
        let mut line = format!("{}{name}{mark} {kind}", "  ".repeat(level));
        if field.takes_any() {
            line.push_str(", any fields");
        }
        for fact in facts {
            line.extend([" ", fact]);
        }
        if *folded && !target.properties.is_empty() {
            line = format!("{line} {{{}}}", target.properties.len());
        }
        let description = field.description.as_ref().or(target.description.as_ref());
        let description = description.filter(|_| words > 0 && kind != METADATA);
        let description = description.map(|it| first_sentence(it, words)).unwrap_or_default();
        if description.is_empty() { line } else { format!("{line}: {description}") }
    }
}

/// What every kind has.
fn is_common(name: &str) -> bool {
    matches!(name, "apiVersion" | "kind" | "metadata" | "status")
}

fn limits(schema: &Schema) -> Vec<String> {
    let number = |name: &str, it: &Option<Value>| it.as_ref().map(|it| format!("{name} {it}"));
    let text = |name: &str, it: &Option<Box<str>>| it.as_ref().map(|it| format!("{name} {it}"));
    let all = [
        text("format", &schema.format),
        number("at least", &schema.minimum),
        number("at most", &schema.maximum),
        text("pattern", &schema.pattern),
    ];
    all.into_iter().flatten().collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Null => true,
        _ => false,
    }
}

fn plain(value: Value) -> String {
    let mut text = match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    clip(&mut text, 60);
    text
}

/// On one line, and no longer than so many characters.
fn first_sentence(text: &str, most: usize) -> String {
    let text = text.split("\n\n").next().unwrap_or_default();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = text.match_indices(". ").map(|it| it.0).find(|it| !is_abbreviation(&text, *it));
    let mut sentence = text.get(..end.unwrap_or(text.len())).unwrap_or_default().to_owned();
    sentence.truncate(sentence.trim_end_matches('.').len());
    clip(&mut sentence, most);
    sentence
}

fn is_abbreviation(text: &str, end: usize) -> bool {
    let before = text.get(..end).unwrap_or_default();
    ["i.e", "e.g", "etc", "vs"].iter().any(|it| before.ends_with(it))
}
