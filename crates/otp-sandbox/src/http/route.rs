//! Finds the operation that a method and a path lead to.

use percent_encoding::percent_decode_str;

/// One operation of a service or of the controls.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// From the root of the server; each `{}` stands for one segment that is not empty.
    pub(crate) path: &'static str,
    pub(crate) operation: &'static str,
}

/// What a request is addressed to.
#[derive(Debug)]
pub(crate) enum Target {
    /// An operation, and the segments that the `{}` of its path stand for.
    Operation(&'static str, Segments),
    /// The path exists, but not with this method. Holds the methods that it has, as for `Allow`.
    OtherMethod(String),
    Unknown,
}

impl Target {
    pub(crate) fn find(routes: &[Route], method: &str, path: &str) -> Self {
        let mut allowed = Vec::new();
        for route in routes {
            if let Some(segments) = Segments::find(route.path, path) {
                if route.method == method {
                    return Self::Operation(route.operation, segments);
                }
                allowed.push(route.method);
            }
        }
        if allowed.is_empty() { Self::Unknown } else { Self::OtherMethod(allowed.join(", ")) }
    }

    pub(crate) const fn operation(&self) -> Option<&'static str> {
        match self {
            Self::Operation(name, _) => Some(name),
            Self::OtherMethod(_) | Self::Unknown => None,
        }
    }
}

/// The decoded segments that the `{}` of a route stand for, in the order of the path.
#[derive(Debug, PartialEq)]
pub(crate) struct Segments(Vec<String>);

impl Segments {
    /// `None` if the path does not match.
    fn find(pattern: &str, path: &str) -> Option<Self> {
        let mut found = Vec::new();
        let mut segments = path.split('/');
        for expected in pattern.split('/') {
            let segment = segments.next()?;
            if expected == "{}" && !segment.is_empty() {
                found.push(percent_decode_str(segment).decode_utf8_lossy().into_owned());
            } else if expected != segment {
                return None;
            }
        }
        segments.next().is_none().then_some(Self(found))
    }

    /// An empty string if the route has fewer.
    pub(crate) fn get(&self, index: usize) -> &str {
        self.0.get(index).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_matches_segment_by_segment_and_only_whole() {
        let cases: [(&str, &str, Option<&[&str]>); 11] = [
            ("/otp", "/otp", Some(&[])),
            ("/otp", "/otp/", None),
            ("/otp/{}", "/otp/7", Some(&["7"])),
            ("/otp/{}", "/otp/", None),
            ("/otp/{}", "/otp/a%2Fb%C3%A9", Some(&["a/bé"])),
            ("/otp/{}", "/otp/7/x", None),
            ("/otp/{}/x", "/otp/7/x", Some(&["7"])),
            ("/v2/", "/v2/", Some(&[])),
            ("/v2/", "/v2", None),
            ("/v2/{}/otp/{}", "/v2/a/otp/b%20c", Some(&["a", "b c"])),
            ("/v2/{}/otp/{}", "/v2//otp/b", None),
        ];
        for (pattern, path, expected) in cases {
            let expected = expected.map(|all| Segments(all.iter().map(|it| (*it).to_owned()).collect()));
            assert_eq!(Segments::find(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_segment_that_the_route_does_not_have_is_empty() {
        let segments = Segments(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!([0, 1, 2].map(|index| segments.get(index)), ["a", "b", ""]);
    }
}
