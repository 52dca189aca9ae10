//! What OBI leaves out if nothing else is written.

use super::{
    super::super::{config::LEFT_OUT, pattern::Pattern},
    RuleRef,
    criterion::{Criterion, Test},
    rule::{Family, Rule},
};

const PROGRAMS: &str = "{*/obi,obi,*otelcol,*otelcol-contrib,*otelcol-contrib[!/]*}";
const OLD_PROGRAMS: &str = "(?:^|/)(obi$|otelcol[^/]*$)";

/// Where programs are that belong to the system.
pub(super) const SYSTEM_PATHS: [&str; 5] =
    ["/lib/systemd/", "/usr/lib/systemd/", "/usr/libexec/", "/sbin/", "/usr/sbin/"];

/// Patterns of the programs and of the namespaces, the latter without those.
pub(in crate::obi::target) fn namespaces_without(
    family: Family,
    left_in: &str,
) -> (String, String) {
    let names = LEFT_OUT.iter().filter(|it| **it != left_in && !is_prefixed(family, it, left_in));
    match family {
        Family::Globs => {
            let names: Vec<&str> = names.copied().collect();
            (PROGRAMS.to_owned(), format!("{{{}}}", names.join(",")))
        }
        Family::Regexes => {
            let names: Vec<String> = names.map(|it| old_name(it)).collect();
            (OLD_PROGRAMS.to_owned(), names.join("|"))
        }
    }
}

/// Its regular expression has no end, and so meets `gatekeeper-system-two` as well.
const WITHOUT_END: &str = "gatekeeper-system";

fn is_prefixed(family: Family, name: &str, left_in: &str) -> bool {
    family == Family::Regexes && name == WITHOUT_END && left_in.starts_with(name)
}

fn old_name(name: &str) -> String {
    if name == WITHOUT_END { format!("^{name}") } else { format!("^{name}$") }
}

pub(in crate::obi::target) fn exclusions(family: Family) -> Vec<Rule> {
    let list = match family {
        Family::Globs => "discovery.default_exclude_instrument",
        Family::Regexes => "discovery.default_exclude_services",
    };
    let (programs, namespaces) = namespaces_without(family, "");
    let path: fn(Pattern) -> Test = Test::Path;
    let namespace: fn(Pattern) -> Test = |it| Test::Metadata("k8s_namespace".to_owned(), it);
    [("exe_path", programs, path), ("k8s_namespace", namespaces, namespace)]
        .into_iter()
        .map(|(key, asks, test)| {
            let at = RuleRef { path: list.to_owned(), place: None, is_default: true };
            let pattern = match family {
                Family::Globs => Pattern::glob(&asks),
                Family::Regexes => Pattern::regex(&asks),
            };
            let test = test(pattern.expect("a constant"));
            let criterion = Criterion { key: key.to_owned(), asks, at: at.clone(), test };
            Rule::excluding(at, vec![criterion])
        })
        .collect()
}
