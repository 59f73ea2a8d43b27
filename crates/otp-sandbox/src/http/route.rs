//! Finds the operation that a method and a path lead to.

use percent_encoding::percent_decode_str;

/// One operation of a service or of the controls.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// From the root of the server; `{}` stands for one segment that is not empty.
    pub(crate) path: &'static str,
    pub(crate) operation: &'static str,
}

/// What a request is addressed to.
#[derive(Debug)]
pub(crate) enum Target {
    /// An operation, and the decoded segment that `{}` stands for.
    Operation(&'static str, String),
    /// The path exists, but not with this method. Holds the methods that it has, as for `Allow`.
    OtherMethod(String),
    Unknown,
}

impl Target {
    pub(crate) fn find(routes: &[Route], method: &str, path: &str) -> Self {
        let mut allowed = Vec::new();
        for route in routes {
            if let Some(id) = matches(route.path, path) {
                if route.method == method {
                    return Self::Operation(route.operation, id);
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

/// The decoded segment at `{}`, or an empty string if the pattern has none; `None` if the path does not match.
fn matches(pattern: &str, path: &str) -> Option<String> {
    let mut id = String::new();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        if expected == "{}" && !segment.is_empty() {
            id = percent_decode_str(segment).decode_utf8_lossy().into_owned();
        } else if expected != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_matches_segment_by_segment_and_only_whole() {
        for (pattern, path, id) in [
            ("/otp", "/otp", Some("")),
            ("/otp", "/otp/", None),
            ("/otp/{}", "/otp/7", Some("7")),
            ("/otp/{}", "/otp/", None),
            ("/otp/{}", "/otp/a%2Fb%C3%A9", Some("a/bé")),
            ("/otp/{}", "/otp/7/x", None),
            ("/otp/{}/x", "/otp/7/x", Some("7")),
            ("/v2/", "/v2/", Some("")),
            ("/v2/", "/v2", None),
        ] {
            assert_eq!(matches(pattern, path).as_deref(), id, "{pattern} {path}");
        }
    }
}
