//! The text of `pg_hba.conf`: who may connect to what, from where, by which method.
//!
//! What names other files is not followed: a rule that does may let anybody through.

use leastwise_model::{Location, Text};

use crate::object::HbaRule;

/// What rules begin with.
const TYPES: [&str; 6] = [
    "local",
    "host",
    "hostssl",
    "hostnossl",
    "hostgssenc",
    "hostnogssenc",
];
const METHODS: [&str; 15] = [
    "trust",
    "reject",
    "scram-sha-256",
    "md5",
    "password",
    "gss",
    "sspi",
    "ident",
    "peer",
    "ldap",
    "radius",
    "cert",
    "pam",
    "bsd",
    "oauth",
];
const INCLUDES: [&str; 3] = ["include", "include_if_exists", "include_dir"];

/// A line that is no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Odd {
    pub line: u32,
    pub what: String,
}

/// The words of one line: each is a list with commas; quoted ones have no meaning but that of a name.
fn words(line: &str) -> Option<Vec<Vec<(String, bool)>>> {
    let mut all = Vec::new();
    let mut rest = line.trim_start_matches([' ', '\t']);
    while !rest.is_empty() && !rest.starts_with('#') {
        let mut list = Vec::new();
        loop {
            let (word, quoted, after) = match rest.strip_prefix('"') {
                Some(inside) => {
                    let mut word = String::new();
                    let mut tail = inside;
                    loop {
                        let end = tail.find('"')?;
                        word.push_str(tail.get(..end)?);
                        tail = tail.get(end + 1..)?;
                        match tail.strip_prefix('"') {
                            Some(more) => {
                                word.push('"');
                                tail = more;
                            }
                            None => break,
                        }
                    }
                    (word, true, tail)
                }
                None => {
                    let end = rest.find([' ', '\t', ',', '#']).unwrap_or(rest.len());
                    (rest.get(..end)?.to_owned(), false, rest.get(end..)?)
                }
            };
            if !word.is_empty() || quoted {
                list.push((word, quoted));
            }
            let next = after.trim_start_matches([' ', '\t']);
            match next.strip_prefix(',') {
                Some(more) => rest = more.trim_start_matches([' ', '\t']),
                None => {
                    rest = next;
                    break;
                }
            }
        }
        all.push(list);
    }
    Some(all)
}

/// Logical lines with the number of the first: a backslash at the end joins the next one.
fn lines(text: &str) -> Vec<(u32, String)> {
    let mut all: Vec<(u32, String)> = Vec::new();
    let mut joined = false;
    for (number, line) in (1u32..).zip(text.lines()) {
        let (line, more) = match line.trim_end().strip_suffix('\\') {
            Some(begin) => (begin, true),
            None => (line, false),
        };
        match all.last_mut() {
            Some((_, last)) if joined => last.push_str(line),
            _ => all.push((number, line.to_owned())),
        }
        joined = more;
    }
    all
}

/// What the server calls such a file.
pub(crate) const FILE_NAME: &str = "pg_hba.conf";

/// Whether text is such a file: some line is a rule, and every other is nothing, a comment, or names a file.
pub(crate) fn is_hba(text: &str) -> bool {
    let mut rules = 0;
    for (_, line) in lines(text) {
        let Some(words) = words(&line) else { continue };
        let Some(first) = words.first().and_then(|list| list.first()) else {
            continue;
        };
        if INCLUDES.contains(&first.0.as_str()) {
            continue;
        }
        if !TYPES.contains(&first.0.as_str()) || words.len() < 4 {
            return false;
        }
        let methods = words
            .iter()
            .flatten()
            .filter(|(word, _)| METHODS.contains(&word.as_str()));
        rules += usize::from(methods.count() > 0);
    }
    rules > 0
}

/// The rules, in order, and the lines that are none.
pub(crate) fn read(file: leastwise_model::FileIndex, text: &str) -> (Vec<HbaRule>, Vec<Odd>) {
    let mut rules = Vec::new();
    let mut odd = Vec::new();
    for (line, text) in lines(text) {
        let at = Location {
            file,
            line,
            column: 1,
            pointer: Box::default(),
        };
        match words(&text).map(|words| rule(&words, at)) {
            Some(Ok(Some(rule))) => rules.push(rule),
            Some(Ok(None)) => {}
            Some(Err(what)) => odd.push(Odd { line, what }),
            None => odd.push(Odd {
                line,
                what: "a quote without its end".into(),
            }),
        }
    }
    (rules, odd)
}

