use std::collections::VecDeque;
use std::mem;

use bytes::Bytes;

/// The bytes of a body so far. A single frame is kept as it is. Several frames are copied, and end up in one
/// contiguous buffer.
#[derive(Debug)]
pub(super) enum Buffer {
    One(Bytes),
    /// The last segment is being filled. A body with a declared length has only one segment.
    Segments(VecDeque<Vec<u8>>),
    /// The body has ended and its segments are being joined.
    Joining {
        whole: Vec<u8>,
        rest: VecDeque<Vec<u8>>,
        copied: usize,
    },
}

/// The minimum to reserve for a body of unknown length. Each further segment is a quarter of the bytes so
/// far, so that all segments and the joined body are at most 2.25 times the body.
const FIRST: usize = 8 * 1024;

/// The initial reservation for a declared length, unless a sixteenth of that length is more.
///
/// A stranger can declare any length, so memory is reserved only as bytes arrive. Growing from the first
/// buffer to the second then copies at most a sixteenth of the body.
const FIRST_OF_DECLARED: usize = 32 * 1024;

impl Default for Buffer {
    fn default() -> Self {
        Self::One(Bytes::new())
    }
}

impl Buffer {
    /// Prepares for a frame of `more` bytes.
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

    /// Appends bytes to a buffer that copies its frames.
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

    /// Copies up to `budget` bytes into one buffer, and subtracts them from `budget`. Each segment is freed
    /// once it is copied. Returns `false` until all of them are.
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

    /// Returns the body. Segments that are not joined yet are joined now.
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

    /// Fills a buffer. Returns its final capacity, and its peak capacity.
    fn capacities(len: usize, frame: usize, declared: Option<usize>) -> (usize, usize) {
        let mut buffer = Buffer::One(Bytes::from(vec![0; frame]));
        let mut sizes = vec![0];
        let mut peak = 0;
        for _ in 1..len / frame {
            buffer.prepare(frame, declared);
            buffer.extend(&vec![0; frame]);
            let Buffer::Segments(segments) = &buffer else { continue };
            let size = segments.iter().map(Vec::capacity).sum();
            // A segment that grew was copied, so both allocations exist for a moment.
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
    fn a_body_of_undeclared_length_needs_at_most_2_5_times_its_size() {
        for (len, frame) in
            [(1024 * 1024, 1), (1024 * 1024, 64 * 1024), (100_000, 10), (900_000, 30_000)]
        {
            let (_, peak) = capacities(len, frame, None);
            assert!(peak <= len * 5 / 2 + 64 * 1024, "{len} in {frame}: {peak}");
        }
    }

    #[test]
    fn segments_are_joined_in_order_in_slices() {
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
