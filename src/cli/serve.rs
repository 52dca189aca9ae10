use std::{net::SocketAddr, process::ExitCode};

use super::{Options, complain};
use crate::app::{Overrides, Serving};

#[derive(Debug, Default, clap::Args)]
pub(super) struct Serve {
    /// Serve streamable HTTP at this address, such as 127.0.0.1:8080, instead of stdin and stdout
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    http: Option<SocketAddr>,
}

impl Serve {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<ExitCode> {
        let serving = match self.http {
            Some(_) => Serving::OverHttp,
            None => Serving::AsConfigured,
        };
        let overrides = Overrides { serving, ..Overrides::default() };
        let started = options.start_for(None, overrides)?;
        if let Some(unbuilt) = &started.loaded.unbuilt {
            tracing::warn!("{unbuilt}");
        }
        let http = self.http.or(started.loaded.config.server.http);
        started.with_app(|app, prometheus| async move {
            match http {
                None => app.serve_stdio().await,
                Some(address) => app.serve_http(address, prometheus, announce).await,
            }
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "this is not IP:PORT, such as 127.0.0.1:8080, or 0.0.0.0:8080 for all interfaces".to_owned()
    })
}

fn announce(address: SocketAddr) {
    complain(&format!("tacklebox serves MCP at http://{address}/mcp"));
}
