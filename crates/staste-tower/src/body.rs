//! `CountedBody`: the body of a response, which ends the timing of the request.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http::StatusCode;
use http::header::CONTENT_LENGTH;
use http::response::Parts;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::request_timer::{Exception, RequestTimer};

pin_project! {
    /// The body of a response. The request is counted when it ends.
    #[derive(Debug)]
    pub struct CountedBody<B> {
        #[pin]
        inner: B,
        timer: Option<RequestTimer>,
        // Number of bytes that are still to come, if the length is known.
        remaining: Option<u64>,
    }
}

impl<B: Body> CountedBody<B> {
    /// Returns the body of a response. The length comes from the header `content-length`, or else from the body.
    pub(crate) fn new(head: &Parts, inner: B, mut timer: Option<RequestTimer>) -> CountedBody<B> {
        let content_length =
            head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let remaining = content_length.or_else(|| inner.size_hint().exact());
        // Servers do not poll a body that is empty or not sent: RFC 9110, 6.4.1.
        let has_no_body = matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || timer.as_ref().is_some_and(RequestTimer::is_head_request);
        if (has_no_body || remaining == Some(0) || inner.is_end_stream())
            && let Some(mut timer) = timer.take()
        {
            timer.finish();
        }
        CountedBody { inner, timer, remaining }
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
        let frame = RequestTimer::poll(this.timer, || this.inner.as_mut().poll_frame(context));
        let frame = ready!(frame);
        let is_last = match &frame {
            Some(Ok(frame)) => {
                if let (Some(remaining), Some(data)) = (this.remaining.as_mut(), frame.data_ref()) {
                    *remaining =
                        remaining.saturating_sub(u64::try_from(data.remaining()).unwrap_or(u64::MAX));
                }
                // Servers stop polling once they have as many bytes as `content-length` says.
                *this.remaining == Some(0) || this.inner.is_end_stream()
            }
            Some(Err(_)) => {
                if let Some(timer) = this.timer.as_mut() {
                    timer.fail(Exception::Body);
                }
                true
            }
            None => true,
        };
        if is_last && let Some(mut timer) = this.timer.take() {
            timer.finish();
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
