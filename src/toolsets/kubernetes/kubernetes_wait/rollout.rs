//! How far a workload's controller is with what was asked of it last.

use serde_json::Value;

use super::judge::{
    Verdict::{self, Met, Never, NotYet},
    described, number, of_type,
};
use crate::toolsets::kubernetes::field::text;

pub(super) fn judge(object: &Value) -> Verdict {
    if number(object, "/status/observedGeneration") < number(object, "/metadata/generation") {
        return NotYet("its controller has not seen the last change".to_owned());
    }
    match text(object, "/kind") {
        "Deployment" => deployment(object),
        "StatefulSet" => stateful_set(object),
        _ => daemon_set(object),
    }
}

/// The same in a word, and what there is to say beside it, in which words of others may stand.
pub(in crate::toolsets::kubernetes) fn state(object: &Value) -> (&'static str, String) {
    match judge(object) {
        Met(seen) => ("rolled out", seen),
        NotYet(seen) => ("under way", seen),
        Never(why) => ("stuck", why),
    }
}

/// Why a Deployment's controller does not expect it to go on.
pub(super) fn given_up(deployment: &Value) -> Option<String> {
    let progressing = of_type(deployment, "Progressing")?;
    let over = text(progressing, "/reason") == "ProgressDeadlineExceeded";
    over.then(|| {
        let failure =
            of_type(deployment, "ReplicaFailure").filter(|it| text(it, "/status") == "True");
        let failure = failure.map(|it| format!("; {}", described(it))).unwrap_or_default();
        format!("{}{failure}", described(progressing))
    })
}

fn deployment(object: &Value) -> Verdict {
    let status = |name: &str| number(object, &format!("/status/{name}"));
    let wanted = object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    let (all, updated, available) =
        (status("replicas"), status("updatedReplicas"), status("availableReplicas"));
    let seen = if updated < wanted {
        format!("{updated} of {wanted} replicas are updated")
    } else if all > updated {
        format!("{} old replicas have not ended", all - updated)
    } else if updated > wanted {
        format!("{} replicas too many have not ended", updated - wanted)
    } else if available < updated {
        format!("{available} of {updated} updated replicas are available")
    } else {
        return Met(format!("{available} of {wanted} replicas are available"));
    };
    if let Some(why) = given_up(object) {
        return Never(format!("{why} ({seen})"));
    }
    if object.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
        return Never(format!("it is paused ({seen})"));
    }
    NotYet(seen)
}

fn stateful_set(object: &Value) -> Verdict {
    let is_same = text(object, "/status/currentRevision") == text(object, "/status/updateRevision");
    if text(object, "/spec/updateStrategy/type") == "OnDelete" && !is_same {
        return on_delete(object, false);
    }
    let status = |name: &str| number(object, &format!("/status/{name}"));
    let wanted = object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    let (all, ready, updated) =
        (status("replicas"), status("readyReplicas"), status("updatedReplicas"));
    let below = number(object, "/spec/updateStrategy/rollingUpdate/partition").min(wanted);
    if ready < wanted {
        return NotYet(format!("{ready} of {wanted} replicas are ready"));
    }
    if all > wanted {
        return NotYet(format!("{} replicas too many have not ended", all - wanted));
    }
    if updated < wanted - below {
        return NotYet(format!("{updated} of {} replicas are updated", wanted - below));
    }
    if below == 0 && !is_same {
        return NotYet(format!("{updated} of {wanted} replicas are updated"));
    }
    Met(format!("{ready} of {wanted} replicas are ready"))
}

fn daemon_set(object: &Value) -> Verdict {
    let status = |name: &str| number(object, &format!("/status/{name}"));
    let (wanted, updated, available) = (
        status("desiredNumberScheduled"),
        status("updatedNumberScheduled"),
        status("numberAvailable"),
    );
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        return on_delete(object, updated >= wanted);
    }
    if updated < wanted {
        return NotYet(format!("{updated} of {wanted} pods are updated"));
    }
    if available < wanted {
        return NotYet(format!("{available} of {wanted} updated pods are available"));
    }
    Met(format!("{available} of {wanted} pods are available"))
}

/// Nobody replaces the pods of such a workload but whoever deletes them.
fn on_delete(object: &Value, is_done: bool) -> Verdict {
    if is_done {
        return Met(String::new());
    }
    let kind = text(object, "/kind");
    Never(format!(
        "the update strategy of this {kind} is OnDelete: pods are replaced when somebody deletes them"
    ))
}
