//! Several recordings, played by several guests: [`Matrix`].

use std::collections::BTreeSet;
use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use ambit::Isolation;

use crate::{Guest, GuestError, Guests, Sandbox, Suite, Table, Tally};

/// Recordings, and what came of playing each with each guest. Displayed, it is a table.
#[derive(Debug)]
pub struct Matrix {
    recordings: Vec<String>,
    rows: Vec<(Guest, Vec<Tally>)>,
}

impl Matrix {
    /// Plays each recording, which are given with their names, with each guest: all guests at once.
    ///
    /// # Errors
    /// A guest cannot be built or loaded.
    pub fn play(
        guests: &Guests,
        recordings: &[(String, Suite)],
        players: &[Guest],
        isolation: Isolation,
    ) -> Result<Self, Arc<GuestError>> {
        let sandboxes = players.iter().map(|guest| guests.sandbox(guest, isolation));
        let sandboxes = sandboxes.collect::<Result<Vec<_>, _>>()?;
        let row = |sandbox: &Sandbox| {
            let tally = |(_, suite): &(_, Suite)| suite.play(|scenario| sandbox.play(scenario));
            recordings.iter().map(tally).collect()
        };
        let rows: Vec<Vec<Tally>> = thread::scope(|scope| {
            let playing: Vec<_> = sandboxes.iter().map(|sandbox| scope.spawn(move || row(sandbox))).collect();
            playing.into_iter().map(|row| row.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        });
        Ok(Self {
            recordings: recordings.iter().map(|(name, _)| name.clone()).collect(),
            rows: players.iter().cloned().zip(rows).collect(),
        })
    }

    /// Each play of a recording: who played, which, and what came of it.
    pub fn plays(&self) -> impl Iterator<Item = (&Guest, &str, &Tally)> {
        self.rows.iter().flat_map(|(guest, tallies)| {
            self.recordings.iter().zip(tallies).map(move |(recording, tally)| (guest, &**recording, tally))
        })
    }

    /// Whether all ended as in CPython, and nothing was skipped but what the guest's language rules out.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.plays()
            .all(|(guest, _, tally)| tally.failed.is_empty() && (tally.skipped == 0 || guest.may_skip()))
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new([""].into_iter().chain(self.recordings.iter().map(|name| &**name)));
        for (guest, tallies) in &self.rows {
            let cells = tallies.iter().map(ToString::to_string);
            table.row([guest.to_string()].into_iter().chain(cells));
        }
        write!(f, "{table}")?;
        let skipped = self.plays().filter(|(_, _, tally)| tally.skipped > 0);
        let reasons: BTreeSet<_> = skipped.flat_map(|(guest, _, _)| guest.skips()).collect();
        if !reasons.is_empty() {
            writeln!(f, "\nSkipped are scenarios in which a manager yields again:")?;
        }
        reasons.into_iter().try_for_each(|reason| writeln!(f, "- {reason}."))
    }
}
