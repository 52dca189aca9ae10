//! Rules of version 2: `capture.policy` and `capture.rules`. OBI makes those of version 1 out of them.

use super::{
    super::{
        super::config::{
            Finding, METADATA, Subject, duration, includes_by_default, is_filled, rules, scalar,
            steps, truth,
        },
        super::pattern::Pattern,
        numbers::Numbers,
    },
    Rule, RuleRef, Rules, Selection,
    criterion::{Criterion, Test},
    defaults::{SYSTEM_PATHS, exclusions},
    rule::Family,
    version1::{INTERVAL, LEAST_AGE, reference, refused, shown},
};
use crate::tree::{Content, Node, Step};

const CAPTURE: &str = "extensions.obi.capture";
const OTLP_PORT: u16 = 4317;

pub(super) fn read(subject: &Subject<'_>) -> Result<Selection, Finding> {
    let policy = |key: &str| {
        let text = node(subject, &format!("policy.{key}")).and_then(scalar);
        text.filter(|it| !it.is_empty())
    };
    if let Some(refused) = rules(subject).into_iter().next() {
        return Err(refused);
    }
    let time = |key: &str, default| policy(key).and_then(|it| duration(&it)).unwrap_or(default);
    let includes = includes_by_default(subject);
    let written = node(subject, "rules").filter(|it| !it.is_null());
    let mut selection = Selection {
        is_version2: true,
        is_on: false,
        rules: Rules { family: Family::Globs, choosing: Vec::new(), excluding: Vec::new() },
        unread: Vec::new(),
        least_age: time("min_process_age", LEAST_AGE),
        interval: time("poll_interval", INTERVAL),
        system_paths: SYSTEM_PATHS.map(str::to_owned).to_vec(),
        leaves_out_exporters: true,
        otlp_port: OTLP_PORT,
        doubts: Vec::new(),
    };
    match written {
        None => selection.rules.excluding = default_exclusions(),
        Some(written) => {
            selection.leaves_out_exporters = false;
            selection.add(subject, written)?;
        }
    }
    let is_said = policy("default_action").is_some();
    if !is_said && !selection.rules.choosing.is_empty() {
        selection.doubts.push(
            "capture.policy.default_action is not written: releases of OBI differ in whether it then takes whatever no rule meets"
                .to_owned(),
        );
    }
    if includes {
        selection.rules.choosing.push(everything(selection.rules.family));
    }
    selection.is_on = !selection.rules.choosing.is_empty();
    Ok(selection)
}

/// Those of version 1, until rules are written.
fn default_exclusions() -> Vec<Rule> {
    let mut rules = exclusions(Family::Globs);
    for rule in &mut rules {
        rule.at.path = format!("{CAPTURE}.rules");
    }
    rules
}

/// What the policy adds to the rules.
fn everything(family: Family) -> Rule {
    let path = format!("{CAPTURE}.policy.default_action");
    let at = RuleRef { path, place: None, is_default: true };
    let (key, asks) = match family {
        Family::Globs => ("exe_path_glob", "*"),
        Family::Regexes => ("exe_path_regex", ".*"),
    };
    let test = Test::Path(Pattern::glob("*").expect("a constant"));
    let criterion = Criterion { key: key.to_owned(), asks: asks.to_owned(), at: at.clone(), test };
    Rule::choosing(at, vec![criterion])
}

fn node<'a>(subject: &Subject<'a>, path: &str) -> Option<&'a Node> {
    subject.tree.inside(&steps(&format!("{CAPTURE}.{path}")))
}

impl Selection {
    fn add(&mut self, subject: &Subject<'_>, rules: &Node) -> Result<(), Finding> {
        let written = rules.items().iter().enumerate().filter(|(_, it)| !it.is_null());
        for (index, written) in written {
            let mut at = steps(&format!("{CAPTURE}.rules"));
            at.push(Step::Index(index));
            let excludes = match written.get("action").and_then(Node::text) {
                Some("include") => false,
                Some("exclude") => true,
                _ => {
                    return Err(refused(subject, &at, "its action is neither include nor exclude"));
                }
            };
            if let Some(exports) = exporting(written) {
                self.leave_out_exporters(exports).map_err(|it| refused(subject, &at, it))?;
                continue;
            }
            let (criteria, is_old) = Match { subject, at: &at }.criteria(written)?;
            if is_old {
                self.rules.family = Family::Regexes;
            }
            let rule = reference(subject, &at);
            if excludes {
                self.rules.excluding.push(Rule::excluding(rule, criteria));
            } else {
                self.rules.choosing.push(Rule::choosing(rule, criteria));
            }
        }
        Ok(())
    }

