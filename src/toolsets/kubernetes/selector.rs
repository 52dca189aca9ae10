//! Label and field selectors, checked before they are sent: the API server's own complaint does not say where the slip is.

use super::mistake::Mistake;
use crate::output::hides;

/// In bytes: escaped threefold it still fits in a URL.
const LONGEST: usize = 16_000;

/// `app=web,tier!=db,env in (a,b),!legacy`
pub(super) fn check_labels(text: &str) -> Result<(), Mistake> {
    check_length(text)?;
    let mut cursor = Cursor { text, at: 0, name: "" };
    loop {
        cursor.label_requirement()?;
        if !cursor.next_requirement()? {
            return Ok(());
        }
    }
}

/// `status.phase=Running,spec.nodeName!=node-1`
pub(super) fn check_fields(text: &str) -> Result<(), Mistake> {
    check_length(text)?;
    let mut cursor = Cursor { text, at: 0, name: "" };
    loop {
        cursor.name("a field")?;
        cursor.spaces();
        if !["==", "!=", "="].iter().any(|it| cursor.take(it)) {
            return cursor.expected("`=` or `!=`");
        }
        cursor.field_value()?;
        if !cursor.next_requirement()? {
            return Ok(());
        }
    }
}

fn check_length(text: &str) -> Result<(), Mistake> {
    if text.len() <= LONGEST {
        return Ok(());
    }
    let end = text.floor_char_boundary(LONGEST);
    Err(Mistake::new(
        end,
        format!("{} bytes are too long, {LONGEST} are the most; cut", text.len()),
    ))
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// Of the requirement that is read.
    name: &'a str,
}

impl<'a> Cursor<'a> {
    fn label_requirement(&mut self) -> Result<(), Mistake> {
        self.spaces();
        if self.take("!") {
            self.spaces();
            return self.name("a label");
        }
        self.name("a label")?;
        self.spaces();
        if self.rest().is_empty() || self.rest().starts_with(',') {
            return Ok(());
        }
        if ["==", "!=", "=", ">", "<"].iter().any(|it| self.take(it)) {
            return self.value();
        }
        if self.take_word("in") || self.take_word("notin") {
            return self.set();
        }
        self.expected("`=`, `!=`, `in (…)` or `notin (…)`")
    }

    fn next_requirement(&mut self) -> Result<bool, Mistake> {
        self.spaces();
        match self.rest() {
            "" => Ok(false),
            rest if rest.starts_with(',') => {
                self.at += 1;
                Ok(true)
            }
            _ => self.expected("`,` or the end").map(|()| false),
        }
    }

    fn set(&mut self) -> Result<(), Mistake> {
        self.spaces();
        if !self.take("(") {
            return self.expected("`(`");
        }
        loop {
            self.value()?;
            self.spaces();
            if self.take(")") {
                return Ok(());
            }
            if !self.take(",") {
                return self.expected("`,` or `)`");
            }
        }
    }

