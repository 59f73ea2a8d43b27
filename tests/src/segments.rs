//! Values for one segment of a path.

/// Values that fit into one path segment, and how each is written there: every character but the unreserved ones is
/// escaped.
pub const SEGMENTS: [(&str, &str); 12] = [
    ("AZaz09-._~", "AZaz09-._~"),
    ("two words", "two%20words"),
    ("a/b/../c", "a%2Fb%2F..%2Fc"),
    ("a\\b", "a%5Cb"),
    ("50%", "50%25"),
    ("%2F", "%252F"),
    ("a+b", "a%2Bb"),
    ("a?b=c&d", "a%3Fb%3Dc%26d"),
    ("a#b", "a%23b"),
    ("ø€🦉", "%C3%B8%E2%82%AC%F0%9F%A6%89"),
    ("...", "..."),
    ("%2e%2e", "%252e%252e"),
];

/// Values that would reach another route, and the rule that each breaks.
pub const UNFIT_SEGMENTS: [(&str, &str); 3] =
    [("", "must not be empty"), (".", "must not be `.` or `..`"), ("..", "must not be `.` or `..`")];
