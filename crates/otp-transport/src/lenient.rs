//! Decoding of responses that differ from the documented form.
//!
//! When a response is read, the message has been sent and the attempt is used, so one odd field must not lose the rest.
//! The documented form is decoded first, in one pass. Only when that fails is the body read as a tree and repaired, one
//! kind of fault at a time: a number that should be a string, a string that is a number, and what cannot be read at all
//! is left out.

use std::collections::HashMap;
use std::mem::discriminant;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::json_tree;

/// How many kinds of faults are repaired. Each costs one more pass over the body.
const MAX_REPAIRS: usize = 64;

/// How often a field is read as another type before it is left out: `"1.0"` as 1, then as "1".
const MAX_COERCIONS: usize = 2;

/// The error text of a field that is never repaired.
const EXACT: &str = "must be exactly of the documented form";

/// Reads a field by which a code counts as accepted. It is never coerced, and its fault is that of the whole response.
#[doc(hidden)]
pub fn exact<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize(deserializer).map_err(|_| D::Error::custom(EXACT))
}

/// Decodes JSON, leniently where the documented form does not fit. The error is that of the documented form.
#[doc(hidden)]
pub fn decode<T: DeserializeOwned>(operation: &'static str, body: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(body).or_else(|fault| repair(operation, body).ok_or(fault))
}

fn repair<T: DeserializeOwned>(operation: &'static str, body: &[u8]) -> Option<T> {
    // A Latin-1 letter in a name must not lose the id beside it.
    let mut tree = json_tree::parse(&String::from_utf8_lossy(body))?;
    let mut faults: HashMap<String, usize> = HashMap::new();
    for _ in 0..MAX_REPAIRS {
        let error = match serde_path_to_error::deserialize(&tree) {
            Ok(value) => {
                for field in faults.keys() {
                    tracing::event!(
                        name: "otp.lenient_response", tracing::Level::WARN, event = "otp.lenient_response",
                        operation, field, "a response field is not of the documented form"
                    );
                }
                return Some(value);
            }
            Err(error) => error,
        };
        if error.inner().to_string().contains(EXACT) {
            return None;
        }
        let path = steps(error.path());
        let fault = path.iter().try_fold(&tree, |node, step| step.of(node))?.clone();
        // Items of a list that are no objects have the same fault together; an object lacks something of its own.
        let everywhere = !fault.is_object();
        let count = faults.entry(field(&path, everywhere)).or_default();
        *count += 1;
        let (last, parents) = path.split_last()?;
        let is_coerced = *count <= MAX_COERCIONS && coerced(&fault).is_some();
        each_parent(&mut tree, parents, everywhere, &mut |parent| match is_coerced {
            true => coerce(parent, last, &fault),
            false => remove(parent, last, &fault),
        });
    }
    None
}

/// One step from a node of the tree to one below.
enum Step {
    Key(String),
    Index(usize),
}

impl Step {
    fn of<'a>(&self, node: &'a Value) -> Option<&'a Value> {
        match self {
            Self::Key(key) => node.get(key),
            Self::Index(index) => node.get(index),
        }
    }

    fn of_mut<'a>(&self, node: &'a mut Value) -> Option<&'a mut Value> {
        match self {
            Self::Key(key) => node.get_mut(key),
            Self::Index(index) => node.get_mut(index),
        }
    }
}

/// The way to the fault, as far as it leads through the tree.
fn steps(path: &Path) -> Vec<Step> {
    let step = |segment: &Segment| match segment {
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Enum { .. } | Segment::Unknown => None,
    };
    path.iter().map_while(step).collect()
}

/// The name of a field, for the log and to count its faults. Keys that are no plain names may be data.
fn field(path: &[Step], everywhere: bool) -> String {
    let is_name = |key: &str| key.len() <= 64 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let name = |step: &Step| match step {
        Step::Key(key) if is_name(key) => key.clone(),
        Step::Key(_) => "*".to_owned(),
        Step::Index(_) if everywhere => "[]".to_owned(),
        Step::Index(index) => index.to_string(),
    };
    path.iter().map(name).collect::<Vec<_>>().join(".")
}

