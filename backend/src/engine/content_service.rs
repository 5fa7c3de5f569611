//! The part of containerd's content service that BuildKit uses to read base images: the size of a blob, and its bytes.
//!
//! The messages are those of `containerd.services.content.v1`, with the fields that are used here.

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

/// The gRPC methods of this service.
pub(super) const METHODS: [&str; 2] =
    ["/containerd.services.content.v1.Content/Info", "/containerd.services.content.v1.Content/Read"];
/// The id of the content store in the session. BuildKit addresses base images as `oci-layout://STORE@DIGEST`.
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
    /// 0 stands for all bytes from `offset`.
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

/// The content service for the base images that builds may use.
#[derive(Clone, Debug)]
pub(super) struct ContentService(pub(super) Arc<BaseImages>);

impl ContentService {
    fn blob(&self, digest: &str) -> Result<Blob, Status> {
        self.0
            .blob(digest)
            .cloned()
            .ok_or_else(|| Status::not_found(format!("no base image contains the blob {digest}")))
    }

    fn info(&self, request: &InfoRequest) -> Result<Response<InfoResponse>, Status> {
        let size = i64::try_from(self.blob(&request.digest)?.length).unwrap_or(i64::MAX);
        Ok(Response::new(InfoResponse { info: Some(Info { digest: request.digest.clone(), size }) }))
    }

    fn read(&self, request: &ReadContentRequest) -> Result<Response<ChunkStream>, Status> {
        let blob = self.blob(&request.digest)?;
        let offset = u64::try_from(request.offset).unwrap_or(0);
        let available = blob
            .length
            .checked_sub(offset)
            .ok_or_else(|| Status::out_of_range("the offset is beyond the end of the blob"))?;
        let count = u64::try_from(request.size).ok().filter(|size| *size > 0).unwrap_or(available).min(available);
        Ok(Response::new(chunks(blob, offset, count)))
    }
}

type ChunkStream = Pin<Box<dyn tokio_stream::Stream<Item = Result<ReadContentResponse, Status>> + Send>>;

/// Streams `count` bytes from `offset`. A chunk is read on a blocking thread when the client is ready for it.
fn chunks(blob: Blob, offset: u64, count: u64) -> ChunkStream {
    Box::pin(futures_util::stream::try_unfold((blob, offset, count), |(blob, offset, remaining)| async move {
        if remaining == 0 {
            return Ok(None);
        }
        let reading = tokio::task::spawn_blocking(move || blob.read(offset, remaining).map(|data| (blob, data)));
        let (blob, data) = match reading.await {
            Ok(Ok((_, data))) if data.is_empty() => {
                return Err(Status::data_loss("the file of a base image became shorter"));
            }
            Ok(Ok(read)) => read,
            Ok(Err(error)) => return Err(Status::data_loss(error)),
            Err(error) => return Err(Status::internal(error.to_string())),
        };
        let read = data.len() as u64;
        let chunk = ReadContentResponse { offset: i64::try_from(offset).unwrap_or(i64::MAX), data };
        Ok(Some((chunk, (blob, offset + read, remaining.saturating_sub(read)))))
    }))
}

impl NamedService for ContentService {
    const NAME: &'static str = "containerd.services.content.v1.Content";
}

impl Service<http::Request<Body>> for ContentService {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move {
            let [info, read] = METHODS;
            let response = match request.uri().path() {
                path if path == info => {
                    let method = service_fn(|request: Request<InfoRequest>| {
                        std::future::ready(service.info(&request.into_inner()))
                    });
                    Grpc::new(ProstCodec::default()).unary(method, request).await
                }
                path if path == read => {
                    let method = service_fn(|request: Request<ReadContentRequest>| {
                        std::future::ready(service.read(&request.into_inner()))
                    });
                    Grpc::new(ProstCodec::default()).server_streaming(method, request).await
                }
                _ => Status::unimplemented("base images are read-only").into_http(),
            };
            Ok(response)
        })
    }
}
