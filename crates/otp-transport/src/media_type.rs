//! Media types (RFC 9110, section 8.3.1).

/// Whether a `Content-Type` is JSON: `application/json` or any type with the suffix `+json`, in any case and with any
/// parameters.
pub(crate) fn is_json(content_type: &str) -> bool {
    // Nearly always it is this and nothing else, which need not be taken apart.
    if content_type == "application/json" {
        return true;
    }
    let media_type = content_type.split(';').next().unwrap_or_default().trim_ascii();
    media_type.eq_ignore_ascii_case("application/json")
        || media_type.rsplit_once('+').is_some_and(|(_, suffix)| suffix.eq_ignore_ascii_case("json"))
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn case_and_parameters_do_not_matter() {
        let json = [
            "application/json",
            "Application/JSON",
            "APPLICATION/JSON ; Charset=utf-8",
            "application/problem+JSON",
        ];
        assert!(json.into_iter().all(is_json));
        let others = ["", "text/html", "application/jsonp", "json", "text/plain; application/json"];
        assert!(!others.into_iter().any(is_json));
    }
}