/// Visits what the steps lead to; in every item of a list, not only in that of the fault, if it is `everywhere`.
fn each_parent(node: &mut Value, steps: &[Step], everywhere: bool, visit: &mut dyn FnMut(&mut Value)) {
    match (steps.split_first(), node) {
        (None, node) => visit(node),
        (Some((Step::Index(_), rest)), Value::Array(items)) if everywhere => {
            items.iter_mut().for_each(|item| each_parent(item, rest, everywhere, visit));
        }
        (Some((step, rest)), node) => {
            if let Some(node) = step.of_mut(node) {
                each_parent(node, rest, everywhere, visit);
            }
        }
    }
}

fn coerce(parent: &mut Value, last: &Step, fault: &Value) {
    // The path names one fault. Others of the same type beside it are repaired in the same pass.
    let change = |node: &mut Value| {
        if discriminant(node) == discriminant(fault)
            && let Some(value) = coerced(node)
        {
            *node = value;
        }
    };
    match (parent, last) {
        (Value::Array(items), _) => items.iter_mut().for_each(change),
        (parent, last) => last.of_mut(parent).into_iter().for_each(change),
    }
}

fn remove(parent: &mut Value, last: &Step, fault: &Value) {
    match (parent, last) {
        (Value::Array(items), Step::Index(index)) if fault.is_object() => drop(items.remove(*index)),
        (Value::Array(items), _) => items.retain(|item| discriminant(item) != discriminant(fault)),
        (Value::Object(members), Step::Key(key)) => drop(members.remove(key)),
        _ => {}
    }
}

/// A number as what else it may be meant to be, and a string as the number that it is.
fn coerced(value: &Value) -> Option<Value> {
    match value {
        // A fraction is no id and no word.
        Value::Number(number) if number.is_f64() => number.as_f64().and_then(integer).map(Value::from),
        Value::Number(number) => Some(number.to_string().into()),
        Value::String(text) => {
            let text = text.trim();
            let number = text.parse::<i64>().ok().map(Value::from);
            number.or_else(|| {
                let number = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
                Some(integer(number).map_or_else(|| number.into(), Value::from))
            })
        }
        value => json_tree::digits(value).map(Value::from),
    }
}

