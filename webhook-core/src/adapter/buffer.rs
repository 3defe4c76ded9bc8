use std::collections::VecDeque;
use std::mem;

use bytes::Bytes;

/// The body so far. One frame stays the bytes that came; several are copied, into one contiguous buffer in
/// the end.
#[derive(Debug)]
pub(super) enum Buffer {
    One(Bytes),
    /// The last one is being filled. Of a body that declared its length there is only one.
    Segments(VecDeque<Vec<u8>>),
    /// The body has ended and is put together.
    Joining {
        whole: Vec<u8>,
        rest: VecDeque<Vec<u8>>,
        copied: usize,
    },
}

/// The least that is reserved when nothing is known of the rest. Each further segment is a quarter of what
/// has come, so that all of them and the joined body are at most 2.25 times the body.
const FIRST: usize = 8 * 1024;

/// Reserved at first of a declared length, unless a sixteenth of it is more. The declaration is a
/// stranger's word, so memory is set aside only as bytes arrive; what was copied out of the first
/// buffer into the second is then a sixteenth of the body at most.
const FIRST_OF_DECLARED: usize = 32 * 1024;

impl Default for Buffer {
    fn default() -> Self {
        Self::One(Bytes::new())
    }
}

impl Buffer {
    /// Makes ready for a frame of `more` bytes behind what is there.
    pub(super) fn prepare(&mut self, more: usize, declared: Option<usize>) {
        if let Self::One(first) = self {
            let mut segment = Vec::new();
            reserve(&mut segment, first.len() + more, declared);
            segment.extend_from_slice(first);
            *self = Self::Segments(VecDeque::from([segment]));
        } else if let (Self::Segments(segments), Some(_)) = (&mut *self, declared)
            && let Some(only) = segments.back_mut()
        {
            reserve(only, only.len() + more, declared);
        }
    }

    /// Appends, where frames are copied.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        let Self::Segments(segments) = self else { return };
        let mut rest = bytes;
        if let Some(last) = segments.back_mut() {
            let room = last.capacity() - last.len();
            let (fits, over) = bytes.split_at(room.min(bytes.len()));
            last.extend_from_slice(fits);
            rest = over;
        }
        if !rest.is_empty() {
            let total: usize = segments.iter().map(Vec::len).sum();
            let mut segment = Vec::with_capacity(rest.len().max(total / 4).max(FIRST));
            segment.extend_from_slice(rest);
            segments.push_back(segment);
        }
    }

    /// Copies up to `budget` bytes into one buffer, which takes them off `budget`. Segments are freed as
    /// they are copied. `false` until all of them are.
    pub(super) fn join(&mut self, budget: &mut usize) -> bool {
        if let Self::Segments(segments) = self
            && segments.len() > 1
        {
            let whole = Vec::with_capacity(segments.iter().map(Vec::len).sum());
            *self = Self::Joining { whole, rest: mem::take(segments), copied: 0 };
        }
        let Self::Joining { whole, rest, copied } = self else { return true };
        while let Some(segment) = rest.front() {
            let left = segment.get(*copied..).unwrap_or_default();
            let piece = left.get(..*budget).unwrap_or(left);
            whole.extend_from_slice(piece);
            *budget -= piece.len();
            *copied += piece.len();
            if *copied < segment.len() {
                return false;
            }
            rest.pop_front();
            *copied = 0;
        }
        true
    }

    /// The body. What was not joined before is joined now.
    pub(super) fn into_bytes(mut self) -> Bytes {
        let mut all = usize::MAX;
        self.join(&mut all);
        match self {
            Self::One(bytes) => bytes,
            Self::Segments(mut segments) => segments.pop_back().unwrap_or_default().into(),
            Self::Joining { whole, .. } => whole.into(),
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
        _ => needed.max(FIRST),
    };
    buffer.reserve_exact(capacity - buffer.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills a buffer. Returns the capacity that it took in the end, and the most that it took at a time.
    fn capacities(len: usize, frame: usize, declared: Option<usize>) -> (usize, usize) {
        let mut buffer = Buffer::One(Bytes::from(vec![0; frame]));
        let mut sizes = vec![0];
        let mut peak = 0;
        for _ in 1..len / frame {
            buffer.prepare(frame, declared);
            buffer.extend(&vec![0; frame]);
            let Buffer::Segments(segments) = &buffer else { continue };
            let size = segments.iter().map(Vec::capacity).sum();
            // One segment that grew was copied: for a moment both are there.
            if segments.len() == 1 && sizes.last() != Some(&size) {
                peak = peak.max(size + sizes.last().unwrap());
                sizes.push(size);
            }
            peak = peak.max(size);
        }
        if let Buffer::Segments(segments) = &buffer
            && segments.len() > 1
        {
            peak += len;
        }
        let whole = buffer.into_bytes();
        assert_eq!(whole.len(), len / frame * frame);
        (whole.len(), peak)
    }

    #[test]
    fn a_declared_length_is_reserved_in_two_steps() {
        let len = 25 * 1024 * 1024;
        assert_eq!(capacities(len, 64 * 1024, Some(len)), (len, len + len / 16));
    }

    #[test]
    fn an_undeclared_length_costs_at_most_two_and_a_half_times_itself() {
        for (len, frame) in
            [(1024 * 1024, 1), (1024 * 1024, 64 * 1024), (100_000, 10), (900_000, 30_000)]
        {
            let (_, peak) = capacities(len, frame, None);
            assert!(peak <= len * 5 / 2 + 64 * 1024, "{len} in {frame}: {peak}");
        }
    }

    #[test]
    fn segments_are_joined_in_order_and_piece_by_piece() {
        let body: Vec<u8> = (0..251).cycle().take(100_000).collect();
        let mut buffer = Buffer::default();
        for frame in body.chunks(999) {
            buffer.prepare(frame.len(), None);
            buffer.extend(frame);
        }
        let mut pieces = 0;
        let mut budget = 10_000;
        while !buffer.join(&mut budget) {
            assert_eq!(budget, 0);
            budget = 10_000;
            pieces += 1;
        }
        assert_eq!(pieces, 9);
        assert_eq!(buffer.into_bytes(), body);
    }
}
