//! The image of OBI: which one is meant, and which release is in it.

use serde::{Deserialize, Serialize};

use crate::obi::config::Release;

/// `docker.io/otel/ebpf-instrument:v0.13.0`, with a tag, a digest or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Image(String);

/// Without tag and digest. Where both are, the first is as official as the second.
const NAMES: [&str; 2] = [
    "docker.io/otel/ebpf-instrument",
    "ghcr.io/open-telemetry/opentelemetry-ebpf-instrumentation/ebpf-instrument",
];
const CACHES: [&str; 2] = [
    "docker.io/otel/opentelemetry-ebpf-k8s-cache",
    "ghcr.io/open-telemetry/opentelemetry-ebpf-instrumentation/opentelemetry-ebpf-k8s-cache",
];

/// Known to be good.
const TAG: &str = "v0.13.0";

/// What others call it, which is the name of no image.
const MISNOMERS: [(&str, &str); 4] = [
    ("ghcr.io/open-telemetry/opentelemetry-ebpf-instrumentation", NAMES[1]),
    ("docker.io/otel/opentelemetry-ebpf-instrumentation", NAMES[0]),
    ("docker.io/otel/obi", NAMES[0]),
    ("docker.io/otel/ebpf-instrument-k8s-cache", CACHES[0]),
];

impl Default for Image {
    fn default() -> Self {
        Self(format!("{}:{TAG}", NAMES[0]))
    }
}

