//! Where a Service is to be asked: the likeliest first, and few enough that all of them can be.

use super::{
    custom_resource::CustomResources,
    general::General,
    shape::Shape,
    wishes::{Wishes, port_said, prefix_said},
};
use crate::toolsets::discovery::{
    finding::{Endpoint, Scheme},
    service::{Port, Reach, Service},
};

const MOST: usize = 6;
/// What speaks TLS wherever nobody says otherwise.
const TLS_PORTS: [u16; 3] = [443, 8443, 9443];

/// How likely a port is the one; the least is the likeliest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    NameAndNumber(usize),
    Name(usize),
    Number(usize),
    SpeaksHttp,
    Other,
}

/// None where there is no port that could be it.
pub(super) fn endpoints(
    service: &Service,
    shape: &Shape,
    wishes: &Wishes,
    general: &General,
    resources: &CustomResources,
) -> Vec<Endpoint> {
    let ports = ports(service, shape, wishes, general);
    let prefixes = prefixes(service, shape, wishes, resources);
    let mut endpoints = Vec::new();
    for port in ports {
        for scheme in schemes(port, shape, wishes) {
            endpoints.extend(prefixes.iter().map(|prefix| Endpoint {
                scheme,
                service_port: port.number,
                port: reached(service, port),
                prefix: prefix.clone(),
            }));
        }
    }
    endpoints.truncate(MOST);
    endpoints
}

fn ports<'a>(
    service: &'a Service,
    shape: &Shape,
    wishes: &Wishes,
    general: &General,
) -> Vec<&'a Port> {
    let tcp = service.ports.iter().filter(|it| it.is_tcp);
    let said = wishes.port.or_else(|| port_said(service, shape.port_annotation.as_deref()));
    if let Some(number) = said {
        return tcp.filter(|it| it.number == number).collect();
    }
    let ranked = tcp.filter_map(|it| Some((rank(it, shape, general)?, it)));
    let mut ranked: Vec<(Rank, &Port)> = ranked.collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    let is_known = |rank: Rank| rank < Rank::SpeaksHttp;
    let best = ranked.first().map(|(rank, _)| *rank);
    // Where one is known, guesses would only ask strangers.
    let counts = |rank: Rank| best.is_some_and(|best| rank == best || is_known(rank));
    ranked.into_iter().filter(|(rank, _)| counts(*rank)).map(|(_, it)| it).collect()
}

fn rank(port: &Port, shape: &Shape, general: &General) -> Option<Rank> {
    let ports = &shape.ports;
    let name = port.name.as_ref().and_then(|name| ports.names.iter().position(|it| it == name));
    let is_it = |it: &u16| *it == port.number || Some(*it) == port.target;
    let number = ports.numbers.iter().position(is_it);
    match (name, number) {
        (Some(name), Some(number)) => Some(Rank::NameAndNumber(name + number)),
        (Some(name), None) => Some(Rank::Name(name)),
        (None, _) if general.is_other(port) => None,
        (None, Some(number)) => Some(Rank::Number(number)),
        (None, None) if protocol(port).is_some() => Some(Rank::SpeaksHttp),
        (None, None) => Some(Rank::Other),
    }
}

/// The port behind a headless Service's name is that of the pods. One that is known only by name is taken to be the Service's.
fn reached(service: &Service, port: &Port) -> u16 {
    match service.reach {
        Reach::Headless => port.target.unwrap_or(port.number),
        Reach::ClusterIp(_) | Reach::ExternalName => port.number,
    }
}

fn prefixes(
    service: &Service,
    shape: &Shape,
    wishes: &Wishes,
    resources: &CustomResources,
) -> Vec<String> {
    let said = annotated(service, shape, wishes);
    let said = said.or_else(|| shape.said(service, resources)?.prefix.ok());
    match said {
        Some(said) => vec![said],
        None if shape.prefixes.is_empty() => vec![String::new()],
        None => shape.prefixes.clone(),
    }
}

/// Below which path it lies, as an annotation says.
pub(super) fn annotated(service: &Service, shape: &Shape, wishes: &Wishes) -> Option<String> {
    wishes.prefix.clone().or_else(|| prefix_said(service, shape.path_annotation.as_deref()))
}

/// Both where it may be either; a port's name and number are hints, its `appProtocol` and an annotation are certain.
fn schemes(port: &Port, shape: &Shape, wishes: &Wishes) -> Vec<Scheme> {
    if let Some(said) = wishes.scheme.or_else(|| protocol(port)) {
        return vec![said];
    }
    let mut schemes =
        if shape.schemes.is_empty() { vec![Scheme::Http] } else { shape.schemes.clone() };
    let is_tls = |it: u16| TLS_PORTS.contains(&it);
    let is_named = port.name.as_ref().is_some_and(|it| it.starts_with("https"));
    if is_named || is_tls(port.number) || port.target.is_some_and(is_tls) {
        schemes.retain(|it| *it != Scheme::Https);
        schemes.insert(0, Scheme::Https);
        // Only where the product itself may be either is the other worth asking.
        schemes.truncate(shape.schemes.len().max(1));
    }
    schemes
}

fn protocol(port: &Port) -> Option<Scheme> {
    match port.app_protocol.as_deref() {
        Some("http" | "HTTP") => Some(Scheme::Http),
        Some("https" | "HTTPS" | "kubernetes.io/https") => Some(Scheme::Https),
        _ => None,
    }
}
