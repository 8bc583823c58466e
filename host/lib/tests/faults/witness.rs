//! The scopes around the hostile one: [`Witnesses`].

use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use ambit::{Answer, Plugin, Raised};
use serde_json::{Value, json};

use crate::cell::Cell;
use crate::hostile;
use crate::kind::Held;

/// Well-behaved scopes, each a guest with a function of the host beside it, which tell what they saw as they exit.
#[derive(Default)]
pub(crate) struct Witnesses {
    seen: Arc<Mutex<Seen>>,
}

/// What witnesses saw as they exited, in that order.
#[derive(Default)]
pub(crate) struct Seen {
    /// Which one exited, and the error that it was given: by the host's functions.
    pub(crate) given: Vec<(usize, Option<Raised>)>,
    /// What the guests wrote.
    pub(crate) written: String,
}

impl Witnesses {
    /// Enters the witness of this place.
    pub(crate) async fn enter(&self, held: &mut Held<'_>, place: usize, cell: &Cell) -> Result<(), Raised> {
        static PLUGINS: OnceLock<[Plugin; 2]> = OnceLock::new();
        let load = |path| hostile::engine().load(path).unwrap();
        let programs = [programs::SCRIPTED, programs::SCRIPTED_AWAITS];
        let plugin = &PLUGINS.get_or_init(|| programs.map(load))[cell.kind as usize];
        let heard = self.seen.clone();
        let witness = plugin.manager("scripted").unwrap().isolation(cell.policy.isolation());
        let witness = witness
            .output(move |bytes| heard.lock().unwrap().written.push_str(&String::from_utf8_lossy(bytes)));
        held.enter(&witness, &script(place)).await?;
        let told = self.seen.clone();
        held.push(move |pending| {
            told.lock().unwrap().given.push((place, pending.cloned()));
            Answer::Passed
        });
        Ok(())
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }
}

/// What the guest in this place does: it tells what it was given, and lets it go on.
fn script(place: usize) -> Value {
    json!({
        "name": place.to_string(),
        "script": {
            "before": [],
            "yields": 1,
            "value": "",
            "handlers": [{"catch": "*", "actions": [], "then": "reraise"}],
            "else": [{"log": "completed"}],
            "finally": [],
        },
    })
}

/// What a guest in this place writes where it was given this error, or none.
pub(crate) fn writes(place: usize, given: Option<&Raised>) -> String {
    match given {
        None => format!("{place}: completed\n"),
        Some(raised) => {
            let kind = raised.kinds().first().map_or("", String::as_str);
            format!("{place}: caught {kind}({})\n", raised.message())
        }
    }
}
