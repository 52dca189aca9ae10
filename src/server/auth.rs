//! Who may call over HTTP: static bearer tokens, each in a file of its own.

use std::{io, path::PathBuf, sync::Arc};

use arc_swap::ArcSwap;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;

use crate::tool::Caller;

/// The tokens that open the door. Cheap to clone; what is changed is changed for all clones.
#[derive(Clone)]
pub struct Tokens(Arc<ArcSwap<List>>);

/// Where a caller's token comes from.
#[derive(Clone)]
pub enum TokenSource {
    /// A file that holds nothing else.
    File(PathBuf),
    Value(SecretString),
}

type Sources = Vec<(String, TokenSource)>;

struct List {
    sources: Sources,
    passes: Vec<Pass>,
    /// What callers without a token get, where none was ever asked for one.
    anonymous: Option<Pass>,
}

/// The right to come in, as long as it holds. Two are the same when they were given for the same token.
#[derive(Clone)]
pub(super) struct Pass(Arc<Right>);

struct Right {
    caller: Caller,
    /// All that is kept of the token.
    digest: Option<Digest>,
    revoked: CancellationToken,
}

type Digest = [u8; 32];

#[derive(Debug, thiserror::Error)]
pub enum BadToken {
    #[error("the token file {path} of {name} cannot be read: {reason}", path = .path.display())]
    Unreadable { name: String, path: PathBuf, reason: io::Error },
    #[error("the token of {name} is empty")]
    Empty { name: String },
    #[error("{first} and {second} have the same token")]
    Shared { first: String, second: String },
}

impl Tokens {
    /// `sources` are pairs of the caller's name and where the caller's token comes from.
    pub fn read(sources: Sources) -> Result<Self, BadToken> {
        Ok(Self(Arc::new(ArcSwap::from_pointee(List::read_strictly(sources, None)?))))
    }

    /// Reads the files again.
    ///
    /// A token whose file is empty or gone holds no longer: that is how one is taken away. One whose file cannot be read for
    /// another reason stays. Either is told of, the first if there are several.
    pub fn reload(&self) -> Result<(), BadToken> {
        let before = self.0.load_full();
        let (list, problems) = List::read(before.sources.clone(), Some(&before));
        self.put(list, &before);
        problems.into_iter().next().map_or(Ok(()), Err)
    }

    /// Puts other tokens in place. What came in with a token that is no longer there ends.
    ///
    /// If one is bad, the tokens stay as they were. A door that was closed stays closed: without any token left, nobody gets in.
    pub fn replace(&self, sources: Sources) -> Result<(), BadToken> {
        let before = self.0.load_full();
        self.put(List::read_strictly(sources, Some(&before))?, &before);
        Ok(())
    }

    fn put(&self, list: List, before: &List) {
        let list = Arc::new(list);
        self.0.store(Arc::clone(&list));
        let gone = before.all().filter(|old| !list.all().any(|it| it.is(old)));
        gone.for_each(|it| it.0.revoked.cancel());
    }

    pub fn files(&self) -> Vec<PathBuf> {
        token_files(&self.0.load().sources)
    }

    pub fn is_empty(&self) -> bool {
        self.0.load().sources.is_empty()
    }

    /// Whether callers get in without a token.
    pub fn is_open(&self) -> bool {
        self.0.load().anonymous.is_some()
    }

    pub(super) fn anonymous(&self) -> Option<Pass> {
        self.0.load().anonymous.clone()
    }

    /// Compares with every token and takes the same time whichever fits.
    pub(super) fn pass(&self, token: &str) -> Option<Pass> {
        let digest = digest(token);
        let list = self.0.load();
        let mut found = None;
        for pass in &list.passes {
            if pass.opens_with(&digest) {
                found = Some(pass.clone());
            }
        }
        found
    }
}

/// The files among the places of tokens.
pub fn token_files(sources: &[(String, TokenSource)]) -> Vec<PathBuf> {
    let files = sources.iter().filter_map(|(_, source)| match source {
        TokenSource::File(path) => Some(path.clone()),
        TokenSource::Value(_) => None,
    });
    files.collect()
}

