//! One row of CSV.

/// The fields of a row as RFC 4180 has them: between commas, or in quotes in which `""` is one. What stands behind a closing
/// quote up to the comma is taken as it is. Linear.
#[must_use]
pub fn row(text: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                push(&mut fields, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => push(&mut fields, c),
        }
    }
    fields
}

fn push(fields: &mut [String], c: char) {
    if let Some(last) = fields.last_mut() {
        last.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn quotes_hold_commas_lines_and_quotes() {
        assert_eq!(row(""), [""]);
        assert_eq!(row("a,,c"), ["a", "", "c"]);
        assert_eq!(
            row("\"a,\nb\",\"say \"\"so\"\"\",\"\""),
            ["a,\nb", "say \"so\"", ""]
        );
        assert_eq!(row("\"open"), ["open"]);
    }
}
