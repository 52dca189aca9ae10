//! Credential plugins (`exec` in a kubeconfig): run once, without a terminal, and never longer than their time.
//!
//! The protocol is `client.authentication.k8s.io`: the question goes in by `KUBERNETES_EXEC_INFO`, an `ExecCredential` comes out.

use std::{
    io::Read,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use kube::config::{AuthInfo, ExecConfig};
use serde::Deserialize;
use serde_json::json;

/// More than any credential, and less than what would hurt.
const MOST_OUTPUT: u64 = 1 << 20;

#[derive(Deserialize)]
struct ExecCredential {
    status: Option<Credential>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Credential {
    expiration_timestamp: Option<Timestamp>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Replaces the plugin in `user` by what it answers; gives the time at which that expires. Blocks for at most `limit`.
pub(super) fn resolve(user: &mut AuthInfo, limit: Duration) -> Result<Option<Timestamp>, String> {
    let Some(exec) = user.exec.take() else { return Ok(None) };
    let command = exec.command.clone().ok_or("the credential plugin has no `command`")?;
    let output = run(&exec, &command, limit)
        .map_err(|problem| format!("the credential plugin `{command}` {problem}"))?;
    let credential: ExecCredential = serde_json::from_slice(&output).map_err(|_| {
        format!("the credential plugin `{command}` did not answer with an ExecCredential")
    })?;
    let credential = credential.status.unwrap_or_default();
    let certificate = credential.client_certificate_data.zip(credential.client_key_data);
    if credential.token.is_none() && certificate.is_none() {
        return Err(format!("the credential plugin `{command}` gave no credential"));
    }
    if let Some((certificate, key)) = certificate {
        user.client_certificate_data = Some(BASE64_STANDARD.encode(certificate));
        user.client_key_data = Some(BASE64_STANDARD.encode(key).into());
    }
    user.token = credential.token.map(Into::into);
    Ok(credential.expiration_timestamp)
}

fn run(exec: &ExecConfig, command: &str, limit: Duration) -> Result<Vec<u8>, String> {
    let question = json!({
        "apiVersion": exec.api_version,
        "kind": "ExecCredential",
        "spec": {"interactive": false, "cluster": exec.cluster},
    });
    let variables = exec.env.iter().flatten();
    let variables = variables.filter_map(|it| Some((it.get("name")?, it.get("value")?)));
    let mut child = Command::new(command)
        .args(exec.args.iter().flatten())
        .envs(variables)
        .env("KUBERNETES_EXEC_INFO", question.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| {
            let hint = exec.install_hint.as_deref().unwrap_or_default().trim();
            format!("cannot be started: {error} {hint}").trim_end().to_owned()
        })?;
    let output = collect(child.stdout.take());
    let complaint = collect(child.stderr.take());
    let status = wait(&mut child, limit)?;
    if !status.success() {
        let complaint = complaint.recv_timeout(limit).unwrap_or_default();
        let complaint = String::from_utf8_lossy(&complaint);
        let last = complaint.trim().lines().last().unwrap_or_default();
        return Err(format!("failed ({status}): {last}").trim_end_matches([':', ' ']).to_owned());
    }
    output.recv_timeout(limit).map_err(|_| "keeps its output open".to_owned())
}

/// Reads on a thread of its own: a pipe that a grandchild holds open must not hold us.
fn collect(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // What was read before an error is as good as it gets.
            let _ = pipe.take(MOST_OUTPUT).read_to_end(&mut bytes);
        }
        // Nobody waits any more when the time is over.
        let _ = sender.send(bytes);
    });
    receiver
}

fn wait(child: &mut Child, limit: Duration) -> Result<std::process::ExitStatus, String> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if start.elapsed() < limit => thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                // It may have ended just now, which is just as well.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("did not answer within {} s", limit.as_secs()));
            }
            Err(error) => return Err(format!("cannot be waited for: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn user(script: &str) -> AuthInfo {
        let exec = ExecConfig {
            api_version: Some("client.authentication.k8s.io/v1".to_owned()),
            command: Some("/bin/sh".to_owned()),
            args: Some(vec!["-c".to_owned(), script.to_owned()]),
            install_hint: Some("Install it first.".to_owned()),
            ..ExecConfig::default()
        };
        AuthInfo { exec: Some(exec), ..AuthInfo::default() }
    }

    fn problem(script: &str) -> String {
        resolve(&mut user(script), Duration::from_secs(20)).unwrap_err()
    }

    #[test]
    fn a_plugin_that_answers_gives_a_token_and_its_end() {
        let mut user = user(
            r#"echo '{"kind":"ExecCredential","status":{"token":"abc","expirationTimestamp":"2030-01-01T00:00:00Z"}}'"#,
        );
        let end = resolve(&mut user, Duration::from_secs(20)).unwrap();
        assert_eq!(user.token.unwrap().expose_secret(), "abc");
        assert_eq!(end.unwrap().to_string(), "2030-01-01T00:00:00Z");
    }

    #[test]
    fn a_plugin_is_asked_in_its_own_protocol_and_has_no_terminal() {
        let mut user = user(
            r#"read line; printf '{"status":{"token":"%s%s"}}' "$line" "$(printf %s "$KUBERNETES_EXEC_INFO" | tr -d '"')""#,
        );
        resolve(&mut user, Duration::from_secs(20)).unwrap();
        let token = user.token.unwrap();
        assert!(token.expose_secret().starts_with("{apiVersion:client.authentication.k8s.io/v1"));
        assert!(token.expose_secret().contains("interactive:false"));
    }

    #[test]
    fn a_plugin_that_fails_is_quoted_by_its_last_line() {
        assert_eq!(
            problem("echo noise >&2; echo 'session has expired' >&2; exit 3"),
            "the credential plugin `/bin/sh` failed (exit status: 3): session has expired"
        );
        assert_eq!(
            problem("echo hello"),
            "the credential plugin `/bin/sh` did not answer with an ExecCredential"
        );
        assert_eq!(problem("echo {}"), "the credential plugin `/bin/sh` gave no credential");
    }

    #[test]
    fn a_plugin_that_hangs_is_ended() {
        let problem = resolve(&mut user("exec sleep 600"), Duration::ZERO).unwrap_err();
        assert_eq!(problem, "the credential plugin `/bin/sh` did not answer within 0 s");
    }

    #[test]
    fn a_plugin_that_is_not_installed_is_told_with_its_hint() {
        let mut user = user("");
        user.exec.as_mut().unwrap().command = Some("/no/such/plugin".to_owned());
        let problem = resolve(&mut user, Duration::from_secs(20)).unwrap_err();
        assert_eq!(
            problem,
            "the credential plugin `/no/such/plugin` cannot be started: No such file or directory (os error 2) Install it first."
        );
    }
}
