//! Rules of version 1. OBI reads one of several sets of them, and leaves the others be without an error.

use std::time::Duration;

use super::{
    super::{
        super::config::{
            Enabled, Finding, METADATA, Severity, Source, Subject, duration, is_filled, scalar,
            steps, truth,
        },
        super::pattern::Pattern,
        numbers::Numbers,
    },
    Rule, RuleRef, Rules, Selection, Unread,
    criterion::{Criterion, Test},
    defaults::{SYSTEM_PATHS, exclusions},
    rule::Family,
};
use crate::tree::{Content, Node, Step};

/// How often OBI looks if nothing else is written.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);
pub(super) const LEAST_AGE: Duration = Duration::from_secs(5);

/// What refines a rule and asks for nothing.
const REFINEMENTS: [&str; 6] = ["name", "namespace", "exports", "sampler", "routes", "metrics"];

/// Of regular expressions only; `exe_path` counts for more.
const OLD_PATH: &str = "exe_path_regexp";

pub(super) fn read(subject: &Subject<'_>) -> Result<Selection, Finding> {
    let written = Written::of(subject)?;
    let time =
        |path: &str, default| subject.text(path).and_then(|it| duration(&it)).unwrap_or(default);
    let interval = time("discovery.poll_interval", INTERVAL);
    let (rules, unread) = written.read();
    Ok(Selection {
        is_version2: false,
        is_on: Enabled::of(subject).application,
        rules,
        unread,
        least_age: time("discovery.min_process_age", LEAST_AGE),
        interval: if interval.is_zero() { INTERVAL } else { interval },
        system_paths: system_paths(subject),
        leaves_out_exporters: subject.is_true("discovery.exclude_otel_instrumented_services"),
        otlp_port: subject
            .number("discovery.default_otlp_grpc_port")
            .and_then(|it| u16::try_from(it).ok())
            .unwrap_or_default(),
        doubts: Vec::new(),
    })
}

fn system_paths(subject: &Subject<'_>) -> Vec<String> {
    let written =
        subject.tree.get("discovery").and_then(|it| it.get("excluded_linux_system_paths"));
    match written {
        Some(written) => written.items().iter().filter_map(scalar).collect(),
        None => SYSTEM_PATHS.map(str::to_owned).to_vec(),
    }
}

/// Why something is not read.
const PIDS: &str = "target_pids is written, and nothing else chooses then";
const OLD: &str = "discovery.services is written, and OBI does not read it then";
const NEW: &str = "discovery.instrument is written, and OBI does not read it then";

/// Everything that is written, read or not.
struct Written {
    pids: Option<Criterion>,
    ports: Option<Criterion>,
    old_path: Option<Criterion>,
    path: Option<Criterion>,
    language: Option<Criterion>,
    instrument: Vec<Rule>,
    exclude_instrument: Vec<Rule>,
    default_exclude_instrument: Vec<Rule>,
    services: Vec<Rule>,
    exclude_services: Vec<Rule>,
    default_exclude_services: Vec<Rule>,
}

impl Written {
    fn of(subject: &Subject<'_>) -> Result<Self, Finding> {
        let globs = |name: &str, kind: Kind| list(subject, name, Family::Globs, kind);
        let regexes = |name: &str, kind: Kind| list(subject, name, Family::Regexes, kind);
        let numbers = |path: &str, key: &str, test: fn(Numbers) -> Test| {
            setting(subject, path, key, |it| Numbers::of(it).map(test))
        };
        let exe = ["OTEL_EBPF_AUTO_TARGET_EXE", "OTEL_GO_AUTO_TARGET_EXE"];
        Ok(Self {
            pids: numbers("target_pids", "target_pids", Test::Pids)?,
            ports: numbers("open_port", "open_ports", Test::Ports)?,
            old_path: setting(subject, "executable_path", "exe_path", |it| {
                Pattern::regex(&scalar(it).unwrap_or_default()).map(Test::Path)
            })?,
            path: variable(subject, &exe, "exe_path", Test::Path)?,
            language: variable(
                subject,
                &["OTEL_EBPF_AUTO_TARGET_LANGUAGE"],
                "languages",
                Test::Language,
            )?,
            instrument: globs("instrument", Kind::Choosing)?,
            exclude_instrument: globs("exclude_instrument", Kind::Excluding)?,
            default_exclude_instrument: globs("default_exclude_instrument", Kind::Default)?,
            services: regexes("services", Kind::Choosing)?,
            exclude_services: regexes("exclude_services", Kind::Excluding)?,
            default_exclude_services: regexes("default_exclude_services", Kind::Default)?,
        })
    }

    /// Regular expressions count only where nothing is written in globs.
    fn family(&self) -> Family {
        let is_old = !self.services.is_empty() || !self.exclude_services.is_empty();
        let is_new = !self.instrument.is_empty() || !self.exclude_instrument.is_empty();
        if is_old && !is_new { Family::Regexes } else { Family::Globs }
    }

