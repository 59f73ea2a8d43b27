//! Optional strings in setters.

use crate::secret::Secret;

/// Argument of a setter of an optional string: a string, borrowed or owned, or an `Option` of one.
///
/// ```
/// use otp_transport::IntoOptional;
///
/// fn language(text: impl IntoOptional<String>) -> Option<String> {
///     text.into_optional()
/// }
///
/// assert_eq!(language("de").as_deref(), Some("de"));
/// assert_eq!(language(&"de".to_owned()).as_deref(), Some("de"));
/// assert_eq!(language(Some("de".to_owned())).as_deref(), Some("de"));
/// assert_eq!(language(None::<&str>), None);
/// ```
pub trait IntoOptional<T> {
    /// The text, if there is one.
    fn into_optional(self) -> Option<T>;
}

/// Implements [`IntoOptional`] for a string type; generated code uses it for its own.
#[doc(hidden)]
#[macro_export]
macro_rules! into_optional {
    ($target:ty: $($text:ty),*) => {
        $(
            impl $crate::IntoOptional<$target> for $text {
                fn into_optional(self) -> Option<$target> {
                    Some(self.into())
                }
            }

            impl $crate::IntoOptional<$target> for Option<$text> {
                fn into_optional(self) -> Option<$target> {
                    self.map(Into::into)
                }
            }
        )*
    };
}

into_optional!(String: &str, &String, String);
into_optional!(Secret: &str, &String, String, Secret);