    fn name(&mut self, what: &str) -> Result<(), Mistake> {
        self.spaces();
        let end = self.span(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
        if end == 0 {
            return self.expected(&format!("{what} name"));
        }
        self.name = self.rest().get(..end).unwrap_or_default();
        self.at += end;
        Ok(())
    }

    /// May be empty, as in `app=`.
    fn value(&mut self) -> Result<(), Mistake> {
        self.spaces();
        let end = self.span(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        self.no_guess(end)?;
        self.at += end;
        match self.rest().chars().next() {
            None | Some(',' | ')') => Ok(()),
            Some(c) if c.is_whitespace() => Ok(()),
            Some(_) => self.expected("a label value (letters, digits, `-`, `_`, `.`)"),
        }
    }

    fn field_value(&mut self) -> Result<(), Mistake> {
        let mut escaped = false;
        let end = self.rest().find(|c| {
            let ends = c == ',' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let end = end.unwrap_or_else(|| self.rest().len());
        self.no_guess(end)?;
        self.at += end;
        Ok(())
    }

    /// What an answer would not show must not be found out by asking which objects have it.
    fn no_guess(&self, end: usize) -> Result<(), Mistake> {
        let value = self.rest().get(..end).unwrap_or_default();
        if value.is_empty() || !hides(self.name, value) {
            return Ok(());
        }
        Err(Mistake::new(
            self.at,
            format!("values of {} are secret, and nobody selects by them", self.name),
        ))
    }

    fn span(&self, belongs: impl Fn(char) -> bool) -> usize {
        self.rest().find(|c| !belongs(c)).unwrap_or_else(|| self.rest().len())
    }

    fn spaces(&mut self) {
        self.at += self.span(char::is_whitespace);
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let rest = self.rest().strip_prefix(word);
        rest.is_some_and(|it| it.starts_with([' ', '('])) && self.take(word)
    }

    fn expected(&self, what: &str) -> Result<(), Mistake> {
        Err(Mistake::new(self.at, format!("{what} is expected")))
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;

    fn told(check: fn(&str) -> Result<(), Mistake>, texts: &[&str]) -> String {
        let line = |text: &&str| match check(text) {
            Ok(()) => format!("{text} -> fine"),
            Err(mistake) => mistake.told("selector", text),
        };
        texts.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn nobody_selects_by_what_no_answer_would_show() {
        let guesses = [
            "a.example/token=qHw7RtkZp3xV",
            "app=web,a.example/token!=letmein",
            "db-password in (a, b)",
            "pin-code-password>4711",
        ];
        let fine =
            ["a.example/token", "!a.example/token", "token=", "secret-type=cluster", "secret=true"];
        expect![[r"
            `selector`: values of a.example/token are secret, and nobody selects by them at character 17: a.example/token=»qHw7RtkZp3xV
            `selector`: values of a.example/token are secret, and nobody selects by them at character 26: app=web,a.example/token!=»letmein
            `selector`: values of db-password are secret, and nobody selects by them at character 17: db-password in (»a, b)
            `selector`: values of pin-code-password are secret, and nobody selects by them at character 19: pin-code-password>»4711
            a.example/token -> fine
            !a.example/token -> fine
            token= -> fine
            secret-type=cluster -> fine
            secret=true -> fine"]]
        .assert_eq(&told(check_labels, &[guesses.as_slice(), fine.as_slice()].concat()));
        let fields = [
            "spec.password=qHw7RtkZp3xV",
            "metadata.name=web,spec.apiToken!=x1y2z3w4",
            "type=kubernetes.io/tls",
            "spec.secretName=web-tls",
            "metadata.name=db-password",
        ];
        expect![[r"
            `selector`: values of spec.password are secret, and nobody selects by them at character 15: spec.password=»qHw7RtkZp3xV
            `selector`: values of spec.apiToken are secret, and nobody selects by them at character 34: metadata.name=web,spec.apiToken!=»x1y2z3w4
            type=kubernetes.io/tls -> fine
            spec.secretName=web-tls -> fine
            metadata.name=db-password -> fine"]]
        .assert_eq(&told(check_fields, &fields));
    }

    #[test]
    fn a_slip_in_a_label_selector_is_pointed_at() {
        expect![[r"
            app=web -> fine
            app = web , tier != db -> fine
            app.kubernetes.io/name==web,!legacy -> fine
            env in (a, b),x notin (c),y -> fine
            app= -> fine
            replicas>3 -> fine
            `selector`: a label name is expected at character 1: »
            app== -> fine
            `selector`: a label value (letters, digits, `-`, `_`, `.`) is expected at character 6: app==»=x
            `selector`: a label name is expected at character 1: »=x
            `selector`: `,` or the end is expected at character 8: app=we »b
            `selector`: a label value (letters, digits, `-`, `_`, `.`) is expected at character 8: app=web»;x=y
            `selector`: `(` is expected at character 8: env in »a,b
            `selector`: `,` or `)` is expected at character 12: env in (a,b»
            `selector`: `=`, `!=`, `in (…)` or `notin (…)` is expected at character 5: env »on (a)
            `selector`: `=`, `!=`, `in (…)` or `notin (…)` is expected at character 3: gr»öße=x
            `selector`: a label name is expected at character 9: app=web,»"]].assert_eq(&told(check_labels, &[
            "app=web",
            "app = web , tier != db",
            "app.kubernetes.io/name==web,!legacy",
            "env in (a, b),x notin (c),y",
            "app=",
            "replicas>3",
            "",
            "app==",
            "app===x",
            "=x",
            "app=we b",
            "app=web;x=y",
            "env in a,b",
            "env in (a,b",
            "env on (a)",
            "größe=x",
            "app=web,",
        ]));
    }

    #[test]
    fn a_slip_in_a_field_selector_is_pointed_at() {
        expect![[r"
            status.phase=Running -> fine
            status.phase!=Running,spec.nodeName=node-1 -> fine
            involvedObject.name= -> fine
            metadata.name=a\,b -> fine
            `selector`: `=` or `!=` is expected at character 13: status.phase»
            `selector`: `=` or `!=` is expected at character 13: status.phase»>3
            `selector`: a field name is expected at character 1: »=x
            `selector`: a field name is expected at character 5: a=b,»"]]
        .assert_eq(&told(
            check_fields,
            &[
                "status.phase=Running",
                "status.phase!=Running,spec.nodeName=node-1",
                "involvedObject.name=",
                "metadata.name=a\\,b",
                "status.phase",
                "status.phase>3",
                "=x",
                "a=b,",
            ],
        ));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_mistake_is_always_inside_the_text(text in "\\PC{0,20}") {
            for check in [check_labels, check_fields] {
                if let Err(mistake) = check(&text) {
                    prop_assert!(text.is_char_boundary(mistake.at));
                }
            }
        }

        #[test]
        fn well_formed_selectors_pass(
            key in "[a-z]{1,8}(\\.[a-z]{1,5})?(/[a-z]{1,8})?",
            operator in "(=|==|!=)",
            value in "[A-Za-z0-9]{0,8}",
            spaces in " {0,2}",
        ) {
            prop_assume!(!hides(&key, &value));
            let one = format!("{key}{spaces}{operator}{spaces}{value}");
            prop_assert_eq!(check_labels(&format!("{one},{one}")), Ok(()));
        }
    }
}
