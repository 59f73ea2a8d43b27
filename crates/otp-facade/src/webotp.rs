//! WebOTP: the last line of a message, by which a browser offers the code to the right website only.

use otp_transport::ConfigError;

/// Where the code goes in a template, in SMSCX's notation.
const PLACEHOLDER: &str = "{{pin}}";

/// Builds a template that ends with the line of [WebOTP](https://wicg.github.io/sms-one-time-codes/): `@host #{{pin}}`.
///
/// Browsers and phones then fill in the code on that host, and on no other, which protects against phishing. `text` is
/// what the person reads, with `{{pin}}` in place of the code.
///
/// ```
/// use otp_facade::webotp_template;
///
/// let template = webotp_template("{{pin}} is your code for Example.", "login.example.com")?;
/// assert_eq!(template, "{{pin}} is your code for Example.\n\n@login.example.com #{{pin}}");
/// # Ok::<(), otp_facade::ConfigError>(())
/// ```
///
/// # Errors
///
/// If the text has no `{{pin}}`, or the host is not a plain host name: without scheme, port and path, in lower case.
pub fn webotp_template(text: &str, host: &str) -> Result<String, ConfigError> {
    if !text.contains(PLACEHOLDER) {
        return Err(ConfigError::new("template", format!("must contain the placeholder {PLACEHOLDER}")));
    }
    if !is_host_name(host) {
        let rule = "must be a host name in lower case, without scheme, port and path";
        return Err(ConfigError::new("webotp_host", rule));
    }
    Ok(format!("{}\n\n@{host} #{PLACEHOLDER}", text.trim_end()))
}

fn is_host_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(is_allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}
