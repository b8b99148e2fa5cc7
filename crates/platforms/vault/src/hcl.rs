//! The first version of HCL, as far as policies can use it.
//!
//! Servers read policies with the Go library `hashicorp/hcl` of version 1, whose grammar is not that of HCL 2: keys may
//! be repeated, a comma may stand between entries, a string is a key, `foo "bar" = {` is an error, `${` inside of a string
//! is text. So this is a reader of that grammar (`hcl/parser/parser.go` and `hcl/scanner/scanner.go`), not of HCL 2.

mod scan;

use leastwise_document::Position;
use scan::{Scanner, Token};

/// Why a text is no HCL, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub at: Position,
    pub what: String,
}

/// A value and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    pub at: Position,
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Text(String),
    Number(String),
    Bool(bool),
    /// JSON only.
    Null,
    List(Vec<Value>),
    Object(Vec<Entry>),
}

/// One entry of an object: its keys (`path "a"` has two), its value, and the bytes it stands in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub keys: Vec<String>,
    pub at: Position,
    pub value: Value,
    pub span: (usize, usize),
}

/// How deep objects and lists may lie in one another.
const DEPTH: u32 = 64;

/// The entries of a text.
pub(crate) fn parse(text: &str) -> Result<Vec<Entry>, Fault> {
    let mut parser = Parser {
        scanner: Scanner::new(text),
        peeked: None,
    };
    let entries = parser.entries(false, 0)?;
    match parser.next()? {
        (Token::End, _) => Ok(entries),
        (token, at) => Err(fault(at, format!("{token} where a key should stand"))),
    }
}

fn fault(at: Position, what: impl Into<String>) -> Fault {
    Fault {
        at,
        what: what.into(),
    }
}

struct Parser<'t> {
    scanner: Scanner<'t>,
    peeked: Option<(Token, Position, usize)>,
}

impl Parser<'_> {
    fn peek(&mut self) -> Result<&Token, Fault> {
        if self.peeked.is_none() {
            let (token, at) = self.scanner.token()?;
            let start = self.scanner.token_start();
            self.peeked = Some((token, at, start));
        }
        Ok(self.peeked.as_ref().map_or(&Token::End, |(token, ..)| token))
    }

    fn next(&mut self) -> Result<(Token, Position), Fault> {
        self.next_from().map(|(token, at, _)| (token, at))
    }

    fn next_from(&mut self) -> Result<(Token, Position, usize), Fault> {
        match self.peeked.take() {
            Some(peeked) => Ok(peeked),
            None => {
                let (token, at) = self.scanner.token()?;
                Ok((token, at, self.scanner.token_start()))
            }
        }
    }

    /// Entries up to the end of the text, or up to the brace that closes an object.
    fn entries(&mut self, within: bool, depth: u32) -> Result<Vec<Entry>, Fault> {
        let mut entries = Vec::new();
        loop {
            match self.peek()? {
                Token::End => break,
                Token::CloseBrace if within => break,
                _ => {}
            }
            entries.push(self.entry(depth)?);
            if *self.peek()? == Token::Comma {
                self.next()?;
            }
        }
        Ok(entries)
    }

    fn entry(&mut self, depth: u32) -> Result<Entry, Fault> {
        let mut keys = Vec::new();
        let mut first: Option<(Position, usize)> = None;
        let (value, begin, start) = loop {
            let (token, at, start) = self.next_from()?;
            let (begin, from) = *first.get_or_insert((at, start));
            match token {
                Token::Name(key) | Token::Text(key) => keys.push(key),
                Token::Assign if keys.len() == 1 => break (self.value(depth)?, begin, from),
                Token::Assign if keys.is_empty() => return Err(fault(at, "`=` without a key before it")),
                Token::Assign => {
                    return Err(fault(at, "`=` after several keys, where only a block can stand"));
                }
                Token::OpenBrace if !keys.is_empty() => break (self.object(at, depth)?, begin, from),
                Token::End => return Err(fault(at, "the text ends after a key")),
                other => {
                    return Err(fault(
                        at,
                        format!("{other} where a key, `=` or a block should stand"),
                    ));
                }
            }
        };
        Ok(Entry {
            keys,
            at: begin,
            value,
            span: (start, self.scanner.end_of_last()),
        })
    }

    fn object(&mut self, at: Position, depth: u32) -> Result<Value, Fault> {
        if depth >= DEPTH {
            return Err(fault(at, format!("more than {DEPTH} objects in one another")));
        }
        let entries = self.entries(true, depth + 1)?;
        match self.next()? {
            (Token::CloseBrace, _) => Ok(Value {
                at,
                kind: Kind::Object(entries),
            }),
            (token, at) => Err(fault(at, format!("{token} where `}}` should stand"))),
        }
    }

    fn value(&mut self, depth: u32) -> Result<Value, Fault> {
        let (token, at) = self.next()?;
        let kind = match token {
            Token::Text(text) | Token::Heredoc(text) => Kind::Text(text),
            Token::Number(text) => Kind::Number(text),
            Token::Bool(value) => Kind::Bool(value),
            Token::OpenBrace => return self.object(at, depth),
            Token::OpenBracket => return self.list(at, depth),
            other => return Err(fault(at, format!("{other} where a value should stand"))),
        };
        Ok(Value { at, kind })
    }

    fn list(&mut self, at: Position, depth: u32) -> Result<Value, Fault> {
        if depth >= DEPTH {
            return Err(fault(at, format!("more than {DEPTH} lists in one another")));
        }
        let mut values = Vec::new();
        let mut comma_needed = false;
        loop {
            match self.peek()? {
                Token::CloseBracket => {
                    self.next()?;
                    return Ok(Value {
                        at,
                        kind: Kind::List(values),
                    });
                }
                Token::Comma => {
                    self.next()?;
                    comma_needed = false;
                }
                Token::OpenBrace | Token::OpenBracket => {
                    values.push(self.value(depth + 1)?);
                    comma_needed = true;
                }
                Token::Text(_) | Token::Heredoc(_) | Token::Number(_) | Token::Bool(_) => {
                    if comma_needed {
                        let (token, at) = self.next()?;
                        return Err(fault(at, format!("{token} where `,` or `]` should stand")));
                    }
                    values.push(self.value(depth + 1)?);
                    comma_needed = true;
                }
                _ => {
                    let (token, at) = self.next()?;
                    return Err(fault(at, format!("{token} where a value or `]` should stand")));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
