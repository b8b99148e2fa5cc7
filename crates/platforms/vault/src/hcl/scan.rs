//! The tokens of HCL 1.

use std::fmt;

use leastwise_document::Position;

use super::{Fault, fault};

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    Text(String),
    Heredoc(String),
    Number(String),
    Bool(bool),
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Comma,
    Assign,
    Other(char),
    End,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "`{name}`"),
            Self::Text(_) => f.write_str("a text"),
            Self::Heredoc(_) => f.write_str("a text of several lines"),
            Self::Number(text) => write!(f, "`{text}`"),
            Self::Bool(value) => write!(f, "`{value}`"),
            Self::OpenBrace => f.write_str("`{`"),
            Self::CloseBrace => f.write_str("`}`"),
            Self::OpenBracket => f.write_str("`[`"),
            Self::CloseBracket => f.write_str("`]`"),
            Self::Comma => f.write_str("`,`"),
            Self::Assign => f.write_str("`=`"),
            Self::Other(c) => write!(f, "`{}`", c.escape_debug()),
            Self::End => f.write_str("the end of the text"),
        }
    }
}

/// Reads tokens one after the other.
pub(super) struct Scanner<'t> {
    text: &'t str,
    /// Bytes read.
    byte: usize,
    at: Position,
    token_start: usize,
    /// Where the last value, or the last bracket that closes one, ends.
    end: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text: text.strip_prefix('\u{FEFF}').unwrap_or(text),
            byte: 0,
            at: Position { line: 1, column: 1 },
            token_start: 0,
            end: 0,
        }
    }

    /// Where the last token begins, in bytes.
    pub(super) fn token_start(&self) -> usize {
        self.token_start
    }

    /// Where the last token that closes something ends, in bytes.
    pub(super) fn end_of_last(&self) -> usize {
        self.end
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.byte..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.byte += c.len_utf8();
        if c == '\n' {
            self.at.line = self.at.line.saturating_add(1);
            self.at.column = 1;
        } else {
            self.at.column = self.at.column.saturating_add(1);
        }
        Some(c)
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'t str {
        let from = self.byte;
        while self.peek().is_some_and(&keep) {
            self.take();
        }
        self.text.get(from..self.byte).unwrap_or_default()
    }

    fn skip_space(&mut self) -> Result<(), Fault> {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
            let rest = self.rest();
            if rest.starts_with('#') || rest.starts_with("//") {
                self.take_while(|c| c != '\n');
            } else if rest.starts_with("/*") {
                let at = self.at;
                let Some(length) = rest.find("*/") else {
                    return Err(fault(at, "a comment that does not end"));
                };
                let end = self.byte + length + 2;
                while self.byte < end {
                    self.take();
                }
            } else if rest.starts_with('/') {
                return Err(fault(self.at, "`/` that begins no comment"));
            } else {
                return Ok(());
            }
        }
    }

    pub(super) fn token(&mut self) -> Result<(Token, Position), Fault> {
        self.skip_space()?;
        let at = self.at;
        self.token_start = self.byte;
        let token = match self.peek() {
            None => Token::End,
            Some('"') => Token::Text(self.string()?),
            Some('<') if self.rest().starts_with("<<") => Token::Heredoc(self.heredoc()?),
            Some(c) if is_letter(c) => {
                let name = self.take_while(|c| is_letter(c) || is_digit(c) || matches!(c, '-' | '.'));
                match name {
                    "true" => Token::Bool(true),
                    "false" => Token::Bool(false),
                    name => Token::Name(name.to_owned()),
                }
            }
            Some(c) if c.is_ascii_digit() => Token::Number(self.number()),
            Some('-') => {
                self.take();
                match self.peek() {
                    Some(c) if c.is_ascii_digit() => Token::Number(format!("-{}", self.number())),
                    _ => Token::Other('-'),
                }
            }
            Some(c) => {
                self.take();
                match c {
                    '{' => Token::OpenBrace,
                    '}' => Token::CloseBrace,
                    '[' => Token::OpenBracket,
                    ']' => Token::CloseBracket,
                    ',' => Token::Comma,
                    '=' => Token::Assign,
                    other => Token::Other(other),
                }
            }
        };
        if matches!(token, Token::CloseBrace | Token::CloseBracket)
            || matches!(
                token,
                Token::Text(_) | Token::Number(_) | Token::Bool(_) | Token::Heredoc(_)
            )
        {
            self.end = self.byte;
        }
        Ok((token, at))
    }

    fn number(&mut self) -> String {
        let mut number = self
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'))
            .to_owned();
        if number.ends_with(['e', 'E']) && !number.starts_with("0x") && matches!(self.peek(), Some('+' | '-'))
        {
            number.extend(self.take());
            number.push_str(self.take_while(|c| c.is_ascii_digit()));
        }
        number
    }

    /// A text in quotation marks. Inside of `${` and `}` everything stands as it is.
    fn string(&mut self) -> Result<String, Fault> {
        let at = self.at;
        self.take();
        let mut out = String::new();
        let mut braces = 0_u32;
        loop {
            let Some(c) = self.take() else {
                return Err(fault(at, "a text that does not end"));
            };
            match c {
                '"' if braces == 0 => return Ok(out),
                '\n' if braces == 0 => return Err(fault(at, "a text that does not end on its line")),
                '$' if braces == 0 && self.peek() == Some('{') => {
                    self.take();
                    out.push_str("${");
                    braces = 1;
                }
                '{' if braces > 0 => {
                    braces += 1;
                    out.push('{');
                }
                '}' if braces > 0 => {
                    braces -= 1;
                    out.push('}');
                }
                '\\' if braces == 0 => out.push(self.escape()?),
                other => out.push(other),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let at = self.at;
        let wrong = || fault(at, "an escape that HCL does not know");
        let digits = match self.take() {
            Some('a') => return Ok('\u{7}'),
            Some('b') => return Ok('\u{8}'),
            Some('f') => return Ok('\u{c}'),
            Some('n') => return Ok('\n'),
            Some('r') => return Ok('\r'),
            Some('t') => return Ok('\t'),
            Some('v') => return Ok('\u{b}'),
            Some('\\') => return Ok('\\'),
            Some('"') => return Ok('"'),
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => return Err(wrong()),
        };
        let mut code = 0_u32;
        for _ in 0..digits {
            let digit = self.take().and_then(|c| c.to_digit(16)).ok_or_else(wrong)?;
            code = code.checked_mul(16).ok_or_else(wrong)? + digit;
        }
        char::from_u32(code).ok_or_else(wrong)
    }

    /// `<<NAME` up to a line that holds only the name; with `<<-` what all lines are indented by goes.
    fn heredoc(&mut self) -> Result<String, Fault> {
        let at = self.at;
        self.take();
        self.take();
        let indented = self.peek() == Some('-');
        if indented {
            self.take();
        }
        let name = self.take_while(|c| is_letter(c) || is_digit(c)).to_owned();
        if self.peek() == Some('\r') {
            self.take();
        }
        if name.is_empty() || self.take() != Some('\n') {
            return Err(fault(at, "`<<` without a name and the end of the line"));
        }
        let mut lines: Vec<&str> = Vec::new();
        loop {
            let line = self.take_while(|c| c != '\n');
            if line.trim_matches([' ', '\t', '\r']) == name {
                break;
            }
            if self.take().is_none() {
                return Err(fault(at, format!("no line holds only `{name}`")));
            }
            lines.push(line);
        }
        let indent = if indented {
            let spaces = |line: &&str| line.len() - line.trim_start_matches([' ', '\t']).len();
            lines.iter().map(spaces).min().unwrap_or(0)
        } else {
            0
        };
        let mut out = String::new();
        for line in lines {
            out.push_str(line.get(indent..).unwrap_or_default());
            out.push('\n');
        }
        Ok(out)
    }
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && c.is_alphabetic())
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || (!c.is_ascii() && c.is_numeric())
}
