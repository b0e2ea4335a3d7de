import Model

/// The media type that a name's extension stands for (IANA, "Media Types"; RFC 9239 for JavaScript).
package enum MediaType {
    /// Nil for an extension that is not known: then no type is sent, and S3 says `binary/octet-stream`.
    package static func guess(path: [UInt8]) -> String? {
        guard let dot = path.lastIndex(of: UInt8(ascii: ".")), path.count - dot <= 12 else { return nil }
        let suffix = path[(dot + 1)...]
        if suffix.isEmpty || suffix.contains(UInt8(ascii: "/")) { return nil }
        return types[String(decoding: suffix, as: UTF8.self).lowercased()]
    }

    private static let types: [String: String] = [
        "7z": "application/x-7z-compressed", "aac": "audio/aac", "avif": "image/avif", "avro": "application/avro",
        "avi": "video/x-msvideo", "bin": "application/octet-stream", "bmp": "image/bmp", "br": "application/x-brotli",
        "bz2": "application/x-bzip2", "c": "text/x-c", "cbor": "application/cbor", "conf": "text/plain",
        "cpp": "text/x-c++", "css": "text/css", "csv": "text/csv", "deb": "application/vnd.debian.binary-package",
        "doc": "application/msword",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "eot": "application/vnd.ms-fontobject", "epub": "application/epub+zip", "flac": "audio/flac",
        "gif": "image/gif", "go": "text/x-go", "gz": "application/gzip", "h": "text/x-c", "heic": "image/heic",
        "htm": "text/html", "html": "text/html", "ico": "image/vnd.microsoft.icon", "ics": "text/calendar",
        "iso": "application/x-iso9660-image", "jar": "application/java-archive", "java": "text/x-java",
        "jpeg": "image/jpeg", "jpg": "image/jpeg", "js": "text/javascript", "json": "application/json",
        "jsonl": "application/jsonl", "jxl": "image/jxl", "log": "text/plain", "m3u8": "application/vnd.apple.mpegurl",
        "m4a": "audio/mp4", "m4v": "video/mp4", "map": "application/json", "md": "text/markdown",
        "mjs": "text/javascript",
        "mkv": "video/x-matroska", "mov": "video/quicktime", "mp3": "audio/mpeg", "mp4": "video/mp4",
        "mpd": "application/dash+xml", "mpeg": "video/mpeg", "mpg": "video/mpeg", "ndjson": "application/x-ndjson",
        "odp": "application/vnd.oasis.opendocument.presentation",
        "ods": "application/vnd.oasis.opendocument.spreadsheet", "odt": "application/vnd.oasis.opendocument.text",
        "oga": "audio/ogg", "ogg": "audio/ogg", "ogv": "video/ogg", "opus": "audio/ogg", "orc": "application/x-orc",
        "otf": "font/otf", "parquet": "application/vnd.apache.parquet", "pdf": "application/pdf", "php": "text/x-php",
        "png": "image/png", "ppt": "application/vnd.ms-powerpoint",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation", "py": "text/x-python",
        "rar": "application/vnd.rar", "rpm": "application/x-rpm", "rs": "text/x-rust", "rtf": "application/rtf",
        "sh": "application/x-sh", "sql": "application/sql", "svg": "image/svg+xml", "swift": "text/x-swift",
        "tar": "application/x-tar", "tgz": "application/gzip", "tif": "image/tiff", "tiff": "image/tiff",
        "toml": "application/toml", "ts": "video/mp2t", "tsv": "text/tab-separated-values", "ttf": "font/ttf",
        "txt": "text/plain", "wasm": "application/wasm", "wav": "audio/wav", "weba": "audio/webm",
        "webm": "video/webm", "webmanifest": "application/manifest+json", "webp": "image/webp", "woff": "font/woff",
        "woff2": "font/woff2", "xhtml": "application/xhtml+xml", "xls": "application/vnd.ms-excel",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xml": "application/xml",
        "xz": "application/x-xz", "yaml": "application/yaml", "yml": "application/yaml", "zip": "application/zip",
        "zst": "application/zstd",
    ]
}
