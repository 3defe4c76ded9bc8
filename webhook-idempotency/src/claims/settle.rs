use crate::keys::Keys;
use crate::store::{ClaimStore, StoreError, Token};

/// How a claim ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Settle {
    Commit,
    Release,
}

impl Settle {
    pub(super) async fn settle(
        self,
        store: &dyn ClaimStore,
        keys: &Keys,
        token: Token,
    ) -> Result<(), StoreError> {
        match self {
            Self::Commit => {
                if !store.commit(keys, token).await? {
                    tracing::warn!(
                        "handled twice: another attempt claimed the delivery before the commit"
                    );
                }
                Ok(())
            }
            Self::Release => store.release(keys, token).await,
        }
    }
}
