//! JSON that is kept compressed: the report of a build lists every file of its image, which may be a hundred MiB.

use super::static_files::accepts;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::Serialize;
use std::io::{BufWriter, Cursor, Read, Write};

/// Bytes of JSON that are unpacked at once. It takes less than a millisecond.
const CHUNK: usize = 64 << 10;

/// JSON in the format of gzip.
#[derive(Clone, Debug)]
pub(super) struct PackedJson(Bytes);

impl PackedJson {
    /// Serializes a value. The JSON is never whole in memory.
    pub(super) fn of(value: &impl Serialize) -> Self {
        let packed = || -> std::io::Result<Vec<u8>> {
            let mut out = BufWriter::with_capacity(CHUNK, GzEncoder::new(Vec::new(), Compression::fast()));
            serde_json::to_writer(&mut out, value)?;
            out.flush()?;
            out.into_inner().map_err(std::io::IntoInnerError::into_error)?.finish()
        };
        PackedJson(packed().unwrap_or_default().into())
    }

    /// Bytes in memory.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// An answer with the JSON. It is unpacked while it is sent if the client does not accept gzip.
    pub(super) fn response(&self, headers: &HeaderMap) -> Response {
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let vary = (header::VARY, HeaderValue::from_static("accept-encoding"));
        if accepts(headers, "gzip") {
            let encoding = (header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            return ([kind, vary, encoding], self.0.clone()).into_response();
        }
        ([kind, vary], Body::from_stream(self.chunks())).into_response()
    }

    fn chunks(&self) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> + Send + use<> {
        let reader = GzDecoder::new(Cursor::new(self.0.clone()));
        futures_util::stream::unfold(Some(reader), |reader| async {
            let mut reader = reader?;
            let mut chunk = Vec::with_capacity(CHUNK);
            match reader.by_ref().take(CHUNK as u64).read_to_end(&mut chunk) {
                Ok(0) => None,
                Ok(_) => Some((Ok(chunk.into()), Some(reader))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn json_is_sent_as_the_client_takes_it() {
        let value: Vec<String> = (0..100_000).map(|number| format!("file {number}")).collect();
        let json = serde_json::to_vec(&value).unwrap();
        let packed = PackedJson::of(&value);
        assert!(packed.len() * 3 < json.len());
        let plain = packed.response(&HeaderMap::new());
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
        assert_eq!(axum::body::to_bytes(plain.into_body(), usize::MAX).await.unwrap(), json);
        let gzip = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, br"))]);
        let answer = packed.response(&gzip);
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "gzip");
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let mut unpacked = Vec::new();
        GzDecoder::new(&body[..]).read_to_end(&mut unpacked).unwrap();
        assert!(body.len() == packed.len() && unpacked == json);
    }
}
