//! What a path of the Kubernetes API is about.

use std::fmt;

/// What a request is about, as far as its path tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning<'a> {
    /// The server speaking about itself: versions, schemas, readiness, discovery.
    ServerItself,
    Resource(Target<'a>),
    /// Not a path that a client of ours has reason to use.
    Unclear,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// Empty for the core group.
    pub(super) group: &'a str,
    /// The plural, as in the path.
    pub(super) resource: &'a str,
    pub(super) subresource: Option<&'a str>,
    pub(super) namespace: Option<&'a str>,
}

impl Target<'_> {
    pub(super) fn is_namespaces(&self) -> bool {
        self.group.is_empty() && self.resource == "namespaces"
    }

    /// Whether even a GET starts a program or reaches a workload.
    pub(super) fn runs_something(&self) -> bool {
        matches!(self.subresource, Some("exec" | "attach" | "portforward" | "proxy"))
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.resource)?;
        if !self.group.is_empty() {
            write!(out, ".{}", self.group)?;
        }
        self.subresource.map_or(Ok(()), |it| write!(out, "/{it}"))
    }
}

/// Questions to the API server that are sent by POST and change nothing.
pub(super) fn is_review(target: &Target<'_>) -> bool {
    matches!(
        (target.group, target.resource),
        (
            "authorization.k8s.io",
            "selfsubjectaccessreviews"
                | "selfsubjectrulesreviews"
                | "subjectaccessreviews"
                | "localsubjectaccessreviews"
        ) | ("authentication.k8s.io", "selfsubjectreviews" | "tokenreviews")
    )
}

pub(super) fn meaning(path: &str) -> Meaning<'_> {
    let Some(segments) = segments(path) else { return Meaning::Unclear };
    let (group, rest) = match segments.as_slice() {
        ["version" | "healthz" | "livez" | "readyz" | "openapi", ..] => {
            return Meaning::ServerItself;
        }
        ["api" | "apis"] => return Meaning::ServerItself,
        ["apis", group] if is_plain(group) => return Meaning::ServerItself,
        ["api", version, rest @ ..] if is_version(version) => ("", rest),
        ["apis", group, version, rest @ ..] if is_plain(group) && is_version(version) => {
            (*group, rest)
        }
        _ => return Meaning::Unclear,
    };
    if rest.is_empty() {
        return Meaning::ServerItself;
    }
    resource(group, rest).map_or(Meaning::Unclear, Meaning::Resource)
}

fn resource<'a>(group: &'a str, rest: &[&'a str]) -> Option<Target<'a>> {
    let (namespace, resource, subresource) = match *rest {
        // Older spellings that would need rules of their own.
        ["watch" | "proxy" | "redirect", ..] | [] => return None,
        ["namespaces", name] => (Some(name), "namespaces", None),
        ["namespaces", name, sub @ ("status" | "finalize")] => {
            (Some(name), "namespaces", Some(sub))
        }
        ["namespaces", namespace, resource, ref name @ ..] => {
            (Some(namespace), resource, name.get(1).copied())
        }
        [resource, ref name @ ..] => (None, resource, name.get(1).copied()),
    };
    let plain = [resource].into_iter().chain(namespace).chain(subresource).all(is_plain);
    plain.then_some(Target { group, resource, subresource, namespace })
}

/// The parts between the slashes, unless any of them could be read in two ways.
fn segments(path: &str) -> Option<Vec<&str>> {
    // The first page of what is proxied to has this name, and without the slash a redirect to it.
    let page = path.strip_suffix('/').filter(|it| it.ends_with("/proxy"));
    let segments: Vec<&str> = page.unwrap_or(path).strip_prefix('/')?.split('/').collect();
    let clear = |it: &&str| {
        !matches!(*it, "" | "." | "..") && it.bytes().all(|b| b.is_ascii_graphic() && b != b'%')
    };
    segments.iter().all(clear).then_some(segments)
}

/// Groups, plurals, subresources and namespaces are written in lower case.
fn is_plain(segment: &str) -> bool {
    segment
        .bytes()
        .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'-' | b'.'))
}

/// `v1`, `v1beta1`, `v2`.
pub(super) fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()))
        && is_plain(segment)
}

/// Built-in resources without a namespace, for the time before discovery has run.
pub(super) const CLUSTER_SCOPED: &[(&str, &str)] = &[
    ("", "componentstatuses"),
    ("", "namespaces"),
    ("", "nodes"),
    ("", "persistentvolumes"),
    ("admissionregistration.k8s.io", "mutatingadmissionpolicies"),
    ("admissionregistration.k8s.io", "mutatingadmissionpolicybindings"),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
    ("apiextensions.k8s.io", "customresourcedefinitions"),
    ("apiregistration.k8s.io", "apiservices"),
    ("certificates.k8s.io", "certificatesigningrequests"),
    ("certificates.k8s.io", "clustertrustbundles"),
    ("flowcontrol.apiserver.k8s.io", "flowschemas"),
    ("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations"),
    ("metrics.k8s.io", "nodes"),
    ("networking.k8s.io", "ingressclasses"),
    ("networking.k8s.io", "ipaddresses"),
    ("networking.k8s.io", "servicecidrs"),
    ("node.k8s.io", "runtimeclasses"),
    ("rbac.authorization.k8s.io", "clusterrolebindings"),
    ("rbac.authorization.k8s.io", "clusterroles"),
    ("resource.k8s.io", "deviceclasses"),
    ("resource.k8s.io", "resourceslices"),
    ("scheduling.k8s.io", "priorityclasses"),
    ("storage.k8s.io", "csidrivers"),
    ("storage.k8s.io", "csinodes"),
    ("storage.k8s.io", "storageclasses"),
    ("storage.k8s.io", "volumeattachments"),
    ("storage.k8s.io", "volumeattributesclasses"),
];
