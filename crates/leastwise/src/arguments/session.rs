//! A session of an identity, with policies that it begins with.

use std::path::Path;

use clap::Args;
use leastwise_effective::World;
use leastwise_model::{Begun, IdentityIndex, Passed};

use super::{EstateArguments, identity};
use crate::estate::{self, Imagined};
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// The policies of a session, as typed.
#[derive(Args, Debug)]
pub struct SessionArgument {
    /// Ask of a session of IDENTITY that begins with this policy: a file, or the ARN of a managed one (repeatable)
    #[arg(long = "session-policy", value_name = "FILE|ARN")]
    policies: Vec<String>,
}

impl SessionArgument {
    /// The estate, and who is asked about: whom `typed` names, or a session of it.
    ///
    /// # Errors
    /// As [`EstateArguments::world`]; where nobody is called so; where no session of it begins with these policies.
    pub fn world(
        &self,
        estate: &EstateArguments,
        typed: &str,
        terminal: &Terminal,
    ) -> Result<(World, IdentityIndex), Problem> {
        let world = estate.world(terminal)?;
        let index = identity(&world, typed)?;
        if self.policies.is_empty() {
            return Ok((world, index));
        }
        let begun = self.begun(&world, index)?;
        let id = begun.id.clone();
        let world = estate.world_with(begun)?;
        let index = identity(&world, &id)?;
        Ok((world, index))
    }

    fn begun(&self, world: &World, index: IdentityIndex) -> Result<Begun, Problem> {
        let policies: Result<Vec<Passed>, Problem> =
            self.policies.iter().map(|typed| passed(typed)).collect();
        let policies = policies?;
        let identity = world.snapshot().identity(index);
        let begun = world
            .platform_of(index)
            .zip(identity)
            .and_then(|(platform, identity)| platform.session(identity, &policies));
        match begun {
            Some(Ok(begun)) => Ok(begun),
            Some(Err(why)) => Err(Problem::usage(format!("--session-policy: {why}"))),
            None => Err(
                Problem::usage("--session-policy: sessions of this platform begin with no policies")
                    .hint("ask about the identity itself"),
            ),
        }
    }
}

/// The text of a file; what is none is the name of a policy.
fn passed(typed: &str) -> Result<Passed, Problem> {
    let path = Path::new(typed);
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Passed::Document(text.into())),
        Err(_) if !path.exists() && typed.contains(':') => Ok(Passed::Name(typed.into())),
        Err(error) => Err(Problem::file(path, &error)),
    }
}

impl EstateArguments {
    /// The same estate with a session. What is odd about it is not told again.
    ///
    /// # Errors
    /// Where it is a snapshot: who is in it is told already there.
    fn world_with(&self, begun: Begun) -> Result<World, Problem> {
        let defaults = self.assumed.defaults.clone();
        let shown = begun.shown.clone();
        let estate = estate::load(&self.inputs, defaults, Imagined::Also(begun), PLATFORMS)?;
        if estate.kept {
            return Err(Problem::usage("in a snapshot no further session can begin")
                .hint("give the exports that it was made of"));
        }
        let of_it = |remark: &leastwise_model::Remark| {
            let file = remark
                .location
                .as_ref()
                .and_then(|at| estate.snapshot.file(at.file));
            file.is_some_and(|file| *file.path == *shown)
        };
        match estate.snapshot.remarks.iter().find(|remark| of_it(remark)) {
            Some(remark) => {
                Err(Problem::usage(format!("--session-policy: {}", remark.what))
                    .hint(remark.hint.to_string()))
            }
            None => Ok(World::new(estate.snapshot, PLATFORMS)),
        }
    }
}
