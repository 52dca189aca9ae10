//! Every rule by which a configuration is judged.

/// A rule and what it means, for whoever looks one up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    pub id: &'static str,
    pub meaning: &'static str,
}

const fn rule(id: &'static str, meaning: &'static str) -> Rule {
    Rule { id, meaning }
}

/// In the order of the alphabet.
pub const RULES: [Rule; 33] = [
    rule("bad-endpoint", "OBI cannot make an address of an endpoint"),
    rule("deprecated-key", "the key works, and another one is to be used"),
    rule("double-key", "a key is written twice"),
    rule("empty-selector", "a selector has no criterion by which anything could be chosen"),
    rule("excluding", "two settings exclude each other"),
    rule("fragile-glob", "OBI's library for globs gets it wrong"),
    rule(
        "guessed-protocol",
        "nothing says which protocol an endpoint speaks, and its port does not tell",
    ),
    rule("ignored-variable", "OBI does not read the variable beside a document of version 2"),
    rule(
        "left-out-by-default",
        "a namespace is chosen in which OBI instruments nothing by default",
    ),
    rule("missing-key", "a key is not there without which its section is nothing"),
    rule("no-host", "an endpoint has no host, as when its variable was not set"),
    rule("no-port", "internal metrics are on, and there is no port to read them at"),
    rule("no-traces", "traces are sent somewhere, and nothing is chosen that makes any"),
    rule("not-a-section", "the document is a list or one value"),
    rule("not-yaml", "the text is not one YAML document"),
    rule("not-yet-known", "the release of OBI is older than the key or the format"),
    rule("nothing-enabled", "nothing is chosen to be instrumented, or nobody gets what is"),
    rule("nowhere", "internal metrics go where all metrics go, and nothing says where that is"),
    rule("other-file", "a variable makes OBI read another file"),
    rule("overridden", "a variable counts for more than the key in the file"),
    rule("removed-key", "OBI had the key once"),
    rule("same-port", "two endpoints want the same port"),
    rule("small-queue", "the queue of traces does not hold two batches"),
    rule("too-large", "the text is larger than any configuration"),
    rule("too-many-aliases", "the aliases of the text stand for too much"),
    rule("unknown-key", "OBI has no such key"),
    rule("unknown-selector", "no selector has such a key"),
    rule("unknown-variable", "OBI does not read the variable"),
    rule("unset-variable", "the text wants a variable that is not set"),
    rule("unsupported-key", "OpenTelemetry's document has the key, and OBI does not start with it"),
    rule("wrong-protocol", "an endpoint's port speaks another protocol"),
    rule("wrong-type", "one value stands where a section belongs"),
    rule("wrong-value", "OBI does not know the value, or it is out of range"),
];
