//! What is never found, whichever product speaks for it: exporters, operators, caches and the like. Data too.

use serde::Deserialize;

use super::{
    pattern::{Pattern, any},
    shape::Except,
};
use crate::toolsets::discovery::service::{Port, Reach, Service};

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct General {
    never: Vec<Never>,
    /// Names and protocols of ports that are something else, unless a detector names them.
    ports: Vec<Pattern>,
}

/// A kind of Services.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Never {
    /// What they are: `an exporter of metrics`.
    is: String,
    with: Except,
}

impl General {
    /// What it is, if that is never found.
    pub(super) fn never(&self, service: &Service) -> Option<String> {
        self.never.iter().find_map(|it| {
            let by = it.with.meets(service)?;
            Some(format!("{}, by {by}", it.is))
        })
    }

    /// Whether the port is for something else than to be asked: for gRPC, metrics, or members among themselves.
    pub(super) fn is_other(&self, port: &Port) -> bool {
        let said = port.name.iter().chain(&port.app_protocol);
        said.into_iter().any(|it| any(&self.ports, it))
    }
}

/// What no annotation can allow either: whoever may create a Service must not be able to have anything asked that is no pod.
pub(super) fn is_anywhere(service: &Service) -> Option<&'static str> {
    if service.reach == Reach::ExternalName {
        return Some("it is an ExternalName: a name for any address, inside the cluster or not");
    }
    let none = service.selector.is_empty();
    none.then_some("it has no selector: anybody's addresses can be behind it")
}
