//! Responses: what kinds there are, and the headers that each has.

use std::hash::{DefaultHasher, Hash, Hasher};

use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use maud::Markup;

use crate::refusal::Cause;

/// Pages may load what lies beside them and nothing else; no script within, no style within.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                           connect-src 'self'; form-action 'self'; base-uri 'none'";
/// A page that stands alone brings its style along, and its form leads to itself.
const ALONE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'";
/// A picture brings its style along and loads nothing.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// Seconds after which it is worth another try where the counters cannot be read.
const RETRY: &str = "5";

/// What is answered, before it has headers.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    kind: Kind,
    body: Vec<u8>,
    extra: Vec<(header::HeaderName, HeaderValue)>,
    cause: Option<Cause>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Page,
    /// A page that others may frame, as far as the options allow it.
    Framed,
    /// The same, with its style within.
    Alone,
    Picture,
    Json,
    Csv,
    Text,
    Style,
    Script,
    Icon,
}

impl Kind {
    fn media_type(self) -> &'static str {
        match self {
            Kind::Page | Kind::Framed | Kind::Alone => "text/html; charset=utf-8",
            Kind::Picture | Kind::Icon => "image/svg+xml",
            Kind::Json => "application/json",
            Kind::Text => "text/plain; charset=utf-8",
            Kind::Csv => "text/csv; charset=utf-8",
            Kind::Style => "text/css; charset=utf-8",
            Kind::Script => "text/javascript; charset=utf-8",
        }
    }

    /// True for what never changes under its address.
    fn is_fixed(self) -> bool {
        matches!(self, Kind::Style | Kind::Script | Kind::Icon)
    }
}

impl Reply {
    fn new(kind: Kind, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status: StatusCode::OK, kind, body: body.into(), extra: Vec::new(), cause: None }
    }

    pub(crate) fn page(page: Markup) -> Reply {
        Reply::new(Kind::Page, page.into_string())
    }

    pub(crate) fn framed(page: Markup) -> Reply {
        Reply::new(Kind::Framed, page.into_string())
    }

    pub(crate) fn alone(page: Markup) -> Reply {
        Reply::new(Kind::Alone, page.into_string())
    }

    pub(crate) fn picture(svg: String) -> Reply {
        Reply::new(Kind::Picture, svg)
    }

    pub(crate) fn json(json: String) -> Reply {
        Reply::new(Kind::Json, json)
    }

    pub(crate) fn text(words: String) -> Reply {
        Reply::new(Kind::Text, words)
    }

    /// A table to be saved under a name.
    pub(crate) fn csv(csv: Vec<u8>, name: &str) -> Reply {
        let mut reply = Reply::new(Kind::Csv, csv);
        // Names of metricas and charts are letters, digits, `_`, `.` and `-`.
        if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}.csv\"")) {
            reply.extra.push((header::CONTENT_DISPOSITION, value));
        }
        reply
    }

    pub(crate) fn style(css: &str) -> Reply {
        Reply::new(Kind::Style, css)
    }

    pub(crate) fn script(script: &str) -> Reply {
        Reply::new(Kind::Script, script)
    }

    pub(crate) fn icon(svg: &str) -> Reply {
        Reply::new(Kind::Icon, svg)
    }

    /// The same as the answer to what is refused.
    #[must_use]
    pub(crate) fn refused(mut self, status: StatusCode, cause: Option<Cause>) -> Reply {
        if status == StatusCode::METHOD_NOT_ALLOWED {
            self.extra.push((header::ALLOW, HeaderValue::from_static("GET, HEAD")));
        }
        Reply { status, cause, ..self }
    }

    /// The response to a request: with headers, and without a body where none is wanted.
    pub(crate) fn response<B>(self, request: &Request<B>, frame_ancestors: &str) -> Response<Vec<u8>> {
        let Reply { status, kind, body, extra, cause } = self;
        let tag = tag(&body);
        let is_known = status == StatusCode::OK
            && request.headers().get_all(header::IF_NONE_MATCH).iter().any(|known| names(known, &tag));
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let length = response.body().len();
        let headers = response.headers_mut();
        let mut set = |name, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        set(header::CONTENT_TYPE, kind.media_type());
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(header::REFERRER_POLICY, "same-origin");
        let policy = match kind {
            Kind::Page => format!("{PAGE_POLICY}; frame-ancestors 'none'"),
            Kind::Framed => format!("{PAGE_POLICY}; frame-ancestors {frame_ancestors}"),
            Kind::Alone => format!("{ALONE_POLICY}; frame-ancestors {frame_ancestors}"),
            _ => PICTURE_POLICY.to_owned(),
        };
        set(header::CONTENT_SECURITY_POLICY, &policy);
        if status == StatusCode::OK {
            set(header::ETAG, &tag);
        }
        let cache = if kind.is_fixed() { "public, max-age=31536000, immutable" } else { "private, no-cache" };
        set(header::CACHE_CONTROL, if status.is_success() { cache } else { "no-store" });
        headers.extend(extra);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY));
        }
        if request.method() == Method::HEAD {
            // RFC 9110, 9.3.2: as it would be for GET.
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        if let Some(cause) = cause {
            response.extensions_mut().insert(cause);
        }
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(header::CONTENT_DISPOSITION);
            response.headers_mut().remove(header::CONTENT_LENGTH);
            response.body_mut().clear();
        } else if request.method() == Method::HEAD {
            response.body_mut().clear();
        }
        response
    }
}

/// Sites of a directive `frame-ancestors`, so that nothing else of a header can be set by them.
pub(crate) fn frame_ancestors(sites: &str) -> String {
    sites.chars().filter(|c| !c.is_control() && !matches!(c, ';' | ',')).collect()
}

/// The entity tag of a body.
fn tag(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

/// True when a header `If-None-Match` names the tag, by the weak comparison of RFC 9110, 8.8.3.2.
fn names(known: &HeaderValue, tag: &str) -> bool {
    let Ok(known) = known.to_str() else { return false };
    known.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}
