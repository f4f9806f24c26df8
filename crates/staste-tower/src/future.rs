//! `CountedFuture`: a response on its way.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use crate::body::CountedBody;
use crate::timing::{Exception, Timing};

pin_project! {
    /// A response on its way, whose request is counted.
    #[derive(Debug)]
    pub struct CountedFuture<F> {
        #[pin]
        inner: F,
        timing: Option<Timing>,
    }
}

impl<F> CountedFuture<F> {
    pub(crate) fn new(inner: F, timing: Timing) -> CountedFuture<F> {
        CountedFuture { inner, timing: Some(timing) }
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
        let outcome = ready!(Timing::watched(this.timing, || this.inner.poll(context)));
        let mut timing = this.timing.take();
        Poll::Ready(match outcome {
            Ok(response) => {
                if let Some(timing) = &mut timing {
                    timing.responded(response.status());
                }
                let (head, body) = response.into_parts();
                let body = CountedBody::new(&head, body, timing);
                Ok(Response::from_parts(head, body))
            }
            Err(error) => {
                if let Some(timing) = &mut timing {
                    timing.failed(Exception::Error);
                }
                Err(error)
            }
        })
    }
}
