//! What the call asks about.

use super::{
    KubernetesDiagnose,
    snapshot::{Reader, Snapshot},
    subject::{Kind, Subject},
};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        admitted,
        cluster::Cluster,
        error::Asked as Request,
        listing::Listing,
        missing::{missing, missing_namespace},
        problems::Problems,
        targets::{self, Scope, Target},
    },
};

pub(super) struct Asked {
    pub(super) subject: Subject,
    /// None for a node.
    pub(super) namespace: Option<String>,
}

impl KubernetesDiagnose {
    pub(super) async fn asked(&self, cluster: &Cluster) -> Result<Asked, ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), self.name.as_deref());
        problems.none()?;
        let scope = targets::scope(cluster, self.namespace.as_deref(), false);
        let Scope::One { namespace, .. } = scope else {
            return Err(ToolError::invalid("`namespace`: one at a time"));
        };
        let Some(resource) = self.resource.as_deref() else {
            return match self.name {
                None => Asked::namespace(namespace).admitted(cluster),
                Some(_) => Err(ToolError::invalid("`name` without `resource`: of which kind?")),
            };
        };
        let targets = targets::resolve(
            cluster,
            &implied(resource, self.name.as_deref()),
            self.name.as_deref(),
        )
        .await?;
        for target in &targets {
            admitted::kind(cluster, &target.resource)?;
        }
        Asked::target(&targets, namespace)?.admitted(cluster)
    }
}

/// A name alone is that of a pod, as it is for `kubectl logs`: one with a dash and a digit is no kind.
fn implied(resource: &str, name: Option<&str>) -> String {
    let is_pod = name.is_none() && !resource.contains(['/', '.', ',']) && resource.contains('-');
    if is_pod { format!("pod/{resource}") } else { resource.to_owned() }
}

impl Asked {
    fn namespace(name: String) -> Self {
        Self { subject: Subject::new(Kind::Namespace, &name), namespace: Some(name) }
    }

    /// Of all that is read for it, what may not be read is only left out: whether it may be asked about is told here.
    fn admitted(self, cluster: &Cluster) -> Result<Self, ToolError> {
        self.namespace.as_deref().map_or(Ok(()), |it| admitted::namespace(cluster, it))?;
        Ok(self)
    }

    fn target(targets: &[Target], namespace: String) -> Result<Self, ToolError> {
        let [Target { resource, names }] = targets else {
            return Err(ToolError::invalid("`resource`: one thing at a time, or the namespace"));
        };
        let kind = Kind::of(resource).ok_or_else(|| {
            let name = resource.full_name();
            ToolError::invalid(format!(
                "`resource`: no rule knows {name}; known are {}; kubectl_get shows its status",
                Kind::known()
            ))
        })?;
        match (names.as_slice(), kind) {
            ([], Kind::Namespace) => Ok(Self::namespace(namespace)),
            ([name], Kind::Namespace) => Ok(Self::namespace(name.clone())),
            ([name], Kind::Node) => Ok(Self { subject: Subject::new(kind, name), namespace: None }),
            ([name], _) => {
                Ok(Self { subject: Subject::new(kind, name), namespace: Some(namespace) })
            }
            _ => Err(ToolError::invalid(format!(
                "`resource`: which one? Give {}/NAME, or nothing for the whole namespace",
                kind.short()
            ))),
        }
    }
}

/// An API server that cannot be reached, a namespace or an object that is not there: there is nothing to diagnose.
pub(super) async fn check(
    reader: &Reader<'_>,
    snapshot: &Snapshot,
    subject: &Subject,
) -> Result<(), ToolError> {
    let Reader { cluster, catalog, namespace, .. } = *reader;
    if let Some(error) = reader.fatal() {
        let asked = Request { verb: "list", resource: "pods", name: None, namespace };
        return Err(cluster.explain(&error, &asked));
    }
    let is_empty = namespace.is_some_and(|it| snapshot.space.lacks(it));
    if is_empty && let Some(problem) = missing_namespace(cluster, namespace).await {
        return Err(problem);
    }
    if !snapshot.lacks(subject) {
        return Ok(());
    }
    let Some(resource) = catalog.resource(subject.kind.long()) else { return Ok(()) };
    let listing = Listing {
        namespace,
        name: Some(subject.name.as_str()),
        ..Listing::of_all(cluster, &resource)
    };
    Err(missing(&listing, &subject.name).await)
}
