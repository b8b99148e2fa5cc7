//! Lines folded at spaces to what a terminal shows.

/// `text` with every line that is wider than `limit` columns folded at spaces; what follows stands a little further in.
/// A command to be typed (behind `settle:`) and a word that is too long stay whole. Linear in the text.
#[must_use]
pub fn folded(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for line in text.split_inclusive('\n') {
        let bare = line.strip_suffix('\n').unwrap_or(line);
        if columns(bare) <= limit || is_command(bare) {
            out.push_str(line);
        } else {
            fold(bare, limit, &mut out);
            if bare.len() < line.len() {
                out.push('\n');
            }
        }
    }
    out
}

fn is_command(line: &str) -> bool {
    line.contains("settle:")
}

/// The columns that a line takes, one for each character but for colors.
fn columns(line: &str) -> usize {
    let mut count = 0;
    let mut color = false;
    for c in line.chars() {
        match c {
            '\u{1b}' => color = true,
            'm' if color => color = false,
            _ if color => {}
            _ => count += 1,
        }
    }
    count
}

fn fold(line: &str, limit: usize, out: &mut String) {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let further = " ".repeat((indent + 2).min(limit / 2));
    out.push_str(line.get(..indent).unwrap_or_default());
    let mut at = indent;
    let mut fresh = true;
    let mut spaces = 0;
    for word in line.get(indent..).unwrap_or_default().split(' ') {
        if word.is_empty() {
            spaces += 1;
            continue;
        }
        let wide = columns(word);
        if !fresh && at + spaces + wide > limit {
            out.push('\n');
            out.push_str(&further);
            at = further.len();
        } else {
            out.push_str(&" ".repeat(spaces));
            at += spaces;
        }
        out.push_str(word);
        at += wide;
        fresh = false;
        spaces = 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_lines_are_folded_at_spaces_and_narrow_ones_stay() {
        assert_eq!(
            folded("  one two three\nshort\n", 12),
            "  one two\n    three\nshort\n"
        );
    }

    #[test]
    fn colors_take_no_room_and_long_words_and_commands_stay_whole() {
        let colored = "\u{1b}[1mone\u{1b}[0m  two";
        assert_eq!(folded(colored, 8), colored);
        assert_eq!(
            folded("yes  arn:aws:iam::1:role/x can", 10),
            "yes\n  arn:aws:iam::1:role/x\n  can"
        );
        assert_eq!(
            folded("  settle:  aws iam get-role", 10),
            "  settle:  aws iam get-role"
        );
    }
}
