use bytes::Bytes;

/// The body so far. One frame stays the bytes that came; several go into one contiguous buffer.
#[derive(Debug)]
pub(super) enum Buffer {
    One(Bytes),
    Joined(Vec<u8>),
}

/// Reserved when a second frame comes and nothing is known of the rest.
const FIRST: usize = 8 * 1024;

/// Reserved at first of a declared length, unless a sixteenth of it is more. The declaration is a
/// stranger's word, so memory is set aside only as bytes arrive; what was copied out of the first
/// buffer into the second is then a sixteenth of the body at most.
const FIRST_OF_DECLARED: usize = 32 * 1024;

impl Buffer {
    /// Makes room for a frame of `more` bytes behind what is there.
    pub(super) fn join(&mut self, more: usize, declared: Option<usize>) {
        if let Self::One(first) = self {
            let mut joined = Vec::new();
            reserve(&mut joined, first.len() + more, declared);
            joined.extend_from_slice(first);
            *self = Self::Joined(joined);
        } else if let Self::Joined(joined) = self {
            reserve(joined, joined.len() + more, declared);
        }
    }

    /// Appends, where frames are joined.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        if let Self::Joined(joined) = self {
            joined.extend_from_slice(bytes);
        }
    }

    pub(super) fn into_bytes(self) -> Bytes {
        match self {
            Self::One(bytes) => bytes,
            Self::Joined(joined) => joined.into(),
        }
    }
}

fn reserve(buffer: &mut Vec<u8>, needed: usize, declared: Option<usize>) {
    if needed <= buffer.capacity() {
        return;
    }
    let capacity = match declared {
        Some(declared) if needed <= declared => {
            let first = (declared / 16).max(FIRST_OF_DECLARED).min(declared);
            let earned = needed.saturating_mul(16).max(FIRST_OF_DECLARED);
            if needed <= first { first.min(earned) } else { declared }
        }
        // Growing by a half keeps old and new together below 2.5 times what has come.
        _ => needed.max(buffer.capacity() / 2 * 3).max(FIRST),
    };
    buffer.reserve_exact(capacity - buffer.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capacity_after(len: usize, frame: usize, declared: Option<usize>) -> (usize, usize) {
        let mut buffer = Buffer::One(Bytes::from(vec![0; frame]));
        let mut sizes = Vec::new();
        for _ in 1..len / frame {
            buffer.join(frame, declared);
            buffer.extend(&vec![0; frame]);
            if let Buffer::Joined(joined) = &buffer {
                sizes.push(joined.capacity());
            }
        }
        sizes.dedup();
        let last = sizes.pop().unwrap();
        (last, last + sizes.pop().unwrap_or(0))
    }

    #[test]
    fn a_declared_length_is_reserved_in_two_steps() {
        let len = 25 * 1024 * 1024;
        assert_eq!(capacity_after(len, 64 * 1024, Some(len)), (len, len + len / 16));
    }

    #[test]
    fn an_undeclared_length_costs_at_most_two_and_a_half_times_itself() {
        for (len, frame) in [(1024 * 1024, 1), (1024 * 1024, 64 * 1024), (100_000, 10)] {
            let (_, peak) = capacity_after(len, frame, None);
            assert!(peak <= len * 5 / 2 + 64 * 1024, "{len} in {frame}: {peak}");
        }
    }

    #[test]
    fn more_than_declared_still_fits() {
        let (last, _) = capacity_after(100_000, 10_000, Some(50_000));
        assert!(last >= 100_000);
    }
}
