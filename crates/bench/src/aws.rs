//! Account authorization details of synthetic AWS accounts, as `aws iam get-account-authorization-details` gives them.

use std::io::{self, Write};

use crate::aws_policy::{SERVICES, document};
use crate::json::{array, object, string, strings};
use crate::{Random, Size};

/// The instant every object was made at.
const MADE: &str = "2024-01-01T00:00:00+00:00";

/// How many grants an identity gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grants {
    /// What a usual account has: one to four attachments, and for six in ten roles one to four inline statements.
    Usual,
    /// Exactly this many: two to six attachments, the rest inline statements.
    Exactly(usize),
}

/// A synthetic AWS account.
#[derive(Debug, Clone)]
pub struct AwsAccount {
    /// Twelve digits.
    pub account: String,
    /// Roles `app-0`, `app-1`, ….
    pub roles: usize,
    /// Customer-managed policies, of one to six statements.
    pub policies: usize,
    /// Users `u-0`, …, each a member of two groups.
    pub users: usize,
    /// Groups of users.
    pub groups: usize,
    /// Grants of each role (and, if exact, of each user).
    pub grants: Grants,
    /// Other accounts whose roles may be trusted; empty for an account on its own.
    pub neighbors: Vec<String>,
    /// Where the random numbers start.
    pub seed: u64,
}

impl Default for AwsAccount {
    fn default() -> Self {
        Self {
            account: "111122223333".into(),
            roles: 1000,
            policies: 200,
            users: 100,
            groups: 20,
            grants: Grants::Usual,
            neighbors: Vec::new(),
            seed: 7,
        }
    }
}

/// Many accounts that trust each other here and there: a tenth of an account's role trusts names a role of another account.
#[derive(Debug, Clone)]
pub struct AwsEstate {
    /// Roles and users in all; each has exactly ten grants.
    pub identities: usize,
    /// Roles and users of one account; the last account has the rest.
    pub identities_per_account: usize,
    /// Where the random numbers start.
    pub seed: u64,
}

impl Default for AwsEstate {
    fn default() -> Self {
        Self {
            identities: 100_000,
            identities_per_account: 1_000,
            seed: 7,
        }
    }
}

/// Writes one account. Time and output grow with identities and policies; memory holds one object at a time.
///
/// # Errors
///
/// Those of the writer.
pub fn aws_account(account: &AwsAccount, out: &mut impl Write) -> io::Result<Size> {
    Generator::new(account).write(out)
}

/// Writes an estate; `open` is asked for the writer of each account in turn.
///
/// # Errors
///
/// Those of `open` and of the writers.
pub fn aws_estate<W: Write>(
    estate: &AwsEstate,
    mut open: impl FnMut(&str) -> io::Result<W>,
) -> io::Result<Size> {
    let per_account = estate.identities_per_account.max(1);
    let ids: Vec<String> = (0..estate.identities.div_ceil(per_account))
        .map(account_id)
        .collect();
    let mut size = Size::default();
    for (index, id) in ids.iter().enumerate() {
        let identities = per_account.min(estate.identities - index * per_account);
        let users = identities / 25;
        let account = AwsAccount {
            account: id.clone(),
            roles: identities - users,
            policies: (identities / 5).max(20),
            users,
            groups: 10,
            grants: Grants::Exactly(10),
            neighbors: ids.iter().filter(|other| *other != id).cloned().collect(),
            seed: estate.seed.wrapping_add(index as u64),
        };
        let mut out = open(id)?;
        size.add(aws_account(&account, &mut out)?);
        out.flush()?;
    }
    Ok(size)
}

fn account_id(index: usize) -> String {
    format!("{:012}", 200_000_000_000_u64 + (index as u64) * 1_000_003)
}

struct Policy {
    name: String,
    arn: String,
    document: String,
}

struct Generator<'a> {
    spec: &'a AwsAccount,
    random: Random,
    size: Size,
}

impl<'a> Generator<'a> {
    fn new(spec: &'a AwsAccount) -> Self {
        Self {
            spec,
            random: Random::new(spec.seed),
            size: Size::default(),
        }
    }

    fn write(mut self, out: &mut impl Write) -> io::Result<Size> {
        let id = &self.spec.account;
        let mut policies: Vec<Policy> = (0..self.spec.policies)
            .map(|index| {
                let count = self.random.between(1, 6);
                Policy {
                    name: format!("pol-{index}"),
                    arn: format!("arn:aws:iam::{id}:policy/pol-{index}"),
                    document: document(&mut self.random, id, count),
                }
            })
            .collect();
        policies.extend(aws_managed());
        // Attachments are counted, as AWS prints the count with each policy; so policies are written last.
        let mut attached = vec![0_usize; policies.len()];
        let mut capping = vec![0_usize; policies.len()];

        out.write_all(b"{\"UserDetailList\":[")?;
        for index in 0..self.spec.users {
            separate(index, out)?;
            let user = self.user(index, &policies, &mut attached);
            out.write_all(user.as_bytes())?;
        }
        out.write_all(b"],\"GroupDetailList\":[")?;
        for index in 0..self.spec.groups {
            separate(index, out)?;
            let group = self.group(index, &policies, &mut attached);
            out.write_all(group.as_bytes())?;
        }
        out.write_all(b"],\"RoleDetailList\":[")?;
        for index in 0..self.spec.roles {
            separate(index, out)?;
            let role = self.role(index, &policies, &mut attached, &mut capping);
            out.write_all(role.as_bytes())?;
        }
        out.write_all(b"],\"Policies\":[")?;
        for (index, policy) in policies.iter().enumerate() {
            separate(index, out)?;
            let attached = attached.get(index).copied().unwrap_or_default();
            let capping = capping.get(index).copied().unwrap_or_default();
            out.write_all(policy_json(index, policy, attached, capping).as_bytes())?;
        }
        out.write_all(b"]}\n")?;
        self.size.objects += self.spec.users + self.spec.groups + self.spec.roles + policies.len();
        self.size.identities += self.spec.users + self.spec.roles;
        Ok(self.size)
    }

