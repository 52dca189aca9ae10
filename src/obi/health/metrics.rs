//! What Prometheus reads, as far as OBI writes it.

/// OBI has a few dozen of its own, and none of anybody's requests among them.
const MOST: usize = 20_000;

/// `name{label="value"} 1`
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: Vec<(String, String)>,
    pub value: f64,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metrics {
    samples: Vec<Sample>,
}

impl Metrics {
    /// Every line that can be read.
    pub fn read(text: &str) -> Self {
        Self { samples: text.lines().filter_map(Sample::read).take(MOST).collect() }
    }

    pub fn all(&self, name: &str) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |it| it.name == name)
    }

    /// All values of a name, together; `None` where there are none, which with OBI is so before the first event.
    pub fn sum(&self, name: &str) -> Option<f64> {
        self.all(name).map(|it| it.value).reduce(|one, other| one + other)
    }

    pub fn is_of_obi(&self) -> bool {
        self.samples.iter().any(|it| it.name.starts_with("obi_"))
    }
}

impl Sample {
    fn read(line: &str) -> Option<Self> {
        let line = line.trim();
        let end = line.find(|it: char| !is_of_name(it)).unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        (!name.is_empty() && !name.starts_with(|it: char| it.is_ascii_digit())).then_some(())?;
        let (labels, rest) = match rest.strip_prefix('{') {
            Some(inside) => labels(inside)?,
            None => (Vec::new(), rest),
        };
        let value = rest.split_ascii_whitespace().next()?.parse().ok()?;
        Some(Self { name: name.to_owned(), labels, value })
    }

    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == ':'
}

/// What is written until the bracket, and what comes behind it.
fn labels(text: &str) -> Option<(Vec<(String, String)>, &str)> {
    let mut labels = Vec::new();
    let mut rest = text.trim_start_matches([' ', ',']);
    while !rest.starts_with('}') {
        let (name, behind) = rest.split_once('=')?;
        let (value, behind) = quoted(behind.trim_start().strip_prefix('"')?)?;
        labels.push((name.trim().to_owned(), value));
        rest = behind.trim_start_matches([' ', ',']);
    }
    Some((labels, rest.strip_prefix('}')?))
}

/// What is written until the quote, and what comes behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => match characters.next()? {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
}