impl Image {
    /// Any reference, completed and corrected, and what was done to it.
    pub(super) fn parse(text: &str) -> Result<(Self, Vec<String>), String> {
        let wrong = |why: &str| format!("`image`: {text}: {why}");
        if text.is_empty() || text.contains(|it: char| it.is_whitespace() || it.is_control()) {
            return Err(wrong(
                "the name of an image is wanted, such as docker.io/otel/ebpf-instrument:v0.13.0",
            ));
        }
        let mut notes = Vec::new();
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) if digest.starts_with("sha256:") && digest.len() == 71 => {
                (rest, Some(digest))
            }
            Some(_) => return Err(wrong("a digest is sha256: and 64 hexadecimal digits")),
            None => (text, None),
        };
        // The port of a registry stands before a slash, and a tag behind the last one.
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        let mut name = with_registry(name);
        if let Some((_, right)) = MISNOMERS.iter().find(|it| it.0 == name) {
            notes.push(format!("{name} is the name of no image of OBI: {right} is meant"));
            name = (*right).to_owned();
        }
        let is_official = NAMES.contains(&name.as_str());
        let tag = match (tag, digest) {
            (Some(tag), _) if is_official && is_bare_version(tag) => {
                notes.push(format!("tags of OBI begin with v: v{tag} is meant"));
                Some(format!("v{tag}"))
            }
            (Some(tag), _) => Some(tag.to_owned()),
            (None, Some(_)) => None,
            (None, None) if is_official => {
                notes.push(format!(
                    "no tag was given, and the newest that is known to be good is taken: {TAG}"
                ));
                Some(TAG.to_owned())
            }
            (None, None) => {
                return Err(wrong(
                    "a tag or a digest is wanted: what `latest` is tomorrow nobody knows",
                ));
            }
        };
        if tag.as_deref() == Some("latest") || tag.as_deref() == Some("main") {
            notes.push("a tag that moves: nodes that come later may run another OBI".to_owned());
        }
        let tag = tag.map(|it| format!(":{it}")).unwrap_or_default();
        let digest = digest.map(|it| format!("@{it}")).unwrap_or_default();
        Ok((Self(format!("{name}{tag}{digest}")), notes))
    }

    /// The same with another tag; a digest belonged to the tag before.
    pub(super) fn of_version(&self, version: &str) -> Result<(Self, Vec<String>), String> {
        Self::parse(&format!("{}:{version}", self.name()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// None where no tag says it.
    pub(super) fn release(&self) -> Option<Release> {
        self.tag()?.parse().ok()
    }

    /// The image of the cache of metadata of the same release, from the same place.
    pub(super) fn of_cache(&self) -> Option<Self> {
        let place = NAMES.iter().position(|it| *it == self.name())?;
        Some(Self(format!("{}:{}", CACHES.get(place)?, self.tag()?)))
    }

    pub(super) fn name(&self) -> &str {
        let rest = self.0.split_once('@').map_or(self.0.as_str(), |it| it.0);
        rest.rsplit_once(':').filter(|it| !it.1.contains('/')).map_or(rest, |it| it.0)
    }

    pub(super) fn tag(&self) -> Option<&str> {
        let rest = self.0.split_once('@').map_or(self.0.as_str(), |it| it.0);
        rest.rsplit_once(':').map(|it| it.1).filter(|it| !it.contains('/'))
    }
}

/// Docker's own registry need not be named.
fn with_registry(name: &str) -> String {
    let first = name.split('/').next().unwrap_or_default();
    let is_registry = name.contains('/') && (first.contains(['.', ':']) || first == "localhost");
    if is_registry { name.to_owned() } else { format!("docker.io/{name}") }
}

fn is_bare_version(tag: &str) -> bool {
    tag.starts_with(|it: char| it.is_ascii_digit()) && tag.parse::<Release>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_completed_and_corrected_with_a_word() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let pinned = format!("registry.local:5000/obi@{digest}");
        let both = format!("otel/ebpf-instrument:v0.12.1@{digest}");
        let whole = format!("docker.io/otel/ebpf-instrument:v0.12.1@{digest}");
        let table: [(&str, &str, usize); 7] = [
            ("otel/ebpf-instrument:v0.12.1", "docker.io/otel/ebpf-instrument:v0.12.1", 0),
            ("otel/ebpf-instrument:0.12.1", "docker.io/otel/ebpf-instrument:v0.12.1", 1),
            ("otel/ebpf-instrument", "docker.io/otel/ebpf-instrument:v0.13.0", 1),
            ("otel/ebpf-instrument:latest", "docker.io/otel/ebpf-instrument:latest", 1),
            (
                "ghcr.io/open-telemetry/opentelemetry-ebpf-instrumentation:v0.12.1",
                "ghcr.io/open-telemetry/opentelemetry-ebpf-instrumentation/ebpf-instrument:v0.12.1",
                1,
            ),
            (&pinned, &pinned, 0),
            (&both, &whole, 0),
        ];
        for (text, image, notes) in table {
            let (parsed, said) = Image::parse(text).unwrap();
            assert_eq!((parsed.as_str(), said.len()), (image, notes), "{text}: {said:?}");
        }
    }

    #[test]
    fn what_is_no_image_says_what_is_wanted() {
        for (text, why) in [
            ("", "docker.io/otel/ebpf-instrument:"),
            ("a b", "docker.io/otel/ebpf-instrument:"),
            ("mine/obi", "a tag or a digest"),
            ("mine/obi@sha256:12", "64 hexadecimal digits"),
        ] {
            let error = Image::parse(text).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn the_release_is_what_the_tag_says_and_the_cache_is_of_the_same() {
        let (image, _) = Image::parse("localhost:5000/otel/x:v0.11.0").unwrap();
        assert_eq!(image.release(), Some(Release::new(0, 11, 0)));
        assert_eq!(image.name(), "localhost:5000/otel/x");
        assert_eq!(image.of_cache(), None);
        let cache = Image::default().of_cache().unwrap();
        assert_eq!(cache.as_str(), "docker.io/otel/opentelemetry-ebpf-k8s-cache:v0.13.0");
        let (next, _) = Image::default().of_version("0.14.0").unwrap();
        assert_eq!(next.as_str(), "docker.io/otel/ebpf-instrument:v0.14.0");
    }
}
