//! A slip in a text that the caller wrote, and where it is.

/// What is wrong with a selector or a path, at which byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) at: usize,
    pub(crate) problem: String,
}

impl Mistake {
    pub(crate) fn new(at: usize, problem: impl Into<String>) -> Self {
        Self { at, problem: problem.into() }
    }

    /// One line that points at the place: `app=»=x`. Of a long text it shows what is around it.
    pub(crate) fn told(&self, argument: &str, text: &str) -> String {
        const AROUND: usize = 60;
        let (before, after) = text.split_at_checked(self.at).unwrap_or((text, ""));
        let before: Vec<char> = before.chars().collect();
        let skipped = before.len().saturating_sub(AROUND);
        let begun = if skipped > 0 { "…" } else { "" };
        let near: String = before.iter().skip(skipped).collect();
        let rest: String = after.chars().take(AROUND).collect();
        let cut = if rest.len() < after.len() { "…" } else { "" };
        format!(
            "`{argument}`: {} at character {}: {begun}{near}»{rest}{cut}",
            self.problem,
            before.len() + 1
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_shown_with_what_is_around_it() {
        let short = Mistake::new(4, "a value is expected");
        assert_eq!(
            short.told("label_selector", "app=,x"),
            "`label_selector`: a value is expected at character 5: app=»,x"
        );
        let long = format!("{}é={}", "a".repeat(100), "z".repeat(100));
        let told = Mistake::new(102, "no").told("grep", &long);
        let (before, after) = told.split_once('»').unwrap();
        assert!(before.starts_with("`grep`: no at character 102: …aa") && before.ends_with("aé"));
        assert!(after.starts_with("=zz") && after.ends_with("z…") && after.chars().count() == 61);
    }
}
