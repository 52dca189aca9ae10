//! A network namespace with nothing in it but a loopback device: whatever a tool reports or updates, it reaches nobody.

use std::{
    ffi::OsStr,
    process::{Command, Stdio},
    sync::LazyLock,
};

/// Where a program runs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Network {
    /// In a namespace of its own.
    Own,
    /// In the namespace of that process.
    Of(u32),
}

/// Brings the loopback device up and becomes the program.
const UP: &str = r#"ip link set lo up && exec "$0" "$@""#;

/// Enters a namespace with the rights that its maker has in it.
const JOIN: [&str; 3] = ["--user", "--net", "--preserve-credentials"];

impl Network {
    /// The same command, run there. Where the kernel gives this user no namespaces, it runs as it is.
    pub(crate) fn around(self, command: &Command) -> Command {
        static EXIST: LazyLock<bool> = LazyLock::new(|| {
            let mut nothing = Network::Own.enter(&Command::new("true"));
            nothing.stdout(Stdio::null()).stderr(Stdio::null());
            nothing.status().is_ok_and(|it| it.success())
        });
        if *EXIST {
            self.enter(command)
        } else {
            alike(Command::new(command.get_program()), command)
        }
    }

    fn enter(self, command: &Command) -> Command {
        let mut wrapped = match self {
            Self::Own => Command::new("unshare"),
            Self::Of(_) => Command::new("nsenter"),
        };
        match self {
            Self::Own => wrapped.args(["--map-root-user", "--net", "sh", "-c", UP]),
            Self::Of(process) => wrapped.arg(format!("--target={process}")).args(JOIN),
        };
        wrapped.arg(command.get_program());
        alike(wrapped, command)
    }
}

/// `command` with the arguments, the environment and the folder that `model` has.
fn alike(mut command: Command, model: &Command) -> Command {
    command.args(model.get_args());
    for (name, value) in model.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove::<&OsStr>(name),
        };
    }
    if let Some(folder) = model.get_current_dir() {
        command.current_dir(folder);
    }
    command
}
