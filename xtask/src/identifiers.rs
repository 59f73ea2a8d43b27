//! Names as the generator writes them in Rust.

use heck::{ToPascalCase, ToSnakeCase};

/// The name of a field, an argument or a function. Keywords, which the generator gives a final underscore, stay as they
/// are: two names that differ only in it are equal too.
pub(crate) fn snake(name: &str) -> String {
    identifier(name, |name| name.to_snake_case())
}

/// The name of a type or of a variant.
pub(crate) fn pascal(name: &str) -> String {
    identifier(name, |name| name.to_pascal_case())
}

fn identifier(name: &str, convert: impl Fn(&str) -> String) -> String {
    // Signs would vanish, and the two would be one name.
    match name {
        "+1" => return convert("plus1"),
        "-1" => return convert("minus1"),
        _ => {}
    }
    let words = name.replace('\'', "").replace(|c: char| !c.is_alphanumeric() && c != '_', "-");
    let converted = convert(&words);
    match converted.chars().next() {
        None => convert("x"),
        Some(first) if first.is_alphabetic() => converted,
        Some(_) => format!("_{converted}"),
    }
}
