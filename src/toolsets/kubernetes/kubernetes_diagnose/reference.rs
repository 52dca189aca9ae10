//! What a pod needs of `ConfigMap`s and Secrets before it can start.

use super::{
    model::{Container, PodSpec},
    subject::Kind,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holder {
    ConfigMap,
    Secret,
}

impl Holder {
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::ConfigMap => Kind::ConfigMap,
            Self::Secret => Kind::Secret,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reference<'a> {
    pub(super) holder: Holder,
    pub(super) name: &'a str,
    pub(super) key: Option<&'a str>,
    pub(super) optional: bool,
    /// The container, or the volume, that needs it.
    pub(super) user: &'a str,
}

/// Every one of them, in the order of the spec.
pub(super) fn references(spec: &PodSpec) -> impl Iterator<Item = Reference<'_>> {
    spec.all_containers().flat_map(of_container).chain(of_volumes(spec))
}

fn of_container(container: &Container) -> impl Iterator<Item = Reference<'_>> {
    let user = container.name.as_str();
    let values = container.env.iter().filter_map(|it| it.value_from.as_ref());
    let keys = values.flat_map(move |it| {
        let config_map = it.config_map_key_ref.iter().map(|it| (Holder::ConfigMap, it));
        config_map.chain(it.secret_key_ref.iter().map(|it| (Holder::Secret, it)))
    });
    let keys = keys.map(|(holder, it)| (holder, it, Some(it.key.as_str())));
    let whole = container.env_from.iter().flat_map(|it| {
        let config_map = it.config_map_ref.iter().map(|it| (Holder::ConfigMap, it, None));
        config_map.chain(it.secret_ref.iter().map(|it| (Holder::Secret, it, None)))
    });
    keys.chain(whole).map(move |(holder, it, key)| Reference {
        holder,
        name: &it.name,
        key,
        optional: it.optional,
        user,
    })
}

fn of_volumes(spec: &PodSpec) -> impl Iterator<Item = Reference<'_>> {
    spec.volumes.iter().flat_map(|volume| {
        let user = volume.name.as_str();
        let projected = volume.projected.iter().flat_map(|it| &it.sources);
        let config_maps = volume
            .config_map
            .iter()
            .chain(projected.clone().filter_map(|it| it.config_map.as_ref()));
        let config_maps =
            config_maps.map(|it| (Holder::ConfigMap, it.name.as_str(), it.optional, &it.items));
        let secrets = volume.secret.iter();
        let secrets =
            secrets.map(|it| (Holder::Secret, it.secret_name.as_str(), it.optional, &it.items));
        let parts = projected.filter_map(|it| it.secret.as_ref());
        let parts = parts.map(|it| (Holder::Secret, it.name.as_str(), it.optional, &it.items));
        config_maps.chain(secrets).chain(parts).flat_map(move |(holder, name, optional, items)| {
            let reference = move |key| Reference { holder, name, key, optional, user };
            let whole = items.is_empty().then(|| reference(None));
            whole.into_iter().chain(items.iter().map(move |it| reference(Some(it.key.as_str()))))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_need_one_is_seen() {
        let spec: PodSpec = serde_saphyr::from_str(
            "
containers:
- name: app
  env:
  - {name: A, value: plain}
  - {name: B, valueFrom: {configMapKeyRef: {name: settings, key: mode}}}
  - {name: C, valueFrom: {secretKeyRef: {name: db, key: password, optional: true}}}
  envFrom: [{configMapRef: {name: all}}, {secretRef: {name: tokens}}]
volumes:
- {name: files, configMap: {name: files, items: [{key: a.conf, path: a}]}}
- {name: tls, secret: {secretName: tls}}
- {name: both, projected: {sources: [{configMap: {name: one}}, {secret: {name: two}}, {}]}}
- {name: scratch, emptyDir: {}}
",
        )
        .unwrap();
        let seen: Vec<String> = references(&spec)
            .map(|it| {
                let optional = if it.optional { "?" } else { "" };
                format!(
                    "{} {}:{}{optional} in {}",
                    it.holder.kind().short(),
                    it.name,
                    it.key.unwrap_or("*"),
                    it.user
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                "cm settings:mode in app",
                "secret db:password? in app",
                "cm all:* in app",
                "secret tokens:* in app",
                "cm files:a.conf in files",
                "secret tls:* in tls",
                "cm one:* in both",
                "secret two:* in both",
            ]
        );
    }
}
