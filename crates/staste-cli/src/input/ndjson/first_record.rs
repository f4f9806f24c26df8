//! `first_record_columns`: the columns of the first JSON object of a file.

use serde_json::Value;

/// Returns the columns of the first line with their dotted names, in the order of the alphabet. Lists have their first
/// element only.
pub(in super::super) fn first_record_columns(head: &[u8]) -> Vec<String> {
    let line = head.trim_ascii_start().split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut columns = Vec::new();
    if let Ok(record @ Value::Object(_)) = serde_json::from_slice(line) {
        add_columns(&record, "", &mut columns);
    }
    columns
}

fn add_columns(value: &Value, column: &str, columns: &mut Vec<String>) {
    let mut add_inner = |key: &str, value: &Value| {
        let inner = if column.is_empty() { key.to_owned() } else { format!("{column}.{key}") };
        add_columns(value, &inner, columns);
    };
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| add_inner(key, value)),
        Value::Array(list) => list.iter().take(1).for_each(|value| add_inner("0", value)),
        _ => columns.push(column.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_the_first_record_have_dotted_names() {
        let head = b"\n{\"b\":{\"x\":[\"1\",\"2\"],\"y\":null},\"a\":1}\n{\"c\":1}\n";
        assert_eq!(first_record_columns(head), ["a", "b.x.0", "b.y"]);
        assert!(first_record_columns(b"nope").is_empty() && first_record_columns(b"[1]").is_empty());
    }
}
