//! Passwords behind flags that mean a password to some commands only: `mysql -px`, `redis-cli -a x`, `curl -u bob:x`.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;
use serde_json::Value;

use super::{
    Redactor,
    names::Secrecy,
    spans::Spans,
    values::{is_irregular, is_secret},
};

/// What a command's flag is followed by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Password,
    /// `-px` is a password, `-p x` a database; it is a password in most eyes nevertheless, so its looks decide.
    AttachedPassword,
    /// `bob:x`, or whatever stands between.
    Pair(char),
}

struct Command {
    name: &'static str,
    flags: &'static [&'static str],
    takes: Takes,
    /// The flag means that only behind this word.
    behind: Option<&'static str>,
}

const fn password(name: &'static str, flag: &'static [&'static str]) -> Command {
    Command { name, flags: flag, takes: Takes::Password, behind: None }
}

const COMMANDS: &[Command] = &[
    Command { takes: Takes::AttachedPassword, ..password("mysql[a-z]*", &["-p"]) },
    Command { takes: Takes::AttachedPassword, ..password("mariadb[a-z-]*", &["-p"]) },
    password("mongo[a-z]*", &["-p"]),
    password("cqlsh", &["-p"]),
    password("sshpass", &["-p"]),
    password("(?:redis|valkey|keydb)-cli", &["-a"]),
    password("sqlcmd|bcp", &["-P"]),
    password("ldap(?:search|add|modify|delete|whoami|passwd)", &["-w"]),
    Command {
        behind: Some("login"),
        ..password("docker|podman|nerdctl|buildah|skopeo|crane|helm|oras|az", &["-p"])
    },
    password("7z[ar]?", &["-p"]),
    Command { takes: Takes::Pair(':'), ..password("curl|wget", &["-u", "--user"]) },
    Command {
        takes: Takes::Pair('='),
        behind: Some("secret"),
        ..password("kubectl|oc", &["--from-literal"])
    },
];

/// The names of all commands; most texts have none, so nothing else is searched for before.
pub(super) const TRIGGER: &str =
    r"mysql|mariadb|mongo|cqlsh|sshpass|-cli|sqlcmd|bcp|ldap|login|7z|curl|wget|from-literal";

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    let groups: Vec<_> = COMMANDS.iter().map(|it| format!("({})", it.name)).collect();
    Regex::new(&format!(r"(?-u:\b)(?:{})(?-u:\b)", groups.join("|"))).expect("constants")
});

/// A word of a command line, as a shell, a list in JSON or a list in YAML has it, and the end of a line.
static WORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?<end>(?:\r?\n|\\+n)(?:[ \t+]*-[ \t])?)|[^\s"'`\\]+"#).expect("a constant")
});

/// A command line with more words than this is a text.
const WORDS: usize = 100;

pub(super) fn find(text: &str, spans: &mut Spans) {
    // What has been looked through for a command is not again, or `mysql mysql mysql ...` would take for ever.
    let mut seen = [0; COMMANDS.len()];
    for captures in NAME.captures_iter(text) {
        let mut commands = COMMANDS.iter().zip(&mut seen).zip(1..);
        let command = commands.find(|(_, group)| captures.get(*group).is_some());
        if let (Some(((command, seen), _)), Some(name)) = (command, captures.get(0))
            && name.start() >= *seen
            && stands_alone(text, &name.range())
        {
            *seen = command.find(text, name.end(), spans);
        }
    }
}

