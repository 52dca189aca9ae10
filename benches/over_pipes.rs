//! What the benches share: the built program over its pipes, and how large it is.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_tacklebox");

/// The program over stdin and stdout.
pub(crate) struct OverPipes {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl OverPipes {
    pub(crate) fn start(kubeconfig: &Path, options: &[&str]) -> Result<Self> {
        let mut child = Command::new(BINARY)
            .args(options)
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let input = child.stdin.take().context("stdin is piped")?;
        let output = BufReader::new(child.stdout.take().context("stdout is piped")?);
        let mut server = Self { child, input, output };
        let client = json!({ "name": "bench", "version": "1" });
        let params =
            json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        server.request("initialize", &params)?;
        writeln!(
            server.input,
            "{}",
            json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
        )?;
        Ok(server)
    }

    pub(crate) fn request(&mut self, method: &str, params: &Value) -> Result<Value> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        writeln!(self.input, "{request}")?;
        loop {
            let mut line = String::new();
            ensure!(self.output.read_line(&mut line)? > 0, "the server ended");
            let message: Value = serde_json::from_str(&line)?;
            if message.get("id").is_some() {
                return Ok(message);
            }
        }
    }

    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> Result<Value> {
        self.request("tools/call", &json!({ "name": tool, "arguments": arguments }))
    }

    /// `VmRSS` or `VmHWM`, in MiB.
    #[allow(dead_code, reason = "not every bench weighs the program")]
    pub(crate) fn resident(&self, key: &str) -> Result<f64> {
        resident(self.child.id(), key)
    }

    pub(crate) fn end(self) -> Result<()> {
        let Self { mut child, input, .. } = self;
        drop(input);
        ensure!(child.wait()?.success(), "the server ended badly");
        Ok(())
    }
}

/// `VmRSS` or `VmHWM` of a process, in MiB.
#[allow(dead_code, reason = "not every bench weighs the program")]
pub(crate) fn resident(process: u32, key: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find(|it| it.starts_with(key)).context("no such line")?;
    let kilobytes: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kilobytes / 1024.0)
}

pub(crate) fn text(answer: &Value) -> Result<String> {
    let text = answer.pointer("/result/content/0/text").and_then(Value::as_str);
    Ok(text.context("no text in the answer")?.to_owned())
}

pub(crate) fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
