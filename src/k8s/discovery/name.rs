//! The ways in which people write kinds: `po`, `Pod`, `deployments.v1.apps`, `apps/v1/Deployment`, `deploy/web`.

/// A kind with what is said about its group and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KindName<'a> {
    pub(super) kind: &'a str,
    pub(super) group: Option<&'a str>,
    pub(super) version: Option<&'a str>,
}

impl<'a> KindName<'a> {
    /// What a text can mean, the likelier first.
    pub(super) fn readings(text: &'a str) -> impl Iterator<Item = Self> {
        let text = text.trim();
        let readings = if text.contains('/') { Self::slashed(text) } else { Self::dotted(text) };
        readings.into_iter().flatten()
    }

    /// `pods`, `deployments.apps`, `deployments.v1.apps`, `pods.v1.`
    fn dotted(text: &'a str) -> [Option<Self>; 2] {
        let Some((kind, rest)) = text.split_once('.') else {
            return [Some(Self { kind: text, group: None, version: None }), None];
        };
        let group = Self { kind, group: Some(rest), version: None };
        let (version, group_after) = rest.split_once('.').unwrap_or((rest, ""));
        let versioned = is_version(version).then_some(Self {
            kind,
            group: Some(group_after),
            version: Some(version),
        });
        [Some(group), versioned]
    }

    /// `apps/Deployment`, `v1/Pod`, `apps/v1/Deployment`
    fn slashed(text: &'a str) -> [Option<Self>; 2] {
        let (before, kind) = text.rsplit_once('/').unwrap_or(("", text));
        let (group, version) = match before.split_once('/') {
            Some((group, version)) => (group, Some(version)),
            None if is_version(before) => ("", Some(before)),
            None => (before, None),
        };
        [Some(Self { kind, group: Some(group), version }), None]
    }
}

/// `v1`, `v1beta1`
fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|it| {
        it.starts_with(|c: char| c.is_ascii_digit())
            && it.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    })
}

/// A kind, and perhaps the name of one object of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    pub(crate) kind: &'a str,
    pub(crate) name: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// What a text can mean: `apps/v1/Deployment` is a kind, `deploy/web` is one with a name; the catalog decides.
    pub(crate) fn readings(text: &'a str) -> [Option<Self>; 2] {
        let text = text.trim();
        let whole = Self { kind: text, name: None };
        let Some((kind, name)) = text.rsplit_once('/') else { return [Some(whole), None] };
        let named = Self { kind, name: Some(name) };
        // `pods/web` is a pod named web long before it is a kind web of a group pods.
        if kind.contains('/') { [Some(whole), Some(named)] } else { [Some(named), Some(whole)] }
    }
}
