//! A server and a client in one process, for a handshake without a network.

use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ResolvesServerCert;
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use rustls::{ClientConfig, ClientConnection, Error, RootCertStore, ServerConfig, ServerConnection};
use std::sync::Arc;

/// The configuration of a server with this certificate and this key.
///
/// # Errors
/// If rustls does not know what it needs.
pub fn server(certificate: CertificateDer<'static>, key: Arc<dyn SigningKey>) -> Result<Arc<ServerConfig>, Error> {
    let certified = CertifiedKey::new(vec![certificate], key);
    certified.keys_match()?;
    let resolver: Arc<dyn ResolvesServerCert> = Arc::new(SingleCertAndKey::from(certified));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    Ok(Arc::new(config))
}

/// Lets a client that trusts this certificate talk to the server, until both have agreed on keys. The client has then
/// checked the server's signature.
///
/// # Errors
/// If one of them refuses the other.
pub fn handshake(server: &Arc<ServerConfig>, trusted: CertificateDer<'static>) -> Result<(), Error> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted)?;
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").map_err(|error| Error::General(error.to_string()))?;
    let mut client = ClientConnection::new(Arc::new(config), name)?;
    let mut server = ServerConnection::new(Arc::clone(server))?;
    while client.is_handshaking() || server.is_handshaking() {
        let general = |error: std::io::Error| Error::General(error.to_string());
        let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
        while client.wants_write() {
            client.write_tls(&mut to_server).map_err(general)?;
        }
        server.read_tls(&mut to_server.as_slice()).map_err(general)?;
        server.process_new_packets()?;
        while server.wants_write() {
            server.write_tls(&mut to_client).map_err(general)?;
        }
        client.read_tls(&mut to_client.as_slice()).map_err(general)?;
        client.process_new_packets()?;
    }
    Ok(())
}