impl List {
    fn read_strictly(sources: Sources, before: Option<&Self>) -> Result<Self, BadToken> {
        let (list, problems) = Self::read(sources, before);
        problems.into_iter().next().map_or(Ok(list), Err)
    }

    /// Reads what can be read, and tells what cannot.
    fn read(sources: Sources, before: Option<&Self>) -> (Self, Vec<BadToken>) {
        let (mut passes, mut problems) = (Vec::new(), Vec::new());
        for (name, source) in &sources {
            match digest_of(name, source) {
                Ok(digest) => match twin(&passes, name, &digest) {
                    Some(shared) => problems.push(shared),
                    None => passes.push(Self::known(before, name, digest)),
                },
                Err(problem) => {
                    let stays = before.filter(|_| !problem.is_removal());
                    passes.extend(stays.and_then(|it| it.held_by(name)).cloned());
                    problems.push(problem);
                }
            }
        }
        let open = sources.is_empty() && before.is_none_or(|it| it.anonymous.is_some());
        let anonymous = open.then(|| {
            let known = before.and_then(|it| it.anonymous.clone());
            known.unwrap_or_else(|| Pass::new("anonymous", None))
        });
        (Self { sources, passes, anonymous }, problems)
    }

    /// The pass that this holder has for this token already, or a new one.
    fn known(before: Option<&Self>, name: &str, digest: Digest) -> Pass {
        let held = before.and_then(|it| it.held_by(name)).filter(|it| it.opens_with(&digest));
        held.cloned().unwrap_or_else(|| Pass::new(name, Some(digest)))
    }

    fn held_by(&self, name: &str) -> Option<&Pass> {
        self.passes.iter().find(|it| &*it.caller().name == name)
    }

    fn all(&self) -> impl Iterator<Item = &Pass> {
        self.passes.iter().chain(&self.anonymous)
    }
}

/// Another holder of the same token.
fn twin(passes: &[Pass], name: &str, digest: &Digest) -> Option<BadToken> {
    let twin = passes.iter().find(|it| it.opens_with(digest))?;
    Some(BadToken::Shared { first: twin.caller().name.to_string(), second: name.to_owned() })
}

impl BadToken {
    /// Whether somebody has taken the token away.
    fn is_removal(&self) -> bool {
        match self {
            Self::Unreadable { reason, .. } => reason.kind() == io::ErrorKind::NotFound,
            Self::Empty { .. } | Self::Shared { .. } => true,
        }
    }
}

impl Pass {
    fn new(name: &str, digest: Option<Digest>) -> Self {
        let caller = Caller::named(name);
        Self(Arc::new(Right { caller, digest, revoked: CancellationToken::new() }))
    }

    fn opens_with(&self, digest: &Digest) -> bool {
        self.0.digest.is_some_and(|it| it.ct_eq(digest).into())
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.0.caller
    }

    /// Cancelled when the token no longer holds.
    pub(super) fn revoked(&self) -> &CancellationToken {
        &self.0.revoked
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

fn digest_of(name: &str, source: &TokenSource) -> Result<Digest, BadToken> {
    let token = token(name, source)?;
    let token = token.expose_secret().trim();
    if token.is_empty() {
        return Err(BadToken::Empty { name: name.to_owned() });
    }
    Ok(digest(token))
}

fn token(name: &str, source: &TokenSource) -> Result<SecretString, BadToken> {
    let path = match source {
        TokenSource::Value(value) => return Ok(value.clone()),
        TokenSource::File(path) => path,
    };
    let text = std::fs::read_to_string(path).map_err(|reason| BadToken::Unreadable {
        name: name.to_owned(),
        path: path.clone(),
        reason,
    })?;
    Ok(text.into())
}

fn digest(token: &str) -> Digest {
    Sha256::digest(token.as_bytes()).into()
}
