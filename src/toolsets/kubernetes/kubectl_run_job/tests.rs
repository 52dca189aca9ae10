//! What a Job is made of; running one is proven on a real control plane in tests/it.

use std::time::Duration;

use expect_test::expect;
use serde_json::{Value, json};

use super::{manifest, pods, source::Source};

fn nightly() -> Value {
    json!({
        "metadata": {"name": "nightly", "namespace": "shop", "uid": "u1", "generation": 3},
        "spec": {"schedule": "0 3 * * *", "suspend": true, "jobTemplate": {
            "metadata": {"labels": {"app": "report"}, "annotations": {"team": "data"}},
            "spec": {
                "suspend": true,
                "backoffLimit": 6,
                "activeDeadlineSeconds": 50,
                "template": {"spec": {
                    "restartPolicy": "OnFailure",
                    "serviceAccountName": "reporter",
                    "containers": [{"name": "main", "image": "report:1", "args": ["--all"],
                        "env": [{"name": "TOKEN", "value": "abc"}]}],
                }},
            },
        }},
    })
}

#[test]
fn a_cron_job_is_run_once_as_it_would_run_next_and_is_not_its_controllers_own() {
    let job = manifest::job(&Source::CronJob(nightly()), "shop", Duration::from_mins(2));
    expect![[r#"
        {
          "apiVersion": "batch/v1",
          "kind": "Job",
          "metadata": {
            "generateName": "nightly-manual-",
            "labels": {
              "app": "report",
              "app.kubernetes.io/managed-by": "tacklebox"
            },
            "annotations": {
              "team": "data",
              "cronjob.kubernetes.io/instantiate": "manual"
            },
            "ownerReferences": [
              {
                "apiVersion": "batch/v1",
                "kind": "CronJob",
                "name": "nightly",
                "uid": "u1"
              }
            ],
            "namespace": "shop"
          },
          "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": 50,
            "template": {
              "spec": {
                "restartPolicy": "Never",
                "serviceAccountName": "reporter",
                "containers": [
                  {
                    "name": "main",
                    "image": "report:1",
                    "args": [
                      "--all"
                    ],
                    "env": [
                      {
                        "name": "TOKEN",
                        "value": "abc"
                      }
                    ]
                  }
                ]
              }
            },
            "ttlSecondsAfterFinished": 120
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&job).unwrap());
    expect![[r#"
        container main: image report:1
          args: ["--all"]
        service account: reporter
        once, for at most 120 s; then the job and its pods are deleted"#]]
    .assert_eq(&manifest::told(&job, Duration::from_mins(2)));
}

#[test]
fn an_image_gets_no_rights_in_the_cluster_and_ends_by_itself() {
    let source = Source::Image { image: "busybox:1".into(), command: Some(vec!["date".into()]) };
    let job = manifest::job(&source, "shop", Duration::from_mins(1));
    expect![[r#"
        {
          "apiVersion": "batch/v1",
          "kind": "Job",
          "metadata": {
            "generateName": "run-",
            "namespace": "shop",
            "labels": {
              "app.kubernetes.io/managed-by": "tacklebox"
            }
          },
          "spec": {
            "template": {
              "spec": {
                "automountServiceAccountToken": false,
                "containers": [
                  {
                    "name": "main",
                    "image": "busybox:1",
                    "command": [
                      "date"
                    ]
                  }
                ],
                "restartPolicy": "Never"
              }
            },
            "activeDeadlineSeconds": 90,
            "ttlSecondsAfterFinished": 120,
            "backoffLimit": 0
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&job).unwrap());
    expect![[r#"
        container main: image busybox:1
          command: ["date"]
        service account: none, it has no rights in the cluster
        once, for at most 60 s; then the job and its pods are deleted"#]]
    .assert_eq(&manifest::told(&job, Duration::from_mins(1)));
}

#[test]
fn a_long_name_leaves_room_for_what_is_added() {
    let mut long = nightly();
    long["metadata"]["name"] = json!("x".repeat(52));
    let job = manifest::job(&Source::CronJob(long), "shop", Duration::from_mins(1));
    let name = format!("{}abcde", manifest::prefix(&job));
    assert!(name.len() <= 63 && name.ends_with("x-manual-abcde"), "{name}");
}

#[test]
fn a_pod_says_why_it_does_not_begin_and_how_it_ended() {
    let status = |state: Value| {
        json!({"status": {"phase": "Pending",
        "containerStatuses": [{"name": "main", "state": state}]}})
    };
    let pull = status(json!({"waiting": {"reason": "ImagePullBackOff", "message": "no such tag"}}));
    let creating = status(json!({"waiting": {"reason": "ContainerCreating"}}));
    let ended = status(json!({"terminated": {"exitCode": 137, "reason": "OOMKilled"}}));
    let homeless = json!({"status": {"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}]}});
    let stuck = |it: &Value| pods::stuck(it).map(|(why, patience)| (why, patience.as_secs()));
    assert_eq!(stuck(&pull), Some(("container main is in ImagePullBackOff".to_owned(), 0)));
    for pod in [&creating, &ended, &homeless] {
        assert_eq!(stuck(pod), None);
    }
    assert_eq!(pods::state(&creating), "container main is in ContainerCreating");
    assert_eq!(pods::state(&homeless), "no node takes the pod");
    assert_eq!(pods::ended(&ended), ["main: exit code 137 (OOMKilled)"]);
    assert_eq!(pods::said(&pull), ["main: no such tag"]);
    assert_eq!(pods::said(&homeless), ["0/3 nodes are available"]);
}
