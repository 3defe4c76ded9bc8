/// A list that is never empty and stores one value inline, more in a `Vec`. Most requests carry one signature
/// and most endpoints have one secret, so usually nothing is allocated.
#[derive(Clone)]
pub(crate) struct Few<T> {
    first: T,
    rest: Vec<T>,
}

impl<T> Few<T> {
    pub(crate) const fn new(first: T) -> Self {
        Self { first, rest: Vec::new() }
    }

    pub(crate) fn push(&mut self, value: T) {
        self.rest.push(value);
    }

    /// Appends `more`, or returns `false` if one of its values is already in the list.
    pub(crate) fn append_distinct(&mut self, more: Self, is_same: impl Fn(&T, &T) -> bool) -> bool {
        let known = more.iter().any(|new| self.iter().any(|old| is_same(old, new)));
        if !known {
            self.rest.push(more.first);
            self.rest.extend(more.rest);
        }
        !known
    }

    pub(crate) const fn first(&self) -> &T {
        &self.first
    }

    pub(crate) const fn first_mut(&mut self) -> &mut T {
        &mut self.first
    }

    pub(crate) fn len(&self) -> usize {
        1 + self.rest.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        std::iter::once(&mut self.first).chain(&mut self.rest)
    }

    #[inline]
    pub(crate) fn map<U>(&self, mut f: impl FnMut(&T) -> U) -> Few<U> {
        let mut mapped = Few::new(f(&self.first));
        self.rest.iter().for_each(|value| mapped.push(f(value)));
        mapped
    }
}
