//! The program: flags, configuration, telemetry, and the app.

use std::process::ExitCode;

fn main() -> ExitCode {
    tacklebox::cli::run()
}
