//! What operators' own resources say of where a product lies: the path below which it was told to answer, which no probe can guess.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use serde::Deserialize;
use serde_json::Value;

use super::valid::{self, LONGEST_TEXT, is_dns_name, is_plain_path};
use crate::toolsets::discovery::service::{Place, Service};

/// A kind of resources that say below which path a product lies.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::toolsets::discovery) struct CustomResource {
    pub(super) kind: Kind,
    /// The label in a Service's selector that names it, where it does not own the Service: `operator.prometheus.io/name`.
    #[serde(default, deserialize_with = "valid::label")]
    selected_by: Option<String>,
    /// JSON pointers to a path, or to a URL of which the path counts; the first that is there.
    #[serde(deserialize_with = "valid::pointers")]
    prefix_at: Vec<String>,
    /// What stands at other pointers, or that path is none that the product answers below.
    #[serde(default, deserialize_with = "valid::texts_at")]
    only_with: BTreeMap<String, String>,
    /// Where the product lies below that path: `/select/0/prometheus`.
    #[serde(default, deserialize_with = "valid::prefix")]
    suffix: String,
}

/// `Prometheus.monitoring.coreos.com`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(in crate::toolsets::discovery) struct Kind {
    pub(in crate::toolsets::discovery) group: String,
    pub(in crate::toolsets::discovery) kind: String,
}

/// What stands in one resource at the pointers of its kind. `None` is no text, or one that is too long for a path.
pub(in crate::toolsets::discovery) type Texts = BTreeMap<String, Option<String>>;

/// What is known of all that say anything. Texts of the cluster: nothing of them is taken that was not looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::toolsets::discovery) struct CustomResources {
    said: BTreeMap<Kind, BTreeMap<Place, Texts>>,
    /// The namespaces in which those of a kind may not be read, `None` for all, and what they are called in a right.
    unread: BTreeMap<Kind, BTreeMap<Option<String>, String>>,
}

/// What one resource says of where a Service lies.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    /// `Prometheus.monitoring.coreos.com/main`
    pub(super) by: String,
    /// Empty, or `/prefix` without a slash at its end. Otherwise why it is not taken.
    pub(super) prefix: Result<String, String>,
}

impl Said {
    /// `says that it lies below /prom`
    pub(super) fn told(&self) -> Result<String, &String> {
        let prefix = self.prefix.as_ref()?;
        let place =
            if prefix.is_empty() { "at the root".to_owned() } else { format!("below {prefix}") };
        Ok(format!("says that it lies {place}"))
    }
}

impl CustomResource {
    /// The pointers at which it is read.
    pub(super) fn pointers(&self) -> impl Iterator<Item = &String> {
        self.prefix_at.iter().chain(self.only_with.keys())
    }

    /// What the one that the Service belongs to says, if it says anything.
    pub(super) fn said(&self, service: &Service, known: &CustomResources) -> Option<Said> {
        let name = self.name(service).filter(|it| is_dns_name(it))?;
        let place = Place { namespace: service.place.namespace.clone(), name: name.to_owned() };
        let texts = known.said.get(&self.kind)?.get(&place)?;
        let holds = |(pointer, wanted): (&String, &String)| {
            texts.get(pointer).is_some_and(|it| it.as_ref() == Some(wanted))
        };
        if !self.only_with.iter().all(holds) {
            return None;
        }
        let (pointer, text) = self.prefix_at.iter().find_map(|it| texts.get_key_value(it))?;
        let prefix = text.as_deref().and_then(prefix);
        let prefix = prefix.map(|it| format!("{it}{}", self.suffix));
        let prefix = prefix.ok_or_else(|| format!("{pointer} is {}", valid::NOT_TAKEN));
        Some(Said { by: format!("{}/{name}", self.kind), prefix })
    }

    /// Why nothing is known of the one that the Service belongs to, if it may not be read.
    pub(super) fn unread(&self, service: &Service, known: &CustomResources) -> Option<String> {
        self.name(service)?;
        let unread = known.unread.get(&self.kind)?;
        let namespace = &service.place.namespace;
        let of_namespace = || unread.get(&Some(namespace.clone()));
        let resource = unread.get(&None).or_else(of_namespace)?;
        Some(format!(
            "cannot be read, so that the path which it says is only guessed: it takes the right to list and watch {resource} (in namespace {namespace} at least)"
        ))
    }

