//! Which names are names of secrets.

use std::sync::LazyLock;

use regex::Regex;

use super::words::{
    ABOUT, ENDINGS, HARMLESS_TOKENS, KEYS, NAMED_SECRETS, OWNERS, PASSWORDS, PASSWORDS_WITHIN,
    REFERENCE, SECRETS, Words,
};

/// How sure a name makes that its value is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Secrecy {
    None,
    /// A secret if it looks like one.
    Perhaps,
    /// A secret if it looks like a password.
    Likely,
    /// A secret if it looks like a password or is `user:password`.
    Pair,
    /// A secret if it is text.
    Text,
    /// A secret, even if it is a number.
    Sure,
}

/// Without any of these a name is no secret's; nearly all names end here.
static STEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        "(?i-u:pass|pwd|pw$|secret|token|key|cred|auth|cookie|jwt|bearer|mnemonic|dockerc|seed|salt|pat$|sig$|sid$|session\
         |mdp$|kennwort|contrase|senha|wachtwoord)|(?i:пароль)",
    )
    .expect("a constant")
});

pub(super) fn secrecy(name: &str) -> Secrecy {
    if !STEM.is_match(name) || name.len() > 200 {
        return Secrecy::None;
    }
    // The annotations of ingress controllers name an object.
    if name.contains("ingress.kubernetes.io/") && name.ends_with("-secret") {
        return Secrecy::None;
    }
    // A shell's working directory.
    if matches!(name, "PWD" | "OLDPWD") {
        return Secrecy::Perhaps;
    }
    // Before a slash is whose name it is: `vault.example.com/token`.
    let spaced = spaced(name.rsplit('/').next().unwrap_or_default());
    judge(&spaced.split(' ').filter(|it| !it.is_empty()).collect::<Vec<_>>())
}

/// Whether a field below a secret's name says where the secret is.
pub(super) fn is_reference(name: &str) -> bool {
    REFERENCE.has(name) || ends_with_one_of(&ABOUT, name)
}

/// Whether a field below a secret's name says whose or for what the secret is.
pub(super) fn is_owner(name: &str) -> bool {
    ends_with_one_of(&OWNERS, name)
}

fn ends_with_one_of(words: &Words, name: &str) -> bool {
    spaced(name).split_whitespace().next_back().is_some_and(|it| words.has(it))
}

fn judge(words: &[&str]) -> Secrecy {
    let Some((last, before)) = words.split_last() else { return Secrecy::None };
    let has = |list: &Words| words.iter().any(|it| list.has(it));
    let together = words.concat();
    if words.ends_with(&["secret", "id"]) {
        return Secrecy::Text;
    }
    if words.ends_with(&["cert", "hash"]) || words.ends_with(&["public", "key"]) {
        return Secrecy::None;
    }
    if ABOUT.has(last) || is_harmless_token(words) || is_named_secret(last, before) {
        return Secrecy::None;
    }
    if has(&PASSWORDS) || PASSWORDS_WITHIN.iter().any(|it| together.contains(it)) {
        return Secrecy::Sure;
    }
    if has(&SECRETS)
        || *last == "pass"
        || has_secret_key(words)
        || together.contains("secret")
        || ENDINGS.iter().any(|it| together.ends_with(it))
    {
        return Secrecy::Text;
    }
    match *last {
        "authorization" | "cookie" | "cookies" => Secrecy::Text,
        "auth" => Secrecy::Pair,
        "key" | "pat" | "sig" | "sid" | "session" | "salt" | "seed" => Secrecy::Perhaps,
        _ => Secrecy::None,
    }
}

/// `nextPageToken`, `max_tokens`.
fn is_harmless_token(words: &[&str]) -> bool {
    let mut pairs = words.iter().zip(words.iter().skip(1));
    pairs.any(|(one, next)| matches!(*next, "token" | "tokens") && HARMLESS_TOKENS.has(one))
}

/// `existingSecret`, `imagePullSecrets`.
fn is_named_secret(last: &str, before: &[&str]) -> bool {
    matches!(last, "secret" | "secrets") && before.last().is_some_and(|it| NAMED_SECRETS.has(it))
}

/// `api_key`, and `client-key-data` too.
fn has_secret_key(words: &[&str]) -> bool {
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs.into_iter().any(|(one, next)| matches!(*next, "key" | "keys") && KEYS.has(one))
}

/// The words of a name in small letters: `clientAPIKey` is `client api key`.
fn spaced(name: &str) -> String {
    let mut spaced = String::with_capacity(name.len() + 8);
    let mut characters = name.chars().peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        let starts = character.is_uppercase()
            && (before.is_lowercase()
                || before.is_ascii_digit()
                || before.is_uppercase() && characters.peek().is_some_and(|it| it.is_lowercase()));
        if starts {
            spaced.push(' ');
        }
        spaced.push(if character.is_alphanumeric() { character.to_ascii_lowercase() } else { ' ' });
        before = character;
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        let sure = [
            "password",
            "DB_PASSWORD",
            "dbPassword",
            "spring.datasource.password",
            "MYSQL_PWD",
            "PGPASSWORD",
            "ssh-passphrase",
            "rootPasswd",
            "adminpassword1",
        ];
        let text = [
            "token",
            "GITHUB_TOKEN",
            "authtoken",
            "accessToken",
            "apiKey",
            "X-Api-Key",
            "API_KEY",
            "client_secret",
            "clientSecret",
            "SECRET_KEY_BASE",
            "aws_secret_access_key",
            "client-key-data",
            "Authorization",
            "Set-Cookie",
            "AccountKey",
            "SharedAccessKey",
            "privateKey",
            "credentials",
            ".dockerconfigjson",
            "REDIS_PASS",
            "signingKey",
            "id-token",
            "vault_secret_id",
            "JWT",
        ];
        for name in sure {
            assert_eq!(secrecy(name), Secrecy::Sure, "{name}");
        }
        for name in text {
            assert_eq!(secrecy(name), Secrecy::Text, "{name}");
        }
    }

    #[test]
    fn what_only_speaks_of_a_secret_is_none() {
        let names = [
            "secretName",
            "secretKeyRef",
            "passwordSecretRef",
            "tokenExpirationSeconds",
            "keyName",
            "imagePullSecrets",
            "existingSecret",
            "POSTGRES_PASSWORD_FILE",
            "nextPageToken",
            "max_tokens",
            "secretNamespace",
            "token_url",
            "tokenTTL",
            "AWS_ACCESS_KEY_ID",
            "name",
            "image",
            "resourceVersion",
            "monkey",
            "keyboard",
            "compass",
            "author",
            "path",
            "passthrough",
            "secretStoreRef",
            "tlsSecret",
            "authority",
            "bypass",
            "credentialsMode",
            "pod-template-hash",
        ];
        for name in names {
            assert_eq!(secrecy(name), Secrecy::None, "{name}");
        }
    }

    #[test]
    fn a_key_of_unknown_kind_is_judged_by_its_value() {
        for name in ["STRIPE_KEY", "GITHUB_PAT", "key"] {
            assert_eq!(secrecy(name), Secrecy::Perhaps, "{name}");
        }
        assert_eq!(secrecy("BASIC_AUTH"), Secrecy::Pair);
    }
}
