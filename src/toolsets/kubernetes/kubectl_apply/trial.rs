//! Every document tried by the API server, which keeps nothing of it.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    conflict, dependency,
    intent::Intent,
    owned, refused,
    set::ApplySet,
    step::{Attempt, Step, Update, is_same},
    trouble::Troubles,
};
use crate::{
    output::diff,
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        delicate::Delicate,
        error::ApiError,
        field::{last_applied, text},
        missing::missing_namespace,
        side_by_side::side_by_side,
        write::{APPLY_PATCH, Write, Written},
    },
};

/// How often an object is tried and read until both are about one version of it.
const TRIES: usize = 8;

pub(super) struct Trials<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) force: bool,
    pub(super) set: Option<&'a ApplySet>,
}

/// Why a document cannot be applied as things are.
pub(super) struct Failure {
    /// What the API server said.
    pub(super) api: Option<ApiError>,
    pub(super) error: ToolError,
}

impl Failure {
    fn of(error: ToolError) -> Self {
        Self { api: None, error }
    }

    pub(super) fn is_unknown_kind(&self) -> bool {
        self.api.as_ref().is_some_and(ApiError::is_unknown_kind)
    }

    pub(super) fn missing_namespace(&self) -> Option<&str> {
        let Some(ApiError::Status(status)) = &self.api else { return None };
        let details = status.details.as_ref().filter(|_| status.code == 404)?;
        (details.kind == "namespaces").then_some(details.name.as_str())
    }
}