    /// Attaches `count` policies; one identity in ten has one of AWS's own among or beside them.
    fn attachments(
        &mut self,
        count: usize,
        exact: bool,
        policies: &[Policy],
        attached: &mut [usize],
    ) -> String {
        let own = self.spec.policies;
        let aws = self.random.chance(0.10) && policies.len() > own;
        let count = if aws && exact {
            count.saturating_sub(1)
        } else {
            count
        };
        let mut chosen = self.random.sample(own, count);
        if aws {
            chosen.push(own + self.random.weighted(&[1.0, 5.0, 1.0]));
        }
        let made: Vec<String> = chosen
            .iter()
            .filter_map(|at| {
                *attached.get_mut(*at)? += 1;
                let policy = policies.get(*at)?;
                Some(object(&[
                    ("PolicyName", string(&policy.name)),
                    ("PolicyArn", string(&policy.arn)),
                ]))
            })
            .collect();
        self.size.grants += made.len();
        array(&made)
    }

    fn inline(&mut self, statements: usize) -> String {
        if statements == 0 {
            return "[]".into();
        }
        self.size.grants += statements;
        let document = document(&mut self.random, &self.spec.account, statements);
        array(&[object(&[
            ("PolicyName", string("inline")),
            ("PolicyDocument", document),
        ])])
    }

    fn user(&mut self, index: usize, policies: &[Policy], attached: &mut [usize]) -> String {
        let id = &self.spec.account;
        let (attachments, inline) = match self.spec.grants {
            Grants::Usual => (self.random.between(0, 1), 0),
            Grants::Exactly(grants) => self.split(grants),
        };
        let exact = self.spec.grants != Grants::Usual;
        let groups: Vec<String> = self
            .random
            .sample(self.spec.groups, 2)
            .iter()
            .map(|group| format!("g-{group}"))
            .collect();
        object(&[
            ("Path", string("/")),
            ("UserName", string(format!("u-{index}"))),
            ("UserId", string(format!("AIDA{index:016}"))),
            ("Arn", string(format!("arn:aws:iam::{id}:user/u-{index}"))),
            ("CreateDate", string(MADE)),
            ("UserPolicyList", self.inline(inline)),
            ("GroupList", strings(&groups)),
            (
                "AttachedManagedPolicies",
                self.attachments(attachments, exact, policies, attached),
            ),
            ("Tags", "[]".into()),
        ])
    }

    fn group(&mut self, index: usize, policies: &[Policy], attached: &mut [usize]) -> String {
        let id = &self.spec.account;
        let direct = self.size.grants;
        let attachments = self.attachments(2, false, policies, attached);
        // What a group holds is granted to the group: it does not count as granted to an identity.
        self.size.grants = direct;
        object(&[
            ("Path", string("/")),
            ("GroupName", string(format!("g-{index}"))),
            ("GroupId", string(format!("AGPA{index:016}"))),
            ("Arn", string(format!("arn:aws:iam::{id}:group/g-{index}"))),
            ("CreateDate", string(MADE)),
            ("GroupPolicyList", "[]".into()),
            ("AttachedManagedPolicies", attachments),
        ])
    }

    fn role(
        &mut self,
        index: usize,
        policies: &[Policy],
        attached: &mut [usize],
        capping: &mut [usize],
    ) -> String {
        let id = &self.spec.account;
        let (attachments, inline) = match self.spec.grants {
            Grants::Usual => {
                let inline = if self.random.chance(0.6) {
                    self.random.between(1, 4)
                } else {
                    0
                };
                (self.random.between(1, 4), inline)
            }
            Grants::Exactly(grants) => self.split(grants),
        };
        let exact = self.spec.grants != Grants::Usual;
        let tag = object(&[
            ("Key", string("team")),
            ("Value", string(format!("t{}", self.random.below(12)))),
        ]);
        let mut members = vec![
            ("Path", string("/")),
            ("RoleName", string(format!("app-{index}"))),
            ("RoleId", string(format!("AROA{index:016}"))),
            ("Arn", string(format!("arn:aws:iam::{id}:role/app-{index}"))),
            ("CreateDate", string(MADE)),
            ("AssumeRolePolicyDocument", self.trust(index)),
            ("InstanceProfileList", "[]".into()),
            ("RolePolicyList", self.inline(inline)),
            (
                "AttachedManagedPolicies",
                self.attachments(attachments, exact, policies, attached),
            ),
            ("Tags", array(&[tag])),
            ("RoleLastUsed", "{}".into()),
        ];
        if self.random.chance(0.1) {
            let at = self.random.below(self.spec.policies);
            if let (Some(policy), Some(count)) = (policies.get(at), capping.get_mut(at)) {
                *count += 1;
                let boundary = object(&[
                    ("PermissionsBoundaryType", string("PermissionsBoundaryPolicy")),
                    ("PermissionsBoundaryArn", string(&policy.arn)),
                ]);
                members.push(("PermissionsBoundary", boundary));
            }
        }
        object(&members)
    }

