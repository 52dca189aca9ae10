//! A Kubernetes cluster: the client under its guard, whom it asks for, what kinds there are, and what its errors mean.
//!
//! The toolsets that work with clusters stand on this; nothing here knows a tool.

pub(crate) mod clients;
pub(crate) mod cluster;
pub(crate) mod discovery;
pub(crate) mod error;
pub(crate) mod few;
pub(crate) mod guard;
pub(crate) mod identity;
pub(crate) mod listing;
pub(crate) mod mistake;
pub(crate) mod namespaces;
pub(crate) mod openapi;
pub(crate) mod path;
pub(crate) mod printed;
pub(crate) mod reviews;
pub(crate) mod settings;
pub(crate) mod table;
pub(crate) mod token_reviews;
pub(crate) mod withheld;

pub use self::{
    clients::{Clients, NoCluster},
    cluster::Cluster,
    discovery::{Catalog, Failed, Resource},
    guard::{BadPattern, Guard, Limits, Names, Refusal, Writes},
    identity::Identity,
    settings::{Environment, Settings},
    token_reviews::{Reviewed, Right, TokenReviews},
};
