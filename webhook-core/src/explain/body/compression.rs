//! Bodies that were compressed or decompressed.

use std::io::{Read, Write};

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use flate2::write::ZlibEncoder;
use flate2::{Compression, GzBuilder};

use crate::explain::candidate::Variant;
use crate::explain::input::Request;

/// What is decompressed at most.
const MAX_LEN: u64 = 8 * 1024 * 1024;
/// Longer bodies are not compressed again.
const SMALL: usize = 256 * 1024;
const LEVELS: [u32; 3] = [6, 9, 1];
/// What libraries write as the operating system of gzip: Unix, unknown (Go, Java), FAT.
const SYSTEMS: [u8; 3] = [3, 255, 0];

pub(super) fn variants(body: &[u8]) -> impl Iterator<Item = Variant> + '_ {
    decompressed(body).into_iter().chain(compressed(body))
}

fn decompressed(body: &[u8]) -> Vec<Variant> {
    let readers: [(&str, Box<dyn Read + '_>); 3] = [
        ("gzip", Box::new(MultiGzDecoder::new(body))),
        ("zlib", Box::new(ZlibDecoder::new(body))),
        ("deflate", Box::new(DeflateDecoder::new(body))),
    ];
    let mut found = Vec::new();
    for (name, reader) in readers {
        let mut out = Vec::new();
        if reader.take(MAX_LEN).read_to_end(&mut out).is_ok() && !out.is_empty() {
            found.push(Variant::body(
                "body-compressed",
                format!("with the body decompressed ({name})"),
                out,
            ));
        }
    }
    found
}

/// Compressors differ, so this finds few.
fn compressed(body: &[u8]) -> impl Iterator<Item = Variant> + '_ {
    let fits = !body.is_empty() && body.len() <= SMALL;
    let levels = LEVELS.into_iter().filter(move |_| fits).map(Compression::new);
    levels.flat_map(move |level| {
        let gzip = SYSTEMS.into_iter().filter_map(move |system| {
            let mut encoder = GzBuilder::new().operating_system(system).write(Vec::new(), level);
            encoder.write_all(body).and_then(|()| encoder.finish()).ok()
        });
        let zlib = std::iter::once(()).filter_map(move |()| {
            let mut encoder = ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(body).and_then(|()| encoder.finish()).ok()
        });
        let evidence = |name| format!("with the body compressed ({name})");
        gzip.map(move |out| Variant::body("body-decompressed", evidence("gzip"), out))
            .chain(zlib.map(move |out| Variant::body("body-decompressed", evidence("zlib"), out)))
    })
}

/// Whether the body is not what `Content-Encoding` says.
pub(super) fn plain(request: &Request) -> Option<(&'static str, String)> {
    let coding = request.text("content-encoding")?.trim().to_ascii_lowercase();
    let starts = |magic: &[u8]| request.body.starts_with(magic);
    let is_lost = match &*coding {
        "gzip" | "x-gzip" => !starts(b"\x1f\x8b"),
        "deflate" => !starts(b"\x78") && std::str::from_utf8(&request.body).is_ok(),
        "zstd" => !starts(b"\x28\xb5\x2f\xfd"),
        "br" => std::str::from_utf8(&request.body).is_ok(),
        _ => false,
    };
    let evidence = "`Content-Encoding` names a compression, but the body is not compressed";
    (is_lost && !request.body.is_empty()).then(|| ("body-decompressed", evidence.to_owned()))
}