/// The integer that a floating-point number is, where it is exact.
fn integer(number: f64) -> Option<i64> {
    const EXACT_TO: f64 = 9_007_199_254_740_992.0;
    let is_integer = number.trunc() == number && number.abs() <= EXACT_TO;
    #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
    is_integer.then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::decode;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Response {
        id: String,
        cost: Option<f64>,
        parts: Option<i64>,
        label: Option<String>,
        inner: Option<Inner>,
        items: Option<Vec<Inner>>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Inner {
        word: String,
        count: Option<i64>,
    }

    fn read(body: &str) -> Option<Response> {
        decode("test", body.as_bytes()).ok()
    }

    #[test]
    fn what_is_not_essential_is_read_or_left_out() {
        let cases = [
            (r#"{"id":"a","cost":"0.0750"}"#, r#"{"id":"a","cost":0.075}"#),
            (r#"{"id":"a","parts":1.0}"#, r#"{"id":"a","parts":1}"#),
            (r#"{"id":"a","parts":"1.0"}"#, r#"{"id":"a","parts":1}"#),
            (r#"{"id":"a","parts":" 180 "}"#, r#"{"id":"a","parts":180}"#),
            (r#"{"id":"a","parts":1.5}"#, r#"{"id":"a"}"#),
            (r#"{"id":"a","parts":true}"#, r#"{"id":"a"}"#),
            (r#"{"id":"a","parts":{}}"#, r#"{"id":"a"}"#),
            (r#"{"id":"a","parts":99999999999999999999}"#, r#"{"id":"a"}"#),
            (r#"{"id":"a","cost":1e999}"#, r#"{"id":"a"}"#),
            (r#"{"id":"a","label":3}"#, r#"{"id":"a","label":"3"}"#),
            (r#"{"id":"a","label":3.0}"#, r#"{"id":"a","label":"3"}"#),
            (r#"{"id":"a","label":0.5}"#, r#"{"id":"a"}"#),
            (r#"{"id":"a","label":["x"]}"#, r#"{"id":"a"}"#),
            (r#"{"id":"a","label":"\ud83d"}"#, r#"{"id":"a"}"#),
            (r#"{"id":"a","inner":{"count":1}}"#, r#"{"id":"a"}"#),
            (r#"{"id":"a","inner":"word"}"#, r#"{"id":"a"}"#),
            (r#"{"id":"a","inner":{"word":4,"count":"5"}}"#, r#"{"id":"a","inner":{"word":"4","count":5}}"#),
            (
                r#"{"id":"a","items":[{"word":"b"},{},null,{"word":1},7]}"#,
                r#"{"id":"a","items":[{"word":"b"},{"word":"1"}]}"#,
            ),
            (r#"{"id":"a","items":{"word":"b"}}"#, r#"{"id":"a"}"#),
            (r#"{"id":4711,"cost":[]}"#, r#"{"id":"4711"}"#),
            (r#"{"id":18446744073709551615}"#, r#"{"id":"18446744073709551615"}"#),
            (r#"{"id":123456789012345678901234567890}"#, r#"{"id":"123456789012345678901234567890"}"#),
            (r#"{"id":"a","cost":1,"cost":2}"#, r#"{"id":"a"}"#),
            (r#"{"id":"a","id":"a"}"#, r#"{"id":"a"}"#),
        ];
        for (body, documented) in cases {
            let documented = read(documented);
            assert!(documented.is_some());
            assert_eq!(read(body), documented, "{body}");
        }
    }

    #[test]
    fn what_makes_an_acceptance_is_never_coerced() {
        #[derive(Debug, Deserialize)]
        struct Accepted {
            #[serde(deserialize_with = "super::exact")]
            word: String,
            #[serde(default, deserialize_with = "super::exact")]
            id: Option<String>,
            cost: Option<f64>,
        }

        let read = |body: &str| decode::<Accepted>("test", body.as_bytes()).ok();
        let accepted = read(r#"{"word":"yes","id":null,"cost":"1"}"#).expect("only the cost is odd");
        assert_eq!((accepted.word.as_str(), accepted.id, accepted.cost), ("yes", None, Some(1.0)));
        let others = [
            r#"{"word":1}"#,
            r#"{"word":true}"#,
            r#"{"word":["yes"]}"#,
            r#"{"word":18446744073709551615}"#,
            r#"{"word":123456789012345678901234567890}"#,
            r#"{"word":"yes","word":"no"}"#,
            r#"{"word":"yes","id":7}"#,
            r#"{"word":"yes","id":7,"cost":"1"}"#,
            r#"{"word":"yes","id":"a","id":null}"#,
            r#"{"word":"yes","id":"\ud83d"}"#,
            r#"{"word":"yes","id":1e999}"#,
        ];
        for body in others {
            assert!(read(body).is_none(), "{body}");
        }
    }

    #[test]
    fn an_id_that_is_not_there_or_not_one_is_not_made_up() {
        let bodies = [
            "{}",
            r#"{"id":null}"#,
            r#"{"id":true}"#,
            r#"{"id":["a"]}"#,
            r#"{"id":{"id":"a"}}"#,
            r#"{"id":0.5}"#,
            r#"{"id":"a","id":"b"}"#,
            r#"[{"id":"a"}]"#,
            "null",
            r#"{"id":"a""#,
            "",
        ];
        for body in bodies {
            assert_eq!(read(body), None, "{body}");
        }
    }

    #[test]
    fn a_list_of_many_odd_items_is_repaired_in_few_passes() {
        let items = vec![r#"{"word":1,"count":"2"}"#; 5_000].join(",");
        let response = read(&format!(r#"{{"id":"a","items":[{items}]}}"#)).expect("readable");
        let items = response.items.expect("the list");
        assert_eq!((items.len(), &items[4_999]), (5_000, &Inner { word: "1".into(), count: Some(2) }));
    }

    #[test]
    fn a_body_of_nothing_but_brackets_is_refused() {
        assert!(read(&"[".repeat(1_000_000)).is_none());
        assert!(read(&format!(r#"{{"id":"a","label":{}1{}}}"#, "[".repeat(400), "]".repeat(400))).is_some());
    }
}
