//! How a database engine reaches its server: of its configuration, what tells the server and the account.

use leastwise_document::Node;
use leastwise_model::{Location, Text};

use super::Connection;
use super::take::{string, texts};

pub(super) fn connection(data: &Node, mount: &str, name: &str, location: Location) -> Connection {
    let details = data.get("connection_details").unwrap_or(data);
    let url = string(details, "connection_url").unwrap_or_default();
    let read = ConnectionUrl::of(&url);
    let username = string(details, "username").or(read.user);
    Connection {
        mount: mount.into(),
        name: name.into(),
        kind: string(data, "plugin_name")
            .map(|plugin| plugin.strip_suffix("-database-plugin").unwrap_or(&plugin).into()),
        address: read.address.or_else(|| string(details, "address")),
        database: read.database.or_else(|| string(details, "database")),
        username: username.filter(|name| !name.contains("{{")),
        allowed: texts(data.get("allowed_roles")),
        location,
    }
}

/// What a connection URL tells, without its password.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ConnectionUrl {
    pub address: Option<Text>,
    pub database: Option<Text>,
    pub user: Option<Text>,
}

impl ConnectionUrl {
    /// Reads `scheme://user:password@host:port/database?…` or `host=… port=… dbname=…`. Several hosts, sockets and
    /// escapes tell no address.
    pub(crate) fn of(url: &str) -> Self {
        let known = |text: &str| {
            let plain = !text.is_empty() && !text.contains(['%', '{', ',', '\'', '\\']);
            plain.then(|| Text::from(text))
        };
        let Some((_, rest)) = url.split_once("://") else {
            return Self::of_words(url, known);
        };
        // A password may hold an unescaped `/` or `@`: what is behind the last `@` before the query is the server.
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (account, server) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (address, database) = server.split_once('/').unwrap_or((server, ""));
        let elsewhere = ["host=", "port=", "dbname=", "user="]
            .iter()
            .any(|key| url.contains(key));
        // A password with `?` or `#` in it ends before the server is named.
        if elsewhere || !rest.contains('@') && url.contains('@') {
            return Self::default();
        }
        Self {
            address: known(address).filter(|address| is_address(address)),
            database: known(database),
            user: known(account.split(':').next().unwrap_or_default()).filter(|_| !account.is_empty()),
        }
    }

    fn of_words(url: &str, known: impl Fn(&str) -> Option<Text>) -> Self {
        let value = |key: &str| {
            let mut found = url
                .split_whitespace()
                .filter_map(|word| word.strip_prefix(key)?.strip_prefix('='));
            match (found.next(), found.next()) {
                (Some(value), None) => known(value),
                _ => None,
            }
        };
        let port = value("port");
        Self {
            address: value("host")
                .filter(|host| !host.starts_with('/'))
                .map(|host| match &port {
                    Some(port) => format!("{host}:{port}").into(),
                    None => host,
                }),
            database: value("dbname"),
            user: value("user"),
        }
    }
}

/// Whether it is a host, or a host and a port.
fn is_address(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let bracketed = host.starts_with('[') && host.ends_with(']');
    !host.is_empty()
        && (bracketed || !host.contains(':'))
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::ConnectionUrl;

    #[test]
    fn the_server_is_told_and_the_password_is_not() {
        let of = |url: &str| {
            let read = ConnectionUrl::of(url);
            let text = |part: Option<leastwise_model::Text>| part.unwrap_or_else(|| "-".into());
            format!(
                "{} {} {}",
                text(read.address),
                text(read.database),
                text(read.user)
            )
        };
        assert_eq!(
            of("postgresql://{{username}}:{{password}}@db.example:5432/shop?sslmode=disable"),
            "db.example:5432 shop -"
        );
        assert_eq!(
            of("postgres://admin:s3/cr@t@db.example/shop"),
            "db.example shop admin"
        );
        assert_eq!(
            of("host=db.example port=5433 user=admin password=x dbname=shop"),
            "db.example:5433 shop admin"
        );
        assert_eq!(of("host=/var/run/postgresql dbname=shop"), "- shop -");
        assert_eq!(of("postgresql://one:1,two:2/shop"), "- shop -");
        assert_eq!(of("postgresql://db/shop?host=other"), "- - -");
        assert_eq!(of("postgresql://admin:pass?word@db/shop"), "- - -");
        assert_eq!(of("postgresql://admin:password"), "- - -");
        assert_eq!(of("{{username}}:{{password}}@tcp(127.0.0.1:3306)/"), "- - -");
    }
}
