//! Counts the steps over a document in tests, which hold that the work grows with its size and not with its square.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// One node was visited, or one reference followed.
#[inline]
pub(crate) fn step() {
    #[cfg(test)]
    STEPS.with(|steps| steps.set(steps.get() + 1));
}

/// How many steps a function takes.
#[cfg(test)]
pub(crate) fn count<T>(run: impl FnOnce() -> T) -> (usize, T) {
    let before = STEPS.with(std::cell::Cell::get);
    let result = run();
    (STEPS.with(std::cell::Cell::get) - before, result)
}
