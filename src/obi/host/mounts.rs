//! What is mounted, from `/proc/self/mounts`.

/// Where the first file system of a type is mounted.
pub(super) fn point(mounts: &str, kind: &str) -> Option<String> {
    mounts.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (point, own) = (words.next()?, words.next()?);
        (own == kind).then(|| point.replace("\\040", " "))
    })
}