    /// What made the Service, or what made the pods that it selects.
    fn name<'a>(&self, service: &'a Service) -> Option<&'a String> {
        let owner = service.owner.as_ref();
        let owner = owner.filter(|it| it.kind == self.kind.kind && it.group == self.kind.group);
        let selected = || service.selector.get(self.selected_by.as_ref()?);
        owner.map(|it| &it.name).or_else(selected)
    }
}

/// As the annotations' paths. Of a URL only the path counts, with no matter what before it: `%(protocol)s://%(domain)s/grafana/`.
fn prefix(text: &str) -> Option<String> {
    let path = match text.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |it| &rest[it..]),
        None => text,
    };
    is_plain_path(path).then(|| path.trim_end_matches('/').to_owned())
}

impl CustomResources {
    /// What one of them says from now on; nothing when it is gone.
    pub(in crate::toolsets::discovery) fn put(&mut self, kind: &Kind, place: Place, texts: Texts) {
        let of_kind = self.said.entry(kind.clone()).or_default();
        if texts.is_empty() {
            of_kind.remove(&place);
        } else {
            of_kind.insert(place, texts);
        }
    }

    /// Whether that is not known already.
    pub(in crate::toolsets::discovery) fn is_news(
        &self,
        kind: &Kind,
        place: &Place,
        texts: &Texts,
    ) -> bool {
        let known = self.said.get(kind).and_then(|it| it.get(place));
        known != Some(texts).filter(|it| !it.is_empty())
    }

    /// That those of a kind may not be read there; `resource` is what they are called in a right.
    pub(in crate::toolsets::discovery) fn may_not_be_read(
        &mut self,
        kind: &Kind,
        namespace: Option<&str>,
        resource: String,
    ) {
        let of_kind = self.unread.entry(kind.clone()).or_default();
        of_kind.insert(namespace.map(str::to_owned), resource);
    }

    /// That they may be read there.
    pub(in crate::toolsets::discovery) fn may_be_read(
        &mut self,
        kind: &Kind,
        namespace: Option<&str>,
    ) {
        if let Some(of_kind) = self.unread.get_mut(kind) {
            of_kind.remove(&namespace.map(str::to_owned));
        }
    }

    pub(in crate::toolsets::discovery) fn is_unread(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
    ) -> bool {
        let of_kind = self.unread.get(kind);
        of_kind.is_some_and(|it| it.contains_key(&namespace.map(str::to_owned)))
    }

    /// What may not be read is found out anew.
    pub(in crate::toolsets::discovery) fn forget_unread(this: &mut Arc<Self>) {
        if !this.unread.is_empty() {
            Arc::make_mut(this).unread.clear();
        }
    }

    /// Those of a kind that said anything.
    pub(in crate::toolsets::discovery) fn places(
        &self,
        kind: &Kind,
    ) -> impl Iterator<Item = &Place> {
        self.said.get(kind).into_iter().flat_map(BTreeMap::keys)
    }
}

impl Kind {
    /// What stands in a resource of this kind at these pointers.
    pub(in crate::toolsets::discovery) fn texts(
        pointers: &BTreeSet<String>,
        resource: &Value,
    ) -> Texts {
        let text = |it: &Value| match it {
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) => Some(it.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        let at = |pointer: &String| {
            // What is empty was left out.
            let value = resource.pointer(pointer).filter(|it| !it.is_null() && *it != "")?;
            Some((pointer.clone(), text(value).filter(|it| it.len() <= LONGEST_TEXT)))
        };
        pointers.iter().filter_map(at).collect()
    }
}

impl TryFrom<String> for Kind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split_once('.');
        let is_kind = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric());
        let parts = parts.filter(|(kind, group)| is_kind(kind) && is_dns_name(group));
        let (kind, group) =
            parts.ok_or("a kind has its group behind it: `Prometheus.monitoring.coreos.com`")?;
        Ok(Self { group: group.to_owned(), kind: kind.to_owned() })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.kind, self.group)
    }
}
