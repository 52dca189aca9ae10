//! What was deployed, and before that: kept in the object that stands for the apply set, so that any server can go on from it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{NAME, wanted::Wanted};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{address::Address, cluster::Cluster},
};

const KEY: &str = "deployment.json";

/// So many of those before are kept, and no more than fit beside each other into one object.
const KEPT: usize = 10;
const LARGEST: usize = 700 << 10;

/// It is written before anything that it says, so that what was broken off is found and finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// Counted from 1.
    pub(super) revision: u32,
    pub(super) wanted: Wanted,
    /// The newest first.
    #[serde(default)]
    pub(super) before: Vec<Revision>,
}

/// What was wanted once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Revision {
    pub(super) revision: u32,
    pub(super) wanted: Wanted,
}

impl Record {
    pub(super) fn first(wanted: Wanted) -> Self {
        Self { revision: 1, wanted, before: Vec::new() }
    }

    /// What is written when something else is wanted; itself where it is the same.
    pub(super) fn next(&self, wanted: Wanted) -> Self {
        if self.wanted == wanted {
            return self.clone();
        }
        let last = Revision { revision: self.revision, wanted: self.wanted.clone() };
        let mut before = vec![last];
        before.extend(self.before.iter().cloned());
        before.truncate(KEPT);
        let mut next = Self { revision: self.revision + 1, wanted, before };
        while next.text().len() > LARGEST && next.before.pop().is_some() {}
        next
    }

    /// None where that revision is not kept.
    pub(super) fn of_revision(&self, revision: u32) -> Option<&Wanted> {
        if self.revision == revision {
            return Some(&self.wanted);
        }
        self.before.iter().find(|it| it.revision == revision).map(|it| &it.wanted)
    }

    pub(super) fn revisions(&self) -> impl Iterator<Item = u32> {
        [self.revision].into_iter().chain(self.before.iter().map(|it| it.revision))
    }

    /// For the object that stands for the set.
    pub(super) fn data(&self) -> Map<String, Value> {
        [(KEY.to_owned(), self.text().into())].into_iter().collect()
    }

    fn text(&self) -> String {
        json!(self).to_string()
    }

    /// None where nothing of ours is deployed.
    pub(super) async fn read(
        cluster: &Cluster,
        namespace: &str,
    ) -> Result<Option<Self>, ToolError> {
        let address = address(cluster, namespace).await?;
        let object = match address.get(cluster).await {
            Ok(object) => object,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(address.failed(cluster, "get", &error)),
        };
        let Some(text) = object.get("data").and_then(|it| it.get(KEY)?.as_str()) else {
            return Ok(None);
        };
        // Never with the parser's words: they quote what stands there.
        serde_json::from_str(text).map(Some).map_err(|_| {
            ToolError::Failed(format!(
                "{address} does not say what was deployed any more, or a later Tacklebox wrote it: obi_k8s_undeploy removes it by its labels, and obi_k8s_deploy makes it anew"
            ))
        })
    }
}

/// Where it is.
pub(super) async fn address(cluster: &Cluster, namespace: &str) -> Result<Address, ToolError> {
    let resource = cluster.resource("v1/ConfigMap").await?;
    Ok(Address::new(&resource, Some(namespace), NAME))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolsets::kubernetes::obi::wanted::tests::wanted;

    fn with(config: &str) -> Wanted {
        Wanted { config: config.to_owned(), ..wanted() }
    }

    #[test]
    fn ten_that_were_before_are_kept_the_newest_first() {
        let mut record = Record::first(with("0"));
        for number in 1..=12 {
            record = record.next(with(&number.to_string()));
            assert_eq!(record.next(with(&number.to_string())), record);
        }
        let revisions: Vec<u32> = record.revisions().collect();
        assert_eq!(revisions, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
        assert_eq!(record.of_revision(5).unwrap().config, "4");
        assert_eq!(record.of_revision(2), None);
        let text = record.data()[KEY].as_str().unwrap().to_owned();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }

    #[test]
    fn what_does_not_fit_into_one_object_is_forgotten_the_oldest_first() {
        let mut record = Record::first(with("0"));
        for number in 1..=4 {
            record = record.next(with(&number.to_string().repeat(200 << 10)));
        }
        assert!(record.text().len() <= LARGEST);
        assert_eq!(record.revisions().collect::<Vec<_>>(), [5, 4, 3]);
    }
}
