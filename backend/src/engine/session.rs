//! What a BuildKit daemon may ask of us while it builds for us, and nothing else: the context, base
//! images by digest, and where to put the image. It asks over the connection that we made to it.

use super::base_images::BaseImages;
use super::content::{self, Content};
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

/// The context's place in the session, and the address under which a daemon is told of it.
const CONTEXT: &str = "/context";
pub(super) const CONTEXT_ADDRESS: &str = "http://buildkit-session/context";
/// Bytes of the context in one message.
const PIECE: usize = 256 << 10;
/// The largest message; the same bound as BuildKit's own.
pub(super) const MOST_MESSAGE: usize = 16 << 20;

type Answer<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What is given and taken.
#[derive(Debug)]
pub(super) struct Session {
    /// A name for it that nobody guesses.
    pub(super) id: String,
    /// A tar without its end.
    pub(super) context: PathBuf,
    /// What follows it.
    pub(super) tail: Bytes,
    pub(super) images: Arc<BaseImages>,
    /// Where the image's archive goes. It is sent once.
    pub(super) sink: Mutex<Option<Sink>>,
}

/// A file for an archive of at most so many bytes.
#[derive(Debug)]
pub(super) struct Sink {
    pub(super) file: std::fs::File,
    pub(super) most: u64,
    /// Hears whether all of it was written, or that it was larger.
    pub(super) done: oneshot::Sender<bool>,
}

impl Session {
    /// Opens it; it ends when what comes back is dropped.
    pub(super) async fn open(self, control: &mut ControlClient<Channel>) -> Result<JoinSet<()>, Status> {
        let (near, far) = tokio::io::duplex(2 * PIECE);
        let (from, mut to) = tokio::io::split(far);
        let outgoing = ReaderStream::with_capacity(from, PIECE)
            .filter_map(|piece| std::future::ready(piece.ok().map(|piece| BytesMessage { data: piece.to_vec() })));
        let mut request = Request::new(outgoing);
        let ascii =
            |text: &str| AsciiMetadataValue::try_from(text).map_err(|error| Status::internal(error.to_string()));
        request.metadata_mut().insert("x-docker-expose-session-uuid", ascii(&self.id)?);
        request.metadata_mut().insert("x-docker-expose-session-name", ascii("stageplay")?);
        let own =
            ["/moby.upload.v1.Upload/Pull", "/moby.filesync.v1.FileSend/DiffCopy", "/grpc.health.v1.Health/Check"];
        for method in own.into_iter().chain(content::METHODS) {
            request.metadata_mut().append("x-docker-expose-session-grpc-method", ascii(method)?);
        }
        let mut incoming = control.session(request).await?.into_inner();
        let images = Content(self.images.clone());
        let session = Arc::new(self);
        let routes = Routes::new(HealthServer::new(Alive))
            .add_service(UploadServer::from_arc(session.clone()))
            .add_service(FileSendServer::from_arc(session).max_decoding_message_size(MOST_MESSAGE))
            .add_service(images)
            .into_axum_router();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok(Some(message)) = incoming.message().await {
                if to.write_all(&message.data).await.is_err() {
                    break;
                }
            }
        });
        tasks.spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new()).http2_only();
            // An error is a daemon that went away, which its solve tells as well.
            let _ = server.serve_connection(TokioIo::new(near), TowerToHyperService::new(routes)).await;
        });
        Ok(tasks)
    }
}

#[tonic::async_trait]
impl Upload for Session {
    type PullStream = Answer<upload::BytesMessage>;

    async fn pull(
        &self,
        request: Request<Streaming<upload::BytesMessage>>,
    ) -> Result<Response<Self::PullStream>, Status> {
        if request.metadata().get("urlpath").is_none_or(|path| path != CONTEXT) {
            return Err(Status::not_found("there is only the context"));
        }
        let file = tokio::fs::File::open(&self.context).await?;
        let tail: Vec<_> = self.tail.chunks(PIECE).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let pieces = ReaderStream::with_capacity(file, PIECE).chain(futures_util::stream::iter(tail));
        let pieces = pieces.map(|piece| Ok(upload::BytesMessage { data: piece.map_err(Status::from)?.to_vec() }));
        Ok(Response::new(Box::pin(pieces)))
    }
}

#[tonic::async_trait]
impl FileSend for Session {
    type DiffCopyStream = Answer<filesync::BytesMessage>;

    async fn diff_copy(
        &self,
        request: Request<Streaming<filesync::BytesMessage>>,
    ) -> Result<Response<Self::DiffCopyStream>, Status> {
        let sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Sink { file, most, done }) = sink else {
            return Err(Status::already_exists("there is one image, and it was sent"));
        };
        let mut pieces = request.into_inner();
        let mut file = tokio::io::BufWriter::with_capacity(PIECE, tokio::fs::File::from_std(file));
        let mut count = 0u64;
        while let Some(piece) = pieces.message().await? {
            count = count.saturating_add(piece.data.len() as u64);
            if count > most {
                let _ = done.send(false);
                return Err(Status::resource_exhausted("the image is larger than it may be"));
            }
            file.write_all(&piece.data).await?;
        }
        file.flush().await?;
        let _ = done.send(true);
        Ok(Response::new(Box::pin(futures_util::stream::empty())))
    }
}

/// As long as it answers it is well.
#[derive(Debug)]
struct Alive;

#[tonic::async_trait]
impl Health for Alive {
    type WatchStream = Answer<HealthCheckResponse>;

    async fn check(&self, _: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        Ok(Response::new(HealthCheckResponse { status: ServingStatus::Serving.into() }))
    }

    async fn list(&self, _: Request<HealthListRequest>) -> Result<Response<HealthListResponse>, Status> {
        Err(Status::unimplemented("only checked"))
    }

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("only checked"))
    }
}
