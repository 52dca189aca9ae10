//! What is said and heard on the wire, and what is made of it; runs on a real control plane are in tests/it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use expect_test::expect;
use futures::{FutureExt, StreamExt, stream};
use serde_json::{Value, json};
use tokio::time;

use super::{
    channel::{Frame, Heard, Silence, listen, speak},
    end::{Told, told},
    place::Pod,
};

fn frame(message: &[u8]) -> Frame {
    Frame::of(&Bytes::copy_from_slice(message))
}

async fn heard(read: u64, frames: Vec<Result<Frame, String>>) -> (Heard, Silence) {
    let mut heard = Heard::new(1000, read);
    let silence = listen(stream::iter(frames), &mut heard).await;
    (heard, silence)
}

#[tokio::test]
async fn both_streams_and_the_status_are_heard_apart() {
    let frames = [&b"\x01"[..], b"\x01one ", b"\x02oh", b"\x01two", b"\x04x", b"", b"\x03{}"];
    let (heard, silence) = heard(100, frames.map(|it| Ok(frame(it))).into()).await;
    assert_eq!(heard.stdout.whole().unwrap(), b"one two");
    assert_eq!(heard.stderr.whole().unwrap(), b"oh");
    assert_eq!(heard.status.unwrap(), "{}");
    assert_eq!(silence, Silence::Ended("it was closed".to_owned()));
}

#[tokio::test]
async fn what_came_before_the_connection_broke_is_kept() {
    let frames =
        vec![Ok(frame(b"\x01half")), Err("connection reset".to_owned()), Ok(frame(b"\x01x"))];
    let (heard, silence) = heard(100, frames).await;
    assert_eq!(heard.stdout.whole().unwrap(), b"half");
    assert_eq!((heard.status, silence), (None, Silence::Ended("connection reset".to_owned())));
}

