//! A folder with two good exports, what a test puts beside them, and the program run inside it.

use std::fs;
use std::io::{Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longer than any of these runs takes in a debug build on a busy machine; whoever is not done by then hangs.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) const GOOD_CLUSTER: &str = r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: payments}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: payments}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: api}]
"#;

pub(crate) const GOOD_ACCOUNT: &str = r#"{
  "UserDetailList": [], "GroupDetailList": [], "Policies": [],
  "RoleDetailList": [{
    "Path": "/", "RoleName": "reports", "RoleId": "AROAEXAMPLEREPORTS00", "Arn": "arn:aws:iam::111122223333:role/reports",
    "CreateDate": "2026-01-01T00:00:00+00:00", "InstanceProfileList": [], "AttachedManagedPolicies": [], "Tags": [],
    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
    "RolePolicyList": [{"PolicyName": "read", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}]}}]
  }]
}"#;

/// A folder with the good files.
pub(crate) struct Estate {
    pub(crate) folder: TempDir,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Estate {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let estate = Self { folder };
        estate
            .with("good-cluster.yaml", GOOD_CLUSTER)
            .with("good-account.json", GOOD_ACCOUNT);
        estate
    }

    pub(crate) fn with(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program inside the folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leastwise"));
        command.args(arguments).current_dir(self.folder.path());
        ran(command)
    }

    /// `can` with the answer's word.
    pub(crate) fn can(&self, identity: &str, action: &str, resource: &str) -> (String, Ran) {
        let ran = self.run(&[
            "can", identity, action, resource, "--in", ".", "--format", "plain", "-v",
        ]);
        let word = ran.out.split('\t').next().unwrap_or_default().to_owned();
        (word, ran)
    }

    /// The good files are answered as if nothing lay beside them, and each of `told` stands on standard error.
    pub(crate) fn answers(&self, told: &[&str]) -> Ran {
        let questions = [
            (
                "system:serviceaccount:payments:api",
                "core/secrets:get",
                "payments/key",
                "yes",
            ),
            (
                "system:serviceaccount:payments:api",
                "core/secrets:get",
                "billing/key",
                "no",
            ),
            (
                "arn:aws:iam::111122223333:role/reports",
                "s3:GetObject",
                "arn:aws:s3:::reports/june",
                "yes",
            ),
            (
                "arn:aws:iam::111122223333:role/reports",
                "s3:PutObject",
                "arn:aws:s3:::reports/june",
                "no",
            ),
        ];
        let mut last = None;
        for (identity, action, resource, expected) in questions {
            let (word, ran) = self.can(identity, action, resource);
            assert_eq!(word, expected, "{identity} {action} {resource}: {ran:?}");
            assert_eq!(ran.code, 0, "{ran:?}");
            for told in told {
                assert!(ran.err.contains(told), "`{told}` is not told: {}", ran.err);
            }
            last = Some(ran);
        }
        let scan = self.run(&["scan", "."]);
        assert_eq!(scan.code, 0, "{scan:?}");
        last.unwrap()
    }
}

/// Waits for the program; one that hangs or panics fails the test.
pub(crate) fn ran(mut command: Command) -> Ran {
    command
        .env("NO_COLOR", "1")
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let out = drained(child.stdout.take());
    let err = drained(child.stderr.take());
    let code = waited(&mut child, &format!("{command:?}"));
    let ran = Ran {
        code,
        out: out.join().unwrap(),
        err: err.join().unwrap(),
    };
    assert!(!ran.err.contains("panicked"), "{command:?}: {ran:?}");
    assert!(ran.code != 1 && ran.code >= 0, "{command:?} failed: {ran:?}");
    ran
}

pub(crate) fn drained(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.expect("a pipe").read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

pub(crate) fn waited(child: &mut Child, what: &str) -> i32 {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap_or(-1);
        }
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{what} is not done after {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn not_run(why: &str) {
    // Not through the test's captured output: nobody would see it.
    let _ = writeln!(std::io::stderr().lock(), "not run: {why}");
}

/// Line and column of the first `needle`, from 1, in characters.
pub(crate) fn place_of(text: &str, needle: &str) -> (usize, usize) {
    let at = text.find(needle).expect("the needle is there");
    let before = text.get(..at).unwrap();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

pub(crate) fn role(name: &str, trusts: &str, statement: &str) -> String {
    format!(
        r#"{{"Path": "/", "RoleName": "{name}", "RoleId": "AROA{name}", "Arn": "arn:aws:iam::444455556666:role/{name}",
    "CreateDate": "2026-01-01T00:00:00+00:00", "InstanceProfileList": [], "AttachedManagedPolicies": [], "Tags": [],
    "AssumeRolePolicyDocument": {{"Version": "2012-10-17", "Statement": [
      {{"Effect": "Allow", "Principal": {{"AWS": "{trusts}"}}, "Action": "sts:AssumeRole"}}]}},
    "RolePolicyList": [{{"PolicyName": "p", "PolicyDocument": {{"Version": "2012-10-17", "Statement": [{statement}]}}}}]}}"#
    )
}

pub(crate) fn account(roles: &[String]) -> String {
    format!(
        r#"{{"UserDetailList": [], "GroupDetailList": [], "Policies": [],
"RoleDetailList": [{}]}}"#,
        roles.join(",\n")
    )
}

pub(crate) fn reads(bucket: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::{bucket}/*"}}"#)
}
