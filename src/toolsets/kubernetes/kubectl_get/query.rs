//! What a call asks for, once every argument has been checked.

use std::hash::{DefaultHasher, Hash, Hasher};

use regex::Regex;

use super::{
    Form, KubectlGet,
    cursor::Cursor,
    manifests::{Field, Trim},
};
use crate::{
    output::Format,
    tool::ToolError,
    toolsets::kubernetes::{
        mistake::Mistake, path::Path, pattern::pattern, selector, targets::misnamed,
    },
};

pub(super) const DEFAULT_LIMIT: usize = 500;
/// The same for whole manifests: already more than an answer holds, and each costs a hundred times what a row does.
const MANIFESTS: usize = 50;
/// The most columns or fields of one call.
const MOST_PATHS: usize = 50;
/// The most manifests at once, whatever is asked for.
const MOST_MANIFESTS: usize = 200;

pub(super) struct Query {
    /// Only counts are asked for, whatever the shape.
    pub(super) summary: bool,
    pub(super) shape: Shape,
    pub(super) sort: Option<Sort>,
    pub(super) grep: Option<Regex>,
    pub(super) labels: Option<String>,
    pub(super) fields: Option<String>,
    pub(super) limit: usize,
    pub(super) cursor: Option<Cursor>,
    /// See [`Cursor::question`].
    pub(super) question: u32,
    pub(super) all_namespaces: bool,
}

/// In which form objects are shown.
pub(super) enum Shape {
    Table {
        wide: bool,
        /// Instead of the columns that the API server would show.
        columns: Vec<Column>,
    },
    Names,
    Manifests {
        format: Format,
        trim: Trim,
    },
}

impl Shape {
    /// How many objects one answer shows.
    fn limit(&self, asked: Option<i64>) -> usize {
        let asked = asked.map(|it| usize::try_from(it).unwrap_or(usize::MAX));
        match self {
            Self::Manifests { trim, .. } if trim.is_whole() => {
                asked.unwrap_or(MANIFESTS).min(MOST_MANIFESTS)
            }
            _ => asked.unwrap_or(DEFAULT_LIMIT),
        }
    }
}

pub(super) struct Sort {
    pub(super) by: Column,
    pub(super) descending: bool,
}

/// Something to know of each object.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// As the caller wrote it.
    pub(super) text: String,
    pub(super) what: What,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    /// A column of the API server's own table.
    Printed,
    Images,
    Owner,
    Namespace,
    Labels,
    Label(String),
    Path(Path),
}

impl KubectlGet {
    /// All that is wrong with the arguments, at once.
    pub(super) fn check(&self) -> Result<Query, ToolError> {
        let mut problems = self.contradictions();
        problems.extend(misnamed(self.namespace.as_deref(), self.name.as_deref()));
        let mut keep_problem = |problem: String| problems.push(problem);
        if let Some(text) = &self.label_selector {
            let checked = selector::check_labels(text);
            let _ok = checked.map_err(|it| keep_problem(it.told("label_selector", text)));
        }
        if let Some(text) = &self.field_selector {
            let checked = selector::check_fields(text);
            let _ok = checked.map_err(|it| keep_problem(it.told("field_selector", text)));
        }
        for (argument, given) in [("columns", &self.columns), ("fields", &self.fields)] {
            if given.as_ref().is_some_and(|it| it.len() > MOST_PATHS) {
                let problem =
                    format!("`{argument}`: more than {MOST_PATHS} are no longer a choice");
                return Err(ToolError::invalid(problem));
            }
        }
        let columns =
            all(self.columns.as_ref(), &mut keep_problem, |it| Column::parse("columns", it));
        let fields = all(self.fields.as_ref(), &mut keep_problem, |it| {
            Ok(Field { text: it.to_owned(), path: parse_path("fields", it)? })
        });
        let sort = one(self.sort_by.as_deref(), &mut keep_problem, Sort::parse);
        let grep = one(self.grep.as_deref(), &mut keep_problem, |it| pattern("grep", it));
        let cursor = one(self.cursor.as_deref(), &mut keep_problem, |it| {
            it.parse().map_err(|problem| format!("`cursor`: {problem}"))
        });
        let question = self.question();
        if cursor.as_ref().is_some_and(|it: &Cursor| it.question != question) {
            keep_problem(
                "`cursor` goes on with another question: repeat its resource, namespace, context, selectors and grep, or leave it out to start again".to_owned(),
            );
        }
        let shape = self.shape(columns, fields);
        if !problems.is_empty() {
            return Err(ToolError::InvalidArguments(problems));
        }
        Ok(Query {
            summary: self.summary.unwrap_or_default(),
            limit: shape.limit(self.limit),
            shape,
            sort,
            grep,
            labels: self.label_selector.clone(),
            fields: self.field_selector.clone(),
            cursor,
            question,
            all_namespaces: self.all_namespaces.unwrap_or_default(),
        })
    }

    /// A number that the same objects in the same order have, in every process of this version.
    fn question(&self) -> u32 {
        let Self { resource, name, namespace, all_namespaces, context, .. } = self;
        let Self { label_selector, field_selector, grep, .. } = self;
        let mut hasher = DefaultHasher::new();
        (resource, name, namespace, all_namespaces.unwrap_or_default(), context).hash(&mut hasher);
        (label_selector, field_selector, grep).hash(&mut hasher);
        u32::try_from(hasher.finish() >> 32).unwrap_or_default()
    }

