//! Text → statements of tokens, as `psql` divides it.

use std::iter::Peekable;
use std::str::CharIndices;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or plain name, in lower case.
    Word,
    /// A name in quotes, without them.
    Quoted,
    /// A string, which may be a secret.
    Text,
    Number,
    Sign,
    /// A command of `psql`, without its backslash.
    Meta,
}

/// A word of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub kind: Kind,
    pub text: Box<str>,
    pub line: u32,
    pub column: u32,
}

/// Where text ends that should not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unfinished {
    pub line: u32,
    pub column: u32,
    pub what: &'static str,
}

/// Divides text.
pub(crate) struct Lexer<'t> {
    text: &'t str,
    rest: Peekable<CharIndices<'t>>,
    line: u32,
    column: u32,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text,
            rest: text.char_indices().peekable(),
            line: 1,
            column: 1,
        }
    }

    /// The tokens of the next statement, without its semicolon; `None` at the end.
    pub(crate) fn statement(&mut self) -> Result<Option<Vec<Token>>, Unfinished> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut parentheses = 0usize;
        // The body of a function in plain SQL: `BEGIN ATOMIC …; …; END`.
        let mut atomic = 0usize;
        loop {
            let Some(token) = self.token(tokens.is_empty())? else {
                return Ok((!tokens.is_empty()).then_some(tokens));
            };
            match (token.kind, &*token.text) {
                (Kind::Meta, _) => return Ok(Some(vec![token])),
                (Kind::Sign, "(") => parentheses += 1,
                (Kind::Sign, ")") => parentheses = parentheses.saturating_sub(1),
                (Kind::Word, "atomic") if tokens.last().is_some_and(|last| &*last.text == "begin") => {
                    atomic = 1;
                }
                (Kind::Word, "case") if atomic > 0 => atomic += 1,
                (Kind::Word, "end") if atomic > 0 => atomic -= 1,
                (Kind::Sign, ";") if parentheses == 0 && atomic == 0 => {
                    if tokens.is_empty() {
                        continue;
                    }
                    self.skip_data(&tokens);
                    return Ok(Some(tokens));
                }
                _ => {}
            }
            tokens.push(token);
        }
    }

    /// Rows that follow a `COPY … FROM stdin`.
    fn skip_data(&mut self, tokens: &[Token]) {
        let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| &*token.text == word);
        let last = tokens.len().wrapping_sub(1);
        if !(is(0, "copy") && is(last, "stdin") && is(last.wrapping_sub(1), "from")) {
            return;
        }
        loop {
            let begin = self.column == 1;
            let Some(c) = self.next() else { return };
            if begin && c == '\\' && self.peek() == Some('.') {
                while self.next().is_some_and(|c| c != '\n') {}
                return;
            }
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.rest.peek().map(|(_, c)| *c)
    }

    fn next(&mut self) -> Option<char> {
        let (_, c) = self.rest.next()?;
        if c == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(c)
    }

    fn at(&mut self) -> usize {
        self.rest.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn ahead(&mut self, text: &str) -> bool {
        let at = self.at();
        self.text.get(at..).is_some_and(|rest| rest.starts_with(text))
    }

    fn unfinished(&self, what: &'static str, line: u32, column: u32) -> Unfinished {
        Unfinished { line, column, what }
    }

    /// Space and comments.
    fn skip(&mut self) -> Result<(), Unfinished> {
        loop {
            match self.peek() {
                Some(c) if c.is_whitespace() || c == '\u{feff}' => {
                    self.next();
                }
                Some('-') if self.ahead("--") => while self.next().is_some_and(|c| c != '\n') {},
                Some('/') if self.ahead("/*") => {
                    let (line, column) = (self.line, self.column);
                    let mut depth = 0usize;
                    loop {
                        if self.ahead("/*") {
                            self.next();
                            depth += 1;
                        } else if self.ahead("*/") {
                            self.next();
                            depth -= 1;
                        }
                        if self.next().is_none() {
                            return Err(self.unfinished("a comment without its end", line, column));
                        }
                        if depth == 0 {
                            break;
                        }
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    fn token(&mut self, first: bool) -> Result<Option<Token>, Unfinished> {
        self.skip()?;
        let (line, column, start) = (self.line, self.column, self.at());
        let Some(c) = self.peek() else { return Ok(None) };
        let token = |kind: Kind, text: String| {
            Ok(Some(Token {
                kind,
                text: text.into(),
                line,
                column,
            }))
        };
        match c {
            '\'' => {
                let text = self.quoted('\'', "a string without its end")?;
                token(Kind::Text, text)
            }
            '"' => {
                let text = self.quoted('"', "a name without its closing quote")?;
                token(Kind::Quoted, text)
            }
            '\\' if first => {
                self.next();
                let mut text = String::new();
                while let Some(c) = self.peek().filter(|c| *c != '\n') {
                    text.push(c);
                    self.next();
                }
                token(Kind::Meta, text.trim().to_owned())
            }
            '$' => match self.tag() {
                Some(tag) => {
                    for _ in tag.chars() {
                        self.next();
                    }
                    let begin = self.at();
                    loop {
                        if self.ahead(&tag) {
                            let end = self.at();
                            for _ in tag.chars() {
                                self.next();
                            }
                            let text = self.text.get(begin..end).unwrap_or_default().to_owned();
                            return token(Kind::Text, text);
                        }
                        if self.next().is_none() {
                            return Err(self.unfinished("a string without its end", line, column));
                        }
                    }
                }
                None => {
                    self.next();
                    token(Kind::Sign, "$".to_owned())
                }
            },
            c if c.is_ascii_digit() => {
                while self
                    .peek()
                    .is_some_and(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_')
                {
                    self.next();
                }
                let end = self.at();
                token(
                    Kind::Number,
                    self.text.get(start..end).unwrap_or_default().to_owned(),
                )
            }
            c if c.is_alphabetic() || c == '_' || !c.is_ascii() => {
                while self
                    .peek()
                    .is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii())
                {
                    self.next();
                }
                let end = self.at();
                let word = self.text.get(start..end).unwrap_or_default().to_ascii_lowercase();
                // `E'…'` has escapes: what it says is of no matter here, where it ends is.
                if word == "e" && self.peek() == Some('\'') {
                    let text = self.escaped(line, column)?;
                    return token(Kind::Text, text);
                }
                token(Kind::Word, word)
            }
            c => {
                self.next();
                token(Kind::Sign, c.to_string())
            }
        }
    }

    /// Quoted text, in which a doubled quote is one.
    fn quoted(&mut self, quote: char, what: &'static str) -> Result<String, Unfinished> {
        let (line, column) = (self.line, self.column);
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err(self.unfinished(what, line, column)),
                Some(c) if c == quote => {
                    if self.peek() != Some(quote) {
                        return Ok(text);
                    }
                    self.next();
                    text.push(quote);
                }
                Some(c) => text.push(c),
            }
        }
    }

    fn escaped(&mut self, line: u32, column: u32) -> Result<String, Unfinished> {
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err(self.unfinished("a string without its end", line, column)),
                Some('\\') => {
                    self.next();
                    text.push('\\');
                }
                Some('\'') if self.peek() == Some('\'') => {
                    self.next();
                    text.push('\'');
                }
                Some('\'') => return Ok(text),
                Some(c) => text.push(c),
            }
        }
    }

    /// The tag of a string in dollars, with both.
    fn tag(&mut self) -> Option<String> {
        let at = self.at();
        let rest = self.text.get(at + 1..)?;
        let end = rest.find('$')?;
        let name = rest.get(..end)?;
        let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit());
        plain.then(|| format!("${name}$"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Lexer};

    fn all(text: &str) -> Vec<String> {
        let mut lexer = Lexer::new(text);
        let mut found = Vec::new();
        while let Some(tokens) = lexer.statement().unwrap() {
            let words = tokens.iter().map(|token| match token.kind {
                Kind::Quoted => format!("\"{}\"", token.text),
                Kind::Text => "'…'".to_owned(),
                _ => token.text.to_string(),
            });
            found.push(words.collect::<Vec<_>>().join(" "));
        }
        found
    }

    #[test]
    fn statements_end_where_the_server_ends_them() {
        assert_eq!(
            all("CREATE ROLE \"A \"\"b\"; -- no ; here\n/* nor /* here; */ ; */ GRANT a TO B;;"),
            ["create role \"A \"b\"", "grant a to b"]
        );
        assert_eq!(
            all("DO $x$ begin; 'a' $$ end $x$; SELECT 'it''s;' , E'\\';'"),
            ["do '…'", "select '…' , '…'"]
        );
        assert_eq!(
            all("create rule r as on insert to t do (select 1; select 2); select 1"),
            [
                "create rule r as on insert to t do ( select 1 ; select 2 )",
                "select 1"
            ]
        );
        assert_eq!(
            all(
                "create function f() begin atomic select case when a then 1 end; select 2; end; grant a to b"
            ),
            [
                "create function f ( ) begin atomic select case when a then 1 end ; select 2 ; end",
                "grant a to b"
            ]
        );
        assert_eq!(
            all("\\connect shop\nCOPY a FROM stdin;\n1;\t'\n\\.\nselect 1"),
            ["connect shop", "copy a from stdin", "select 1"]
        );
    }

    #[test]
    fn what_does_not_end_is_told_with_its_place() {
        for (text, line, column) in [
            ("a\n 'b", 2, 2),
            ("\"x", 1, 1),
            ("  $a$ b $$", 1, 3),
            ("/* /* */", 1, 1),
        ] {
            let mut lexer = Lexer::new(text);
            let fault = loop {
                match lexer.statement() {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("{text}"),
                    Err(fault) => break fault,
                }
            };
            assert_eq!((fault.line, fault.column), (line, column), "{text}");
        }
    }
}
