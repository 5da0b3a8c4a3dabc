//! One request and its answer.

use super::signer::Sign;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response, StatusCode};

/// The longest body that is signed, in bytes. A worker thread of the runtime signs it in about 0.3 ms without hardware
/// for SHA-256, and answers nobody else meanwhile. Longer work belongs on a thread that may block.
pub const MAX_BODY: usize = 64 * 1024;

/// Answers a request. It never fails: what is wrong is in the status.
///
/// The whole body is here before the key is used. An access across an `.await` would not compile, because guards are
/// `!Send`. A signing state across an `.await` would compile, and would leave what follows from the key on the heap.
pub async fn answer(signer: &impl Sign, request: Request<Incoming>) -> Response<Full<Bytes>> {
    if request.method() != Method::POST {
        return reply(StatusCode::METHOD_NOT_ALLOWED, "POST a body to have it signed\n".into());
    }
    let Ok(body) = Limited::new(request.into_body(), MAX_BODY).collect().await else {
        // The connection may have ended too. Then nobody reads this.
        return reply(StatusCode::PAYLOAD_TOO_LARGE, format!("a body has at most {MAX_BODY} bytes\n"));
    };
    match signer.sign(&body.to_bytes()) {
        Ok(code) => reply(StatusCode::OK, code.iter().map(|byte| format!("{byte:02x}")).collect()),
        // The error names no secret, but the client need not know.
        Err(_) => reply(StatusCode::SERVICE_UNAVAILABLE, "the key is gone\n".into()),
    }
}

fn reply(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response
}
