//! One way in which a product is installed: what its Service then looks like, and how it is reached.

use serde::Deserialize;

use super::{
    custom_resource::{CustomResource, CustomResources, Said},
    pattern::{Labels, Pattern, any},
    valid,
};
use crate::toolsets::discovery::{
    finding::{Confidence, Scheme},
    service::{Owner, Service},
};

/// All evidence is of equal right inside its kind; a Service needs one piece of it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::toolsets::discovery) struct Shape {
    /// Kinds that own it: `Prometheus.monitoring.coreos.com`.
    #[serde(deserialize_with = "valid::names")]
    owners: Vec<String>,
    /// Sets of the Service's own labels.
    labels: Vec<Labels>,
    /// Protocols of a port that nothing else speaks: `kgateway.dev/mcp`.
    #[serde(deserialize_with = "valid::names")]
    app_protocols: Vec<String>,
    /// Sets of labels of the pods that it selects.
    selector: Vec<Labels>,
    /// What it is called; only together with one of the numbers of `ports`.
    names: Vec<Pattern>,
    /// Without one of these names it is none, whatever speaks for it.
    only: Vec<Pattern>,
    /// Numbers of ports without one of which it is none.
    #[serde(deserialize_with = "valid::ports")]
    needs: Vec<u16>,
    /// What looks the same and is something else.
    except: Except,
    pub(super) ports: Ports,
    /// Tried in this order where the Service does not say which; only `http` if nothing is said here either.
    pub(super) schemes: Vec<Scheme>,
    /// Where it may lie, the likeliest first; only the root if nothing is said.
    #[serde(deserialize_with = "valid::prefixes")]
    pub(super) prefixes: Vec<String>,
    /// Operators' own resources that say where it lies.
    pub(super) resources: Vec<CustomResource>,
    /// An annotation of the product's own that says the path; one of those that [`Service`] keeps.
    #[serde(deserialize_with = "valid::annotation")]
    pub(super) path_annotation: Option<String>,
    /// An annotation of the product's own that says the port.
    #[serde(deserialize_with = "valid::annotation")]
    pub(super) port_annotation: Option<String>,
}

/// Anything of this, and it is not meant.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Except {
    names: Vec<Pattern>,
    /// Sets of labels, of the Service or of the pods that it selects.
    labels: Vec<Labels>,
}

/// How the port is known that is to be asked.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Ports {
    pub(super) names: Vec<String>,
    #[serde(deserialize_with = "valid::ports")]
    pub(super) numbers: Vec<u16>,
}

/// Something that speaks for a product.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Evidence {
    pub(super) confidence: Confidence,
    /// How much must be as it is; more of it tells two products apart of which both are likely.
    pub(super) weight: usize,
    /// `label app=grafana`: only words of ours, of detectors, and names that are DNS names.
    pub(super) text: String,
}

impl Shape {
    /// What speaks for it, the strongest first.
    pub(super) fn evidence(&self, service: &Service) -> Vec<Evidence> {
        let owner = service.owner.as_ref().filter(|it| self.owns(it)).map(of_owner);
        let needs = self.needs.len().min(1);
        let told = |sets: &[Labels], labels, word: &str, confidence| -> Vec<Evidence> {
            let sets = sets.iter().filter(|it| it.match_all(labels)).map(|it| Evidence {
                confidence,
                weight: it.len() + needs,
                text: format!("{word} {}", it.told()),
            });
            let mut sets: Vec<Evidence> = sets.collect();
            sets.sort_by_key(|it| usize::MAX - it.weight);
            sets
        };
        let labels = told(&self.labels, &service.labels, "label", Confidence::High);
        let selector = told(&self.selector, &service.selector, "selector", Confidence::Medium);
        let all = owner.into_iter().chain(labels).chain(self.app_protocol(service));
        all.chain(selector).chain(self.name_and_port(service)).collect()
    }

