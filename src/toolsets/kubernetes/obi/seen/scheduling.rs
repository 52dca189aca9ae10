//! Which nodes a pod may be put on: labels, affinity and taints, as the controller of a `DaemonSet` looks at them.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Taint {
    key: String,
    value: String,
    pub(super) effect: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Toleration {
    key: String,
    operator: String,
    value: String,
    effect: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Affinity {
    node_affinity: NodeAffinity,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct NodeAffinity {
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    required: NodeSelector,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NodeSelector {
    node_selector_terms: Vec<Term>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Term {
    match_expressions: Vec<Requirement>,
    match_fields: Vec<Requirement>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Requirement {
    key: String,
    operator: String,
    values: Vec<String>,
}

/// What the controller lets its pods tolerate, whatever they say.
const TOLERATED: [&str; 6] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/unschedulable",
];
/// The same of those in the network of their node.
const TOLERATED_IN_HOST_NETWORK: &str = "node.kubernetes.io/network-unavailable";

impl Taint {
    /// Whether it keeps pods away that do not tolerate it.
    pub(super) fn keeps_away(&self, tolerations: &[Toleration], is_in_host_network: bool) -> bool {
        let key = self.key.as_str();
        let is_usual =
            TOLERATED.contains(&key) || (is_in_host_network && key == TOLERATED_IN_HOST_NETWORK);
        matches!(self.effect.as_str(), "NoSchedule" | "NoExecute")
            && !is_usual
            && !tolerations.iter().any(|it| it.tolerates(self))
    }
}

impl Toleration {
    fn tolerates(&self, taint: &Taint) -> bool {
        let exists = self.operator == "Exists";
        let is_of_key = if self.key.is_empty() { exists } else { self.key == taint.key };
        is_of_key
            && (self.effect.is_empty() || self.effect == taint.effect)
            && (exists || self.value == taint.value)
    }
}

/// `gpu=yes:NoSchedule`
impl fmt::Display for Taint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.key)?;
        if !self.value.is_empty() {
            write!(out, "={}", self.value)?;
        }
        write!(out, ":{}", self.effect)
    }
}

impl Affinity {
    /// Whether it lets pods onto a node of that name with those labels.
    pub(super) fn admits(&self, name: &str, labels: &BTreeMap<String, String>) -> bool {
        let terms = &self.node_affinity.required.node_selector_terms;
        terms.is_empty() || terms.iter().any(|it| it.admits(name, labels))
    }

    /// The one node that the controller of a `DaemonSet` made a pod for.
    pub(super) fn node(&self) -> Option<&str> {
        let terms = self.node_affinity.required.node_selector_terms.iter();
        let mut fields = terms.flat_map(|it| &it.match_fields);
        let field = fields.find(|it| it.key == "metadata.name")?;
        field.values.first().map(String::as_str)
    }
}

impl Term {
    /// A term that asks for nothing admits nothing.
    fn admits(&self, name: &str, labels: &BTreeMap<String, String>) -> bool {
        let is_empty = self.match_expressions.is_empty() && self.match_fields.is_empty();
        let label = |it: &Requirement| labels.get(&it.key).map(String::as_str);
        !is_empty
            && self.match_expressions.iter().all(|it| it.holds(label(it)))
            && self.match_fields.iter().all(|it| it.holds(Some(name)))
    }
}

impl Requirement {
    fn holds(&self, value: Option<&str>) -> bool {
        let is_one = || value.is_some_and(|it| self.values.iter().any(|one| one == it));
        let compared = || {
            let wanted: i64 = self.values.first()?.parse().ok()?;
            Some((value?.parse::<i64>().ok()?, wanted))
        };
        match self.operator.as_str() {
            "In" => is_one(),
            "NotIn" => !is_one(),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            "Gt" => compared().is_some_and(|(own, wanted)| own > wanted),
            "Lt" => compared().is_some_and(|(own, wanted)| own < wanted),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    fn affinity(terms: &Value) -> Affinity {
        let required = json!({"nodeSelectorTerms": terms});
        let affinity =
            json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}});
        from_value(affinity).unwrap()
    }

    #[test]
    fn a_taint_is_tolerated_as_the_scheduler_does_it() {
        let taint: Taint =
            from_value(json!({"key": "gpu", "value": "yes", "effect": "NoSchedule"})).unwrap();
        for (toleration, expected) in [
            (json!({"operator": "Exists"}), true),
            (json!({"key": "gpu", "operator": "Exists"}), true),
            (json!({"key": "gpu", "value": "yes", "effect": "NoSchedule"}), true),
            (json!({"key": "gpu", "value": "no"}), false),
            (json!({"key": "gpu", "operator": "Exists", "effect": "NoExecute"}), false),
            (json!({"key": "other", "operator": "Exists"}), false),
        ] {
            let tolerations: Vec<Toleration> = from_value(json!([toleration])).unwrap();
            assert_eq!(!taint.keeps_away(&tolerations, false), expected, "{toleration}");
        }
        assert_eq!(taint.to_string(), "gpu=yes:NoSchedule");
    }

    #[test]
    fn what_only_slows_a_node_keeps_no_daemon_away() {
        let of = |key: &str, effect: &str| -> Taint {
            from_value(json!({"key": key, "effect": effect})).unwrap()
        };
        assert!(!of("node.kubernetes.io/not-ready", "NoExecute").keeps_away(&[], false));
        assert!(!of("gpu", "PreferNoSchedule").keeps_away(&[], false));
        assert!(of("node.kubernetes.io/network-unavailable", "NoSchedule").keeps_away(&[], false));
        assert!(!of("node.kubernetes.io/network-unavailable", "NoSchedule").keeps_away(&[], true));
    }

    #[test]
    fn an_affinity_admits_where_one_of_its_terms_holds_whole() {
        let labels: BTreeMap<String, String> =
            [("zone", "a"), ("cores", "8")].map(|(key, it)| (key.into(), it.into())).into();
        let expression = |key: &str, operator: &str, values: &[&str]| json!({"key": key, "operator": operator, "values": values});
        for (terms, expected) in [
            (json!([]), true),
            (json!([{}]), false),
            (json!([{"matchExpressions": [expression("zone", "In", &["a", "b"])]}]), true),
            (json!([{"matchExpressions": [expression("zone", "NotIn", &["a"])]}]), false),
            (
                json!([{"matchExpressions": [expression("cores", "Gt", &["4"]), expression("gpu", "DoesNotExist", &[])]}]),
                true,
            ),
            (
                json!([{"matchExpressions": [expression("cores", "Lt", &["4"])]}, {"matchExpressions": [expression("zone", "Exists", &[])]}]),
                true,
            ),
            (json!([{"matchFields": [expression("metadata.name", "In", &["n1"])]}]), true),
        ] {
            assert_eq!(affinity(&terms).admits("n1", &labels), expected, "{terms}");
        }
        let own = affinity(&json!([{"matchFields": [expression("metadata.name", "In", &["n7"])]}]));
        assert_eq!(own.node(), Some("n7"));
    }
}
