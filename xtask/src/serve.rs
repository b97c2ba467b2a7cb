//! A server for target/web: on this machine only unless told, with the headers that shared memory needs.

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::Request;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use tower_http::services::ServeDir;

/// Nothing but this origin's files; WebAssembly may be compiled; nobody may frame the page.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self' data: blob:; \
style-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// Headers of every answer.
const ALWAYS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::CACHE_CONTROL, "no-cache"),
];

/// Headers that make a page cross-origin isolated, so that it may share memory with workers.
const ISOLATION: [(HeaderName, &str); 2] =
    [(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"), (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp")];

/// Serves the folder in the background and comes back with the address.
pub(crate) fn start(folder: &Path, address: SocketAddr, isolated: bool) -> Result<SocketAddr> {
    let listener = std::net::TcpListener::bind(address).with_context(|| format!("{address} cannot be listened on; choose another --port"))?;
    listener.set_nonblocking(true)?;
    let bound = listener.local_addr()?;
    let app = Router::new()
        .fallback_service(ServeDir::new(folder))
        .layer(middleware::from_fn(move |request: Request, next: Next| answer(request, next, bound.ip(), isolated)));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_io().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener made non-blocking above");
            axum::serve(listener, app).await
        })
    });
    Ok(bound)
}

async fn answer(request: Request, next: Next, bound: IpAddr, isolated: bool) -> Response {
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("").to_owned();
    let mut response = match refusal(&host, request.uri(), bound) {
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
        None => next.run(request).await,
    };
    let extra: &[_] = if isolated { &ISOLATION } else { &[] };
    for (name, value) in ALWAYS.iter().chain(extra) {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Names of other hosts would let a foreign page read this server through its own name; dotfiles are nobody's business.
fn refusal(host: &str, uri: &Uri, bound: IpAddr) -> Option<&'static str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let local = ["localhost", "127.0.0.1", "[::1]"].contains(&name);
    if bound.is_loopback() && !local {
        return Some("this server answers to localhost only");
    }
    uri.path().split('/').any(|part| part.starts_with('.')).then_some("no such file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_names_and_dotfiles_are_refused() {
        let loopback = IpAddr::from([127, 0, 0, 1]);
        let uri = |path: &str| path.parse::<Uri>().unwrap();
        assert_eq!(refusal("localhost:8080", &uri("/physics.wasm"), loopback), None);
        assert_eq!(refusal("127.0.0.1:80", &uri("/"), loopback), None);
        assert!(refusal("evil.example:8080", &uri("/"), loopback).is_some());
        assert!(refusal("localhost", &uri("/a/.git/config"), loopback).is_some());
        assert!(refusal("localhost", &uri("/../x"), loopback).is_some());
    }
}
