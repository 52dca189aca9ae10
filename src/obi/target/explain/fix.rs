//! What to do about it.

use super::super::{
    Process, Selection,
    selection::{Family, namespaces_without},
};

/// In words, and where a change of the configuration does it, that change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    pub what: String,
    /// Lines to put into the configuration: lists of rules get one more, everything else takes the place of what is there.
    pub yaml: Option<String>,
}

impl Fix {
    pub(super) fn of(what: impl Into<String>) -> Self {
        Self { what: what.into(), yaml: None }
    }

    pub(super) fn with(self, yaml: impl Into<String>) -> Self {
        Self { yaml: Some(yaml.into()), ..self }
    }

    pub(super) fn with_some(self, yaml: Option<String>) -> Self {
        Self { yaml, ..self }
    }
}

/// A rule that meets the process, by whatever names it best. Nothing where nothing names it, or a variable counts for more than any file.
pub(super) fn rule_for(selection: &Selection, target: &Process) -> Option<String> {
    let family = selection.adding();
    let named = named(family, target)?;
    if selection.is_version2 {
        return Some(rules(selection, target));
    }
    if let Some((path, pids)) = selection.pids() {
        let pids = quoted(&format!("{pids},{}", target.pid));
        return (path == "target_pids").then(|| format!("target_pids: {pids}\n"));
    }
    let list = match family {
        Family::Globs => "instrument",
        Family::Regexes => "services",
    };
    let fields: Vec<String> =
        named.iter().map(|(key, it)| format!("{key}: {}", quoted(it))).collect();
    Some(format!("discovery:\n  {list}:\n    - {{{}}}\n", fields.join(", ")))
}

impl Selection {
    /// In which family a rule is added without the others being read no more: the old path counts only beside old rules.
    fn adding(&self) -> Family {
        let old = ["executable_path", "$OTEL_EBPF_EXECUTABLE_PATH"];
        let mut criteria = self.rules.choosing.iter().flat_map(|it| &it.criteria);
        let has_old_path = criteria.any(|it| old.contains(&it.at.path.as_str()));
        if has_old_path { Family::Regexes } else { self.rules.family }
    }

    /// The pids that are chosen where nothing else is, and where they are written.
    fn pids(&self) -> Option<(&str, &str)> {
        let [rule] = &self.rules.choosing[..] else { return None };
        let is_it = ["target_pids", "$OTEL_EBPF_TARGET_PID"].contains(&rule.at.path.as_str());
        let criterion = rule.criteria.first().filter(|_| is_it)?;
        Some((&rule.at.path, &criterion.asks))
    }
}

/// What Kubernetes or Docker knows lasts longest, then the port, then the path.
fn named(family: Family, target: &Process) -> Option<Vec<(&'static str, String)>> {
    let exactly = |it: &str| match family {
        Family::Globs => escaped(it),
        Family::Regexes => format!("^{}$", regex::escape(it)),
    };
    let known = |key: &'static str| {
        let value = target.metadata.as_ref()?.get(key)?;
        Some((key, exactly(value)))
    };
    if let (Some(namespace), Some(owner)) = (known("k8s_namespace"), known("k8s_owner_name")) {
        return Some(vec![namespace, owner]);
    }
    if let Some(name) = known("container_name") {
        return Some(vec![name]);
    }
    if let Some(port) = target.sockets.listening.first() {
        return Some(vec![("open_ports", port.to_string())]);
    }
    target.executable.path().map(|it| vec![("exe_path", exactly(it))])
}

/// The same in the words of version 2.
fn matching(family: Family, named: &[(&str, String)]) -> String {
    let is_glob = family == Family::Globs;
    let end = if is_glob { "glob" } else { "regex" };
    let value = |it: &str| if is_glob { format!("[{}]", quoted(it)) } else { quoted(it) };
    let one = |(key, it): &(&str, String)| match *key {
        "open_ports" if is_glob => ("process", format!("open_ports: {}", quoted(it))),
        // A rule without a pattern counts as one of globs, which may not stand beside regular expressions.
        "open_ports" => ("process", format!("open_ports: {}, exe_path_regex: \".*\"", quoted(it))),
        "exe_path" => ("process", format!("exe_path_{end}: {}", value(it))),
        "k8s_namespace" => ("kubernetes", format!("namespace_{end}: {}", value(it))),
        key => ("kubernetes", format!("metadata_{end}: {{{key}: {}}}", value(it))),
    };
    let all: Vec<(&str, String)> = named.iter().map(one).collect();
    let section = all.first().map(|it| it.0).unwrap_or_default();
    let inside: Vec<String> = all.into_iter().map(|it| it.1).collect();
    format!("{section}: {{{}}}", inside.join(", "))
}

