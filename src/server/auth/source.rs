use std::{io, path::PathBuf};

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

/// All that is kept of a token.
pub(super) type Digest = [u8; 32];

/// Who calls with a token, and where the token comes from.
#[derive(Clone)]
pub struct Holder {
    pub name: String,
    /// The groups that the operator says they are in.
    pub groups: Vec<String>,
    pub source: TokenSource,
}

/// Where a caller's token comes from.
#[derive(Clone)]
pub enum TokenSource {
    /// A file that holds nothing else.
    File(PathBuf),
    Value(SecretString),
}

impl TokenSource {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => one == other,
            (Self::Value(one), Self::Value(other)) => {
                one.expose_secret().as_bytes().ct_eq(other.expose_secret().as_bytes()).into()
            }
            _ => false,
        }
    }

    /// `name` is the holder's, for errors.
    pub(super) fn digest(&self, name: &str) -> Result<Digest, BadToken> {
        let token = self.token(name)?;
        let token = token.expose_secret().trim();
        if token.is_empty() {
            return Err(BadToken::Empty { name: name.to_owned() });
        }
        Ok(digest(token))
    }

    fn token(&self, name: &str) -> Result<SecretString, BadToken> {
        let path = match self {
            Self::Value(value) => return Ok(value.clone()),
            Self::File(path) => path,
        };
        let text = std::fs::read_to_string(path).map_err(|reason| BadToken::Unreadable {
            name: name.to_owned(),
            path: path.clone(),
            reason,
        })?;
        Ok(text.into())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum BadToken {
    #[error("the token file {path} of {name} cannot be read: {reason}", path = .path.display())]
    Unreadable { name: String, path: PathBuf, reason: io::Error },
    #[error("the token of {name} is empty")]
    Empty { name: String },
    #[error("{first} and {second} have the same token")]
    Shared { first: String, second: String },
}

impl BadToken {
    /// Whether somebody has taken the token away.
    pub(super) fn is_removal(&self) -> bool {
        match self {
            Self::Unreadable { reason, .. } => reason.kind() == io::ErrorKind::NotFound,
            Self::Empty { .. } | Self::Shared { .. } => true,
        }
    }

    pub(super) fn holders(&self) -> Vec<&str> {
        match self {
            Self::Unreadable { name, .. } | Self::Empty { name } => vec![name],
            Self::Shared { first, second } => vec![first, second],
        }
    }
}

/// The files among the places of tokens.
pub fn token_files(holders: &[Holder]) -> Vec<PathBuf> {
    let files = holders.iter().filter_map(|it| match &it.source {
        TokenSource::File(path) => Some(path.clone()),
        TokenSource::Value(_) => None,
    });
    files.collect()
}

pub(super) fn digest(token: &str) -> Digest {
    Sha256::digest(token.as_bytes()).into()
}