    fn read(self) -> (Rules, Vec<Unread>) {
        let family = self.family();
        let mut unread = Unreads::default();
        let single = |criteria: [&Option<Criterion>; 3]| {
            let criteria: Vec<Criterion> = criteria.into_iter().flatten().cloned().collect();
            let at = criteria.first().map(|it| it.at.clone());
            at.map(|at| Rule::choosing(at, criteria))
        };
        let by_globs = single([&self.path, &self.ports, &self.language]);
        let by_regexes = single([&self.old_path, &self.ports, &None]);
        let is_automatic = self.path.is_some() || self.language.is_some();
        let old = single([&self.old_path, &None, &None]);
        let automatic = single([&self.path, &self.language, &None]);
        let mut choosing = Vec::new();
        if let Some(pids) = self.pids {
            choosing.push(Rule::choosing(pids.at.clone(), vec![pids]));
            unread.add(PIDS, self.instrument);
            unread.add(PIDS, self.services);
            unread.add(PIDS, by_globs);
        } else if family == Family::Regexes {
            choosing.extend(self.services);
            choosing.extend(by_regexes);
            unread.add(OLD, automatic);
        } else if !self.instrument.is_empty() {
            choosing.extend(self.instrument);
            choosing.extend(by_globs);
            unread.add(NEW, self.services);
            unread.add(NEW, old);
        } else {
            unread.add(
                "discovery.exclude_instrument is written, and OBI does not read it then",
                self.services,
            );
            if is_automatic {
                choosing.extend(by_globs);
                unread.add(
                    "OTEL_EBPF_AUTO_TARGET_EXE or _LANGUAGE is set, and OBI does not read it then",
                    old,
                );
            } else {
                choosing.extend(by_regexes.or_else(|| Some(anything())));
            }
        }
        let excluding = match family {
            Family::Globs => [self.exclude_instrument, self.default_exclude_instrument].concat(),
            Family::Regexes => [self.exclude_services, self.default_exclude_services].concat(),
        };
        (Rules { family, choosing, excluding }, unread.0)
    }
}

/// What is left where OBI is on for something that it does not read: it meets whatever Kubernetes or Docker knows.
fn anything() -> Rule {
    let at = RuleRef { path: "discovery".to_owned(), place: None, is_default: true };
    Rule::choosing(at, Vec::new())
}

#[derive(Default)]
struct Unreads(Vec<Unread>);

