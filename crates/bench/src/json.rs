//! Compact JSON text from parts that are JSON already.

/// A JSON string. `text` must need no escape (names made by our generators never do); quotes and backslashes are escaped all the same.
pub fn string(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
    out
}

/// A JSON array of parts that are JSON.
pub fn array<T: AsRef<str>>(parts: &[T]) -> String {
    let mut out = String::from("[");
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(part.as_ref());
    }
    out.push(']');
    out
}

/// A JSON array of strings.
pub fn strings<T: AsRef<str>>(texts: &[T]) -> String {
    array(&texts.iter().map(string).collect::<Vec<_>>())
}

/// A JSON object whose values are JSON.
pub fn object(members: &[(&str, String)]) -> String {
    let mut out = String::from("{");
    for (index, (name, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
        out.push_str(value);
    }
    out.push('}');
    out
}
