//! What a dump of a world says, against what its export says, which is compared with the server itself.

use leastwise_model::{File, Platform, Settings, Snapshot};
use leastwise_permset::Answers;
use leastwise_postgresql::PostgreSql;

use crate::compare::{Tally, expected};
use crate::server::Server;
use crate::world::{Probe, ROLES, World};

fn compiled(text: &str) -> Snapshot {
    let mut snapshot = Snapshot::new();
    let file = snapshot.add_file(File {
        path: "server/all.sql".into(),
        unit: "server".into(),
    });
    let mut reader = PostgreSql.reader(&Settings::default());
    assert!(reader.take_text(file, "server/all.sql", text), "it is a dump");
    reader.compile(&mut snapshot);
    snapshot
}

/// Whatever the export leaves open, the dump may leave open too, and more; it may not say otherwise.
pub fn compare(
    server: &Server,
    seed: u64,
    world: &World,
    of_export: &Snapshot,
    tally: &mut Tally,
) -> Result<(), String> {
    let Some(text) = server.dump()? else {
        return Ok(());
    };
    let of_dump = compiled(&text);
    for remark in of_dump.remarks.iter().filter(|remark| remark.loses) {
        let line = remark.location.as_ref().map_or(0, |at| at.line);
        let shown = text
            .lines()
            .nth(line.saturating_sub(1) as usize)
            .unwrap_or_default();
        tally
            .wrong
            .push(format!("seed {seed}: dump: {}: {shown}", remark.what));
    }
    let range = |snapshot: &Snapshot, role: &str, probe: &Probe| {
        let identity = snapshot.identities.iter().find(|one| &*one.name == role);
        let set = [identity
            .ok_or_else(|| format!("no identity {role}"))?
            .holding
            .effective()];
        let every = Answers::holding(snapshot.gaps.keys().cloned());
        let least = expected(world, &set, probe, &Answers::none());
        Ok::<_, String>((least, expected(world, &set, probe, &every)))
    };
    for role in ROLES {
        for probe in &world.probes {
            let export = range(of_export, role, probe)?;
            let dump = range(&of_dump, role, probe)?;
            tally.dumped += 1;
            tally.dumped_open += usize::from(dump.0 != dump.1 && export.0 == export.1);
            if dump.0 > export.0 || dump.1 < export.1 {
                tally.wrong.push(format!(
                    "seed {seed}: dump: {role} {} {}: {dump:?}, the export says {export:?}",
                    probe.action, probe.resource
                ));
            }
        }
    }
    Ok(())
}
