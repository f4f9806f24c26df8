//! A web site that counts its guests, shows a chart of them, and has the dashboard under `/staste`.
//!
//! Run it with `cargo run -p staste --example axum_site --features web,tower`, then open
//! <http://127.0.0.1:3000>. Its counts are in `site.db`.

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use axum::extract::{Path, State};
use axum::{Router, routing::get};
use staste::{Axis, Metrica, Staste, choices, tower::RequestLayer, web};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let staste = staste::open("sqlite:site.db")?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, site(&staste)?).await?;
    Ok(staste.close()?)
}

fn site(staste: &Staste) -> staste::Result<Router> {
    let guests = staste.metrica("guests").axis("room", Axis::stored().cap(100)).build()?;
    let mut options = web::WebOptions::default();
    options.base = "/staste".to_owned();
    Ok(Router::new()
        .route("/", get(|| async { "Visit /room/kitchen, then see /rooms and /staste" }))
        .route("/room/{room}", get(visit))
        .with_state(guests.clone())
        .route("/rooms", web::PieChart::new(&guests).axis("room").route())
        // Requests by route, method, status and error, with their times.
        .layer(RequestLayer::new(staste)?)
        // The dashboard has no login: put your own layer around it where not everybody may see it.
        .merge(web::Web::new(staste.clone(), options).router()))
}

async fn visit(State(guests): State<Metrica>, Path(room): Path<String>) -> String {
    // A kick never waits for the Store. It fails for invalid choices, which must not fail the request.
    let _ = guests.kick(choices! { room: room.as_str() });
    format!("Welcome to the {room}")
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn visits_are_counted_and_shown() -> Result<(), Box<dyn std::error::Error>> {
        let staste = staste::open("memory:")?;
        let site = site(&staste)?;
        for path in ["/room/kitchen", "/rooms", "/staste/"] {
            let response = site.clone().oneshot(Request::get(path).body(Body::empty())?).await?;
            assert_eq!(response.status(), 200, "{path}");
            to_bytes(response.into_body(), usize::MAX).await?;
        }
        let guests = staste.stored_metrica("guests")?;
        assert_eq!(guests.filter(choices! { room: "kitchen" })?.total()?, 1);
        Ok(())
    }
}
