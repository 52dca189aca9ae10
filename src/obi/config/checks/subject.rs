//! A configuration together with the environment that counts for more than it.

use super::super::{
    environment::Environment,
    finding::{Finding, Severity},
    keys::{Entry, Key, Keys, Section},
    kind::{scalar, truth, whole},
    read,
    release::Release,
};
use crate::tree::{Content, Node, Place, Places, Step, Steps};

pub(in crate::obi) struct Subject<'a> {
    pub(in crate::obi) tree: &'a Node,
    pub(super) text: Text<'a>,
    pub(in crate::obi) environment: &'a Environment,
    pub(in crate::obi) release: Release,
    /// Where something of the tree is written.
    pub(super) written: &'a dyn Fn(Place) -> Place,
}

/// What the tree was read from.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) filled: &'a str,
    pub(super) places: &'a Places<'a>,
}

/// Where a setting comes from.
#[derive(Debug, Clone)]
pub(in crate::obi) enum Source<'a> {
    /// The name of a variable.
    Variable(&'a str),
    File(&'a Node),
}

impl<'a> Subject<'a> {
    pub(in crate::obi) fn node(&self, path: &str) -> Option<&'a Node> {
        let node = path.split('.').try_fold(self.tree, |node, key| node.get(key))?;
        (!node.is_null()).then_some(node)
    }

    /// What counts for a key, if anything is written for it: a variable before the file.
    pub(in crate::obi) fn source(&self, path: &str) -> Option<Source<'a>> {
        let variable = key(path)?.env.iter().find(|it| self.environment.text(it).is_some());
        let variable = variable.map(|it| Source::Variable(it.as_str()));
        variable.or_else(|| self.node(path).map(Source::File))
    }

    /// A number as the text that it is written as: OBI reads some as texts, for which `0x50` is no number and `010` is ten.
    pub(in crate::obi) fn as_text(&self, node: &Node) -> Option<Node> {
        let Content::Number(_) = node.content else { return None };
        let rest = self.text.filled.get(self.text.places.offset(node.place)..)?;
        let end = |it: char| it.is_whitespace() || ",]}".contains(it);
        let text =
            rest.split(end).next().filter(|it| it.contains(|it: char| it.is_ascii_digit()))?;
        Some(Node { content: Content::Text(text.to_owned()), place: node.place })
    }

    /// One value; nothing where there is no text in it.
    pub(in crate::obi) fn text(&self, path: &str) -> Option<String> {
        let text = match self.source(path)? {
            Source::Variable(name) => self.environment.text(name)?.to_owned(),
            Source::File(node) => scalar(node)?,
        };
        (!text.is_empty()).then_some(text)
    }

    pub(in crate::obi) fn number(&self, path: &str) -> Option<i64> {
        let default = || key(path)?.default.as_ref()?.as_i64();
        let written = match self.source(path) {
            Some(Source::File(Node { content: Content::Number(number), .. })) => whole(number),
            _ => self.text(path).and_then(|it| it.parse().ok()),
        };
        written.or_else(default)
    }

    pub(in crate::obi) fn is_true(&self, path: &str) -> bool {
        let default = || key(path).and_then(|it| it.default.as_ref()).is_some_and(|it| *it == true);
        let written = match self.source(path) {
            Some(Source::Variable(name)) => self.environment.text(name).and_then(read::truth),
            Some(Source::File(node)) => truth(node),
            None => None,
        };
        written.unwrap_or_else(default)
    }

    /// A list in the file, or commas in a variable; `None` where neither is written.
    pub(in crate::obi) fn list(&self, path: &str) -> Option<Vec<String>> {
        Some(match self.source(path)? {
            Source::Variable(name) => {
                let text = self.environment.text(name)?;
                text.split(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
            }
            Source::File(node) => node.items().iter().filter_map(scalar).collect(),
        })
    }

    /// About a value, at its key if there is one.
    pub(in crate::obi) fn about(
        &self,
        steps: &[Step],
        (severity, rule): (Severity, &'static str),
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Finding {
        Finding {
            severity,
            rule,
            path: Steps(steps).to_string(),
            place: self.place(steps),
            problem: problem.into(),
            fix: fix.into(),
        }
    }

    /// About a setting, wherever it comes from.
    pub(super) fn about_setting(
        &self,
        path: &str,
        (severity, rule): (Severity, &'static str),
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Finding {
        let Some(Source::Variable(name)) = self.source(path) else {
            return self.about(&steps(path), (severity, rule), problem, fix);
        };
        Self::about_variable(name, (severity, rule), problem, fix)
    }

    pub(in crate::obi) fn about_variable(
        name: &str,
        (severity, rule): (Severity, &'static str),
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Finding {
        let (problem, fix) = (problem.into(), fix.into());
        Finding { severity, rule, path: format!("${name}"), place: None, problem, fix }
    }

    /// The place of the key at the end of the steps, of the nearest thing around it if it is not there.
    pub(in crate::obi) fn place(&self, steps: &[Step]) -> Option<Place> {
        let mut node = self.tree;
        let mut place = (!steps.is_empty()).then_some(node.place)?;
        for step in steps {
            let key = if let Step::Key(name) = step { node.key_place(name) } else { None };
            let Some(next) = node.step(step) else { break };
            place = key.unwrap_or(next.place);
            node = next;
        }
        Some((self.written)(place))
    }
}

/// `otel_traces_export.endpoint`
pub(in crate::obi) fn steps(path: &str) -> Vec<Step> {
    path.split('.').filter(|it| !it.is_empty()).map(|it| Step::Key(it.to_owned())).collect()
}

/// The key of a path without lists on the way.
pub(in crate::obi) fn key(path: &str) -> Option<&'static Key> {
    let mut section: &Section = &Keys::v1().root;
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        match section.get(name.strip_suffix("[]").unwrap_or(name))? {
            Entry::Section(inside) => section = inside,
            Entry::Value(key) | Entry::Sections(key, _) => {
                return names.peek().is_none().then_some(key);
            }
        }
    }
    None
}

/// Whether there is anything in it.
pub(in crate::obi) fn is_filled(node: &Node) -> bool {
    match &node.content {
        Content::Null => false,
        Content::Text(text) => !text.is_empty(),
        Content::List(items) => !items.is_empty(),
        Content::Fields(fields) => !fields.is_empty(),
        Content::Bool(_) | Content::Number(_) => true,
    }
}
