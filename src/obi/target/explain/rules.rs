//! What the rules of the configuration make of the process.

use super::{
    super::{
        process::{Executable, Maker},
        selection::{Criterion, Miss, Rule, Test, Verdict},
    },
    Asked,
    Certainty::{Likely, Possible, Sure},
    Fix, Reason,
    fix::{excluding_less, rule_for, without_system_path},
    reason,
};

pub(super) fn reasons(asked: &Asked<'_>) -> Vec<Reason> {
    if asked.facts.instruments == Some(true) {
        return other_configuration(asked).into_iter().collect();
    }
    let mut reasons = Vec::new();
    if !asked.selection.is_on {
        reasons.push(nothing_chosen(asked));
    }
    reasons.extend(no_file(asked));
    reasons.extend(excluded(asked));
    if asked.selection.is_on && asked.selection.choose(asked.target).by.is_none() {
        reasons.extend(without_rule(asked));
    }
    reasons
}

/// OBI instruments what this configuration does not choose: it runs with another.
fn other_configuration(asked: &Asked<'_>) -> Option<Reason> {
    let choice = asked.selection.choose(asked.target);
    (!choice.chosen && asked.facts.with_parent.is_none()).then(|| {
        reason(
            Possible,
            "other-configuration",
            "OBI runs with another configuration than this one",
            "it says that it instruments the process, which this configuration does not choose",
            Fix::of("look which file and which variables OBI was started with"),
        )
    })
}

fn nothing_chosen(asked: &Asked<'_>) -> Reason {
    reason(
        Sure,
        "nothing-selected",
        "nothing is chosen to be instrumented: OBI does not look for processes at all",
        if asked.selection.is_version2 {
            "capture.policy.default_action is exclude, and no rule includes anything"
        } else {
            "no selector is written, neither in the file nor in a variable"
        },
        Fix::of("choose the process").with_some(rule_for(asked.selection, asked.target)),
    )
}

fn no_file(asked: &Asked<'_>) -> Option<Reason> {
    if asked.target.has_ended {
        let fix = Fix::of("look for the process that has taken its place");
        return Some(reason(Sure, "ended", "the process has ended", "it is a zombie", fix));
    }
    (asked.target.executable == Executable::None).then(|| {
        reason(
            Sure,
            "no-executable",
            "it has no executable, and OBI instruments none such",
            "it is a thread of the kernel, or ends just now",
            Fix::of("name the process of the service itself"),
        )
    })
}

/// Whatever is excluded stays so, whichever rule chooses it.
fn excluded(asked: &Asked<'_>) -> Option<Reason> {
    let Asked { selection, target, .. } = asked;
    let mut rules = selection.rules.excluding.iter();
    let rule = rules.find(|it| it.misses(target, selection).is_empty())?;
    let evidence = format!("{} leaves out {}", rule.at, rule.words());
    Some(if rule.at.is_default {
        let what = format!("write {} without it, and with what is to stay left out", rule.at.path);
        let fix = Fix::of(what).with(excluding_less(selection, target));
        reason(Sure, "excluded-by-default", "it is left out by default", evidence, fix)
    } else {
        let fix = format!("leave {} out, or let it meet less", rule.at);
        reason(Sure, "excluded", "a rule leaves it out", evidence, Fix::of(fix))
    })
}

fn without_rule(asked: &Asked<'_>) -> Vec<Reason> {
    let Asked { selection, target, facts } = asked;
    if let Some(parent) = facts.with_parent {
        return vec![only_with_parent(asked, parent)];
    }
    let mut reasons = Vec::new();
    reasons.extend(unread(asked));
    let misses = selection.rules.choosing.iter().map(|it| (it, it.misses(target, selection)));
    let mut misses: Vec<(&Rule, Vec<Miss>)> = misses.collect();
    misses.sort_by_key(|(_, misses)| {
        (misses.iter().filter(|it| !it.is_unknown()).count(), misses.len())
    });
    let Some((rule, nearest)) = misses.first() else { return reasons };
    reasons.extend(without_kubernetes(asked, &misses));
    reasons.extend(of_system(asked, nearest));
    reasons.extend(published(asked, nearest));
    if nearest.iter().all(Miss::is_unknown) {
        reasons.push(unknown(rule, nearest));
    }
    // Sure only if no rule can be met, whatever is not known.
    let is_sure = nearest.iter().any(|it| !it.is_unknown());
    reasons.push(reason(
        if is_sure { Sure } else { Possible },
        "no-rule",
        "no rule of the configuration meets the process",
        near(rule, nearest),
        Fix::of(change(nearest)).with_some(rule_for(selection, target)),
    ));
    reasons
}

