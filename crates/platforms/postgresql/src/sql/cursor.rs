//! Walks over the tokens of one statement.

use leastwise_model::Text;

use super::lex::{Kind, Token};

/// A place in a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'t> {
    tokens: &'t [Token],
}

/// A name, perhaps behind that of its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Qualified {
    pub schema: Option<Text>,
    pub name: Text,
}

/// Words that begin types of more than one word.
const TYPES_OF_WORDS: [&str; 7] = [
    "double",
    "character",
    "timestamp",
    "time",
    "bit",
    "national",
    "interval",
];

impl<'t> Cursor<'t> {
    pub(crate) fn new(tokens: &'t [Token]) -> Self {
        Self { tokens }
    }

    pub(crate) fn peek(&self) -> Option<&'t Token> {
        self.tokens.first()
    }

    pub(crate) fn next(&mut self) -> Option<&'t Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.tokens.is_empty()
    }

    /// What is left.
    pub(crate) fn rest(&self) -> &'t [Token] {
        self.tokens
    }

    /// Passes these keywords, if they are what follows.
    pub(crate) fn eat(&mut self, words: &[&str]) -> bool {
        let fits = words.len() <= self.tokens.len()
            && words
                .iter()
                .zip(self.tokens)
                .all(|(word, token)| token.kind == Kind::Word && &*token.text == *word);
        if fits {
            self.tokens = self.tokens.get(words.len()..).unwrap_or_default();
        }
        fits
    }

    pub(crate) fn sign(&mut self, sign: &str) -> bool {
        let fits = self
            .peek()
            .is_some_and(|token| token.kind == Kind::Sign && &*token.text == sign);
        if fits {
            self.next();
        }
        fits
    }

    /// A word that is a keyword here.
    pub(crate) fn word(&mut self) -> Option<&'t str> {
        let token = self.peek().filter(|token| token.kind == Kind::Word)?;
        self.next();
        Some(&token.text)
    }

    /// A name.
    pub(crate) fn name(&mut self) -> Option<Text> {
        let token = self
            .peek()
            .filter(|token| matches!(token.kind, Kind::Word | Kind::Quoted))?;
        self.next();
        Some(Text::from(&*token.text))
    }

    pub(crate) fn qualified(&mut self) -> Option<Qualified> {
        let first = self.name()?;
        if !self.sign(".") {
            return Some(Qualified {
                schema: None,
                name: first,
            });
        }
        let name = self.name()?;
        if self.sign(".") {
            return None;
        }
        Some(Qualified {
            schema: Some(first),
            name,
        })
    }

    /// One or more, with commas between.
    pub(crate) fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut all = vec![one(self)?];
        while self.sign(",") {
            all.push(one(self)?);
        }
        Some(all)
    }

    /// What stands in parentheses.
    pub(crate) fn parenthesized(&mut self) -> Option<Cursor<'t>> {
        if !self.sign("(") {
            return None;
        }
        let mut depth = 1usize;
        let inside = self.tokens;
        let mut count = 0;
        loop {
            let token = self.next()?;
            match (token.kind, &*token.text) {
                (Kind::Sign, "(") => depth += 1,
                (Kind::Sign, ")") => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(Cursor::new(inside.get(..count)?));
            }
            count += 1;
        }
    }

    /// The types of a function's arguments that it takes, as the catalogs write them.
    pub(crate) fn arguments(&mut self) -> Option<Text> {
        let mut inside = self.parenthesized()?;
        let mut types = Vec::new();
        while !inside.is_over() {
            let mut depth = 0usize;
            let all = inside.tokens;
            let mut count = 0;
            while let Some(token) = inside.peek() {
                match (token.kind, &*token.text) {
                    (Kind::Sign, "(") => depth += 1,
                    (Kind::Sign, ")") => depth = depth.saturating_sub(1),
                    (Kind::Sign, ",") if depth == 0 => break,
                    _ => {}
                }
                count += 1;
                inside.next();
            }
            types.extend(argument(all.get(..count)?)?);
            inside.sign(",");
        }
        Some(types.join(", ").into())
    }
}

/// The type of one argument; nothing where it is only given out.
#[expect(
    clippy::option_option,
    reason = "cannot be read, gives out, or takes: three things"
)]
fn argument(tokens: &[Token]) -> Option<Option<String>> {
    let mut cursor = Cursor::new(tokens);
    if cursor.eat(&["out"]) || cursor.eat(&["table"]) {
        return Some(None);
    }
    let _ = cursor.eat(&["in"]) || cursor.eat(&["inout"]) || cursor.eat(&["variadic"]);
    let end = cursor
        .rest()
        .iter()
        .position(|token| {
            token.kind == Kind::Word && &*token.text == "default"
                || token.kind == Kind::Sign && &*token.text == "="
        })
        .unwrap_or(cursor.rest().len());
    let mut tokens = cursor.rest().get(..end)?;
    let [first, rest @ ..] = tokens else { return None };
    let is_type = rest.first().is_none_or(|next| {
        matches!(&*next.text, "." | "[" | "(")
            || first.kind == Kind::Word && TYPES_OF_WORDS.contains(&&*first.text)
    });
    if !is_type {
        tokens = rest;
    }
    let mut text = String::new();
    for token in tokens {
        let glued = matches!(&*token.text, "." | "[" | "]" | "(" | ")") || text.ends_with(['.', '[', '(']);
        if !text.is_empty() && !glued {
            text.push(' ');
        }
        match token.kind {
            Kind::Quoted => text.push_str(&format!("\"{}\"", token.text.replace('"', "\"\""))),
            _ => text.push_str(&token.text),
        }
    }
    Some(Some(text))
}

#[cfg(test)]
mod tests {
    use super::super::lex::Lexer;
    use super::Cursor;

    #[test]
    fn arguments_are_their_types() {
        for (written, types) in [
            ("()", ""),
            ("(integer, text)", "integer, text"),
            (
                "(a integer DEFAULT 3, OUT b text, VARIADIC c double precision[])",
                "integer, double precision[]",
            ),
            (
                "(double precision, timestamp without time zone, x character varying)",
                "double precision, timestamp without time zone, character varying",
            ),
            ("(app.kind, \"Of\" app.\"Kind\")", "app.kind, app.\"Kind\""),
        ] {
            let tokens = Lexer::new(written).statement().unwrap().unwrap();
            assert_eq!(
                Cursor::new(&tokens).arguments().as_deref(),
                Some(types),
                "{written}"
            );
        }
    }
}