#[tokio::test]
async fn nothing_is_read_beyond_the_bound_of_both_streams_together() {
    let frames = [&b"\x011234"[..], b"\x021234", b"\x015", b"\x016"].map(|it| Ok(frame(it))).into();
    let (heard, silence) = heard(8, frames).await;
    assert_eq!(silence, Silence::TooMuch);
    assert_eq!(heard.stdout.total() + heard.stderr.total(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_close_after_the_status_is_not_waited_for() {
    let mut heard = Heard::new(10, 10);
    let frames =
        stream::iter([Ok(frame(b"\x03{}")), Ok(frame(b"\x01late"))]).chain(stream::pending());
    let silence = listen(Box::pin(frames), &mut heard).await;
    assert_eq!(silence, Silence::Ended("it was closed".to_owned()));
    assert_eq!(heard.stdout.whole().unwrap(), b"late");
}

/// What is sent within so many seconds.
async fn said(input: Option<&[u8]>, ends_input: bool, seconds: u64) -> Vec<Bytes> {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let sink = futures::sink::unfold(Arc::clone(&sent), |sent, message: Bytes| async move {
        sent.lock().unwrap().push(message);
        Ok::<_, String>(sent)
    });
    let speaking = speak(Box::pin(sink), input.map(Bytes::copy_from_slice), ends_input);
    time::timeout(Duration::from_secs(seconds), speaking).await.unwrap_err();
    sent.lock().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn input_is_sent_in_pieces_and_then_closed() {
    let long = vec![b'x'; 70_000];
    let messages = said(Some(&long), true, 1).await;
    let lengths: Vec<usize> = messages.iter().map(Bytes::len).collect();
    assert_eq!(lengths, [32_769, 32_769, 4_465, 2]);
    assert!(messages[..3].iter().all(|it| it[0] == 0), "the channel of the input");
    assert_eq!(messages[3], &[255, 0][..]);
    let joined: Vec<u8> = messages[..3].iter().flat_map(|it| &it[1..]).copied().collect();
    assert_eq!(joined, long);
}

#[tokio::test(start_paused = true)]
async fn an_empty_input_ends_as_well_and_an_old_server_is_not_told_of_an_end() {
    assert_eq!(said(Some(b""), true, 1).await, [&[0][..], &[255, 0]]);
    assert_eq!(said(Some(b"a"), false, 1).await, [&b"\0a"[..]]);
}

#[tokio::test(start_paused = true)]
async fn a_long_run_is_kept_alive_by_messages_that_mean_nothing() {
    assert_eq!(said(None, true, 60).await, [Bytes::new(), Bytes::new()]);
}

#[tokio::test]
async fn input_that_nobody_reads_does_not_end_the_listening() {
    let refusing =
        futures::sink::unfold((), |(), _: Bytes| std::future::ready(Err::<(), _>("gone")));
    let speaking = speak(Box::pin(refusing), Some(Bytes::from("a")), true);
    assert!(speaking.now_or_never().is_none());
}

fn ending(status: &Value) -> String {
    match told(status.to_string().as_bytes()) {
        Told::Exit(exit) => exit.to_string(),
        Told::NotStarted(obstacle, said) => format!("{obstacle:?}: {said}"),
    }
}

fn exited(code: &str) -> Value {
    json!({"status": "Failure", "reason": "NonZeroExitCode",
        "message": "command terminated with non-zero exit code",
        "details": {"causes": [{"reason": "ExitCode", "message": code}]}})
}

fn failed(message: &str) -> Value {
    json!({"status": "Failure", "reason": "InternalError", "code": 500, "message": message})
}

#[test]
fn the_end_of_a_program_is_read_from_whatever_a_runtime_says() {
    const RAN: &str = "Internal error occurred: error executing command in container: ";
    let cases = [
        json!({"status": "Success"}),
        exited("3"),
        exited("137"),
        exited("many"),
        failed(&format!("{RAN}cmd wait: sh -c echo exit status 7: exit 3: exit status 3")),
        failed(&format!("{RAN}cmd wait: sh -c kill $$: signal: killed")),
        failed(&format!(
            "{RAN}cmd start: nope : exec: \"nope\": executable file not found in $PATH"
        )),
        failed(&format!(
            "{RAN}failed to exec in container: failed to start exec \"f00\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"sh\": executable file not found in $PATH: unknown"
        )),
        failed(&format!("{RAN}cmd start: /etc/passwd : fork/exec /etc/passwd: permission denied")),
        failed(
            "Internal error occurred: unable to upgrade connection: container not found (\"main\")",
        ),
        failed("Internal error occurred: unable to upgrade connection: pod does not exist"),
        failed(
            "Internal error occurred: error dialing backend: dial tcp 192.0.2.7:10250: connect: connection refused",
        ),
        failed("Internal error occurred: error sending request: EOF"),
        failed(&format!("stream\n error: {}", "x".repeat(1_000))),
    ];
    expect![[r#"
        exit code 0
        exit code 3
        exit code 137 (SIGKILL)
        ended with an error, and without an exit code: command terminated with non-zero exit code
        exit code 3, by the runtime's words: exit status 3
        ended with an error, and without an exit code: signal: killed
        NoProgram: executable file not found
        NoProgram: executable file not found
        NotExecutable: permission denied
        NoContainer: unable to upgrade connection: container not found ("main")
        NoContainer: unable to upgrade connection: pod does not exist
        NoNode: error dialing backend: dial tcp 192.0.2.7:10250: connect: connection refused
        ended with an error, and without an exit code: error sending request: EOF
        ended with an error, and without an exit code: stream  error: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"#]]
    .assert_eq(&cases.iter().map(ending).collect::<Vec<_>>().join("\n"));
}

fn chosen(pod: &Value, container: Option<&str>) -> String {
    let pod: Pod = serde_json::from_value(pod.clone()).unwrap();
    pod.place(container)
        .map_or_else(|it| it.to_string(), |it| format!("{} ({})", it.container, it.image))
}

fn pod(containers: &[&str], status: &Value) -> Value {
    let containers: Vec<Value> =
        containers.iter().map(|it| json!({"name": it, "image": format!("{it}:1")})).collect();
    json!({"metadata": {"name": "web", "namespace": "shop", "uid": "u1", "annotations": {}},
        "spec": {"containers": containers, "initContainers": [{"name": "setup", "image": "setup:1"}]},
        "status": status})
}

#[test]
fn a_container_is_guessed_by_nobody() {
    let running = json!({"phase": "Running"});
    let both = pod(&["main", "proxy"], &running);
    let mut told = both.clone();
    told["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"] = json!("proxy");
    let mut wrong = both.clone();
    wrong["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"] = json!("none");
    expect![[r#"
        main (main:1)
        invalid arguments:
        - `container`: pod web has several, name one: main, proxy, setup
        proxy (proxy:1)
        invalid arguments:
        - `container`: pod web has several, name one: main, proxy, setup
        proxy (proxy:1)
        not found: no container "prox" in pod web: did you mean proxy? it has main, proxy, setup"#]]
    .assert_eq(
        &[
            chosen(&pod(&["main"], &running), None),
            chosen(&both, None),
            chosen(&told, None),
            chosen(&wrong, None),
            chosen(&both, Some("proxy")),
            chosen(&both, Some("prox")),
        ]
        .join("\n"),
    );
}

#[test]
fn a_container_that_does_not_run_says_how_it_is() {
    let state = |state: Value| {
        let statuses = json!([{"name": "main", "state": state}]);
        chosen(&pod(&["main"], &json!({"phase": "Running", "containerStatuses": statuses})), None)
    };
    let phase = |phase: &str, reason: &str| {
        chosen(&pod(&["main"], &json!({"phase": phase, "reason": reason})), None)
    };
    let setup = json!({"phase": "Pending",
        "initContainerStatuses": [{"name": "setup", "state": {"running": {}}}]});
    expect![[r"
        main (main:1)
        conflict: container main of pod web is waiting: CrashLoopBackOff; commands run in running containers only
        conflict: container main of pod web has ended: Completed, exit code 0; commands run in running containers only
        conflict: container main of pod web has not started: the pod is Pending; commands run in running containers only
        conflict: container main of pod web does not run: the pod is Evicted; commands run in running containers only
        setup (setup:1)"]]
    .assert_eq(
        &[
            state(json!({"running": {"startedAt": "2026-01-01T00:00:00Z"}})),
            state(json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}})),
            state(json!({"terminated": {"reason": "Completed", "exitCode": 0}})),
            phase("Pending", ""),
            phase("Failed", "Evicted"),
            chosen(&pod(&["main"], &setup), Some("setup")),
        ]
        .join("\n"),
    );
}