impl Unreads {
    fn add(&mut self, why: &'static str, rules: impl IntoIterator<Item = Rule>) {
        self.0.extend(rules.into_iter().map(|rule| Unread { rule, why }));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Choosing,
    Excluding,
    /// What holds if nothing is written; written as nothing, it is nothing.
    Default,
}

fn list(
    subject: &Subject<'_>,
    name: &str,
    family: Family,
    kind: Kind,
) -> Result<Vec<Rule>, Finding> {
    let Some(written) = subject.tree.get("discovery").and_then(|it| it.get(name)) else {
        return Ok(if kind == Kind::Default { exclusions(family) } else { Vec::new() });
    };
    let rules = written.items().iter().enumerate();
    rules
        .map(|(index, node)| {
            let mut at = steps(&format!("discovery.{name}"));
            at.push(Step::Index(index));
            let criteria = criteria(subject, &at, node, family, kind)?;
            if criteria.is_empty() && kind != Kind::Default {
                let problem = "it has no criterion, and OBI does not start";
                return Err(refused(subject, &at, problem));
            }
            let at = reference(subject, &at);
            Ok(match kind {
                Kind::Choosing => Rule::choosing(at, criteria),
                Kind::Excluding | Kind::Default => Rule::excluding(at, criteria),
            })
        })
        .collect()
}

fn criteria(
    subject: &Subject<'_>,
    at: &[Step],
    node: &Node,
    family: Family,
    kind: Kind,
) -> Result<Vec<Criterion>, Finding> {
    let mut criteria = Vec::new();
    let pattern = |it: &str| match family {
        Family::Globs => Pattern::glob(it),
        Family::Regexes => Pattern::regex(it),
    };
    for (key, value) in node.entries() {
        let name = key.name.as_str();
        let mut at = at.to_vec();
        at.push(Step::Key(name.to_owned()));
        let refuse = |problem: String| refused(subject, &at, problem);
        let mut add = |asks: String, at: &[Step], test: Test| {
            criteria.push(Criterion {
                key: name.to_owned(),
                asks,
                at: reference(subject, at),
                test,
            });
        };
        let is_overridden = name == OLD_PATH && node.get("exe_path").is_some_and(is_filled);
        let is_nothing = !is_filled(value) && !METADATA.contains(&name);
        if REFINEMENTS.contains(&name) || is_nothing || is_overridden {
            continue;
        }
        if let Some(test) = labelled(name) {
            for (label, value) in value.entries() {
                let mut at = at.clone();
                at.push(Step::Key(label.name.clone()));
                let asks = scalar(value).unwrap_or_default();
                let pattern = pattern_of(&asks, pattern).map_err(refuse)?;
                add(format!("{}: {asks}", label.name), &at, test(label.name.clone(), pattern));
            }
            continue;
        }
        if name == "containers_only" {
            if truth(value) == Some(true) {
                add("true".to_owned(), &at, Test::Contained);
            }
            continue;
        }
        let test = if let Some(test) = numbered(name) {
            let text = subject.as_text(value);
            test(Numbers::of(text.as_ref().unwrap_or(value)).map_err(refuse)?)
        } else {
            let asks = scalar(value).unwrap_or_default();
            let pattern = pattern_of(&asks, pattern).map_err(refuse)?;
            let test = match name {
                "exe_path" => Some(Test::Path(pattern)),
                OLD_PATH if family == Family::Regexes => Some(Test::OldPath(pattern)),
                "cmd_args" => Some(Test::Arguments(pattern)),
                "languages" => Some(Test::Language(pattern)),
                _ if METADATA.contains(&name) => Some(Test::Metadata(name.to_owned(), pattern)),
                // Nothing has it, and OBI does not mind.
                _ if kind == Kind::Default => Some(Test::Metadata(name.to_owned(), pattern)),
                _ => None,
            };
            test.ok_or_else(|| refuse("no selector has it, and OBI does not start".to_owned()))?
        };
        add(shown(value), &at, test);
    }
    Ok(criteria)
}

fn labelled(name: &str) -> Option<fn(String, Pattern) -> Test> {
    match name {
        "k8s_pod_labels" => Some(Test::Label),
        "k8s_pod_annotations" => Some(Test::Annotation),
        _ => None,
    }
}

fn numbered(name: &str) -> Option<fn(Numbers) -> Test> {
    match name {
        "open_ports" => Some(Test::Ports),
        "target_pids" => Some(Test::Pids),
        _ => None,
    }
}

/// An empty one is met by anything that is there.
fn pattern_of(
    asks: &str,
    pattern: impl Fn(&str) -> Result<Pattern, String>,
) -> Result<Pattern, String> {
    if asks.is_empty() { Pattern::glob("*") } else { pattern(asks) }
}

pub(super) fn shown(value: &Node) -> String {
    let items: Vec<String> = value.items().iter().filter_map(scalar).collect();
    scalar(value).unwrap_or_else(|| items.join(","))
}

/// One setting outside of lists, from the file or from a variable.
fn setting(
    subject: &Subject<'_>,
    path: &str,
    key: &str,
    test: impl FnOnce(&Node) -> Result<Test, String>,
) -> Result<Option<Criterion>, Finding> {
    let (at, value) = match subject.source(path) {
        None => return Ok(None),
        Some(Source::Variable(name)) => {
            let text = subject.environment.text(name).unwrap_or_default().to_owned();
            let place = subject.tree.place;
            (of_variable(name), &Node { content: Content::Text(text), place })
        }
        Some(Source::File(node)) => (reference(subject, &steps(path)), node),
    };
    let text = subject.as_text(value);
    let value = text.as_ref().unwrap_or(value);
    let asks = shown(value);
    if asks.is_empty() {
        return Ok(None);
    }
    let test = test(value).map_err(|problem| Finding {
        path: at.path.clone(),
        place: at.place,
        ..refused(subject, &[], problem)
    })?;
    Ok(Some(Criterion { key: key.to_owned(), asks, at, test }))
}

/// A glob in one of those variables, the first before the second.
fn variable(
    subject: &Subject<'_>,
    names: &[&str],
    key: &str,
    test: fn(Pattern) -> Test,
) -> Result<Option<Criterion>, Finding> {
    let set = names.iter().find_map(|name| Some((*name, subject.environment.text(name)?)));
    let Some((name, asks)) = set else { return Ok(None) };
    let at = of_variable(name);
    let wrong = |problem: String| Subject::about_variable(name, RULE, problem, FIX);
    let test = test(Pattern::glob(asks).map_err(wrong)?);
    Ok(Some(Criterion { key: key.to_owned(), asks: asks.to_owned(), at, test }))
}

fn of_variable(name: &str) -> RuleRef {
    RuleRef { path: format!("${name}"), place: None, is_default: false }
}

pub(super) fn reference(subject: &Subject<'_>, at: &[Step]) -> RuleRef {
    let path = crate::tree::Steps(at).to_string();
    RuleRef { path, place: subject.place(at), is_default: false }
}

const RULE: (Severity, &str) = (Severity::Error, "wrong-value");
const FIX: &str = "mend it: OBI does not start with it";

pub(super) fn refused(subject: &Subject<'_>, at: &[Step], problem: impl Into<String>) -> Finding {
    subject.about(at, RULE, problem, FIX)
}