fn rule(words: &[Vec<(String, bool)>], at: Location) -> Result<Option<HbaRule>, String> {
    let word = |place: usize| {
        words
            .get(place)
            .and_then(|list| list.first())
            .map(|(word, _)| word.as_str())
    };
    let Some(kind) = word(0) else { return Ok(None) };
    if INCLUDES.contains(&kind) {
        // Whatever the other file says: it may let anybody through here.
        return Ok(Some(HbaRule {
            databases: vec!["/.*".into()],
            roles: vec!["/.*".into()],
            kind: "local".into(),
            at: Some(at),
            ..HbaRule::default()
        }));
    }
    if !TYPES.contains(&kind) {
        return Err(format!("`{kind}` is no type of connection"));
    }
    let (databases, roles) = match (words.get(1), words.get(2)) {
        (Some(databases), Some(roles)) => (databases, roles),
        _ => return Err("it names no database or no role".into()),
    };
    let names = |list: &[(String, bool)]| -> Vec<Text> {
        list.iter()
            .map(|(word, quoted)| {
                let speaks = matches!(
                    word.as_str(),
                    "all" | "sameuser" | "samerole" | "samegroup" | "replication"
                ) || word.starts_with(['+', '/', '@']);
                match (quoted, word.strip_prefix('@')) {
                    // A name that only looks like a word of the file's own.
                    (true, _) if speaks => format!("\"{word}\"").into(),
                    // A list in another file may name anybody.
                    (false, Some(_)) => "/.*".into(),
                    _ => Text::from(word.as_str()),
                }
            })
            .collect()
    };
    let mut place = 3;
    let mut address = None;
    let mut everywhere = kind == "local";
    let (mut four, mut six) = (true, true);
    if kind != "local" {
        let text = word(3).ok_or("it names no address")?;
        place = 4;
        address = Some(text.to_owned());
        everywhere = text == "all";
        let (host, length) = match text.split_once('/') {
            Some((host, length)) => (host, Some(length.to_owned())),
            None => (text, None),
        };
        if let Ok(ip) = host.parse::<std::net::IpAddr>() {
            (four, six) = (ip.is_ipv4(), ip.is_ipv6());
            let mask = match length {
                Some(length) => length,
                None => {
                    place = 5;
                    word(4).ok_or("its address has no mask")?.to_owned()
                }
            };
            everywhere = matches!(mask.as_str(), "0" | "0.0.0.0" | "::" | "::0");
        }
    }
    let method = word(place).ok_or("it names no method")?;
    if !METHODS.contains(&method) {
        return Err(format!("`{method}` is no method"));
    }
    Ok(Some(HbaRule {
        databases: names(databases),
        roles: names(roles),
        rejects: method == "reject",
        everywhere,
        four,
        six,
        kind: kind.into(),
        address: address.map(Text::from),
        method: method.into(),
        at: Some(at),
    }))
}

#[cfg(test)]
mod tests {
    use super::{is_hba, read};

    const FILE: &str = "# who may\nlocal all postgres peer\nhost shop,\"all\" app,+readers 10.0.0.0/8 scram-sha-256\n\
                        host all all 0.0.0.0 0.0.0.0 reject\nhostssl replication @names all \\\n cert clientcert=verify-full\ninclude more.conf\n";

    #[test]
    fn rules_are_read_as_the_server_reads_them() {
        assert!(is_hba(FILE));
        let (rules, odd) = read(leastwise_model::FileIndex(0), FILE);
        assert_eq!(odd, []);
        let shown: Vec<String> = rules
            .iter()
            .map(|rule| {
                let address = rule.address.as_deref().unwrap_or("-");
                format!(
                    "{} {} {} {address} {} {} {}",
                    rule.kind,
                    rule.databases.join(","),
                    rule.roles.join(","),
                    rule.method,
                    rule.everywhere,
                    rule.four && rule.six
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "local all postgres - peer true true",
                "host shop,\"all\" app,+readers 10.0.0.0/8 scram-sha-256 false false",
                "host all all 0.0.0.0 reject true false",
                "hostssl replication /.* all cert true true",
                "local /.* /.* -  false true",
            ]
        );
    }

    #[test]
    fn other_files_are_none_and_odd_lines_are_told() {
        for text in [
            "",
            "# only words\n",
            "host = db\nport = 1\n",
            "local variables are bad for you\n",
            "all: build\n",
        ] {
            assert!(!is_hba(text), "{text}");
        }
        let (rules, odd) = read(
            leastwise_model::FileIndex(0),
            "host all all 10.0.0.1 scram-sha-256\nlocal all all magic\n",
        );
        assert_eq!((rules.len(), odd.len()), (0, 2));
        assert_eq!((odd[1].line, odd[1].what.as_str()), (2, "`magic` is no method"));
    }
}
