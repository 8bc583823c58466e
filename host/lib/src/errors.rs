//! The errors that the guest of one store holds handles of: [`Errors`]. What it makes takes of the store's limits, and what is
//! too long is cut.

use ambit_core::{Family, Raised};
use wasmtime::component::{HasData, Resource, ResourceTable};

use crate::fault::TooManyErrors;
use crate::limits::Used;
use crate::state::State;

/// What a guest has of an error.
pub(crate) type Handle = Resource<Raised>;

/// The errors that the guest of one store holds handles of.
pub(crate) struct Errors<'a> {
    table: &'a mut ResourceTable,
    used: &'a mut Used,
}

impl HasData for Errors<'static> {
    type Data<'a> = Errors<'a>;
}

/// The rules of the contract that a guest's SDK can say were broken.
const RULES: [&str; 2] = ["did-not-yield", "did-not-stop"];

impl<'a> Errors<'a> {
    /// Those of this store.
    pub(crate) fn of(state: &'a mut State) -> Self {
        state.begin_import();
        Self { table: &mut state.table, used: &mut state.used }
    }

    /// An error that the guest makes.
    pub(crate) fn make(&mut self, kinds: Vec<String>, message: String) -> wasmtime::Result<Handle> {
        self.make_group(kinds, message, Vec::new())
    }

    /// An error that the guest makes of several.
    pub(crate) fn make_group(
        &mut self,
        kinds: Vec<String>,
        message: String,
        members: Vec<Raised>,
    ) -> wasmtime::Result<Handle> {
        let limit = self.used.limits().message;
        let kinds = kinds.into_iter().map(|kind| cut(kind, limit));
        self.made(Raised::group(Family::Error, kinds, cut(message, limit), members))
    }

    /// The error that says that the guest broke a rule of the contract.
    pub(crate) fn broke(&mut self, rule: &str) -> wasmtime::Result<Handle> {
        let message = cut(rule.replace('-', " "), self.used.limits().message);
        // What is not a rule of this version gets no kind of its own: `panic` is one that nobody can replace.
        let known = RULES.contains(&rule).then_some(rule);
        self.made(Raised::new(Family::Fault, known.into_iter().chain(["protocol"]), message))
    }

    /// Adds a line to an error.
    pub(crate) fn note(&mut self, handle: &Handle, note: String) -> wasmtime::Result<()> {
        let note = cut(note, self.used.limits().message);
        self.charge(0, size_of_val(&note) + note.len())?;
        self.get(handle)?.add_note(note);
        Ok(())
    }

    /// An error that the guest made: it counts, and so does what it says.
    fn made(&mut self, raised: Raised) -> wasmtime::Result<Handle> {
        let kinds: usize = raised.kinds().iter().map(|kind| size_of_val(kind) + kind.len()).sum();
        let members = size_of_val(raised.members());
        self.charge(1, raised.message().len() + kinds + members)?;
        self.give(raised)
    }

    fn charge(&mut self, errors: usize, bytes: usize) -> wasmtime::Result<()> {
        if self.used.charge(errors, bytes) { Ok(()) } else { Err(TooManyErrors.into()) }
    }

    /// Gives the guest a handle of an error.
    pub(crate) fn give(&mut self, raised: Raised) -> wasmtime::Result<Handle> {
        Ok(self.table.push(raised)?)
    }

    /// The error that a handle is of.
    pub(crate) fn get(&self, handle: &Handle) -> wasmtime::Result<&Raised> {
        Ok(self.table.get(handle)?)
    }

    /// Takes a handle back.
    pub(crate) fn release(&mut self, handle: Handle) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}

/// The text, or as much of it as the limit allows, up to the end of a character, and how much is missing.
fn cut(text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let kept = text.floor_char_boundary(limit);
    // A new text: the old one would keep its room.
    format!("{}… ({} more bytes)", &text[..kept], text.len() - kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_up_to_the_limit_is_kept_whole() {
        for text in ["", "xxxx", "éé"] {
            assert_eq!(cut(text.to_owned(), 4), text);
        }
    }

    #[test]
    fn a_longer_text_is_cut_between_characters_and_says_how_much_is_missing() {
        assert_eq!(cut("xxxxxxx".to_owned(), 4), "xxxx… (3 more bytes)");
        assert_eq!(cut("xéé".to_owned(), 4), "xé… (2 more bytes)");
        assert_eq!(cut("é".to_owned(), 0), "… (2 more bytes)");
    }
}