fn only_with_parent(asked: &Asked<'_>, parent: u32) -> Reason {
    reason(
        Possible,
        "only-with-parent",
        "no rule meets it: it is chosen only if OBI comes upon its parent first",
        format!("its parent is {parent}"),
        Fix::of("choose the process itself").with_some(rule_for(asked.selection, asked.target)),
    )
}

/// A rule that would meet it, were it read.
fn unread(asked: &Asked<'_>) -> Option<Reason> {
    let Asked { selection, target, .. } = asked;
    let mut unread = selection.unread.iter();
    let unread = unread.find(|it| it.rule.misses(target, selection).is_empty())?;
    Some(reason(
        Sure,
        "rule-not-read",
        format!("{} would meet it, and is not read", unread.rule.at),
        unread.why,
        Fix::of("say all of it in one list").with_some(rule_for(selection, target)),
    ))
}

fn near(rule: &Rule, misses: &[Miss]) -> String {
    let misses: Vec<String> = misses.iter().map(Miss::words).collect();
    format!("nearest is {}: {}", rule.at, misses.join("; "))
}

fn change(misses: &[Miss]) -> String {
    match misses {
        [miss] if !miss.criterion.key.is_empty() => {
            format!("change {}, or add a rule that meets the process", miss.criterion.at)
        }
        _ => "add a rule that meets the process".to_owned(),
    }
}

fn unknown(rule: &Rule, misses: &[Miss]) -> Reason {
    reason(
        Possible,
        "not-known-here",
        format!("whether {} meets it is not known here", rule.at),
        misses.iter().map(Miss::words).collect::<Vec<_>>().join("; "),
        Fix::of("ask where that is known: as root, or in the cluster"),
    )
}

/// Without Kubernetes, nothing that asks for its metadata meets anything, without a word.
fn without_kubernetes(asked: &Asked<'_>, rules: &[(&Rule, Vec<Miss>)]) -> Option<Reason> {
    let asks = |it: &Miss| match &it.criterion.test {
        Test::Metadata(name, _) => name.starts_with("k8s_"),
        Test::Label(..) | Test::Annotation(..) => true,
        _ => false,
    };
    let (rule, _) = rules.iter().find(|(_, misses)| misses.iter().any(asks))?;
    let yaml = if asked.selection.is_version2 {
        "extensions:\n  obi:\n    enrich:\n      enrichers:\n        kubernetes:\n          mode: enabled\n"
    } else {
        "attributes:\n  kubernetes:\n    enable: \"true\"\n"
    };
    (asked.facts.asks_kubernetes == Some(false)).then(|| {
        reason(
            Likely,
            "without-kubernetes",
            "OBI does not ask Kubernetes, and meets nothing by what only Kubernetes knows",
            format!("{} asks for {}", rule.at, rule.words()),
            Fix::of("let it ask, with a service account that may list and watch pods").with(yaml),
        )
    })
}

/// The language of programs of the system is unknown to OBI.
fn of_system(asked: &Asked<'_>, misses: &[Miss]) -> Option<Reason> {
    let Asked { selection, target, .. } = asked;
    let [Miss { criterion: Criterion { test: Test::Language(_), at, .. }, .. }] = misses else {
        return None;
    };
    let path = target.executable.path()?;
    let system = selection.system_paths.iter().find(|it| path.starts_with(*it))?;
    let what = "choose it by its path or its port, or let OBI look there";
    let yaml = without_system_path(selection, target, system);
    Some(reason(
        Sure,
        "system-path",
        "OBI does not look for the language of programs of the system",
        format!("{at} asks for a language, and {path} is below {system}"),
        Fix::of(what).with_some(yaml),
    ))
}

/// A port that Docker publishes is open in Docker's proxy, and not in the service.
fn published(asked: &Asked<'_>, misses: &[Miss]) -> Option<Reason> {
    let container = asked.target.container.as_ref().filter(|it| it.maker != Maker::Kubernetes)?;
    let miss = misses.iter().find(|it| matches!(it.criterion.test, Test::Ports(_)))?;
    let id: String = container.id.chars().take(12).collect();
    Some(reason(
        Possible,
        "published-port",
        "the port may be one that Docker publishes: it is open in docker-proxy, and the service has another",
        format!("the process is in container {id}, and {}", miss.words()),
        Fix::of("choose the port inside of the container")
            .with_some(rule_for(asked.selection, asked.target)),
    ))
}

impl Miss {
    fn is_unknown(&self) -> bool {
        matches!(self.verdict, Verdict::Unknown(_))
    }

    /// `open_ports asks for 8080, and it listens on 9090`
    fn words(&self) -> String {
        let instead = match &self.verdict {
            Verdict::Met => "it is so",
            Verdict::Unmet(instead) | Verdict::Unknown(instead) => instead,
        };
        let Criterion { key, asks, .. } = &self.criterion;
        if key.is_empty() {
            instead.to_owned()
        } else {
            format!("{key} asks for {asks}, and {instead}")
        }
    }
}
