use std::fmt;

/// What came of one surface.
pub struct Row {
    pub surface: &'static str,
    /// Answers that showed what stands beside the secret.
    pub shown: usize,
    /// All that was searched for it: answers, notifications, the log, the record.
    pub searched: usize,
    /// Where it was found, and in which form.
    pub leaks: Vec<String>,
}

impl fmt::Display for Row {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let some: Vec<&str> = self.leaks.iter().take(5).map(String::as_str).collect();
        let (leaks, shown) = (self.leaks.len(), self.shown);
        write!(out, "{}: shown {shown} times, {leaks} leaks\n  {}", self.surface, some.join("\n  "))
    }
}

pub fn print(rows: &[Row]) {
    println!("| surface | answers that show it | texts searched | leaks |\n|---|---|---|---|");
    for Row { surface, shown, searched, leaks } in rows {
        println!("| {surface} | {shown} | {searched} | {} |", leaks.len());
    }
    let tight = rows.iter().filter(|it| it.leaks.is_empty()).count();
    println!("{tight} of {} surfaces without a leak", rows.len());
}
