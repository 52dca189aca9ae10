//! OBI on this host, through MCP: deployed, looked at, changed and ended, well and badly.

mod deploying;
mod explaining;
mod faults;
mod surviving;
mod systemd;

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::{Running, bare};

const ALONE: &str = "unshare -rnm --pid --fork --mount-proc sh -c 'ip link set lo up && cargo test --test it local::'";

/// A host with an OBI, and a folder of its own for everything.
pub struct Host {
    folder: TempDir,
    pub server: Running,
}

impl Host {
    /// With the OBI that `OBI_BIN` names, or what stands in for it.
    pub fn new() -> Self {
        let Some(obi) = std::env::var_os("OBI_BIN") else {
            return Self::with(&cargo_bin("obi-stand-in"));
        };
        // It asks the metadata of clouds.
        let routes = fs::read_to_string("/proc/self/net/route").unwrap();
        assert_eq!(routes.lines().count(), 1, "run it where it reaches nobody: {ALONE}");
        Self::with(Path::new(&obi))
    }

    pub fn with(obi: &Path) -> Self {
        let folder = TempDir::new().unwrap();
        // What a process is called is how others are told from ours.
        let binary = folder.path().join("obi");
        fs::copy(obi, &binary).unwrap();
        let config = json!({
            "toolsets": {
                "local": { "binary_path": binary, "state_dir": folder.path().join("state"), "config_dirs": [folder.path()] },
                "kubernetes": { "enabled": false },
            },
            "policy": { "confirm": "never" },
        });
        fs::write(folder.path().join("tacklebox.yml"), config.to_string()).unwrap();
        let server = serve(&folder);
        Self { folder, server }
    }

    /// Another server of the same user.
    pub fn second(&self) -> Running {
        serve(&self.folder)
    }

    /// Waits until a deployment has begun that is not yet proven.
    pub fn begun(&self) {
        let text = || fs::read_to_string(self.path("state/state.json")).unwrap_or_default();
        while !text().contains("\"pid\"") {
            std::thread::yield_now();
        }
    }

    /// The server ends as by a crash, and another one comes.
    pub fn restart(&mut self) {
        self.server.signal("-KILL");
        self.server = serve(&self.folder);
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A script of that name, which the server finds before the host's program.
    pub fn program(&self, name: &str, script: &str) {
        let folder = self.path("programs");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("script"), format!("#!/bin/sh\n{script}\n")).unwrap();
        // Whoever this process starts meanwhile would hold the file open for writing, and nobody could run it.
        let mut install = Command::new("install");
        install.args(["-m", "755"]).arg(folder.join("script")).arg(folder.join(name));
        let status = install.status();
        assert!(status.unwrap().success());
    }

    pub fn state(&self) -> Value {
        let text = fs::read_to_string(self.path("state/state.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// What is kept becomes what somebody else could have made of it.
    pub fn change_state(&self, change: impl FnOnce(&mut Value)) {
        let mut state = self.state();
        change(&mut state);
        fs::write(self.path("state/state.json"), state.to_string()).unwrap();
    }

    /// The one that was deployed is killed, which the server notices.
    pub fn crash(&self) {
        signal("-KILL", self.pid());
        while self.state()["end"].is_null() {
            std::thread::yield_now();
        }
    }

    /// The text of an answer, and whether it is an error.
    pub fn call(&mut self, tool: &str, arguments: &Value) -> (String, bool) {
        let params = json!({ "name": tool, "arguments": arguments });
        let answer = self.server.request("tools/call", &params);
        let result = &answer["result"];
        let text = result["content"][0]["text"].as_str();
        let text = text.unwrap_or_else(|| panic!("{tool} answered {answer}"));
        (text.to_owned(), result["isError"] == true)
    }

    pub fn does(&mut self, tool: &str, arguments: &Value) -> String {
        let (text, failed) = self.call(tool, arguments);
        assert!(!failed, "{tool}: {text}");
        text
    }

    pub fn fails(&mut self, tool: &str, arguments: &Value) -> String {
        let (text, failed) = self.call(tool, arguments);
        assert!(failed, "{tool}: {text}");
        text
    }

    pub fn pid(&self) -> u32 {
        u32::try_from(self.state()["process"]["pid"].as_u64().unwrap()).unwrap()
    }
}

/// What a test puts into `programs` is found before the host's.
fn serve(folder: &TempDir) -> Running {
    let path = format!("{}:/usr/bin:/bin", folder.path().join("programs").display());
    let session = std::env::var_os("XDG_RUNTIME_DIR").map(|it| ("XDG_RUNTIME_DIR", it));
    Running::start(bare(folder).env("PATH", path).envs(session).arg("serve"))
}

/// Nothing that a test has started stays.
impl Drop for Host {
    fn drop(&mut self) {
        let ours = self.folder.path().display().to_string();
        for process in fs::read_dir("/proc").unwrap().flatten() {
            let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&command).contains(&format!("--config={ours}")) {
                let _ = Command::new("kill").arg("-KILL").arg(process.file_name()).status();
            }
        }
    }
}

/// A configuration with which OBI was recorded, on a port that is free.
pub fn good(port: u16) -> String {
    format!(
        "trace_printer: text\ndiscovery:\n  instrument:\n    - open_ports: \"8080\"\nprometheus_export:\n  port: {port}\n"
    )
}

pub fn signal(name: &str, pid: u32) {
    let status = Command::new("kill").args([name, &pid.to_string()]).status();
    assert!(status.unwrap().success());
}

pub fn free_port() -> u16 {
    TcpListener::bind(("0.0.0.0", 0)).unwrap().local_addr().unwrap().port()
}

pub fn is_running(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// Another one, which counts flows.
pub fn network(port: u16) -> String {
    format!(
        "metrics:\n  features: [network]\nnetwork:\n  agent_ip: 127.0.0.1\n  print_flows: true\nprometheus_export:\n  port: {port}\n"
    )
}

/// As OpenTelemetry's declarative document, of which OBI was recorded as well.
pub fn version2(port: u16) -> String {
    format!(
        "file_format: \"1.0\"\nmeter_provider:\n  readers:\n    - pull:\n        exporter:\n          prometheus/development:\n            port: {port}\nextensions:\n  obi:\n    version: \"2.0\"\n    capture:\n      policy:\n        default_action: exclude\n      rules:\n        - action: include\n          match:\n            process:\n              open_ports: \"8080\"\n"
    )
}

/// The same as somebody would write it who wants to ask OBI how it is.
pub fn with_endpoints(port: u16) -> String {
    let [internal, health] = [free_port(), free_port()];
    format!(
        "{}internal_metrics:\n  exporter: prometheus\n  prometheus:\n    port: {internal}\nhealth_check:\n  port: {health}\n",
        good(port)
    )
}
