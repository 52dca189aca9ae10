//! What Kubernetes or Docker knows of a process.

use std::collections::BTreeMap;

/// By the names that a selector has for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// By the names of criteria: `k8s_namespace`.
    pub values: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
}

impl Metadata {
    /// Of a pod. One that nobody owns owns itself.
    pub fn pod(namespace: &str, name: &str) -> Self {
        Self::default()
            .with("k8s_namespace", namespace)
            .with("k8s_pod_name", name)
            .with("k8s_owner_name", name)
    }

    /// Of a container that Docker started.
    pub fn docker(name: &str) -> Self {
        Self::default().with("container_name", name)
    }

    /// Owners from the nearest to the top, with their kinds: `("ReplicaSet", "shop-5d4")`, `("Deployment", "shop")`.
    #[must_use]
    pub fn owned_by(self, owners: &[(&str, &str)]) -> Self {
        owners.iter().fold(self, |it, (kind, name)| {
            it.with(&format!("k8s_{}_name", kind.to_lowercase()), name).with("k8s_owner_name", name)
        })
    }

    #[must_use]
    pub fn in_container(self, name: &str) -> Self {
        self.with("k8s_container_name", name)
    }

    /// What it has for the criterion of a selector: `k8s_namespace`.
    pub fn get(&self, criterion: &str) -> Option<&str> {
        self.values.get(criterion).map(String::as_str)
    }

    fn with(mut self, criterion: &str, value: &str) -> Self {
        self.values.insert(criterion.to_owned(), value.to_owned());
        self
    }
}
