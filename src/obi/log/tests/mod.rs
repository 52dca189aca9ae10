mod formats;
mod hostile;
mod progress;
mod runs;
mod table;

use super::*;

/// The only line of a log.
fn line(text: &str) -> Line {
    let mut lines = read(text.as_bytes());
    assert_eq!(lines.len(), 1, "{lines:#?}");
    lines.remove(0)
}

/// What the only line of a log means.
fn name(text: &str) -> Option<&'static str> {
    line(text).problem.map(|it| it.name.as_str())
}
