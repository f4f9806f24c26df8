//! `CountedFuture`: the future of a response.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use crate::body::CountedBody;
use crate::request_timer::{Exception, RequestTimer};

pin_project! {
    /// The future of a response. The request is counted if the future fails or is dropped, and otherwise by the body.
    #[derive(Debug)]
    pub struct CountedFuture<F> {
        #[pin]
        inner: F,
        timer: Option<RequestTimer>,
    }
}

impl<F> CountedFuture<F> {
    pub(crate) fn new(inner: F, timer: RequestTimer) -> CountedFuture<F> {
        CountedFuture { inner, timer: Some(timer) }
    }
}

impl<F, B, E> Future for CountedFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<CountedBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let outcome = ready!(RequestTimer::poll(this.timer, || this.inner.poll(context)));
        let mut timer = this.timer.take();
        Poll::Ready(match outcome {
            Ok(response) => {
                if let Some(timer) = &mut timer {
                    timer.set_status(response.status());
                }
                let (head, body) = response.into_parts();
                let body = CountedBody::new(&head, body, timer);
                Ok(Response::from_parts(head, body))
            }
            Err(error) => {
                if let Some(timer) = &mut timer {
                    timer.fail(Exception::Error);
                }
                Err(error)
            }
        })
    }
}
