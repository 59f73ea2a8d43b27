//! No secret is shown where no provider's own rows search: in refused settings, in text that a stranger wrote, and in the
//! `Debug` output of the facade's types. The rows of each provider are in its own folder.

#![allow(clippy::unwrap_used, reason = "a value that is not there fails the test")]

mod foreign_text;

use otp_tests::leaks::{STEM, mark};

#[test]
fn no_refused_setting_shows_its_value() {
    let secret = mark("setting");
    let refused = [
        smscx_otp::Client::builder()
            .credential(smscx_otp::Credential::api_key(format!("{secret} ü")))
            .build()
            .err(),
        smscx_otp::Client::builder()
            .credential(smscx_otp::Credential::client_credentials("", secret.as_str(), None))
            .build()
            .err(),
        smscx_otp::Client::builder().base_url(format!("https://user:{secret}@localhost")).build().err(),
        smscx_otp::Client::builder().base_url(format!("https://localhost?key={secret}")).build().err(),
        smscx_otp::Client::builder().base_url(format!("http://{secret}.example.com")).build().err(),
        smscx_otp::Client::builder().base_url(secret.as_str()).build().err(),
    ];
    for error in refused {
        let error = error.unwrap();
        let text = format!("{error} {error:?} {error:#?}");
        assert!(!text.contains(STEM), "{text}");
    }
}
