use std::path::{Path, PathBuf};

/// Puts the home directory in the place of a leading `~`. `~name` is left alone: whose home that is, only a shell knows.
pub(super) fn expand(path: &mut PathBuf, home: &Path) {
    if let Ok(rest) = path.strip_prefix("~") {
        // Joining nothing would leave a slash at the end.
        *path = if rest.as_os_str().is_empty() { home.to_owned() } else { home.join(rest) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_tilde_of_its_own_is_the_home_directory() {
        let expanded = |path: &str| {
            let mut path = PathBuf::from(path);
            expand(&mut path, Path::new("/home/ann"));
            path.display().to_string()
        };
        assert_eq!(expanded("~/.kube/config"), "/home/ann/.kube/config");
        assert_eq!(expanded("~"), "/home/ann");
        assert_eq!(expanded("~bob/x"), "~bob/x");
        assert_eq!(expanded("/a/~/b"), "/a/~/b");
    }
}
