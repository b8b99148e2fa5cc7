//! Ninety days of audit logs of the demo estate, Halcyon Pay: what its identities do every day, what happens once a quarter, and
//! what an intruder did one night.
//!
//! Who does what how often is a table ([`habits`]); a few events stand for the thousands of a real day. The logs hold what
//! the trail and the audit policy beside them record, and nothing else.

mod cluster;
mod habits;
mod rare;

use std::io::{self, Write};

use crate::Random;
use cluster::{AUDITED, Audited};
use habits::{Called, HABITS, When};
use rare::{INTRUDER, QUARTERLY};

/// Seconds of the twenty-fourth of August 2026, the first day.
const FIRST: i64 = 1_787_529_600;
const DAYS: i64 = 90;
/// The last day of the third quarter, from the first day.
const QUARTER_END: i64 = 37;
/// The night of the intruder, from the first day: the third of November.
const NIGHT: i64 = 71;
const ACCOUNT: &str = "210987654321";

/// Writes CloudTrail's records of the production account as one file; says how many there are.
///
/// # Errors
/// Where `out` cannot be written.
pub fn demo_trail(out: &mut dyn Write) -> io::Result<usize> {
    let mut random = Random::new(210);
    let mut all: Vec<(i64, &Called, bool)> = Vec::new();
    for day in 0..DAYS {
        for habit in &HABITS {
            for _ in 0..times(&habit.when, day) {
                let second = moment(day, habit.when.hour, &mut random);
                all.extend(habit.calls.iter().map(|call| (second, call, false)));
            }
        }
    }
    for (minute, call) in (0..).zip(&QUARTERLY) {
        all.push((
            FIRST + QUARTER_END * 86_400 + 8 * 3_600 + minute * 240,
            call,
            false,
        ));
    }
    for (minute, call) in (0..).zip(&INTRUDER) {
        all.push((FIRST + NIGHT * 86_400 + 2 * 3_600 + minute * 97, call, true));
    }
    all.sort_by_key(|(second, _, _)| *second);
    out.write_all(b"{\"Records\":[")?;
    for (number, (second, call, intruder)) in all.iter().enumerate() {
        if number > 0 {
            out.write_all(b",\n")?;
        }
        record(out, number, *second, call, *intruder)?;
    }
    out.write_all(b"]}\n")?;
    Ok(all.len())
}

/// Writes the audit log of the cluster's API server, a line an event; says how many there are.
///
/// # Errors
/// Where `out` cannot be written.
pub fn demo_audit(out: &mut dyn Write) -> io::Result<usize> {
    let mut random = Random::new(7);
    let mut all: Vec<(i64, &Audited)> = Vec::new();
    for day in 0..DAYS {
        for event in &AUDITED {
            for _ in 0..times(&event.when, day) {
                all.push((moment(day, event.when.hour, &mut random), event));
            }
        }
    }
    all.sort_by_key(|(second, _)| *second);
    for (number, (second, event)) in all.iter().enumerate() {
        audited(out, number, *second, event)?;
    }
    Ok(all.len())
}

/// How often something happens on a day. Weekdays only where the habit says so.
fn times(when: &When, day: i64) -> usize {
    // The first day is a Monday.
    let weekend = day % 7 >= 5;
    let rests = day % when.every != when.from % when.every || day < when.from || weekend && when.weekdays;
    if rests { 0 } else { when.times }
}

fn moment(day: i64, hour: i64, random: &mut Random) -> i64 {
    let within = i64::try_from(random.below(3_000)).unwrap_or_default();
    FIRST + day * 86_400 + hour * 3_600 + within
}

/// An instant as CloudTrail writes it.
fn instant(second: i64) -> String {
    let days = second.div_euclid(86_400);
    let rest = second.rem_euclid(86_400);
    // All of it lies in four months of 2026, counted from its first of August.
    let mut day = days - 20_666;
    let mut month = 8;
    for (of, length) in [(8, 31), (9, 30), (10, 31), (11, 30)] {
        month = of;
        if day < length {
            break;
        }
        day -= length;
    }
    format!(
        "2026-{month:02}-{:02}T{:02}:{:02}:{:02}Z",
        day + 1,
        rest / 3_600,
        rest / 60 % 60,
        rest % 60
    )
}

