//! What is deployed, where a call is about that.

use super::{Obi, record::Record};
use crate::{output::hinted, tool::ToolError, toolsets::kubernetes::cluster::Cluster};

pub(super) struct Deployed {
    pub(super) namespace: String,
    pub(super) record: Record,
}

impl Deployed {
    /// An error where nothing of ours is.
    pub(super) async fn read(
        obi: &Obi,
        cluster: &Cluster,
        namespace: Option<&str>,
    ) -> Result<Self, ToolError> {
        let namespace = obi.namespace(cluster, namespace).await?;
        let Some(record) = Record::read(cluster, &namespace).await? else {
            let wrong = format!("Tacklebox has deployed no OBI in namespace {namespace}");
            return Err(ToolError::NotFound(hinted(&wrong, "obi_k8s_deploy does it")));
        };
        Ok(Self { namespace, record })
    }
}
