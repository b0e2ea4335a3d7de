/// Builds one XML document as S3 writes them: no indentation, UTF-8.
struct XMLWriter {
    static let prologue = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    static let s3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

    private(set) var bytes: [UInt8]

    /// - Parameter prologue: false when the `<?xml?>` line was already sent, ahead of a slow answer.
    init(prologue: Bool = true) {
        bytes = prologue ? Array(Self.prologue.utf8) : []
    }

    mutating func element(_ name: String, namespace: Bool = false, _ content: (inout XMLWriter) -> Void) {
        bytes.append(contentsOf: "<\(name)".utf8)
        if namespace { bytes.append(contentsOf: " xmlns=\"\(Self.s3Namespace)\"".utf8) }
        bytes.append(UInt8(ascii: ">"))
        content(&self)
        bytes.append(contentsOf: "</\(name)>".utf8)
    }

    mutating func element(_ name: String, _ text: String) {
        element(name, bytes: Array(text.utf8))
    }

    mutating func element(_ name: String, bytes text: [UInt8]) {
        element(name) { $0.append(text) }
    }

    /// Control characters become character references, as S3 does, although XML 1.0 forbids most of them even so:
    /// a lister that wants to survive them asks for `encoding-type=url`.
    private mutating func append(_ text: [UInt8]) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
            case 0..<32: bytes.append(contentsOf: "&#\(byte);".utf8)
            default: bytes.append(byte)
            }
        }
    }
}
