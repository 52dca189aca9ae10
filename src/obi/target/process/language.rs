//! What a process is written in, guessed as OBI guesses it.

use std::{fmt, sync::LazyLock};

use regex::Regex;
use serde::Serialize;

use super::{Tls, elf::Facts};

/// By the words that a selector has for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Go,
    Java,
    Dotnet,
    Python,
    Ruby,
    Nodejs,
    Rust,
    Php,
    Cpp,
    /// None of them.
    Generic,
    /// Nobody has looked.
    #[default]
    Unknown,
}

impl Language {
    pub(in crate::obi::target) fn word(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Java => "java",
            Self::Dotnet => "dotnet",
            Self::Python => "python",
            Self::Ruby => "ruby",
            Self::Nodejs => "nodejs",
            Self::Rust => "rust",
            Self::Php => "php",
            Self::Cpp => "cpp",
            Self::Generic => "generic",
            Self::Unknown => "unknown",
        }
    }

    /// From what is mapped into the process, what its file says, and where that is, in the order in which OBI asks.
    pub(super) fn of(mapped: &[String], facts: &Facts, path: &str) -> Self {
        let among = |by: fn(&str) -> Option<Self>| mapped.iter().find_map(|it| by(it));
        among(by_library)
            .or_else(|| by_file(facts))
            .or_else(|| among(by_program))
            .or_else(|| path.contains("php").then_some(Self::Php))
            .or_else(|| among(by_runtime))
            .unwrap_or(Self::Generic)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

static LIBPYTHON: LazyLock<Regex> = LazyLock::new(|| constant(r"libpython3[0-9.]*\.so"));
static LIBRUBY: LazyLock<Regex> = LazyLock::new(|| constant(r"libruby-[0-9.]*\.so"));
static PYTHON: LazyLock<Regex> = LazyLock::new(|| constant(r"^(.*/)?python[0-9.]*$"));
static RUBY: LazyLock<Regex> = LazyLock::new(|| constant(r"^(.*/)?ruby[0-9.]*$"));

fn constant(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant")
}

fn by_library(path: &str) -> Option<Language> {
    match path {
        it if it.contains("libcoreclr.so") => Some(Language::Dotnet),
        it if it.contains("libjvm.so") => Some(Language::Java),
        it if LIBPYTHON.is_match(it) => Some(Language::Python),
        it if LIBRUBY.is_match(it) => Some(Language::Ruby),
        _ => None,
    }
}

/// Before names are asked: a program in Go may be called `node`.
fn by_file(facts: &Facts) -> Option<Language> {
    match facts {
        it if it.is_go => Some(Language::Go),
        it if it.is_rust => Some(Language::Rust),
        it if it.is_native_java => Some(Language::Java),
        _ => None,
    }
}

fn by_program(path: &str) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or_default();
    match path {
        _ if name == "node" || name == "deno" => Some(Language::Nodejs),
        it if RUBY.is_match(it) => Some(Language::Ruby),
        it if PYTHON.is_match(it) => Some(Language::Python),
        _ => None,
    }
}

fn by_runtime(path: &str) -> Option<Language> {
    ["libstdc++.so", "libc++.so"].iter().any(|it| path.contains(it)).then_some(Language::Cpp)
}

impl Tls {
    pub(super) fn of(mapped: &[String]) -> Self {
        let known = ["libssl.so", "libSystem.Security.Cryptography.Native.OpenSsl.so"];
        let is_seen = mapped.iter().any(|path| known.iter().any(|it| path.contains(it)));
        if is_seen { Self::Seen } else { Self::Unseen }
    }
}