    fn leave_out_exporters(&mut self, exports: &Node) -> Result<(), &'static str> {
        let text = |key: &str| exports.get(key).and_then(scalar).unwrap_or_default();
        let port = text("port").parse().ok().filter(|it| *it > 0);
        self.otlp_port = port.ok_or("its port is none, and OBI does not start")?;
        self.leaves_out_exporters = true;
        let is_known = text("protocol") == "protobuf";
        if is_known { Ok(()) } else { Err("its protocol is not protobuf, and OBI does not start") }
    }
}

/// A rule that leaves out what exports OTLP is a switch, and meets no process.
fn exporting(rule: &Node) -> Option<&Node> {
    rule.get("match")?.get("process")?.get("exports_otlp")
}

struct Match<'a, 'b> {
    subject: &'a Subject<'b>,
    at: &'a [Step],
}

impl Match<'_, '_> {
    /// And whether any of them is a regular expression.
    fn criteria(&self, rule: &Node) -> Result<(Vec<Criterion>, bool), Finding> {
        let mut criteria = Vec::new();
        let mut is_old = false;
        for (section, keys) in rule.get("match").map(Node::entries).unwrap_or_default() {
            for (key, value) in keys.entries().iter().filter(|(_, it)| is_filled(it)) {
                let mut at = self.at.to_vec();
                at.extend(Step::keys(&["match", &section.name, &key.name]));
                is_old |= key.name.ends_with("_regex");
                criteria.extend(self.criterion(&at, &key.name, value)?);
            }
        }
        Ok((criteria, is_old))
    }

    fn criterion(&self, at: &[Step], key: &str, value: &Node) -> Result<Vec<Criterion>, Finding> {
        let refuse = |problem: String| refused(self.subject, at, problem);
        let one = |asks: String, test: Test| {
            let at = reference(self.subject, at);
            vec![Criterion { key: key.to_owned(), asks, at, test }]
        };
        match key {
            "open_ports" => {
                if !value.items().is_empty() {
                    return Err(refuse("version 2 takes one text, and no list".to_owned()));
                }
                let text = self.subject.as_text(value);
                let value = text.as_ref().unwrap_or(value);
                return Ok(one(shown(value), Test::Ports(Numbers::of(value).map_err(refuse)?)));
            }
            "target_pids" => {
                return Ok(one(shown(value), Test::Pids(Numbers::of(value).map_err(refuse)?)));
            }
            "containers_only" => {
                let is_asked = truth(value) == Some(true);
                return Ok(if is_asked {
                    one("true".to_owned(), Test::Contained)
                } else {
                    Vec::new()
                });
            }
            _ => {}
        }
        let unknown = || refuse("no rule has it, and OBI does not start".to_owned());
        let is_regex = key.ends_with("_regex");
        if let Some(test) = by_name(key) {
            let (asks, pattern) = pattern(value, is_regex).map_err(refuse)?;
            return Ok(one(asks, test(pattern)));
        }
        let test = by_field(key).ok_or_else(unknown)?;
        let is_of_metadata = key.starts_with("metadata_");
        let fields = value.entries().iter().map(|(field, value)| {
            if is_of_metadata && !METADATA.contains(&field.name.as_str()) {
                return Err(unknown());
            }
            let (asks, pattern) = pattern(value, is_regex).map_err(refuse)?;
            Ok(one(format!("{}: {asks}", field.name), test(field.name.clone(), pattern)))
        });
        Ok(fields.collect::<Result<Vec<_>, Finding>>()?.concat())
    }
}

fn by_name(key: &str) -> Option<fn(Pattern) -> Test> {
    Some(match key {
        "language_glob" | "language_regex" => Test::Language,
        "cmd_args_glob" | "cmd_args_regex" => Test::Arguments,
        "exe_path_glob" | "exe_path_regex" => Test::Path,
        "namespace_glob" | "namespace_regex" => |it| Test::Metadata("k8s_namespace".to_owned(), it),
        _ => return None,
    })
}

fn by_field(key: &str) -> Option<fn(String, Pattern) -> Test> {
    Some(match key {
        "metadata_glob" | "metadata_regex" => Test::Metadata,
        "pod_labels" | "pod_labels_regex" => Test::Label,
        "pod_annotations" | "pod_annotations_regex" => Test::Annotation,
        _ => return None,
    })
}

/// A regular expression, or a list of globs of which one is to be met.
fn pattern(value: &Node, is_regex: bool) -> Result<(String, Pattern), String> {
    if is_regex {
        let asks = scalar(value).ok_or("a regular expression is one text, and no list")?;
        return Pattern::regex(&asks).map(|it| (asks, it));
    }
    if !matches!(value.content, Content::List(_)) {
        return Err("globs are a list: [\"*/shop\"]".to_owned());
    }
    let globs: Vec<String> = value.items().iter().filter_map(scalar).collect();
    let asks = match &globs[..] {
        [glob] => glob.clone(),
        globs => format!("{{{}}}", globs.join(",")),
    };
    Pattern::glob(&asks).map(|it| (asks, it))
}
