//! Names of provider instances.

use otp_transport::ConfigError;

/// Refuses a name that would look different in the ids of its challenges, or leave none.
pub(crate) fn check_name(name: &str) -> Result<(), ConfigError> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
        return Err(ConfigError::new("name", "must be 1 to 64 lower-case letters, digits, or -_."));
    }
    Ok(())
}
