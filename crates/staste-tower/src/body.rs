//! `CountedBody`: the body of a response, whose end is the end of the request.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http::StatusCode;
use http::header::CONTENT_LENGTH;
use http::response::Parts;
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
        // So many bytes are still to come; none where nobody knows.
        left: Option<u64>,
    }
}

impl<B: Body> CountedBody<B> {
    /// The body of a response with this head, whose length may be told there or by the body itself.
    pub(crate) fn new(head: &Parts, inner: B, mut timing: Option<Timing>) -> CountedBody<B> {
        let told = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let left = told.or_else(|| inner.size_hint().exact());
        // Servers need not ask for what is not there or not sent: RFC 9110, 6.4.1.
        let is_bodiless = matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || timing.as_ref().is_some_and(Timing::wants_no_body);
        if (is_bodiless || left == Some(0) || inner.is_end_stream())
            && let Some(mut timing) = timing.take()
        {
            timing.finished();
        }
        CountedBody { inner, timing, left }
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
        let frame = Timing::watched(this.timing, || this.inner.as_mut().poll_frame(context));
        let frame = ready!(frame);
        let is_over = match &frame {
            Some(Ok(frame)) => {
                if let (Some(left), Some(data)) = (this.left.as_mut(), frame.data_ref()) {
                    *left = left.saturating_sub(u64::try_from(data.remaining()).unwrap_or(u64::MAX));
                }
                // Servers do not ask for more than the length that was told.
                *this.left == Some(0) || this.inner.is_end_stream()
            }
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
