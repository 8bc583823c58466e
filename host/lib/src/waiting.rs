//! What a guest waits by, `wasi:io`, bounded by the budget of the phase: epochs do not interrupt a host import.

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::io::{poll as async_poll, streams as async_streams};
use wasmtime_wasi::p2::bindings::sync::io::{poll, streams};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, StreamError, StreamResult};
use wasmtime_wasi::runtime::in_tokio;

use crate::deadline::Deadline;
use crate::state::State;

/// A host import was still waiting when the time of the phase was over.
#[derive(Debug, thiserror::Error)]
#[error("the budget is spent")]
pub(crate) struct BudgetSpent;

/// Puts these in the place of what `wasmtime-wasi` has.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    fn bounded(state: &mut State) -> Bounded<'_> {
        state.begin_import();
        state.deadline.hold();
        Bounded { table: &mut state.table, deadline: &state.deadline }
    }
    linker.allow_shadowing(true);
    poll::add_to_linker::<State, Bounded<'static>>(linker, bounded)?;
    streams::add_to_linker::<State, Bounded<'static>>(linker, bounded)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The handles of a store, and the time that is left to wait.
struct Bounded<'a> {
    table: &'a mut ResourceTable,
    deadline: &'a Deadline,
}

impl HasData for Bounded<'static> {
    type Data<'a> = Bounded<'a>;
}

impl Bounded<'_> {
    /// Does what may wait; an error if the time is over first.
    fn wait<T, E: From<Spent>>(
        &mut self,
        work: impl AsyncFnOnce(&mut ResourceTable) -> Result<T, E>,
    ) -> Result<T, E> {
        let Self { table, deadline } = self;
        in_tokio(async {
            match tokio::time::timeout(deadline.left(), work(table)).await {
                Ok(done) => done,
                Err(_) => Err(Spent.into()),
            }
        })
    }
}

/// The time is over, on the way to the error of an import.
struct Spent;

impl From<Spent> for wasmtime::Error {
    fn from(_: Spent) -> Self {
        BudgetSpent.into()
    }
}

impl From<Spent> for StreamError {
    fn from(_: Spent) -> Self {
        Self::Trap(BudgetSpent.into())
    }
}

impl poll::Host for Bounded<'_> {
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        self.wait(async |table| async_poll::Host::poll(table, pollables).await)
    }
}

impl poll::HostPollable for Bounded<'_> {
    fn ready(&mut self, this: Resource<DynPollable>) -> wasmtime::Result<bool> {
        poll::HostPollable::ready(self.table, this)
    }

    fn block(&mut self, this: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.wait(async |table| async_poll::HostPollable::block(table, this).await)
    }

    fn drop(&mut self, this: Resource<DynPollable>) -> wasmtime::Result<()> {
        poll::HostPollable::drop(self.table, this)
    }
}

type Input = Resource<DynInputStream>;
type Output = Resource<DynOutputStream>;

impl streams::Host for Bounded<'_> {
    fn convert_stream_error(&mut self, error: StreamError) -> wasmtime::Result<streams::StreamError> {
        streams::Host::convert_stream_error(self.table, error)
    }
}

impl streams::HostInputStream for Bounded<'_> {
    fn read(&mut self, this: Input, len: u64) -> StreamResult<Vec<u8>> {
        streams::HostInputStream::read(self.table, this, len)
    }

    fn blocking_read(&mut self, this: Input, len: u64) -> StreamResult<Vec<u8>> {
        self.wait(async |table| async_streams::HostInputStream::blocking_read(table, this, len).await)
    }

    fn skip(&mut self, this: Input, len: u64) -> StreamResult<u64> {
        streams::HostInputStream::skip(self.table, this, len)
    }

    fn blocking_skip(&mut self, this: Input, len: u64) -> StreamResult<u64> {
        self.wait(async |table| async_streams::HostInputStream::blocking_skip(table, this, len).await)
    }

    fn subscribe(&mut self, this: Input) -> wasmtime::Result<Resource<DynPollable>> {
        streams::HostInputStream::subscribe(self.table, this)
    }

    fn drop(&mut self, this: Input) -> wasmtime::Result<()> {
        self.wait(async |table| async_streams::HostInputStream::drop(table, this).await)
    }
}

impl streams::HostOutputStream for Bounded<'_> {
    fn check_write(&mut self, this: Output) -> StreamResult<u64> {
        streams::HostOutputStream::check_write(self.table, this)
    }

    fn write(&mut self, this: Output, bytes: Vec<u8>) -> StreamResult<()> {
        streams::HostOutputStream::write(self.table, this, bytes)
    }

    fn blocking_write_and_flush(&mut self, this: Output, bytes: Vec<u8>) -> StreamResult<()> {
        self.wait(async |table| {
            async_streams::HostOutputStream::blocking_write_and_flush(table, this, bytes).await
        })
    }

    fn flush(&mut self, this: Output) -> StreamResult<()> {
        streams::HostOutputStream::flush(self.table, this)
    }

    fn blocking_flush(&mut self, this: Output) -> StreamResult<()> {
        self.wait(async |table| async_streams::HostOutputStream::blocking_flush(table, this).await)
    }

    fn write_zeroes(&mut self, this: Output, len: u64) -> StreamResult<()> {
        streams::HostOutputStream::write_zeroes(self.table, this, len)
    }

    fn blocking_write_zeroes_and_flush(&mut self, this: Output, len: u64) -> StreamResult<()> {
        self.wait(async |table| {
            async_streams::HostOutputStream::blocking_write_zeroes_and_flush(table, this, len).await
        })
    }

    fn splice(&mut self, this: Output, from: Input, len: u64) -> StreamResult<u64> {
        streams::HostOutputStream::splice(self.table, this, from, len)
    }

    fn blocking_splice(&mut self, this: Output, from: Input, len: u64) -> StreamResult<u64> {
        self.wait(async |table| {
            async_streams::HostOutputStream::blocking_splice(table, this, from, len).await
        })
    }

    fn subscribe(&mut self, this: Output) -> wasmtime::Result<Resource<DynPollable>> {
        streams::HostOutputStream::subscribe(self.table, this)
    }

    fn drop(&mut self, this: Output) -> wasmtime::Result<()> {
        self.wait(async |table| async_streams::HostOutputStream::drop(table, this).await)
    }
}
