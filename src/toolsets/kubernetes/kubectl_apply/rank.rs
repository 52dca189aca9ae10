//! In which order objects are made: what others need comes first, and what may refuse others last.

use super::intent::Intent;

/// Of namespaces; the set that objects become members of lies in one.
const NAMESPACES: u8 = 0;
const SETS: u8 = 1;
const OTHERS: u8 = 10;

/// Those of the same rank are applied side by side.
pub(super) fn rank(intent: &Intent) -> u8 {
    if intent.who.is_set() {
        return SETS;
    }
    of(&intent.address.resource.group, &intent.address.resource.kind)
}

pub(super) fn of(group: &str, kind: &str) -> u8 {
    match (group, kind) {
        ("", "Namespace") => NAMESPACES,
        ("apiextensions.k8s.io", _) => 2,
        ("scheduling.k8s.io" | "storage.k8s.io" | "node.k8s.io", _)
        | ("networking.k8s.io", "IngressClass" | "NetworkPolicy")
        | ("", "ResourceQuota" | "LimitRange") => 3,
        ("", "ServiceAccount") | ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => 4,
        ("rbac.authorization.k8s.io", _) => 5,
        ("", "ConfigMap" | "Secret" | "PersistentVolume" | "PersistentVolumeClaim") => 6,
        ("", "Service" | "Endpoints") | ("discovery.k8s.io", _) => 7,
        ("" | "apps" | "batch", _) => 8,
        ("autoscaling" | "policy" | "networking.k8s.io", _) => 9,
        ("admissionregistration.k8s.io" | "apiregistration.k8s.io", _) => 11,
        _ => OTHERS,
    }
}

/// Within a rank, in the order in which they are written.
pub(super) fn sort(intents: &mut [Intent]) {
    intents.sort_by_key(rank);
}
