//! A tool that changes something: it says what it would do before it does it, and then does that and nothing else.

use std::{fmt, time::Duration};

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Effect, Output, Renamed, Session, ToolError, portable};
use crate::output::{Document, Keep};

/// Like [`Tool`](super::Tool), in two steps, between which policies and persons decide.
pub trait Change: DeserializeOwned + JsonSchema + Send + Sync + 'static {
    const NAME: &'static str;
    const TITLE: &'static str;
    /// The most that it may do.
    const EFFECT: Effect;
    /// As of a [`Tool`](super::Tool).
    const LIMIT: Option<Duration> = None;
    const ALIASES: &'static [&'static str] = &[];
    const RENAMED: Renamed = &[];

    type Context: Send + Sync + 'static;
    /// All that [`Self::carry_out`] needs to do exactly what was shown.
    type Plan: Send + 'static;
    type Output: Output;

    fn input_schema() -> Map<String, Value> {
        portable::<Self>()
    }

    /// Whether the caller wants to see the preview only.
    fn is_dry_run(&self) -> bool {
        false
    }

    /// Finds out what the call would do. Changes nothing, and may be asked again for the same call.
    fn plan(
        &self,
        context: &Self::Context,
        session: &Session,
    ) -> impl Future<Output = Result<Planned<Self::Plan>, ToolError>> + Send;

    /// Does what was planned and nothing else, or stops with [`ToolError::Conflict`] where the world is another one by now.
    /// What is done is counted by [`Session::changed`] as it is done.
    fn carry_out(
        self,
        plan: Self::Plan,
        context: &Self::Context,
        session: &Session,
    ) -> impl Future<Output = Result<Self::Output, ToolError>> + Send;
}

/// What a call is about to do, for the tool and for whoever decides.
pub struct Planned<P> {
    pub plan: P,
    pub preview: Preview,
}

/// What a call would do, for whoever decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Our own words, with the cluster that it is about: `2 objects of context prod would be deleted`.
    pub summary: String,
    /// The diff, the list or the command, without secrets. What others wrote may stand in it.
    pub details: String,
    /// Every object that would not be the same afterwards. None when there is nothing to do.
    pub affected: Vec<Affected>,
}

/// One object, and what would happen to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Affected {
    pub effect: Effect,
    /// `Deployment`
    pub kind: String,
    /// `apps`; empty for the core group.
    pub group: String,
    pub namespace: Option<String>,
    pub name: String,
    /// What tells the object as it was seen from any other, such as its uid and version; empty for one that does not exist yet.
    pub state: String,
}

impl Preview {
    /// What a yes is bound to: this very text about these very objects in this state.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let objects = serde_json::to_string(&self.affected).unwrap_or_default();
        for part in [&self.summary, &self.details, &objects] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let digest = hash.finalize().first_chunk().map_or(0, |it| u128::from_be_bytes(*it));
        format!("{digest:032x}")
    }

    /// The answer to a call that only shows what it would do.
    pub fn document(&self) -> Document {
        let document =
            Document::new().note(format!("dry run, nothing was changed: {}", self.summary));
        if self.details.is_empty() {
            return document;
        }
        document.untrusted("what would change", self.details.clone(), Keep::Head)
    }
}

/// `Deployment shop/web`
impl fmt::Display for Affected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ", self.kind)?;
        self.namespace.as_ref().map_or(Ok(()), |it| write!(out, "{it}/"))?;
        out.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview() -> Preview {
        Preview {
            summary: "1 object would be changed".into(),
            details: "spec.replicas: 1 -> 2".into(),
            affected: vec![Affected {
                effect: Effect::Apply,
                kind: "Deployment".into(),
                group: "apps".into(),
                namespace: Some("shop".into()),
                name: "web".into(),
                state: "uid 1".into(),
            }],
        }
    }

    #[test]
    fn a_yes_to_one_preview_is_none_to_any_other() {
        let digest = preview().digest();
        assert_eq!(digest, preview().digest());
        let others: [fn(&mut Preview); 4] = [
            |it| it.details.push('0'),
            |it| it.affected[0].state = "uid 2".into(),
            |it| it.affected.push(it.affected[0].clone()),
            |it| it.summary.push_str(it.details.split_off(4).as_str()),
        ];
        for change in others {
            let mut other = preview();
            change(&mut other);
            assert_ne!(digest, other.digest(), "{other:?}");
        }
    }
}