fn record(out: &mut dyn Write, number: usize, second: i64, call: &Called, intruder: bool) -> io::Result<()> {
    let who = identity(call.who);
    let data = !call.resources.is_empty();
    let category = if data { "Data" } else { "Management" };
    let address = if intruder { "198.51.100.23" } else { "203.0.113.10" };
    write!(
        out,
        "{{\"eventVersion\":\"1.11\",\"userIdentity\":{who},\"eventTime\":\"{}\",\"eventSource\":\"{}.amazonaws.com\",\
         \"eventName\":\"{}\",\"awsRegion\":\"eu-west-1\",\"sourceIPAddress\":\"{address}\",\"userAgent\":\"{}\",",
        instant(second),
        call.source,
        call.name,
        if intruder {
            "python-requests/2.31"
        } else {
            "aws-sdk"
        }
    )?;
    if let Some(action) = call.denied {
        let session = session(call.who);
        let why = call.why;
        write!(
            out,
            "\"errorCode\":\"AccessDenied\",\"errorMessage\":\"User: {session} is not authorized to perform: {action} on \
             resource: {} {why} action\",",
            call.on
        )?;
    }
    let parameters = if call.parameters.is_empty() {
        "null"
    } else {
        call.parameters
    };
    write!(
        out,
        "\"requestParameters\":{parameters},\"responseElements\":null,\"eventID\":\"00000000-0000-4000-8000-{number:012}\",\
         \"readOnly\":{},",
        call.reads
    )?;
    if data {
        write!(
            out,
            "\"resources\":[{{\"type\":\"{}\",\"ARN\":\"{}\"}}],",
            call.kind, call.resources
        )?;
    }
    write!(
        out,
        "\"eventType\":\"AwsApiCall\",\"managementEvent\":{},\"recipientAccountId\":\"{ACCOUNT}\",\"eventCategory\":\"{category}\"}}",
        !data
    )
}

fn session(role: &str) -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{role}")
}

fn identity(role: &str) -> String {
    let unique: String = role
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    format!(
        "{{\"type\":\"AssumedRole\",\"principalId\":\"AROA{unique}:{role}\",\"arn\":\"{}\",\"accountId\":\"{ACCOUNT}\",\
         \"sessionContext\":{{\"sessionIssuer\":{{\"type\":\"Role\",\"principalId\":\"AROA{unique}\",\"arn\":\"arn:aws:iam::{ACCOUNT}:role/{role}\",\
         \"accountId\":\"{ACCOUNT}\",\"userName\":\"{role}\"}}}}}}",
        session(role)
    )
}

fn audited(out: &mut dyn Write, number: usize, second: i64, event: &Audited) -> io::Result<()> {
    let (namespace, account) = event.who.split_once('/').unwrap_or_default();
    let (decision, code) = if event.denied {
        ("forbid", 403)
    } else {
        ("allow", event.code)
    };
    let root = match event.group {
        "" => "/api/v1".to_owned(),
        group => format!("/apis/{group}/v1"),
    };
    let (within, name) = event.on.split_once('/').unwrap_or_default();
    let mut object = format!("\"resource\":\"{}\"", event.resource);
    let mut uri = root;
    for (key, value) in [("namespace", within), ("name", name), ("apiGroup", event.group)] {
        if !value.is_empty() {
            object.push_str(&format!(",\"{key}\":\"{value}\""));
        }
    }
    if !within.is_empty() {
        uri.push_str(&format!("/namespaces/{within}"));
    }
    uri.push_str(&format!("/{}", event.resource));
    if !name.is_empty() {
        uri.push_str(&format!("/{name}"));
    }
    let at = instant(second);
    let at = at.trim_end_matches('Z');
    writeln!(
        out,
        "{{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\",\"auditID\":\"00000000-0000-4000-9000-{number:012}\",\
         \"stage\":\"ResponseComplete\",\"requestURI\":\"{uri}\",\"verb\":\"{}\",\"user\":{{\"username\":\"system:serviceaccount:{namespace}:{account}\",\
         \"groups\":[\"system:serviceaccounts\",\"system:serviceaccounts:{namespace}\",\"system:authenticated\"]}},\"objectRef\":{{{object},\"apiVersion\":\"v1\"}},\
         \"responseStatus\":{{\"metadata\":{{}},\"code\":{code}}},\"requestReceivedTimestamp\":\"{at}.000000Z\",\"stageTimestamp\":\"{at}.010000Z\",\
         \"annotations\":{{\"authorization.k8s.io/decision\":\"{decision}\"}}}}",
        event.verb
    )
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read, Write};

    use super::{DAYS, FIRST, NIGHT, QUARTER_END, demo_audit, demo_trail, instant};

    #[test]
    fn what_is_committed_is_what_is_generated() {
        type Writes = fn(&mut dyn Write) -> io::Result<usize>;
        let cases: [(&str, Writes); 2] = [
            ("halcyon-prod/cloudtrail.json.gz", demo_trail),
            ("prod-eks/audit.jsonl.gz", demo_audit),
        ];
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../examples/halcyon-pay-logs/events"
        );
        for (name, write) in cases {
            let file = std::fs::File::open(format!("{folder}/{name}")).expect("it is committed");
            let (mut committed, mut generated) = (Vec::new(), Vec::new());
            flate2::read::GzDecoder::new(file)
                .read_to_end(&mut committed)
                .expect("it is whole");
            write(&mut generated).expect("memory takes it");
            assert!(
                committed == generated,
                "{name}: run `leastwise-generate demo-logs`"
            );
        }
    }

    #[test]
    fn days_have_their_dates() {
        let day = |number: i64| instant(FIRST + number * 86_400);
        assert_eq!(day(0), "2026-08-24T00:00:00Z");
        assert_eq!(day(QUARTER_END), "2026-09-30T00:00:00Z");
        assert_eq!(day(NIGHT), "2026-11-03T00:00:00Z");
        assert_eq!(day(DAYS - 1), "2026-11-21T00:00:00Z");
    }
}
