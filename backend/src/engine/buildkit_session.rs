//! The BuildKit session of a build: gRPC services that the daemon calls over the connection that this server opened.
//! The daemon can read the context and the blobs of base images, and send the image. There is nothing else.

use super::base_images::BaseImages;
use super::content_service::{self, ContentService};
use bollard::health::health_check_response::ServingStatus;
use bollard::health::health_server::{Health, HealthServer};
use bollard::health::{HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse};
use bollard::moby::buildkit::v1::BytesMessage;
use bollard::moby::buildkit::v1::control_client::ControlClient;
use bollard::moby::filesync::v1 as filesync;
use bollard::moby::filesync::v1::file_send_server::{FileSend, FileSendServer};
use bollard::moby::upload::v1 as upload;
use bollard::moby::upload::v1::upload_server::{Upload, UploadServer};
use bytes::Bytes;
use futures_util::StreamExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncWriteExt;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_stream::Stream;
use tokio_util::io::ReaderStream;
use tonic::metadata::AsciiMetadataValue;
use tonic::service::Routes;
use tonic::transport::Channel;
use tonic::{Request, Response, Status, Streaming};

/// The path of the context in a session. A daemon takes two sources with one address for the same while one of them is
/// read, so each build has an address of its own.
fn context_path(session: &str) -> String {
    format!("/{session}/context")
}

/// The URL of the context of a session, as the daemon gets it.
pub(super) fn context_url(session: &str) -> String {
    format!("http://buildkit-session{}", context_path(session))
}

/// Bytes of the context in one message.
const CHUNK: usize = 256 << 10;
/// Bytes of one message. BuildKit has the same limit.
pub(super) const MAX_MESSAGE_BYTES: usize = 16 << 20;

type ResponseStream<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What the daemon can read and write.
#[derive(Debug)]
pub(super) struct BuildkitSession {
    /// A random id.
    pub(super) id: String,
    /// The path of a tar without its last entries.
    pub(super) context: PathBuf,
    /// The last entries of the tar.
    pub(super) tar_end: Bytes,
    pub(super) images: Arc<BaseImages>,
    /// Receives the archive of the image. It is taken when the daemon sends the image, which happens once.
    pub(super) receiver: Mutex<Option<ImageReceiver>>,
}

/// A file for the archive of an image.
#[derive(Debug)]
pub(super) struct ImageReceiver {
    pub(super) file: std::fs::File,
    pub(super) max_bytes: u64,
    /// Gets true when the archive is complete, false if it is larger than `max_bytes`.
    pub(super) done: oneshot::Sender<bool>,
}

impl BuildkitSession {
    /// Opens the session. It ends when the returned tasks are dropped.
    ///
    /// # Errors
    /// The daemon refuses the session.
    pub(super) async fn open(self, control: &mut ControlClient<Channel>) -> Result<JoinSet<()>, Status> {
        let (server_io, session_io) = tokio::io::duplex(2 * CHUNK);
        let (session_reader, mut session_writer) = tokio::io::split(session_io);
        let outgoing = ReaderStream::with_capacity(session_reader, CHUNK)
            .filter_map(|chunk| std::future::ready(chunk.ok().map(|chunk| BytesMessage { data: chunk.to_vec() })));
        let mut request = Request::new(outgoing);
        let ascii =
            |text: &str| AsciiMetadataValue::try_from(text).map_err(|error| Status::internal(error.to_string()));
        request.metadata_mut().insert("x-docker-expose-session-uuid", ascii(&self.id)?);
        request.metadata_mut().insert("x-docker-expose-session-name", ascii("stageplay")?);
        let methods =
            ["/moby.upload.v1.Upload/Pull", "/moby.filesync.v1.FileSend/DiffCopy", "/grpc.health.v1.Health/Check"];
        for method in methods.into_iter().chain(content_service::METHODS) {
            request.metadata_mut().append("x-docker-expose-session-grpc-method", ascii(method)?);
        }
        let mut incoming = control.session(request).await?.into_inner();
        let content = ContentService(self.images.clone());
        let session = Arc::new(self);
        let routes = Routes::new(HealthServer::new(HealthService))
            .add_service(UploadServer::from_arc(session.clone()))
            .add_service(FileSendServer::from_arc(session).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(content)
            .into_axum_router();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok(Some(message)) = incoming.message().await {
                if session_writer.write_all(&message.data).await.is_err() {
                    break;
                }
            }
        });
        tasks.spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new()).http2_only();
            // An error means that the daemon went away. Its solve request fails, too.
            let _ = server.serve_connection(TokioIo::new(server_io), TowerToHyperService::new(routes)).await;
        });
        Ok(tasks)
    }
}

#[tonic::async_trait]
impl Upload for BuildkitSession {
    type PullStream = ResponseStream<upload::BytesMessage>;

    async fn pull(
        &self,
        request: Request<Streaming<upload::BytesMessage>>,
    ) -> Result<Response<Self::PullStream>, Status> {
        if request.metadata().get("urlpath").is_none_or(|path| *path != *context_path(&self.id)) {
            return Err(Status::not_found("the session has only the context"));
        }
        let file = tokio::fs::File::open(&self.context).await?;
        let end: Vec<_> = self.tar_end.chunks(CHUNK).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        let chunks = ReaderStream::with_capacity(file, CHUNK).chain(futures_util::stream::iter(end));
        let chunks = chunks.map(|chunk| Ok(upload::BytesMessage { data: chunk.map_err(Status::from)?.to_vec() }));
        Ok(Response::new(Box::pin(chunks)))
    }
}

#[tonic::async_trait]
impl FileSend for BuildkitSession {
    type DiffCopyStream = ResponseStream<filesync::BytesMessage>;

    async fn diff_copy(
        &self,
        request: Request<Streaming<filesync::BytesMessage>>,
    ) -> Result<Response<Self::DiffCopyStream>, Status> {
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(ImageReceiver { file, max_bytes, done }) = receiver else {
            return Err(Status::already_exists("the image was sent already"));
        };
        let mut chunks = request.into_inner();
        let mut file = tokio::io::BufWriter::with_capacity(CHUNK, tokio::fs::File::from_std(file));
        let mut count = 0u64;
        while let Some(chunk) = chunks.message().await? {
            count = count.saturating_add(chunk.data.len() as u64);
            if count > max_bytes {
                let _ = done.send(false);
                return Err(Status::resource_exhausted("the image is too large"));
            }
            file.write_all(&chunk.data).await?;
        }
        file.flush().await?;
        let _ = done.send(true);
        Ok(Response::new(Box::pin(futures_util::stream::empty())))
    }
}

/// The health service. BuildKit checks that the session still answers.
#[derive(Debug)]
struct HealthService;

#[tonic::async_trait]
impl Health for HealthService {
    type WatchStream = ResponseStream<HealthCheckResponse>;

    async fn check(&self, _: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        Ok(Response::new(HealthCheckResponse { status: ServingStatus::Serving.into() }))
    }

    async fn list(&self, _: Request<HealthListRequest>) -> Result<Response<HealthListResponse>, Status> {
        Err(Status::unimplemented("only check is supported"))
    }

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("only check is supported"))
    }
}
