//! `CountedBody`: the body of a response, whose end is the end of the request.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::timing::{Exception, Timing};

pin_project! {
    /// The body of a response, whose end is the end of the request.
    #[derive(Debug)]
    pub struct CountedBody<B> {
        #[pin]
        inner: B,
        timing: Option<Timing>,
    }
}

impl<B: Body> CountedBody<B> {
    pub(crate) fn new(inner: B, mut timing: Option<Timing>) -> CountedBody<B> {
        // Servers need not ask for what is not there.
        if inner.is_end_stream()
            && let Some(mut timing) = timing.take()
        {
            timing.finished();
        }
        CountedBody { inner, timing }
    }
}

impl<B: Body> Body for CountedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.inner.as_mut().poll_frame(context));
        let is_over = match &frame {
            Some(Ok(_)) => this.inner.is_end_stream(),
            Some(Err(_)) => {
                if let Some(timing) = this.timing.as_mut() {
                    timing.failed(Exception::Body);
                }
                true
            }
            None => true,
        };
        if is_over && let Some(mut timing) = this.timing.take() {
            timing.finished();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