/// The same for a list of arguments, behind a command of its own or none; `false` if there was nothing to redact.
pub(super) fn redact(redactor: &Redactor, command: &[String], args: &mut [Value]) -> bool {
    let words = || command.iter().map(String::as_str).chain(args.iter().filter_map(Value::as_str));
    let flags = || COMMANDS.iter().flat_map(|it| it.flags);
    let mut texts = args.iter().filter_map(Value::as_str).filter(|it| it.starts_with('-'));
    let has_flag = texts.any(|arg| flags().any(|it| arg.starts_with(it)));
    if !has_flag || !words().any(|it| NAME.is_match(it)) {
        return false;
    }
    let line = words().collect::<Vec<_>>().join("\t");
    let mut spans = Spans::default();
    find(&line, &mut spans);
    spans.settle(&line);
    let mut found = false;
    let mut place = command.iter().map(|it| it.len() + 1).sum::<usize>();
    for arg in args {
        let Value::String(arg) = arg else { continue };
        let whole = place..place + arg.len();
        place = whole.end + 1;
        // From the last to the first, so that the places of the others stay right.
        for span in spans.iter().rev().filter(|it| whole.start <= it.start && it.end <= whole.end) {
            let secret = span.start - whole.start..span.end - whole.start;
            let mark = redactor.mark(arg.get(secret.clone()).unwrap_or_default().as_bytes());
            arg.replace_range(secret, &mark);
            found = true;
        }
    }
    found
}

impl Command {
    /// Looks through the words behind the command and says where they end.
    fn find(&self, text: &str, start: usize, spans: &mut Spans) -> usize {
        let mut end = start;
        let mut is_behind = self.behind.is_none();
        let mut is_flag = false;
        for (place, word) in words(text, start) {
            if std::mem::take(&mut is_flag) && !word.starts_with('-') {
                let between = text.get(end..place).unwrap_or_default();
                let is_attached = between.bytes().all(|it| b"'\"".contains(&it));
                self.push(place, word, is_attached, spans);
            } else if let Some(value) = self.value(word).filter(|_| is_behind) {
                self.push(place + word.len() - value.len(), value, true, spans);
                is_flag = value.is_empty();
            }
            is_behind |= self.behind == Some(word);
            end = place + word.len();
        }
        end
    }

    /// What is in the same word as the flag, if this is the flag.
    fn value<'a>(&self, word: &'a str) -> Option<&'a str> {
        let (flag, value) = self.flags.iter().find_map(|it| Some((it, word.strip_prefix(*it)?)))?;
        let value_of = value.strip_prefix('=');
        let is_long = flag.starts_with("--");
        if is_long && !value.is_empty() { value_of } else { Some(value_of.unwrap_or(value)) }
    }

    fn push(&self, start: usize, value: &str, is_attached: bool, spans: &mut Spans) {
        let secret = match self.takes {
            Takes::Pair(between) => value.split_once(between).map_or("", |it| it.1),
            Takes::AttachedPassword if !is_attached && !is_irregular(value) => "",
            Takes::AttachedPassword | Takes::Password => value,
        };
        if is_secret(secret, Secrecy::Sure) {
            let end = start + value.len();
            spans.push(end - secret.len()..end);
        }
    }
}

/// The words from `start` to the end of the command.
fn words(text: &str, start: usize) -> impl Iterator<Item = (usize, &str)> {
    let words = WORD.captures_iter(text.get(start..).unwrap_or_default()).take(WORDS);
    let mut is_over = false;
    let words = words.take_while(move |it| {
        let word = it.get(0).map_or("", |it| it.as_str());
        let is_end = it.name("end").is_some() && !word.ends_with(['-', ' ', '\t'])
            || matches!(word, "|" | "||" | "&&");
        !std::mem::replace(&mut is_over, word.ends_with(';')) && !is_end
    });
    let words = words.filter(|it| it.name("end").is_none()).filter_map(|it| it.get(0));
    words.map(move |it| bare(start + it.start(), it.as_str())).filter(|(_, it)| !it.is_empty())
}

/// `mysql-data` and `docker.io` are no commands.
fn stands_alone(text: &str, name: &Range<usize>) -> bool {
    let before = text.get(..name.start).unwrap_or_default();
    let after = text.get(name.end..).unwrap_or_default();
    !before.ends_with(|it: char| it.is_alphanumeric() || "-_.:".contains(it))
        && after.starts_with(|it: char| it.is_whitespace() || "\"'`\\,".contains(it))
}

/// Without what separates it from other words of a list.
fn bare(place: usize, word: &str) -> (usize, &str) {
    let bare = word.trim_start_matches(['[', '(', ',']);
    let place = place + word.len() - bare.len();
    (place, bare.trim_end_matches([',', ']', ')', ';']))
}
