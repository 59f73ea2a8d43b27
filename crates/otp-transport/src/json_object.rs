//! Types that are read from JSON objects and from nothing else.

/// Completes a struct that derives `Serialize` and `Deserialize` with `#[serde(remote = "Self")]`.
///
/// A derived `Deserialize` takes a list for a struct, its fields by position: `["VERIFIED"]` would be an acceptance.
#[doc(hidden)]
#[macro_export]
macro_rules! json_object {
    ($name:ident) => {
        const _: () = {
            use $crate::serde::de::value::MapAccessDeserializer;
            use $crate::serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
            use $crate::serde::ser::{Serialize, Serializer};

            struct Object;

            impl<'de> Visitor<'de> for Object {
                type Value = $name;

                fn expecting(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    formatter.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(self, object: A) -> ::std::result::Result<$name, A::Error> {
                    <$name>::deserialize(MapAccessDeserializer::new(object))
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(
                    deserializer: D,
                ) -> ::std::result::Result<Self, D::Error> {
                    deserializer.deserialize_map(Object)
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                    <$name>::serialize(self, serializer)
                }
            }
        };
    };
}
