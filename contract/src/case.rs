use webhook_core::{Key, SchemeProvider, UnixTime};

/// A request.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

#[derive(Clone)]
pub(crate) enum Body {
    Declared(Vec<u8>),
    /// Chunks of this size.
    Chunked(Vec<u8>, usize),
    /// A length that is declared, and this much of it.
    Cut(usize, Vec<u8>),
    /// Text where a chunk should be.
    BrokenChunk,
}

/// What a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, body: body.into() }
    }

    /// The answer that the documentation gives for a rejection.
    pub(crate) fn refusal(status: u16, text: &str) -> Self {
        Self::new(status, format!(r#"{{"error": "{text}"}}"#))
    }
}

impl Case {
    /// A genuine delivery to this path.
    pub(crate) fn signed<P: SchemeProvider>(
        key: &Key<P>,
        path: &str,
        body: &[u8],
        time: UnixTime,
        id: Option<&str>,
    ) -> Self {
        let headers = key.sign(body, time, id).unwrap();
        Self::post(path, headers.into_iter().map(|(name, value)| (name.to_owned(), value)), body)
    }

    /// A POST to this path, with a query that nobody is to see.
    pub(crate) fn post(
        path: &str,
        headers: impl IntoIterator<Item = (String, String)>,
        body: &[u8],
    ) -> Self {
        Self {
            method: "POST",
            path: path.to_owned(),
            query: "token=query-secret".to_owned(),
            headers: headers.into_iter().collect(),
            body: Body::Declared(body.to_vec()),
        }
    }

    pub(crate) fn to(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    pub(crate) fn without(mut self, header: &str) -> Self {
        self.headers.retain(|(name, _)| name != header);
        self
    }

    pub(crate) fn with(self, header: &str, value: &str) -> Self {
        let mut case = self.without(header);
        case.headers.push((header.to_owned(), value.to_owned()));
        case
    }

    pub(crate) fn edit(self, header: &str, edit: impl Fn(&str) -> String) -> Self {
        let value = edit(self.value(header));
        self.with(header, &value)
    }

    pub(crate) fn twice(mut self, header: &str) -> Self {
        let value = self.value(header).to_owned();
        self.headers.push((header.to_owned(), value));
        self
    }

    pub(crate) fn value(&self, header: &str) -> &str {
        &self.headers.iter().find(|(name, _)| name == header).unwrap().1
    }

    /// With another body than was signed.
    pub(crate) fn sent(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn chunked(mut self, size: usize) -> Self {
        if let Body::Declared(body) = self.body {
            self.body = Body::Chunked(body, size);
        }
        self
    }

    /// As it goes over the wire.
    pub(crate) fn to_bytes(&self, prefix: &str) -> Vec<u8> {
        let Self { method, path, query, .. } = self;
        let mut bytes =
            format!("{method} {prefix}{path}?{query} HTTP/1.1\r\nHost: x\r\n").into_bytes();
        let framing = match &self.body {
            Body::Declared(body) => format!("Content-Length: {}", body.len()),
            Body::Cut(len, _) => format!("Content-Length: {len}"),
            Body::Chunked(..) | Body::BrokenChunk => "Transfer-Encoding: chunked".to_owned(),
        };
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        bytes.extend(format!("{framing}\r\n\r\n").bytes());
        match &self.body {
            Body::Declared(body) | Body::Cut(_, body) => bytes.extend(body),
            Body::Chunked(body, size) => {
                for chunk in body.chunks(*size) {
                    bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
                    bytes.extend(chunk);
                    bytes.extend(b"\r\n");
                }
                bytes.extend(b"0\r\n\r\n");
            }
            Body::BrokenChunk => bytes.extend(b"what?\r\n"),
        }
        bytes
    }
}
