//! Where a file is in a container.

use crate::toolsets::kubernetes::few::briefly;

/// In bytes, as Linux has it.
const LONGEST: usize = 4_096;
/// In bytes, of one name.
const LONGEST_NAME: usize = 255;
/// Of the name of the file beside which another one is made: that name has to be longer.
const KEPT: usize = 200;

/// The path as a program is given it: never one that could be taken for an option, and never one that leads upwards.
pub(super) fn check(path: &str) -> Result<String, String> {
    let wrong = |why: &str| Err(format!("`path`: {:?} {why}", briefly(path)));
    if path.len() > LONGEST {
        return Err(format!("`path`: {} bytes; {LONGEST} are the most", path.len()));
    }
    if path.chars().any(char::is_control) {
        return wrong("has control characters in it");
    }
    if path.is_empty() || path.ends_with(['/', '~']) && path.len() == 1 || path.ends_with('/') {
        return wrong("names no file");
    }
    if path.starts_with("~/") {
        return wrong("begins with ~, which only a shell understands: write it out");
    }
    let mut names = path.split('/');
    if names.clone().any(|it| it == "..") {
        return wrong("leads upwards (..): write where it leads");
    }
    if names.any(|it| it.len() > LONGEST_NAME) {
        return wrong("has a name in it that is longer than any file's");
    }
    if path.ends_with("/.") || path == "." {
        return wrong("names a folder");
    }
    Ok(if path.starts_with('/') { path.to_owned() } else { format!("./{path}") })
}

/// A name in the same folder that nobody else has, so that the file can take the other's place in one step.
pub(super) fn beside(path: &str, mark: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    let end = (0..=KEPT.min(name.len())).rev().find(|it| name.is_char_boundary(*it));
    let name = name.get(..end.unwrap_or_default()).unwrap_or_default();
    format!("{folder}/.{name}.tacklebox-{mark}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_upwards_or_could_be_taken_for_an_option() {
        for (path, checked) in [
            ("/etc/app.conf", "/etc/app.conf"),
            ("app.conf", "./app.conf"),
            ("-rf", "./-rf"),
            ("a/../../b..c", ""),
            ("..", ""),
            ("/etc/..", ""),
            ("b..c/..d", "./b..c/..d"),
            ("", ""),
            ("/", ""),
            ("/etc/", ""),
            (".", ""),
            ("/etc/.", ""),
            ("~/x", ""),
            ("a\0b", ""),
            ("a\nb", ""),
            ("a b'\"$x;*", "./a b'\"$x;*"),
        ] {
            assert_eq!(check(path).unwrap_or_default(), checked, "{path:?}");
        }
        assert!(check(&"x/".repeat(3_000)).is_err());
        assert!(check(&"x".repeat(256)).is_err());
    }

    #[test]
    fn the_file_beside_is_in_the_same_folder_and_has_a_name_that_fits() {
        assert_eq!(beside("/etc/app.conf", "1a"), "/etc/.app.conf.tacklebox-1a");
        assert_eq!(beside("/app.conf", "1a"), "/.app.conf.tacklebox-1a");
        assert_eq!(beside("./x", "1a"), "./.x.tacklebox-1a");
        let long = beside(&format!("/{}", "ä".repeat(127)), "12345678");
        assert!(long.len() <= LONGEST_NAME && long.ends_with(".tacklebox-12345678"), "{long}");
    }
}