/// What is left out by default, without what leaves out this process.
pub(super) fn excluding_less(selection: &Selection, target: &Process) -> String {
    if selection.is_version2 {
        return rules(selection, target);
    }
    // Where a rule has to be added as well, both have to be read.
    let is_met = selection.choose(target).by.is_some();
    let family = if is_met { selection.rules.family } else { selection.adding() };
    let list = match family {
        Family::Globs => "default_exclude_instrument",
        Family::Regexes => "default_exclude_services",
    };
    let (programs, namespaces) = excluded(selection, target, family);
    let programs = programs.map(|it| format!("    - exe_path: {}\n", quoted(&it)));
    let programs = programs.unwrap_or_default();
    format!("discovery:\n  {list}:\n{programs}    - k8s_namespace: {}\n", quoted(&namespaces))
}

/// What stays left out: programs, if this is none of them, and namespaces without that of this one.
fn excluded(selection: &Selection, target: &Process, family: Family) -> (Option<String>, String) {
    let namespace = target.metadata.as_ref().and_then(|it| it.get("k8s_namespace"));
    let (programs, namespaces) = namespaces_without(family, namespace.unwrap_or_default());
    let mut rules = selection.rules.excluding.iter().filter(|it| it.at.is_default);
    let is_program = rules.any(|rule| {
        rule.criteria.iter().any(|it| it.key == "exe_path")
            && rule.misses(target, selection).is_empty()
    });
    ((!is_program).then_some(programs), namespaces)
}

/// The rules of version 2 that are to be added. The first ones to be written take the place of all that holds by default.
fn rules(selection: &Selection, target: &Process) -> String {
    let mut rules = Vec::new();
    if selection.has_defaults() {
        rules = exclusions(excluded(selection, target, Family::Globs));
        rules.push(exclude("process: {exports_otlp: {port: 4317, protocol: protobuf}}"));
    }
    if selection.choose(target).by.is_none() {
        let family = selection.rules.family;
        let named = named(family, target).map(|it| matching(family, &it));
        rules.extend(named.map(|it| format!("  - action: include\n    match: {{{it}}}")));
    }
    capture(&format!("rules:\n{}", rules.join("\n")))
}

fn exclusions((programs, namespaces): (Option<String>, String)) -> Vec<String> {
    let programs = programs.map(|it| format!("process: {{exe_path_glob: [{}]}}", quoted(&it)));
    let namespaces = format!("kubernetes: {{namespace_glob: [{}]}}", quoted(&namespaces));
    programs.iter().chain([&namespaces]).map(|it| exclude(it)).collect()
}

fn exclude(matching: &str) -> String {
    format!("  - action: exclude\n    match: {{{matching}}}")
}

impl Selection {
    fn has_defaults(&self) -> bool {
        self.rules.excluding.iter().any(|it| it.at.is_default)
    }
}

/// Nothing where a rule that is written has to go.
pub(super) fn letting_exporters(selection: &Selection) -> Option<String> {
    if !selection.is_version2 {
        return Some("discovery:\n  exclude_otel_instrumented_services: false\n".to_owned());
    }
    selection.has_defaults().then(|| {
        let (programs, namespaces) = namespaces_without(Family::Globs, "");
        let rules = exclusions((Some(programs), namespaces));
        capture(&format!("rules:\n{}", rules.join("\n")))
    })
}

/// In version 2 they cannot be written.
pub(super) fn without_system_path(
    selection: &Selection,
    target: &Process,
    path: &str,
) -> Option<String> {
    if selection.is_version2 {
        return rule_for(selection, target);
    }
    let rest: Vec<String> =
        selection.system_paths.iter().filter(|it| *it != path).map(|it| quoted(it)).collect();
    Some(format!("discovery:\n  excluded_linux_system_paths: [{}]\n", rest.join(", ")))
}

fn capture(inside: &str) -> String {
    let inside = inside.replace('\n', "\n      ");
    format!("extensions:\n  obi:\n    capture:\n      {inside}\n")
}

/// A glob that meets that text alone.
fn escaped(text: &str) -> String {
    let is_special = |it: char| "*?[]{}\\".contains(it);
    text.chars().flat_map(|it| is_special(it).then_some('\\').into_iter().chain([it])).collect()
}

/// What JSON quotes, YAML reads.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