impl Trials<'_> {
    /// What each of them would do, or all that speaks against any.
    pub(super) async fn of(&self, intents: Vec<Intent>) -> Result<Vec<Step>, ToolError> {
        let tried = side_by_side(intents.iter().map(|it| self.attempt(it)).collect()).await;
        let awaited: Vec<Option<String>> = tried
            .iter()
            .enumerate()
            .map(|(place, outcome)| {
                let failure = outcome.as_ref().err()?;
                let intent = intents.get(place)?;
                let others = intents.iter().zip(&tried).enumerate();
                // What is there already is waited for by nobody.
                let mut others = others.filter(|(other, (_, outcome))| {
                    *other != place && !matches!(outcome, Ok(Attempt::Unchanged { .. }))
                });
                let other = others.find(|(_, (it, _))| dependency::is_one(failure, intent, it));
                other.map(|(_, (it, _))| it.to_string())
            })
            .collect();
        let mut troubles = Troubles::default();
        let mut namespaces = HashMap::new();
        let mut steps = Vec::with_capacity(intents.len());
        for ((intent, outcome), awaited) in intents.into_iter().zip(tried).zip(awaited) {
            let attempt = match (outcome, awaited) {
                (Ok(attempt), _) => attempt,
                (Err(_), Some(other)) => Attempt::Awaits(other),
                (Err(failure), None) => {
                    troubles.add(&intent.who, self.told(failure, &mut namespaces).await);
                    continue;
                }
            };
            steps.push(Step { intent, attempt });
        }
        troubles.none()?;
        Ok(steps)
    }

    /// The error, with the namespace that was meant when there is none of that name; each is looked for once.
    async fn told(&self, failure: Failure, known: &mut HashMap<String, String>) -> ToolError {
        let Some(name) = failure.missing_namespace() else { return failure.error };
        if let Some(text) = known.get(name) {
            return ToolError::NotFound(text.clone());
        }
        let text = match missing_namespace(self.cluster, Some(name)).await {
            Some(ToolError::NotFound(text)) => text,
            _ => format!("no namespace {name}"),
        };
        let text = format!("{text} (a Namespace in the manifest would make it)");
        known.insert(name.to_owned(), text.clone());
        ToolError::NotFound(text)
    }

    pub(super) async fn attempt(&self, intent: &Intent) -> Result<Attempt, Failure> {
        if !intent.is_known {
            let kind = &intent.address.resource.kind;
            return Err(Failure::of(ToolError::NotFound(format!(
                "the cluster has no kind {kind} yet: what defines it in this manifest cannot be applied"
            ))));
        }
        self.attempt_known(intent).await
    }

    /// The same of a kind that is served by now.
    pub(super) async fn attempt_known(&self, intent: &Intent) -> Result<Attempt, Failure> {
        for _ in 0..TRIES {
            let (written, conflict) = self.forced_as_needed(intent).await?;
            if written.created {
                let delicate = Delicate::of_new(&written.object);
                return Ok(Attempt::Create { delicate, warnings: written.warnings });
            }
            let before = match intent.address.get(self.cluster).await {
                Ok(before) => before,
                Err(error) if error.is_not_found() => continue,
                Err(error) => return Err(self.failure(intent, "get", error).await),
            };
            // The API server tried it on this very version.
            let version = |it| text(it, "/metadata/resourceVersion");
            if version(&before) == version(&written.object) {
                return self.compared(intent, before, written, conflict.as_ref());
            }
        }
        let problem = "it changes all the time, and could not be looked at: try again";
        Err(Failure::of(ToolError::Conflict(problem.to_owned())))
    }

    fn compared(
        &self,
        intent: &Intent,
        before: Value,
        written: Written,
        conflict: Option<&ApiError>,
    ) -> Result<Attempt, Failure> {
        if let Some(set) = self.set {
            set.may_take(&before).map_err(Failure::of)?;
        }
        let Written { object: after, warnings, .. } = written;
        if is_same(&before, &after) {
            return Ok(Attempt::Unchanged { now: before, warnings });
        }
        let redactor = self.cluster.redactor();
        let taken = conflict
            .map(|it| conflict::taken(it, &before, &intent.body, redactor))
            .unwrap_or_default();
        let abandoned = owned::abandoned(&before, &after, redactor);
        let is_of_kubectl = last_applied(&before).is_some() && !owned::is_applied_by_us(&before);
        let notes = is_of_kubectl.then(|| OF_KUBECTL.to_owned()).into_iter().collect();
        let diff = diff::changes(Some(&before), Some(&after), redactor).lines().to_vec();
        let delicate = Delicate::of(&before, &after);
        let update = Update { before, diff, taken, abandoned, delicate, notes, warnings };
        Ok(Attempt::Update(Box::new(update)))
    }

    /// Tried without force first: only so is it known what would be taken from whom.
    async fn forced_as_needed(
        &self,
        intent: &Intent,
    ) -> Result<(Written, Option<ApiError>), Failure> {
        let error = match self.dry_run(intent, false).await {
            Ok(written) => return Ok((written, None)),
            Err(error) => error,
        };
        if error.field_conflicts().is_empty() {
            return Err(self.failure(intent, "patch", error).await);
        }
        if self.force {
            return match self.dry_run(intent, true).await {
                Ok(written) => Ok((written, Some(error))),
                Err(error) => Err(self.failure(intent, "patch", error).await),
            };
        }
        match intent.address.get(self.cluster).await {
            Ok(before) => {
                let redactor = self.cluster.redactor();
                let taken = conflict::taken(&error, &before, &intent.body, redactor);
                Err(Failure { api: Some(error), error: conflict::refused(&taken) })
            }
            Err(error) => Err(self.failure(intent, "get", error).await),
        }
    }

    async fn dry_run(&self, intent: &Intent, force: bool) -> Result<Written, ApiError> {
        let write = Write::patch(&intent.address.path(), APPLY_PATCH, &intent.body).dry_run();
        let write = if force { write.with("force=true") } else { write };
        self.cluster.write(&write).await
    }

    async fn failure(&self, intent: &Intent, verb: &str, error: ApiError) -> Failure {
        let told = refused::told(self.cluster, intent, verb, &error).await;
        Failure { api: Some(error), error: told }
    }
}

const OF_KUBECTL: &str = "applied by kubectl (client-side) before, which stays a manager of its fields: what leaves the manifest later is not removed, until `kubectl apply --server-side` has migrated the object";
