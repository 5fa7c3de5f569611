//! containerd's content service, as far as a daemon asks for base images by it: what a blob is, and its bytes.
//!
//! The messages are those of `containerd.services.content.v1` with the fields that are used here.

use super::base_images::BaseImages;
use super::blob::Blob;
use prost::Message;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::server::{Grpc, NamedService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

/// Methods that this service has.
pub(super) const METHODS: [&str; 2] =
    ["/containerd.services.content.v1.Content/Info", "/containerd.services.content.v1.Content/Read"];
/// Names a store of a client's that has several.
pub(super) const STORE: &str = "stageplay";

#[derive(Clone, PartialEq, Message)]
struct InfoRequest {
    #[prost(string, tag = "1")]
    digest: String,
}

#[derive(Clone, PartialEq, Message)]
struct Info {
    #[prost(string, tag = "1")]
    digest: String,
    #[prost(int64, tag = "2")]
    size: i64,
}

#[derive(Clone, PartialEq, Message)]
struct InfoResponse {
    #[prost(message, optional, tag = "1")]
    info: Option<Info>,
}

#[derive(Clone, PartialEq, Message)]
struct ReadContentRequest {
    #[prost(string, tag = "1")]
    digest: String,
    #[prost(int64, tag = "2")]
    offset: i64,
    /// All of it, if nothing is said.
    #[prost(int64, tag = "3")]
    size: i64,
}

#[derive(Clone, PartialEq, Message)]
struct ReadContentResponse {
    #[prost(int64, tag = "1")]
    offset: i64,
    #[prost(bytes = "vec", tag = "2")]
    data: Vec<u8>,
}

/// The service over all base images that builds may use.
#[derive(Clone, Debug)]
pub(super) struct Content(pub(super) Arc<BaseImages>);

impl Content {
    fn blob(&self, digest: &str) -> Result<Blob, Status> {
        self.0.blob(digest).cloned().ok_or_else(|| Status::not_found(format!("no base image has the content {digest}")))
    }

    fn info(&self, request: &InfoRequest) -> Result<Response<InfoResponse>, Status> {
        let size = i64::try_from(self.blob(&request.digest)?.length).unwrap_or(i64::MAX);
        Ok(Response::new(InfoResponse { info: Some(Info { digest: request.digest.clone(), size }) }))
    }

    fn read(&self, request: &ReadContentRequest) -> Result<Response<Pieces>, Status> {
        let blob = self.blob(&request.digest)?;
        let from = u64::try_from(request.offset).unwrap_or(0);
        let left =
            blob.length.checked_sub(from).ok_or_else(|| Status::out_of_range("behind the end of the content"))?;
        let count = u64::try_from(request.size).ok().filter(|size| *size > 0).unwrap_or(left).min(left);
        Ok(Response::new(pieces(blob, from, count)))
    }
}

type Pieces = Pin<Box<dyn tokio_stream::Stream<Item = Result<ReadContentResponse, Status>> + Send>>;

/// Reads as fast as they are taken, away from the threads that answer.
fn pieces(blob: Blob, from: u64, count: u64) -> Pieces {
    Box::pin(futures_util::stream::try_unfold((blob, from, count), |(blob, at, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let reading = tokio::task::spawn_blocking(move || blob.read(at, left).map(|data| (blob, data)));
        let (blob, data) = match reading.await {
            Ok(Ok((_, data))) if data.is_empty() => return Err(Status::data_loss("a base image became shorter")),
            Ok(Ok(read)) => read,
            Ok(Err(error)) => return Err(Status::data_loss(error)),
            Err(error) => return Err(Status::internal(error.to_string())),
        };
        let read = data.len() as u64;
        let piece = ReadContentResponse { offset: i64::try_from(at).unwrap_or(i64::MAX), data };
        Ok(Some((piece, (blob, at + read, left.saturating_sub(read)))))
    }))
}

impl NamedService for Content {
    const NAME: &'static str = "containerd.services.content.v1.Content";
}

impl Service<http::Request<Body>> for Content {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let content = self.clone();
        Box::pin(async move {
            let [info, read] = METHODS;
            let answer = match request.uri().path() {
                path if path == info => {
                    let method = service_fn(|request: Request<InfoRequest>| {
                        std::future::ready(content.info(&request.into_inner()))
                    });
                    Grpc::new(ProstCodec::default()).unary(method, request).await
                }
                path if path == read => {
                    let method = service_fn(|request: Request<ReadContentRequest>| {
                        std::future::ready(content.read(&request.into_inner()))
                    });
                    Grpc::new(ProstCodec::default()).server_streaming(method, request).await
                }
                _ => Status::unimplemented("base images are only read").into_http(),
            };
            Ok(answer)
        })
    }
}
