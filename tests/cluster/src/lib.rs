//! A real Kubernetes control plane for tests, the demo and benches.
#![allow(
    clippy::indexing_slicing,
    reason = "only JSON is indexed here, and a part of it that is missing is null"
)]

mod audit;
mod binaries;
mod builder;
mod cluster;
mod component;
mod connection;
mod consumers;
mod etcd;
mod execs;
mod flags;
mod installation;
mod kubeconfig;
mod kwok;
mod lifecycle;
mod logs;
mod metrics;
mod namespace;
pub mod network_namespace;
mod nodes;
mod objects;
mod pki;
mod pod;
mod ports;
mod process;
mod proxy;
mod resource;
mod rules;
mod runtime;
mod users;
mod watchdog;

pub use audit::{AuditEntry, AuditMark};
pub use binaries::{Binaries, VERSION, build, build_with};
pub use builder::Builder;
pub use cluster::Cluster;
pub use component::Component;
pub use connection::{Answer, Connection};
pub use consumers::{Consumers, consumers};
pub use kubeconfig::merge_kubeconfigs;
pub use namespace::Namespace;
pub use network_namespace::{in_network_namespace, program_in_network_namespace};
pub use objects::FIELD_MANAGER;
pub use pod::{Pod, STATUS_ANNOTATION, State};
pub use proxy::Proxy;
pub use users::User;
