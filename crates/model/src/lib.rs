//! The vocabulary of leastwise: identities, grants, trusts, gaps, snapshots.
