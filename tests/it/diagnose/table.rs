use std::fmt;

/// What came of one fault.
pub struct Row {
    pub fault: &'static str,
    /// The first finding, as it was told.
    pub first: String,
    pub is_root: bool,
    /// Requests that reached the API server, by its own audit log.
    pub calls: usize,
    /// Estimated, of the whole answer.
    pub tokens: usize,
    pub answer: String,
}

impl Row {
    pub fn unplanted(fault: &'static str, error: &anyhow::Error) -> Self {
        let answer = format!("not planted: {error:#}");
        Self { fault, first: "not planted".to_owned(), is_root: false, calls: 0, tokens: 0, answer }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:\n{}\n", self.fault, self.answer)
    }
}

pub fn print(rows: &[Row]) {
    println!("| fault | first finding | root | calls | tokens |\n|---|---|---|---|---|");
    for Row { fault, first, is_root, calls, tokens, .. } in rows {
        let is_root = if *is_root { "yes" } else { "NO" };
        println!("| {fault} | {first} | {is_root} | {calls} | {tokens} |");
    }
    let first = rows.iter().filter(|it| it.is_root).count();
    println!("{first} of {} roots first", rows.len());
}
