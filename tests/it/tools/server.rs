//! The built program with the fixtures of the conformance suite and nothing else.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use super::Network;

const CONFIG: &str = "
toolsets: {local: {enabled: false}, kubernetes: {enabled: false}, discovery: {enabled: false}}
policy: {audit: {file: AUDIT}}
server: {metrics: null}
";

/// A server that ends with its test.
pub(crate) struct Server {
    /// What a client is told: an address, or a program with its arguments.
    pub(crate) target: Vec<String>,
    /// Where the client has to be.
    pub(crate) network: Network,
    _process: Option<Process>,
    _folder: TempDir,
}

impl Server {
    /// One that every client starts for itself.
    pub(crate) fn over_stdio() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the configuration");
        let path = |name| folder.path().join(name).to_str().expect("a path is text").to_owned();
        let config = path("tacklebox.yml");
        fs::write(&config, CONFIG.replace("AUDIT", &path("audit"))).expect("a folder of our own");
        let program = env!("CARGO_BIN_EXE_tacklebox");
        // Clients do not pass their own environment on to servers, and some take every dash for an option of theirs.
        let config = format!("TACKLEBOX_CONFIG={config}");
        let target = ["env", "TACKLEBOX_CONFORMANCE=1", &config, program].map(str::to_owned);
        Self { target: target.to_vec(), network: Network::Own, _process: None, _folder: folder }
    }

    /// One that listens on loopback.
    pub(crate) fn over_http() -> Self {
        let server = Self::over_stdio();
        let (program, arguments) = server.target.split_first().expect("a program");
        let mut command = Command::new(program);
        command.args(arguments).args(["serve", "--http", "127.0.0.1:0"]);
        let mut command = server.network.around(&command);
        let process = command.stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut process = Process(process);
        let url = process.url();
        let network = Network::Of(process.0.id());
        Self { target: vec![url], network, _process: Some(process), ..server }
    }
}

/// Ended when it is dropped.
struct Process(Child);

impl Process {
    /// Where it says that it listens.
    fn url(&mut self) -> String {
        let mut lines = BufReader::new(self.0.stderr.take().expect("it was piped")).lines();
        let url = lines.find_map(|line| {
            let line = line.expect("the log is text");
            line.split_once("serves MCP at ").map(|(_, url)| url.to_owned())
        });
        // Whatever else it logs is read and dropped, so that it never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        url.expect("the program says where it listens")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