    fn owns(&self, owner: &Owner) -> bool {
        self.owners.iter().any(|it| {
            let group = it.strip_prefix(owner.kind.as_str()).and_then(|it| it.strip_prefix('.'));
            group.is_some_and(|it| it == owner.group)
        })
    }

    fn app_protocol(&self, service: &Service) -> Option<Evidence> {
        let mut spoken = service.ports.iter().filter_map(|it| it.app_protocol.as_ref());
        let protocol = spoken.find(|it| self.app_protocols.contains(it))?;
        let text = format!("appProtocol {protocol}");
        Some(Evidence { confidence: Confidence::High, weight: 1, text })
    }

    fn name_and_port(&self, service: &Service) -> Option<Evidence> {
        if !self.is_called_so(service) {
            return None;
        }
        let number = self.ports.numbers.iter().find(|it| has_port(service, **it))?;
        let text = format!("name {} with port {number}", service.place.name);
        Some(Evidence { confidence: Confidence::Low, weight: 1, text })
    }

    pub(super) fn is_called_so(&self, service: &Service) -> bool {
        any(&self.names, &service.place.name)
    }

    /// What the operator's resource that the Service belongs to says of where it lies.
    pub(super) fn said(&self, service: &Service, known: &CustomResources) -> Option<Said> {
        self.resources.iter().find_map(|it| it.said(service, known))
    }

    /// The kind of the resource that the Service belongs to, and why nothing is known of it, if that may not be read.
    pub(super) fn unread(
        &self,
        service: &Service,
        known: &CustomResources,
    ) -> Option<(String, String)> {
        let unread = |it: &CustomResource| Some((it.kind.to_string(), it.unread(service, known)?));
        self.resources.iter().find_map(unread)
    }

    /// Why it is none of these, whatever speaks for it.
    pub(super) fn refusal(&self, service: &Service) -> Option<String> {
        if !self.only.is_empty() && !any(&self.only, &service.place.name) {
            return Some("it is not called like the one that is asked".to_owned());
        }
        if !self.needs.is_empty() && !self.needs.iter().any(|it| has_port(service, *it)) {
            let numbers: Vec<String> = self.needs.iter().map(ToString::to_string).collect();
            return Some(format!("it has no port {}", numbers.join(" or ")));
        }
        self.except.meets(service).map(|it| format!("it is something else, by {it}"))
    }

    /// Sets of labels of which all but one are there: what they are, and the key that is missing or other.
    pub(super) fn near(&self, service: &Service) -> Vec<(String, String)> {
        let told = |sets: &[Labels], labels, word: &str| -> Vec<(String, String)> {
            let near = sets.iter().filter_map(|it| Some((it, it.nearly(labels)?)));
            near.map(|(it, key)| (format!("{word} {}", it.told()), key.to_owned())).collect()
        };
        let mut near = told(&self.labels, &service.labels, "label");
        near.extend(told(&self.selector, &service.selector, "selector"));
        near
    }
}

impl Except {
    /// By what it is that: `its name`, `component=alertmanager`.
    pub(super) fn meets(&self, service: &Service) -> Option<String> {
        if any(&self.names, &service.place.name) {
            return Some("its name".to_owned());
        }
        let is_there =
            |it: &&Labels| it.match_all(&service.labels) || it.match_all(&service.selector);
        self.labels.iter().find(is_there).map(Labels::told)
    }
}

fn of_owner(owner: &Owner) -> Evidence {
    let Owner { group, kind, name } = owner;
    // The API server takes any text for an owner's name.
    let name = if valid::is_dns_name(name) { format!("/{name}") } else { String::new() };
    let text = format!("owner {kind}.{group}{name}");
    Evidence { confidence: Confidence::Certain, weight: 1, text }
}

/// By the Service's number or by that of the pods.
fn has_port(service: &Service, number: u16) -> bool {
    let is_it = |port: u16, target: Option<u16>| port == number || target == Some(number);
    service.ports.iter().any(|it| it.is_tcp && is_it(it.number, it.target))
}
