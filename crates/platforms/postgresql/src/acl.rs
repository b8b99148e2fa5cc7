//! Access control lists as the catalogs hold them: `grantee=letters/grantor`, `*` behind a letter for the grant option.

use leastwise_model::Text;

/// What is granted to one grantee by one grantor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AclItem {
    /// Who holds it; `None` is PUBLIC.
    pub grantee: Option<Text>,
    /// The letters of the privileges, and whether each may be granted on.
    pub privileges: Vec<(char, bool)>,
    /// Who granted it.
    pub grantor: Text,
}

/// A list; `None` in the catalogs stands for the built-in defaults.
pub(crate) type Acl = Option<Vec<AclItem>>;

/// Reads one item; `None` where the text is none.
pub(crate) fn parse(text: &str) -> Option<AclItem> {
    let (grantee, rest) = name(text)?;
    let (letters, grantor) = rest.strip_prefix('=')?.split_once('/')?;
    let (grantor, rest) = name(grantor)?;
    if !rest.is_empty() || grantor.is_empty() {
        return None;
    }
    let mut privileges: Vec<(char, bool)> = Vec::new();
    for letter in letters.chars() {
        if letter == '*' {
            privileges.last_mut()?.1 = true;
        } else if word(letter).is_some() {
            privileges.push((letter, false));
        } else {
            return None;
        }
    }
    Some(AclItem {
        grantee: (!grantee.is_empty()).then(|| grantee.into()),
        privileges,
        grantor: grantor.into(),
    })
}

/// A role's name, which is quoted where it holds anything but letters, digits and `_`; and what follows.
fn name(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(['=', '/']).unwrap_or(text.len());
        return Some((text.get(..end)?.to_owned(), text.get(end..)?));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let end = rest.find('"')?;
        name.push_str(rest.get(..end)?);
        rest = rest.get(end + 1..)?;
        match rest.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, rest)),
        }
    }
}

/// The privilege of a letter, as actions spell it.
pub(crate) fn word(letter: char) -> Option<&'static str> {
    Some(match letter {
        'r' => "select",
        'a' => "insert",
        'w' => "update",
        'd' => "delete",
        'D' => "truncate",
        'x' => "references",
        't' => "trigger",
        'm' => "maintain",
        'X' => "execute",
        'U' => "usage",
        'C' => "create",
        'c' => "connect",
        'T' => "temporary",
        's' => "set",
        'A' => "alter-system",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{AclItem, parse};

    fn item(grantee: Option<&str>, privileges: &[(char, bool)], grantor: &str) -> AclItem {
        AclItem {
            grantee: grantee.map(Into::into),
            privileges: privileges.to_vec(),
            grantor: grantor.into(),
        }
    }

    #[test]
    fn items_are_read_with_grant_options_and_quoted_names() {
        assert_eq!(
            parse("=Tc/o"),
            Some(item(None, &[('T', false), ('c', false)], "o"))
        );
        assert_eq!(
            parse("app=r*w/postgres"),
            Some(item(Some("app"), &[('r', true), ('w', false)], "postgres"))
        );
        assert_eq!(
            parse("\"a=\"\"b/\"=X/\"o p\""),
            Some(item(Some("a=\"b/"), &[('X', false)], "o p"))
        );
    }

    #[test]
    fn what_is_no_item_is_refused() {
        for text in [
            "",
            "app",
            "app=r",
            "app=r/",
            "app=?/o",
            "app=*r/o",
            "\"app=r/o",
            "app=r/o=x",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
