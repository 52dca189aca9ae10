//! OBI in a control group of its own, so that it goes on where systemd ends the unit that this server is in.
//!
//! A scope and no service: `systemd-run` becomes OBI in the very process as which it was started. So its birth, its log, its environment and
//! its end are what they are without systemd; and what nobody has asked for, such as a restart, does not happen.

use std::{fs, path::Path, process::Stdio, time::Duration};

use tokio::{process::Command, time::timeout};

use super::store::Variables;
use crate::{output::hinted, random, tool::ToolError};

const PATIENCE: Duration = Duration::from_secs(5);

/// A name that no other has.
pub(super) fn scope() -> String {
    format!("tacklebox-obi-{}.scope", random::mark())
}

/// What stands before a command that is to run as this unit.
pub(super) fn words(scope: &str) -> Vec<String> {
    let unit = format!("--unit={scope}");
    let said = ["--scope", "--collect", "--quiet", "--description=OBI of Tacklebox", &unit, "--"];
    ["systemd-run"].into_iter().chain(of_whom()).chain(said).map(str::to_owned).collect()
}

/// Root asks the systemd of the host, and everybody else his own.
fn of_whom() -> Option<&'static str> {
    (!rustix::process::geteuid().is_root()).then_some("--user")
}

/// That there is one to be asked, by whoever has that environment.
pub(super) async fn require(environment: &Variables) -> Result<(), ToolError> {
    let mut command = Command::new("systemctl");
    command
        .env_clear()
        .envs(environment)
        .args(of_whom())
        .arg("is-system-running")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let absent = match timeout(PATIENCE, command.output()).await {
        // One that is not quite well says so with an exit code, and starts what it is asked to.
        Ok(Ok(output)) => match String::from_utf8_lossy(&output.stdout).trim() {
            "" | "unknown" => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            "offline" => "offline".to_owned(),
            _ => return Ok(()),
        },
        Ok(Err(error)) => format!("systemctl: {error}"),
        Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
    };
    let wrong = format!("`systemd`: there is none that this user could ask ({absent})");
    Err(ToolError::invalid(hinted(&wrong, "deploy without it")))
}

/// What ends a unit of a user's systemd beside its own end, if anything does.
pub(super) fn warning(environment: &Variables) -> Option<&'static str> {
    let user = environment.get("USER")?;
    let lingers = Path::new("/var/lib/systemd/linger").join(user).exists();
    (of_whom().is_some() && !lingers).then_some(
        "it ends with the last session of this user: loginctl enable-linger lets it go on",
    )
}

/// The unit as which this server runs, if it is one that is ended as a whole.
pub(super) fn own_service() -> Option<String> {
    service(&fs::read_to_string("/proc/self/cgroup").ok()?)
}

fn service(cgroups: &str) -> Option<String> {
    let paths = cgroups.lines().filter_map(|it| it.splitn(3, ':').nth(2));
    // Below a unit there may be groups of its own.
    let kind = |it: &str| it.rsplit_once('.').map(|it| it.1.to_owned()).unwrap_or_default();
    let is_unit = |it: &&str| ["service", "scope"].contains(&kind(it).as_str());
    let mut units = paths.filter_map(|it| it.rsplit('/').find(is_unit));
    units.find(|it| kind(it) == "service").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_of_a_server_is_told_from_what_else_it_can_be_in() {
        let cases = [
            ("0::/system.slice/tacklebox.service\n", Some("tacklebox.service")),
            (
                "5:pids:/system.slice/mcp.service\n1:name=systemd:/system.slice/mcp.service\n",
                Some("mcp.service"),
            ),
            ("0::/user.slice/user-7.slice/user@7.service/app.slice/terminal-2.scope\n", None),
            ("0::/system.slice/mcp.service/workers\n", Some("mcp.service")),
            ("0::/user.slice/user-7.slice/session-3.scope\n", None),
            ("0::/kubepods.slice/kubepods-pod7.slice/cri-containerd-a.scope\n", None),
            ("0::/\n", None),
        ];
        for (cgroups, unit) in cases {
            assert_eq!(service(cgroups).as_deref(), unit, "{cgroups}");
        }
    }
}
