//! Verdicts on objects of every state; following one is proven on a real control plane in tests/it.

use expect_test::expect;
use serde_json::{Value, json};

use super::{
    goal::Goal,
    judge::{Verdict, judge, judge_absence},
};
use crate::{
    output::Redactor,
    toolsets::kubernetes::world::{ApiServer, World, object, pod},
};

fn verdict(goal: &str, object: &Value) -> String {
    match judge(&Goal::parse(goal).unwrap(), object, &Redactor::new()) {
        Verdict::Met(text) => format!("met: {text}"),
        Verdict::NotYet(text) => format!("not yet: {text}"),
        Verdict::Never(text) => format!("never: {text}"),
    }
}

fn deployment(status: &Value) -> Value {
    json!({"kind": "Deployment", "metadata": {"name": "web", "generation": 2}, "spec": {"replicas": 3}, "status": status})
}

fn with_conditions(kind: &str, conditions: &[(&str, &str, &str)]) -> Value {
    let conditions = conditions.iter().map(
        |it| json!({"type": it.0, "status": it.1, "reason": it.2, "message": "because\n of it"}),
    );
    json!({"kind": kind, "metadata": {}, "status": {"conditions": conditions.collect::<Vec<_>>()}})
}

#[test]
fn a_rollout_is_followed_as_its_controller_counts() {
    let deadline = json!([{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "it has timed out"},
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"}]);
    let mut paused = deployment(&json!({"observedGeneration": 2, "updatedReplicas": 1}));
    paused["spec"]["paused"] = json!(true);
    let mut on_delete = json!({"kind": "DaemonSet", "metadata": {}, "spec": {"updateStrategy": {"type": "OnDelete"}},
        "status": {"desiredNumberScheduled": 3, "updatedNumberScheduled": 1}});
    let set = |status: Value| json!({"kind": "StatefulSet", "metadata": {}, "spec": {"replicas": 2}, "status": status});
    let daemons = |updated: i64, available: i64| {
        json!({"kind": "DaemonSet", "metadata": {}, "status":
        {"desiredNumberScheduled": 3, "updatedNumberScheduled": updated, "numberAvailable": available}})
    };
    let mut all = vec![
        deployment(
            &json!({"observedGeneration": 1, "updatedReplicas": 3, "availableReplicas": 3, "replicas": 3}),
        ),
        deployment(
            &json!({"observedGeneration": 2, "updatedReplicas": 1, "availableReplicas": 3, "replicas": 4}),
        ),
        deployment(
            &json!({"observedGeneration": 2, "updatedReplicas": 3, "availableReplicas": 3, "replicas": 4}),
        ),
        deployment(
            &json!({"observedGeneration": 2, "updatedReplicas": 3, "availableReplicas": 1, "replicas": 3}),
        ),
        deployment(
            &json!({"observedGeneration": 2, "updatedReplicas": 3, "availableReplicas": 3, "replicas": 3}),
        ),
        deployment(&json!({"observedGeneration": 2, "updatedReplicas": 1, "conditions": deadline})),
        // Given up once, and done since.
        deployment(
            &json!({"observedGeneration": 2, "updatedReplicas": 3, "availableReplicas": 3, "replicas": 3, "conditions": deadline}),
        ),
        paused,
        set(json!({"readyReplicas": 1, "updatedReplicas": 2})),
        set(
            json!({"readyReplicas": 2, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b"}),
        ),
        set(
            json!({"readyReplicas": 2, "updatedReplicas": 2, "currentRevision": "b", "updateRevision": "b"}),
        ),
        daemons(1, 3),
        daemons(3, 2),
        daemons(3, 3),
        on_delete.clone(),
    ];
    on_delete["status"]["updatedNumberScheduled"] = json!(3);
    all.push(on_delete);
    // Fewer are wanted than there are.
    all.push(deployment(
        &json!({"observedGeneration": 2, "updatedReplicas": 4, "availableReplicas": 4, "replicas": 4}),
    ));
    all.push(set(json!({"replicas": 3, "readyReplicas": 3, "updatedReplicas": 3})));
    let told: Vec<String> = all.iter().map(|it| verdict("rollout", it)).collect();
    expect![[r"
        not yet: its controller has not seen the last change
        not yet: 1 of 3 replicas are updated
        not yet: 1 old replicas have not ended
        not yet: 1 of 3 updated replicas are available
        met: 3 of 3 replicas are available
        never: Progressing=False, ProgressDeadlineExceeded: it has timed out; ReplicaFailure=True, FailedCreate: exceeded quota (1 of 3 replicas are updated)
        met: 3 of 3 replicas are available
        never: it is paused (1 of 3 replicas are updated)
        not yet: 1 of 2 replicas are ready
        not yet: 1 of 2 replicas are updated
        met: 2 of 2 replicas are ready
        not yet: 1 of 3 pods are updated
        not yet: 2 of 3 updated pods are available
        met: 3 of 3 pods are available
        never: the update strategy of this DaemonSet is OnDelete: pods are replaced when somebody deletes them
        met: 
        not yet: 1 replicas too many have not ended
        not yet: 1 replicas too many have not ended"]].assert_eq(&told.join("\n"));
}

#[test]
fn a_condition_is_met_missing_old_or_out_of_reach() {
    let failed_pod = {
        let mut pod = with_conditions("Pod", &[("Ready", "False", "PodFailed")]);
        pod["status"]["phase"] = json!("Failed");
        pod["status"]["containerStatuses"] =
            json!([{"name": "main", "state": {"terminated": {"exitCode": 3, "reason": "Error"}}}]);
        pod
    };
    let failed_job = with_conditions("Job", &[("Failed", "True", "BackoffLimitExceeded")]);
    let stuck = with_conditions(
        "Deployment",
        &[
            ("Available", "False", "MinimumReplicasUnavailable"),
            ("Progressing", "False", "ProgressDeadlineExceeded"),
        ],
    );
    let mut stale = with_conditions("Widget", &[("Ready", "True", "Fine")]);
    stale["metadata"]["generation"] = json!(3);
    stale["status"]["observedGeneration"] = json!(2);
    let waiting = with_conditions(
        "Pod",
        &[("Ready", "False", "ContainersNotReady"), ("PodScheduled", "True", "")],
    );
    let cases = [
        ("condition=ready", &waiting),
        ("condition=Ready=false", &waiting),
        ("condition=Initialized", &waiting),
        ("condition=Ready", &json!({"kind": "Widget", "metadata": {}})),
        ("condition=Ready", &failed_pod),
        ("condition=Ready=False", &failed_pod),
        ("condition=Complete", &failed_job),
        ("condition=Failed", &failed_job),
        ("condition=Available", &stuck),
        ("condition=Available=False", &stuck),
        ("condition=Ready", &stale),
    ];
    let told: Vec<String> =
        cases.iter().map(|(goal, object)| format!("{goal}: {}", verdict(goal, object))).collect();
    expect![[r"
        condition=ready: not yet: Ready=False, ContainersNotReady: because of it
        condition=Ready=false: met: ContainersNotReady
        condition=Initialized: not yet: no condition Initialized; there are Ready=False, PodScheduled=True
        condition=Ready: not yet: no condition Ready, nor any other
        condition=Ready: never: the pod is Failed: main ended with exit code 3 (Error)
        condition=Ready=False: met: PodFailed
        condition=Complete: never: Failed=True, BackoffLimitExceeded: because of it
        condition=Failed: met: BackoffLimitExceeded
        condition=Available: never: Progressing=False, ProgressDeadlineExceeded: because of it
        condition=Available=False: met: MinimumReplicasUnavailable
        condition=Ready: not yet: Ready=True, Fine: because of it of an older generation"]].assert_eq(&told.join("\n"));
}

#[test]
fn what_is_deleted_is_waited_for_with_what_holds_it() {
    let mut held = object("v1", "Pod", Some("shop"), "web");
    let there = verdict("delete", &held);
    held["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let ending = verdict("delete", &held);
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    let held = verdict("delete", &held);
    let absences = ["delete", "create", "rollout"]
        .map(|it| format!("{:?}", judge_absence(&Goal::parse(it).unwrap(), true)));
    expect![[r#"
        not yet: it is there, and nobody has asked to delete it
        not yet: it is ending since 2026-01-01T00:00:00Z
        not yet: it is ending since 2026-01-01T00:00:00Z, held by finalizers example.com/hold
        Met("")
        NotYet("it is not there")
        Never("it was deleted")"#]]
    .assert_eq(&[there, ending, held, absences.join("\n")].join("\n"));
}

#[test]
fn a_value_at_a_path_is_compared_as_it_is_written() {
    let object = json!({"kind": "Widget", "status": {"phase": "Running", "ready": true, "count": 3, "names": ["a", "b"], "empty": ""}});
    let cases = [
        "jsonpath={.status.phase}=Running",
        "jsonpath={.status.phase}=Done",
        "jsonpath={.status.ready}=true",
        "jsonpath={.status.count}=3",
        "jsonpath={.status.names[*]}=b",
        "jsonpath={.status.names}",
        "jsonpath={.status.empty}",
        "jsonpath={.status.none}",
    ];
    let told: Vec<String> =
        cases.iter().map(|it| format!("{it}: {}", verdict(it, &object))).collect();
    expect![[r"
        jsonpath={.status.phase}=Running: met: 
        jsonpath={.status.phase}=Done: not yet: Running
        jsonpath={.status.ready}=true: met: 
        jsonpath={.status.count}=3: met: 
        jsonpath={.status.names[*]}=b: met: 
        jsonpath={.status.names}: met: 
        jsonpath={.status.empty}: not yet: 
        jsonpath={.status.none}: not yet: nothing is there"]]
    .assert_eq(&told.join("\n"));
}

/// Whoever may wait must not find out by guessing what reading would not show.
#[test]
fn no_waiting_tells_what_a_secret_holds() {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "data": {"password": "czNjcjN0"}});
    let told = "never: what is there is redacted, and redacted values are not compared; seen last: [redacted ";
    for guess in ["czNjcjN0", "b3RoZXI="] {
        let answer = verdict(&format!("jsonpath={{.data.password}}={guess}"), &secret);
        assert!(answer.starts_with(told) && !answer.contains(guess), "{answer}");
    }
    let pod = json!({"kind": "Pod", "spec": {"containers": [{"env": [{"name": "DB_PASSWORD", "value": "hunter2hunter2"}]}]}});
    for guess in ["hunter2hunter2", "hunter3hunter3"] {
        let goal = format!("jsonpath={{.spec.containers[0].env[0].value}}={guess}");
        let answer = verdict(&goal, &pod);
        assert!(answer.starts_with(told) && !answer.contains(guess), "{answer}");
    }
}

/// Nothing there, or a text with a secret in it, may still become what is waited for.
#[test]
fn a_value_that_is_not_all_secret_is_waited_for() {
    let object =
        json!({"kind": "Job", "status": {"message": "login with password=correct-horse failed"}});
    let answer = verdict("jsonpath={.status.message}=done", &object);
    assert!(answer.starts_with("not yet: login with password=[redacted"), "{answer}");
    assert_eq!(
        verdict("jsonpath={.data.token}=x", &json!({"kind": "Secret", "data": {}})),
        "not yet: nothing is there"
    );
}

#[test]
fn a_misspelt_condition_is_told_with_the_nearest() {
    let object =
        with_conditions("Deployment", &[("Available", "True", ""), ("Progressing", "True", "")]);
    expect!["not yet: no condition Avialable; did you mean Available? there are Available=True, Progressing=True"].assert_eq(&verdict("condition=Avialable", &object));
    expect!["not yet: no condition Synced; there are Available=True, Progressing=True"]
        .assert_eq(&verdict("condition=Synced", &object));
}

#[tokio::test]
async fn what_is_so_already_needs_no_waiting_and_what_is_wrong_is_told() {
    let mut done = pod("shop", "job-1", "Succeeded");
    done["metadata"]["resourceVersion"] = json!("1");
    let world = World::new(ApiServer::holding(vec![pod("shop", "web-1", "Running"), done])).await;
    let cases = [
        json!({"resource": "pod/web-1", "for": "jsonpath={.status.phase}=Running"}),
        json!({"resource": "po", "name": "web-1", "for": "create"}),
        json!({"resource": "pod/gone", "for": "delete"}),
        json!({"resource": "pod/job-1"}),
        json!({"resource": "pod/wbe-1"}),
        json!({"resource": "pod/web-1", "for": "rollout"}),
        json!({"resource": "secret/db"}),
        json!({"resource": "pods"}),
        json!({"resource": "pod/a,pod/b"}),
        json!({"resource": "pod/web-1", "for": "ready", "namespace": "a b"}),
        json!({"resource": "pod/web-1", "namespace": "all"}),
        json!({"resource": "pod/web-1", "timeout": 601}),
    ];
    let mut answers = Vec::new();
    for arguments in cases {
        answers.push(world.call("kubernetes_wait", arguments).await);
    }
    expect![[r#"
        pod/web-1: {.status.phase}=Running after 0 s
        pod/web-1: created after 0 s
        pod/gone: deleted after 0 s (it is not there)
        failed: pod/job-1 can no longer be Ready=True: the pod is Succeeded
        not found: no pods wbe-1 in namespace shop; near: web-1
        invalid arguments:
        - `for`: deployments, statefulsets and daemonsets are rolled out, and pods are not
        invalid arguments:
        - `for` is missing: what to wait for with secrets
        invalid arguments:
        - `resource`: one object, such as deploy/web
        invalid arguments:
        - `resource`: one object, such as deploy/web
        invalid arguments:
        - `namespace`: "a b" is not a name that an object can have
        - `for`: "ready" is none of rollout, create, delete, condition=TYPE, jsonpath={.path}=VALUE
        invalid arguments:
        - `namespace`: one is waited in, and not all
        invalid arguments:
        - `timeout`: 601 is greater than the maximum of 600"#]]
    .assert_eq(&answers.join("\n"));
}