    fn shape(&self, columns: Vec<Column>, fields: Vec<Field>) -> Shape {
        let trim = Trim { fields, full: self.full.unwrap_or_default() };
        match self.form() {
            Form::Table => Shape::Table { wide: false, columns },
            Form::Wide => Shape::Table { wide: true, columns },
            Form::Name => Shape::Names,
            Form::Yaml => Shape::Manifests { format: Format::Yaml, trim },
            Form::Json => Shape::Manifests { format: Format::Json, trim },
        }
    }

    /// `fields` and `full` are about manifests, so they need no `output` beside them.
    fn form(&self) -> Form {
        let manifests = self.fields.is_some() || self.full == Some(true);
        self.output.unwrap_or(if manifests { Form::Yaml } else { Form::Table })
    }

    fn contradictions(&self) -> Vec<String> {
        let manifests = matches!(self.form(), Form::Yaml | Form::Json);
        let summary = self.summary == Some(true);
        let named = self.name.is_some();
        let rules = [
            (self.limit.is_some_and(|it| it < 1), "`limit`: less than 1 would show nothing"),
            (
                self.namespace.is_some() && self.all_namespaces == Some(true),
                "`namespace` and `all_namespaces` exclude each other",
            ),
            (
                named && self.label_selector.is_some(),
                "`name` and `label_selector` exclude each other",
            ),
            (
                named && self.field_selector.is_some(),
                "`name` and `field_selector` exclude each other",
            ),
            (
                named && self.cursor.is_some(),
                "`cursor` goes on with a list, and `name` asks for none",
            ),
            (named && summary, "`summary` counts a list, and `name` asks for none"),
            (
                self.sort_by.is_some() && self.cursor.is_some(),
                "`cursor` goes on in the API server's order, so it excludes `sort_by`",
            ),
            (
                summary
                    && (self.cursor.is_some()
                        || self.sort_by.is_some()
                        || self.columns.is_some()
                        || self.fields.is_some()
                        || self.grep.is_some()
                        || self.output.is_some()),
                "`summary` excludes `output`, `columns`, `fields`, `sort_by`, `grep` and `cursor`",
            ),
            (
                manifests && self.columns.is_some(),
                "`columns` are for tables; use `fields` with yaml and json",
            ),
            (
                manifests && self.grep.is_some(),
                "`grep` looks at table rows; use `fields` with yaml and json",
            ),
            (
                !manifests && self.fields.is_some(),
                "`fields` are for yaml and json; use `columns` with tables",
            ),
        ];
        rules.into_iter().filter(|it| it.0).map(|it| it.1.to_owned()).collect()
    }
}

impl Query {
    /// Whether rows have to be looked at that are not shown.
    pub(super) fn scans(&self) -> bool {
        self.sort.is_some() || self.grep.is_some()
    }

    /// The path or label to sort by, as the caller wrote it. Unlike a column, it may be one that nothing has.
    pub(super) fn sorts_by_path(&self) -> Option<&str> {
        let by = &self.sort.as_ref()?.by;
        matches!(by.what, What::Path(_) | What::Label(_)).then_some(by.text.as_str())
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = &Column> {
        let shown = match &self.shape {
            Shape::Table { columns, .. } => columns.as_slice(),
            _ => &[],
        };
        shown.iter().chain(self.sort.as_ref().map(|it| &it.by))
    }
}

impl Sort {
    fn parse(text: &str) -> Result<Self, String> {
        let by = text.strip_prefix('-').unwrap_or(text);
        Ok(Self { by: Column::parse("sort_by", by)?, descending: by.len() < text.len() })
    }
}

impl Column {
    pub(super) fn parse(argument: &str, text: &str) -> Result<Self, String> {
        let text = text.trim();
        let what = match text.to_ascii_lowercase().as_str() {
            "image" | "images" => What::Images,
            "owner" => What::Owner,
            "namespace" => What::Namespace,
            "label" | "labels" => What::Labels,
            _ => match text.split_once(':') {
                Some(("label" | "labels", key)) => What::Label(key.to_owned()),
                _ if text.contains(['.', '{', '[', '$']) => What::Path(parse_path(argument, text)?),
                _ => What::Printed,
            },
        };
        Ok(Self { text: text.to_owned(), what })
    }
}

fn parse_path(argument: &str, text: &str) -> Result<Path, String> {
    Path::parse(text).map_err(|it: Mistake| it.told(argument, text))
}

fn all<T>(
    texts: Option<&Vec<String>>,
    keep_problem: &mut impl FnMut(String),
    parse: impl Fn(&str) -> Result<T, String>,
) -> Vec<T> {
    let parsed = texts.into_iter().flatten().map(|it| parse(it));
    parsed.filter_map(|it| it.map_err(&mut *keep_problem).ok()).collect()
}

fn one<T>(
    text: Option<&str>,
    keep_problem: &mut impl FnMut(String),
    parse: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    parse(text?).map_err(keep_problem).ok()
}
