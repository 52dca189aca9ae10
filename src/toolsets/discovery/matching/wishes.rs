//! What the annotations of a Service ask for. Whoever may create a Service may write them: each is taken whole or not at all, and
//! none can say where something is, only which of the Service's own ports and which path.

use std::fmt::Display;

use super::valid::{NOT_TAKEN, is_dns_label, is_plain_path};
use crate::{
    nearest::nearest,
    toolsets::discovery::{finding::Scheme, service::Service},
};

const OURS: &str = "tacklebox.dev/";
const DISCOVER: &str = "tacklebox.dev/discover";
const TYPE: &str = "tacklebox.dev/type";
const PORT: &str = "tacklebox.dev/port";
const SCHEME: &str = "tacklebox.dev/scheme";
const PATH: &str = "tacklebox.dev/path";
const THEIR_SWITCH: &str = "kubernaut.io/toolset";
const THEIR_TYPE: &str = "kubernaut.io/toolset-type";
const THEIR_NAME: &str = "kubernaut.io/toolset-name";
const THEIR_ENDPOINT: &str = "kubernaut.io/toolset-endpoint";
const THEIR_HEALTH: [&str; 2] =
    ["kubernaut.io/toolset-health-path", "kubernaut.io/health-endpoint"];

/// The product of a Service that is what its annotations say and no product that is known.
pub(super) const CUSTOM: &str = "custom";

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Wishes {
    /// The annotation that says not to look.
    pub(super) out: Option<&'static str>,
    /// The annotation that says to look.
    pub(super) opted_in: Option<&'static str>,
    pub(super) product: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) scheme: Option<Scheme>,
    /// Without a slash at its end.
    pub(super) prefix: Option<String>,
    /// Asked for to see whether it is there.
    pub(super) health: Option<String>,
    /// What is to be told about annotations: their key, and what became of them.
    pub(super) notes: Vec<(String, String)>,
}

impl Wishes {
    pub(super) fn of(service: &Service, is_product: impl Fn(&str) -> bool) -> Self {
        let mut wishes = Self::default();
        if service.annotations.is_empty() {
            return wishes;
        }
        wishes.switches(service);
        wishes.our_type(service, &is_product);
        wishes.their_type(service, &is_product);
        wishes.port = wishes.taken(service, PORT, |it| port_of(service, it));
        wishes.scheme = wishes.taken(service, SCHEME, scheme);
        wishes.prefix = wishes.taken(service, PATH, prefix);
        for key in THEIR_HEALTH {
            let health = wishes.taken(service, key, |it| {
                let is_plain = is_plain_path(it);
                is_plain
                    .then(|| it.to_owned())
                    .ok_or("not taken: it must be a path, and never a URL")
            });
            wishes.health = wishes.health.or(health);
        }
        wishes.their_others(service);
        wishes.our_unknown(service);
        wishes
    }

    /// What is near to none of them is not repeated: it may say anything.
    fn our_unknown(&mut self, service: &Service) {
        let known = [DISCOVER, TYPE, PORT, SCHEME, PATH];
        let keys = service.annotations.keys().filter(|it| it.starts_with(OURS));
        for key in keys.filter(|it| !known.contains(&it.as_str())) {
            let (key, hint) = match nearest(key, known) {
                Some(near) => (key.clone(), format!("did you mean {near}?")),
                None => (format!("{OURS}…"), format!("known are {}", known.join(", "))),
            };
            self.note(&key, format!("there is no such annotation: {hint}"));
        }
    }

    fn switches(&mut self, service: &Service) {
        match value(service, DISCOVER) {
            Some("true") => self.opted_in = Some(DISCOVER),
            Some("false") => self.out = Some(DISCOVER),
            Some(_) => self.note(DISCOVER, "not taken: it is neither `true` nor `false`"),
            None => {}
        }
        match value(service, THEIR_SWITCH) {
            Some("true" | "enabled") => self.opted_in = self.opted_in.or(Some(THEIR_SWITCH)),
            Some("false" | "disabled") => self.out = self.out.or(Some(THEIR_SWITCH)),
            Some(_) => self.note(
                THEIR_SWITCH,
                "not taken: it is none of `true`, `enabled`, `false`, `disabled`",
            ),
            None => {}
        }
    }

    fn our_type(&mut self, service: &Service, is_product: impl Fn(&str) -> bool) {
        self.product = self.taken(service, TYPE, |it| {
            is_product(it).then(|| it.to_owned()).ok_or("not taken: it is no product that is known")
        });
        if self.product.is_some() {
            self.opted_in = self.opted_in.or(Some(TYPE));
        }
    }

    fn their_type(&mut self, service: &Service, is_product: impl Fn(&str) -> bool) {
        let Some(kind) = value(service, THEIR_TYPE) else { return };
        if self.opted_in != Some(THEIR_SWITCH) {
            self.note(THEIR_TYPE, "not taken: it counts only together with kubernaut.io/toolset");
        } else if is_product(kind) {
            self.product = Some(kind.to_owned());
        } else {
            self.note(THEIR_TYPE, "it is no product that is known, so this is listed as custom");
            self.product = Some(CUSTOM.to_owned());
        }
    }

    fn their_others(&mut self, service: &Service) {
        if let Some(name) = value(service, THEIR_NAME) {
            let is_name = is_dns_label(name);
            let told = if is_name { "read, and of no effect: " } else { "not taken: " };
            let why =
                if is_name { "a toolset is called after its Service" } else { "no DNS label" };
            self.note(THEIR_NAME, format!("{told}{why}"));
        }
        if value(service, THEIR_ENDPOINT).is_some() {
            self.note(THEIR_ENDPOINT, "not taken: an address never comes from an annotation");
        }
    }

    /// An annotation's value if it holds, else none and a note.
    fn taken<T>(
        &mut self,
        service: &Service,
        key: &str,
        read: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Option<T> {
        match read(value(service, key)?) {
            Ok(it) => Some(it),
            Err(why) => {
                self.note(key, why);
                None
            }
        }
    }

    fn note(&mut self, key: &str, what: impl Display) {
        self.notes.push((key.to_owned(), what.to_string()));
    }
}

/// A port and a path that a product's own annotation says, with the same rules; what does not hold is left out.
pub(super) fn port_said(service: &Service, key: Option<&str>) -> Option<u16> {
    port_of(service, value(service, key?)?).ok()
}

pub(super) fn prefix_said(service: &Service, key: Option<&str>) -> Option<String> {
    prefix(value(service, key?)?).ok()
}

fn value<'a>(service: &'a Service, key: &str) -> Option<&'a str> {
    service.annotations.get(key).map(String::as_str)
}

fn port_of(service: &Service, text: &str) -> Result<u16, &'static str> {
    let number = text.parse().ok().filter(|_| text.bytes().all(|it| it.is_ascii_digit()));
    let number: u16 = number.ok_or("not taken: it is no number of a port")?;
    let is_there = service.ports.iter().any(|it| it.is_tcp && it.number == number);
    is_there.then_some(number).ok_or("not taken: the Service has no such TCP port")
}

fn scheme(text: &str) -> Result<Scheme, &'static str> {
    match text {
        "http" => Ok(Scheme::Http),
        "https" => Ok(Scheme::Https),
        _ => Err("not taken: it is neither `http` nor `https`"),
    }
}

fn prefix(text: &str) -> Result<String, &'static str> {
    let is_plain = is_plain_path(text);
    is_plain.then(|| text.trim_end_matches('/').to_owned()).ok_or(NOT_TAKEN)
}
