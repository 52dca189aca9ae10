//! What OBI says: its log, in each of the ways in which OBI and the libraries in it write lines, and what a line means for whoever
//! runs it. A line that nobody knows is kept as it is.
//!
//! Levels mislead: that no metric arrives is INFO, and that a host is in no cloud is WARN. So lines are judged by the tables in `problems`.

mod formats;
mod least;
mod line;
mod pairs;
mod problems;
mod progress;

#[cfg(test)]
mod tests;

pub use self::{
    least::Least,
    line::{Format, Level, Line},
    problems::{Problem, Severity},
    progress::{Process, Progress, Scraped},
};

/// More lines than these are not looked at: the last ones count.
const MOST: usize = 20_000;

/// Every line with anything in it; of very many the last. The bytes may be anything.
pub fn read(log: &[u8]) -> Vec<Line> {
    let lines = log.rsplit(|it| *it == b'\n').filter_map(Line::read).take(MOST);
    let mut lines: Vec<Line> = lines.collect();
    lines.reverse();
    lines
}

/// What it means that an export failed with that error.
pub fn export_problem(error: &str) -> Option<&'static Problem> {
    Line::read(format!("2026/01/01 00:00:00 ERROR Exporting failed: {error}").as_bytes())?.problem
}

/// What a text from elsewhere means: a container's last words, an event.
pub fn problem(text: &str) -> Option<&'static Problem> {
    text.lines().find_map(|it| Line::read(it.as_bytes())?.problem)
}
