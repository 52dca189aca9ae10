//! What the operator allows, for tools whose requests do not show what they are about: the last gate cannot see it there.

use super::{cluster::Cluster, discovery::Resource, few::few, guard::Refusal};
use crate::tool::ToolError;

/// Allowed namespaces that a refusal names.
const MOST_NAMED: usize = 5;

/// Whether anything may be told of a kind.
pub(super) fn kind(cluster: &Cluster, resource: &Resource) -> Result<(), ToolError> {
    if cluster.guard().denies(&resource.group, &resource.plural, None) {
        let refusal = Refusal::Resource(resource.full_name());
        return Err(ToolError::Refused(refusal.to_string()));
    }
    Ok(())
}

/// Whether anything may be told of a namespace; if not, which others there are, as far as the operator wrote them out.
pub(super) fn namespace(cluster: &Cluster, name: &str) -> Result<(), ToolError> {
    let guard = cluster.guard();
    if guard.allows_namespace(name) {
        return Ok(());
    }
    let refusal = Refusal::Namespace(name.to_owned());
    let allowed = guard.literal_namespaces();
    let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
    Err(ToolError::Refused(match allowed.as_slice() {
        [] => refusal.to_string(),
        allowed => format!("{refusal}; allowed: {}", few(allowed, MOST_NAMED)),
    }))
}
