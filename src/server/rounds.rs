//! What a client carries from one round of a call to the next: sealed, bound to the call, and good once.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rmcp::model::{RequestStateCodec, RequestStateError, SealOptions};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::tool::Replies;

/// How long a person may take to answer a form.
pub(super) const PATIENCE: Duration = Duration::from_mins(15);

/// The most states of one caller that are remembered as used. Who needs more in [`PATIENCE`] has to wait.
const MOST: usize = 4096;

/// Seals states and remembers which were used.
///
/// Replicas that share the key open each other's states; which were used, each knows for itself.
pub(super) struct Rounds {
    codec: RequestStateCodec,
    used: Mutex<HashMap<Arc<str>, HashMap<Nonce, Instant>>>,
    /// Whether replies are taken that come before their question.
    pub(super) early: bool,
}

type Nonce = [u8; 16];

/// What is sealed between two rounds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    nonce: Nonce,
    /// The keys of the questions that this round asks. No other reply is taken.
    pub(super) asked: BTreeSet<String>,
    /// The replies of earlier rounds.
    pub(super) replies: Replies,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum BadState {
    #[error("it is not ours, not for this call, or too old: {0}")]
    Foreign(#[from] RequestStateError),
    #[error("it was used before")]
    Used,
    #[error("{MOST} rounds of this caller are remembered, the most that there may be")]
    TooMany,
}

impl Rounds {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let codec = RequestStateCodec::new(key.to_vec());
        Self { codec, used: Mutex::default(), early: false }
    }

    /// `binding` is all that makes one call the same as another, its caller included.
    pub(super) fn seal(
        &self,
        binding: &[u8],
        asked: BTreeSet<String>,
        replies: Replies,
    ) -> anyhow::Result<String> {
        // Without it two calls of the same moment would have one state, and the second would look used.
        let mut nonce = Nonce::default();
        getrandom::fill(&mut nonce)?;
        let options = SealOptions::new().associated_data(binding).ttl(PATIENCE);
        Ok(self.codec.seal_json_with(&State { nonce, asked, replies }, &options)?)
    }

    /// Opens a state for the first and only time.
    pub(super) fn open(
        &self,
        caller: &Arc<str>,
        binding: &[u8],
        sealed: &str,
    ) -> Result<State, BadState> {
        let state: State = self.codec.open_json_with(sealed, binding)?;
        self.use_up(caller, state.nonce)?;
        Ok(state)
    }

    fn use_up(&self, caller: &Arc<str>, nonce: Nonce) -> Result<(), BadState> {
        let now = Instant::now();
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let used = used.entry(Arc::clone(caller)).or_default();
        if used.len() >= MOST {
            used.retain(|_, forgotten| *forgotten > now);
        }
        if used.contains_key(&nonce) {
            return Err(BadState::Used);
        }
        // To forget one that can still be opened would be to accept it twice.
        if used.len() >= MOST {
            return Err(BadState::TooMany);
        }
        used.insert(nonce, now + PATIENCE);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(rounds: &Rounds) -> String {
        rounds.seal(b"call", BTreeSet::new(), Replies::default()).unwrap()
    }

    fn open(rounds: &Rounds, state: &str) -> Result<State, BadState> {
        rounds.open(&"ann".into(), b"call", state)
    }

    #[test]
    fn a_state_is_good_once_and_the_next_one_is_another() {
        let rounds = Rounds::new(&[7; 32]);
        let (first, second) = (sealed(&rounds), sealed(&rounds));
        assert!(open(&rounds, &first).is_ok());
        assert!(matches!(open(&rounds, &first), Err(BadState::Used)));
        assert!(open(&rounds, &second).is_ok());
    }

    #[test]
    fn a_state_is_good_for_its_own_call_and_under_its_own_key() {
        let rounds = Rounds::new(&[7; 32]);
        let state = sealed(&rounds);
        let other = rounds.open(&"ann".into(), b"another call", &state);
        assert!(matches!(other, Err(BadState::Foreign(_))));
        assert!(matches!(open(&Rounds::new(&[8; 32]), &state), Err(BadState::Foreign(_))));
        assert!(open(&Rounds::new(&[7; 32]), &state).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_with_too_many_rounds_waits_and_no_state_is_forgotten_too_early() {
        let rounds = Rounds::new(&[7; 32]);
        let first = sealed(&rounds);
        assert!(open(&rounds, &first).is_ok());
        while rounds.use_up(&"ann".into(), nonce()).is_ok() {}
        assert!(matches!(open(&rounds, &first), Err(BadState::Used)));
        assert!(matches!(open(&rounds, &sealed(&rounds)), Err(BadState::TooMany)));
        assert!(rounds.use_up(&"bob".into(), nonce()).is_ok());
        tokio::time::advance(PATIENCE).await;
        assert!(open(&rounds, &sealed(&rounds)).is_ok());
    }

    fn nonce() -> Nonce {
        let mut nonce = Nonce::default();
        getrandom::fill(&mut nonce).unwrap();
        nonce
    }
}
