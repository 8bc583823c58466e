//! What a guest writes on its stdout and stderr: [`Output`].

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Who is told what a guest writes, as it writes it.
pub(crate) type Listener = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// How much of it is kept, for a fault to show.
const KEPT: usize = 4096;

/// How much a guest may write at once.
const AT_ONCE: usize = 64 << 10;

/// What a guest writes: passed on to who listens, its end kept. A guest can write as much as it likes.
#[derive(Clone)]
pub(crate) struct Output(Arc<Inner>);

struct Inner {
    kept: Mutex<VecDeque<u8>>,
    /// Whether anything is kept: most guests write nothing.
    written: AtomicBool,
    listener: Option<Listener>,
}

impl Output {
    pub(crate) fn new(listener: Option<Listener>) -> Self {
        Self(Arc::new(Inner { kept: Mutex::default(), written: AtomicBool::new(false), listener }))
    }

    /// The end of what was written.
    pub(crate) fn tail(&self) -> String {
        String::from_utf8_lossy(self.kept().make_contiguous()).into_owned()
    }

    /// Forgets what was written.
    pub(crate) fn clear(&self) {
        if self.0.written.load(Ordering::Relaxed) {
            self.0.written.store(false, Ordering::Relaxed);
            self.kept().clear();
        }
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<u8>> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, bytes: &[u8]) {
        if let Some(listener) = &self.0.listener {
            // A panic must not unwind through the guest: it could be entered again, half unwound.
            if catch_unwind(AssertUnwindSafe(|| listener(bytes))).is_err() {
                tracing::error!("the listener for a plugin's output panicked");
            }
        }
        self.0.written.store(true, Ordering::Relaxed);
        let mut kept = self.kept();
        kept.extend(bytes.iter().skip(bytes.len().saturating_sub(KEPT)));
        let surplus = kept.len().saturating_sub(KEPT);
        kept.drain(..surplus);
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("tail", &self.tail()).finish_non_exhaustive()
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

#[async_trait::async_trait]
impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(AT_ONCE)
    }
}

impl tokio::io::AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
