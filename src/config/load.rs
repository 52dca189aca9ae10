use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{
    Config, Environment,
    parse::parse_in,
    problem::{Problem, Problems},
};

/// A configuration and the file that it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The configuration, with every `~` expanded.
    pub config: Config,
    /// The file; none when there was none, and the defaults hold.
    pub source: Option<PathBuf>,
    /// What the file says that has no effect yet, each with its place.
    pub unbuilt: Option<Problems>,
}

/// Reads the file that is named, or the first there is of `$TACKLEBOX_CONFIG`, `./tacklebox.yml` and
/// `$XDG_CONFIG_HOME/tacklebox/config.yml`; without any, the defaults hold.
///
/// A file that somebody named must be there. Whatever is wrong is told all at once.
pub fn load(explicit: Option<&Path>, environment: &Environment) -> Result<Loaded, Problems> {
    let Some(path) = find(explicit, environment) else {
        let config = Config::default().expanded(&environment.home());
        return Ok(Loaded { config, source: None, unbuilt: None });
    };
    let name = name(&path, environment);
    let text = read(&path).map_err(|reason| Problems::one(&name, Problem::general(reason)))?;
    let (config, unbuilt) = parse_in(&text, &name, Some(environment))?;
    let config = config.expanded(&environment.home());
    Ok(Loaded { config, source: Some(path), unbuilt })
}

/// What the file is called in errors.
fn name(path: &Path, environment: &Environment) -> String {
    path.strip_prefix(environment.directory()).unwrap_or(path).display().to_string()
}

fn find(explicit: Option<&Path>, environment: &Environment) -> Option<PathBuf> {
    let named = explicit.map(Path::to_owned).or_else(|| environment.path("TACKLEBOX_CONFIG"));
    named.map(|it| environment.directory().join(it)).or_else(|| {
        let usual = [
            environment.directory().join("tacklebox.yml"),
            environment.config_home().join("tacklebox/config.yml"),
        ];
        // One that is there and cannot be looked at is an error to tell, not a file to pass over.
        usual.into_iter().find(|it| it.try_exists().unwrap_or(true))
    })
}

fn read(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            "there is no such file: write one with `tacklebox init`, or correct --config or TACKLEBOX_CONFIG".to_owned()
        }
        ErrorKind::IsADirectory => {
            format!("this is a directory: name the file in it, such as {}", path.join("config.yml").display())
        }
        ErrorKind::PermissionDenied => {
            "may not be read: give the user that runs tacklebox leave to read it".to_owned()
        }
        _ => format!("cannot be read: {error}"),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        format!("is not UTF-8 text (byte {good}): save it as UTF-8")
    })
}
