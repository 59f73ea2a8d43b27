//! Bodies of the media type `application/x-www-form-urlencoded`.

use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;

use crate::parameter::InvalidParameter;

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// How generated code sets a form as the body of a request.
#[doc(hidden)]
pub trait RequestBuilderExt: Sized {
    /// Each property becomes a pair of name and value, a list one pair for each item, and an absent property none.
    fn form_urlencoded<T: Serialize + ?Sized>(self, body: &T) -> Result<Self, InvalidParameter>;
}

impl RequestBuilderExt for RequestBuilder {
    fn form_urlencoded<T: Serialize + ?Sized>(self, body: &T) -> Result<Self, InvalidParameter> {
        // The error may quote the value.
        let body = serde_html_form::to_string(body).map_err(|_| InvalidParameter {
            name: "body",
            rule: "must hold no object and no list of lists",
        })?;
        Ok(self.header(CONTENT_TYPE, FORM).body(body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body {
        to: &'static str,
        code: Secret,
        #[serde(skip_serializing_if = "Option::is_none")]
        locale: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        tags: Option<Vec<&'static str>>,
        is_test: bool,
        ttl: u32,
    }

    fn post() -> RequestBuilder {
        let client = crate::Transport::new().unwrap().client(true).unwrap();
        client.post("http://127.0.0.1/")
    }

    #[test]
    fn a_form_escapes_values_repeats_lists_and_leaves_out_what_is_absent() {
        let body = Body {
            to: "+49 170&x=ü",
            code: Secret::from("12=34"),
            locale: None,
            tags: Some(vec!["a", "b c"]),
            is_test: true,
            ttl: 60,
        };
        let request = post().form_urlencoded(&body).unwrap().build().unwrap();
        assert_eq!(request.headers()[CONTENT_TYPE], "application/x-www-form-urlencoded");
        let text = request.body().and_then(reqwest::Body::as_bytes).unwrap();
        let expected = "To=%2B49+170%26x%3D%C3%BC&Code=12%3D34&Tags=a&Tags=b+c&IsTest=true&Ttl=60";
        assert_eq!(std::str::from_utf8(text).unwrap(), expected);
    }

    #[test]
    fn what_a_form_cannot_hold_is_refused_without_its_value() {
        let nested = serde_json::json!({ "outer": { "pin": "482913" } });
        let error = post().form_urlencoded(&nested).err().unwrap().to_string();
        assert_eq!(error, "body must hold no object and no list of lists");
    }
}