    /// Splits an exact number of grants into attachments and inline statements.
    fn split(&mut self, grants: usize) -> (usize, usize) {
        let attachments = self.random.between(2, 6).min(grants).min(self.spec.policies);
        (attachments, grants - attachments)
    }

    fn trust(&mut self, index: usize) -> String {
        let id = &self.spec.account;
        let shape = self.random.unit();
        let statement = if shape < 0.6 {
            let services = ["lambda", "ec2", "ecs-tasks", "codebuild", "states"];
            let service = self.random.pick(&services, "lambda");
            assume(object(&[("Service", string(format!("{service}.amazonaws.com")))]))
        } else if shape < 0.75 {
            assume(object(&[("AWS", string(format!("arn:aws:iam::{id}:root")))]))
        } else if shape < 0.9 && index > 0 {
            let count = self.random.between(1, 3);
            let roles: Vec<String> = (0..count)
                .map(|_| {
                    let role = self.random.below(index);
                    let account = if !self.spec.neighbors.is_empty() && self.random.chance(0.1) {
                        let at = self.random.below(self.spec.neighbors.len());
                        self.spec.neighbors.get(at).unwrap_or(id)
                    } else {
                        id
                    };
                    format!("arn:aws:iam::{account}:role/app-{role}")
                })
                .collect();
            assume(object(&[("AWS", strings(&roles))]))
        } else {
            let provider = "token.actions.githubusercontent.com";
            let repository = format!("repo:acme/r{}:*", self.random.below(40));
            format!(
                "{{\"Effect\":\"Allow\",\"Principal\":{{\"Federated\":\"arn:aws:iam::{id}:oidc-provider/{provider}\"}},\
                 \"Action\":\"sts:AssumeRoleWithWebIdentity\",\"Condition\":{{\"StringEquals\":{{\"{provider}:aud\":\
                 \"sts.amazonaws.com\"}},\"StringLike\":{{\"{provider}:sub\":\"{repository}\"}}}}}}"
            )
        };
        format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{statement}]}}")
    }
}

fn assume(principal: String) -> String {
    object(&[
        ("Effect", string("Allow")),
        ("Principal", principal),
        ("Action", string("sts:AssumeRole")),
    ])
}

/// Three of AWS's own policies: all, all but identity management, reading.
fn aws_managed() -> [Policy; 3] {
    let reading: Vec<String> = SERVICES
        .iter()
        .flat_map(|service| ["Get*", "List*", "Describe*"].map(|family| format!("{}:{family}", service.name)))
        .collect();
    [
        ("AdministratorAccess", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#.to_owned()),
        (
            "ReadOnlyAccess",
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":{},"Resource":"*"}}]}}"#,
                strings(&reading)
            ),
        ),
        (
            "PowerUserAccess",
            concat!(
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"#,
                r#""Resource":"*"},{"Effect":"Allow","Action":["iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","#,
                r#""iam:ListRoles","organizations:DescribeOrganization"],"Resource":"*"}]}"#
            )
            .to_owned(),
        ),
    ]
    .map(|(name, document)| Policy {
        name: name.to_owned(),
        arn: format!("arn:aws:iam::aws:policy/{name}"),
        document,
    })
}

fn policy_json(index: usize, policy: &Policy, attached: usize, capping: usize) -> String {
    let version = object(&[
        ("Document", policy.document.clone()),
        ("VersionId", string("v1")),
        ("IsDefaultVersion", "true".into()),
        ("CreateDate", string(MADE)),
    ]);
    object(&[
        ("PolicyName", string(&policy.name)),
        ("PolicyId", string(format!("ANPA{index:016}"))),
        ("Arn", string(&policy.arn)),
        ("Path", string("/")),
        ("DefaultVersionId", string("v1")),
        ("AttachmentCount", attached.to_string()),
        ("PermissionsBoundaryUsageCount", capping.to_string()),
        ("IsAttachable", "true".into()),
        ("CreateDate", string(MADE)),
        ("UpdateDate", string(MADE)),
        ("PolicyVersionList", array(&[version])),
    ])
}

fn separate(index: usize, out: &mut impl Write) -> io::Result<()> {
    out.write_all(if index == 0 { b"\n" } else { b",\n" })
}

#[cfg(test)]
mod tests;
