//! A request that is under way for as long as the test wants: its head is sent, and its body is not.

use crate::child::{PATIENCE, signed};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

const MESSAGE: &[u8] = b"the first half and the second half";

pub struct Half(BufReader<TcpStream>);

impl Half {
    /// Returns when the service waits for the body. So it has taken the request.
    pub fn send(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut half = Self(BufReader::new(stream));
        let len = MESSAGE.len();
        let head = format!("POST / HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\ncontent-length: {len}\r\n\r\n");
        half.0.get_mut().write_all(head.as_bytes()).unwrap();
        assert_eq!(half.line(), "HTTP/1.1 100 Continue");
        assert_eq!(half.line(), "");
        half.0.get_mut().write_all(&MESSAGE[..len / 2]).unwrap();
        half
    }

    /// Sends the rest and checks the answer. The service closes the connection after it.
    pub fn finish(mut self) {
        self.0.get_mut().write_all(&MESSAGE[MESSAGE.len() / 2..]).unwrap();
        assert_eq!(self.line(), "HTTP/1.1 200 OK");
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).unwrap();
        let (head, answer) = rest.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {rest}"));
        assert!(head.contains("connection: close"), "{head}");
        assert_eq!(answer, signed(MESSAGE));
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}
