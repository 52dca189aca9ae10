use serde::Deserialize;

use super::Labels;

/// A label selector; without terms it selects everything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LabelSelector {
    pub(crate) match_labels: Labels,
    match_expressions: Vec<Requirement>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Requirement {
    key: String,
    operator: String,
    values: Vec<String>,
}

impl LabelSelector {
    pub(crate) fn matches(&self, labels: &Labels) -> bool {
        has_all(labels, &self.match_labels)
            && self.match_expressions.iter().all(|it| it.holds(labels))
    }
}

impl Requirement {
    fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        let is_listed = value.is_some_and(|it| self.values.contains(it));
        match self.operator.as_str() {
            "In" => is_listed,
            "NotIn" => !is_listed,
            "Exists" => value.is_some(),
            _ => value.is_none(),
        }
    }
}

/// Whether every pair of `wanted` is among the labels.
pub(crate) fn has_all(labels: &Labels, wanted: &Labels) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(selector: &str, labels: &str) -> bool {
        let selector: LabelSelector = serde_saphyr::from_str(selector).unwrap();
        selector.matches(&serde_saphyr::from_str(labels).unwrap())
    }

    #[test]
    fn all_terms_must_hold() {
        let selector = "{matchLabels: {app: web}, matchExpressions: [{key: tier, operator: In, values: [a, b]}]}";
        assert!(matches(selector, "{app: web, tier: b}"));
        assert!(!matches(selector, "{app: web, tier: c}"));
        assert!(!matches(selector, "{tier: b}"));
    }

    #[test]
    fn absence_is_a_term_too() {
        let not = "{matchExpressions: [{key: tier, operator: NotIn, values: [a]}]}";
        assert!(matches(not, "{app: web}") && !matches(not, "{tier: a}"));
        let none = "{matchExpressions: [{key: tier, operator: DoesNotExist}]}";
        assert!(matches(none, "{app: web}") && !matches(none, "{tier: a}"));
    }

    #[test]
    fn no_terms_select_everything() {
        assert!(matches("{}", "{app: web}"));
    }
}
