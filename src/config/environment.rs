use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt,
    path::{Path, PathBuf},
};

use secrecy::SecretString;

use super::Variable;

/// The process's environment, read once at the start and handed to whoever needs it. `Debug` shows names and no values.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    home: Option<PathBuf>,
    directory: PathBuf,
}

impl Environment {
    /// The environment, home and working directory of this process. The only place that asks the operating system for them.
    pub fn read() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            home: std::env::home_dir(),
            directory: std::env::current_dir().unwrap_or_default(),
        }
    }

    /// The same, in another working directory.
    #[must_use]
    pub fn in_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = directory.into();
        self
    }

    /// The value of a variable; none when it is not set, empty, or not UTF-8.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.raw(name)?.to_str()
    }

    /// Of all variables that are set to something.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let set = self.variables.iter().filter(|(_, value)| !value.is_empty());
        set.filter_map(|(name, _)| name.to_str())
    }

    /// The variable as a path, with a leading `~` expanded; none when it is not set or empty.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let mut path = PathBuf::from(self.raw(name)?);
        super::paths::expand(&mut path, &self.home());
        Some(path)
    }

    /// The secret behind `${NAME}`; none when the variable is not set, empty, or not UTF-8.
    pub fn secret(&self, variable: &Variable) -> Option<SecretString> {
        self.get(variable.name()).map(SecretString::from)
    }

    /// The user's home directory; `/` for a user who has none, as in many containers.
    pub fn home(&self) -> PathBuf {
        let set = self.raw("HOME").map(PathBuf::from);
        set.or_else(|| self.home.clone()).unwrap_or_else(|| "/".into())
    }

    /// Where the user's configuration is: `$XDG_CONFIG_HOME`, or `~/.config`. A relative one is ignored, as its specification asks.
    pub fn config_home(&self) -> PathBuf {
        let set = self.path("XDG_CONFIG_HOME").filter(|it| it.is_absolute());
        set.unwrap_or_else(|| self.home().join(".config"))
    }

    /// The files in `$KUBECONFIG`, in their order; none when it is not set.
    pub fn kubeconfig(&self) -> Vec<PathBuf> {
        let files = self.raw("KUBECONFIG").map(std::env::split_paths).into_iter().flatten();
        files.filter(|it| !it.as_os_str().is_empty()).collect()
    }

    /// The working directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Set to nothing is the same as not set, as everywhere in POSIX's tools.
    fn raw(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|it| !it.is_empty())
    }
}

/// An environment of exactly these variables, for tests.
impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let variables =
            pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables, ..Self::default() }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("home", &self.home)
            .field("directory", &self.directory)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn set_to_nothing_is_not_set() {
        let environment = Environment::from_iter([("KUBECONFIG", ""), ("HOME", "")]);
        assert_eq!(environment.get("KUBECONFIG"), None);
        assert_eq!(environment.home(), Path::new("/"));
    }

    #[test]
    fn a_kubeconfig_is_a_list_of_files() {
        let environment = Environment::from_iter([("KUBECONFIG", "/a:/b:")]);
        assert_eq!(environment.kubeconfig(), [Path::new("/a"), Path::new("/b")]);
    }

    #[test]
    fn a_relative_config_home_is_ignored() {
        let environment = Environment::from_iter([("HOME", "/h"), ("XDG_CONFIG_HOME", "x")]);
        assert_eq!(environment.config_home(), Path::new("/h/.config"));
    }

    #[test]
    fn debug_shows_no_secret() {
        let environment = Environment::from_iter([("CI_TOKEN", "s3cret")]);
        let secret = environment.secret(&"${CI_TOKEN}".parse().unwrap()).unwrap();
        assert_eq!(secret.expose_secret(), "s3cret");
        assert!(!format!("{environment:?}").contains("s3cret"));
    }
}
