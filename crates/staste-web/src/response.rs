//! `PageResponse`: the kinds of responses, and the headers of each.

use std::hash::{DefaultHasher, Hash, Hasher};

use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use maud::Markup;
use staste_core::Error;

use crate::compression::compressed;

/// Pages load assets of the same site only; no inline script, no inline style.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                           connect-src 'self'; form-action 'self'; base-uri 'none'";
/// A page of its own has its style inline, and its form sends to itself.
const STANDALONE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'";
/// A picture has its style inline and loads nothing.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// Seconds after which a client may retry where the counters cannot be read.
const RETRY_AFTER: &str = "5";

/// Why the Store could not be read: an extension of responses with status 500 and above, for logs. Their pages do not show
/// it.
#[derive(Clone, Debug)]
pub struct ServerError(pub Error);

/// A response before it has headers.
#[derive(Debug)]
pub(crate) struct PageResponse {
    status: StatusCode,
    kind: Kind,
    body: Vec<u8>,
    extra: Vec<(header::HeaderName, HeaderValue)>,
    error: Option<ServerError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Page,
    /// A page that other sites may frame, as far as the options allow it.
    Framed,
    /// The same with its style inline.
    Standalone,
    Picture,
    Json,
    Csv,
    Text,
    Prometheus,
    Style,
    Script,
    Icon,
}

impl Kind {
    fn media_type(self) -> &'static str {
        match self {
            Kind::Page | Kind::Framed | Kind::Standalone => "text/html; charset=utf-8",
            Kind::Picture | Kind::Icon => "image/svg+xml",
            Kind::Json => "application/json",
            Kind::Text => "text/plain; charset=utf-8",
            Kind::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Kind::Csv => "text/csv; charset=utf-8",
            Kind::Style => "text/css; charset=utf-8",
            Kind::Script => "text/javascript; charset=utf-8",
        }
    }

    /// True for assets, which never change under their address.
    fn is_fixed(self) -> bool {
        matches!(self, Kind::Style | Kind::Script | Kind::Icon)
    }
}

impl PageResponse {
    fn new(kind: Kind, body: impl Into<Vec<u8>>) -> PageResponse {
        PageResponse { status: StatusCode::OK, kind, body: body.into(), extra: Vec::new(), error: None }
    }

    pub(crate) fn page(page: Markup) -> PageResponse {
        PageResponse::new(Kind::Page, page.into_string())
    }

    pub(crate) fn framed(page: Markup) -> PageResponse {
        PageResponse::new(Kind::Framed, page.into_string())
    }

    pub(crate) fn standalone(page: Markup) -> PageResponse {
        PageResponse::new(Kind::Standalone, page.into_string())
    }

    pub(crate) fn picture(svg: String) -> PageResponse {
        PageResponse::new(Kind::Picture, svg)
    }

    pub(crate) fn json(json: String) -> PageResponse {
        PageResponse::new(Kind::Json, json)
    }

    pub(crate) fn text(words: String) -> PageResponse {
        PageResponse::new(Kind::Text, words)
    }

    /// Metrics in the text format of Prometheus.
    pub(crate) fn prometheus(metrics: String) -> PageResponse {
        PageResponse::new(Kind::Prometheus, metrics)
    }

    /// A table to be saved under a name.
    pub(crate) fn csv(csv: Vec<u8>, name: &str) -> PageResponse {
        let mut reply = PageResponse::new(Kind::Csv, csv);
        // Names of metricas and charts are letters, digits, `_`, `.` and `-`.
        if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}.csv\"")) {
            reply.extra.push((header::CONTENT_DISPOSITION, value));
        }
        reply
    }

    pub(crate) fn style(css: &str) -> PageResponse {
        PageResponse::new(Kind::Style, css)
    }

    pub(crate) fn script(script: &str) -> PageResponse {
        PageResponse::new(Kind::Script, script)
    }

    pub(crate) fn icon(svg: &str) -> PageResponse {
        PageResponse::new(Kind::Icon, svg)
    }

    /// The same as the response to a request that failed.
    #[must_use]
    pub(crate) fn with_error(mut self, status: StatusCode, error: Option<ServerError>) -> PageResponse {
        if status == StatusCode::METHOD_NOT_ALLOWED {
            self.extra.push((header::ALLOW, HeaderValue::from_static("GET, HEAD")));
        }
        PageResponse { status, error, ..self }
    }

    /// The response to a request: with headers, and without a body for HEAD and where the client has it already.
    pub(crate) fn response<B>(self, request: &Request<B>, frame_ancestors: &str) -> Response<Vec<u8>> {
        let PageResponse { status, kind, body, extra, error } = self;
        let tag = tag(&body);
        let compressed = compressed(request.headers(), &body);
        let is_compressed = compressed.is_some();
        let body = compressed.unwrap_or(body);
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
            Kind::Standalone => format!("{STANDALONE_POLICY}; frame-ancestors {frame_ancestors}"),
            _ => PICTURE_POLICY.to_owned(),
        };
        set(header::CONTENT_SECURITY_POLICY, &policy);
        if status == StatusCode::OK {
            // A strong tag names the bytes that are sent; these are another form of the same page.
            set(header::ETAG, &if is_compressed { format!("W/{tag}") } else { tag.clone() });
        }
        set(header::VARY, "Accept-Encoding");
        if is_compressed {
            set(header::CONTENT_ENCODING, "gzip");
        }
        let cache = if kind.is_fixed() { "public, max-age=31536000, immutable" } else { "private, no-cache" };
        set(header::CACHE_CONTROL, if status.is_success() { cache } else { "no-store" });
        headers.extend(extra);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        }
        if request.method() == Method::HEAD {
            // RFC 9110, 9.3.2: the same as for GET.
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        if let Some(error) = error {
            response.extensions_mut().insert(error);
        }
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(header::CONTENT_DISPOSITION);
            response.headers_mut().remove(header::CONTENT_LENGTH);
            response.headers_mut().remove(header::CONTENT_ENCODING);
            response.body_mut().clear();
        } else if request.method() == Method::HEAD {
            response.body_mut().clear();
        }
        response
    }
}

/// The sites of a directive `frame-ancestors`, without characters that would add another directive or header.
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
