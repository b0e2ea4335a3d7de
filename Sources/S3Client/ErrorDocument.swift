/// S3's `<Error>` (S3 API reference, "REST error responses").
struct ErrorDocument: Sendable, Hashable {
    var code = ""
    var message = ""
    var requestID: String?
    /// The bucket's region, where that is what was wrong.
    var region: String?

    /// Nil when the body is no error document.
    init?(_ body: [UInt8]) {
        guard !body.isEmpty else { return nil }
        let reader = Reader()
        guard XMLScanner.scan(body, into: reader, repairing: true), reader.isError else { return nil }
        self = reader.found
    }

    private init() {}

    private final class Reader: XMLElementReceiver {
        var found = ErrorDocument()
        var isError = false

        func started(_ name: String, parent: String) {
            if parent.isEmpty { isError = name == "Error" }
        }

        func ended(_ name: String, parent: String, text: [UInt8]) {
            guard parent == "Error" else { return }
            let value = String(decoding: text, as: UTF8.self)
            switch name {
            case "Code": found.code = value
            case "Message": found.message = value
            case "RequestId": found.requestID = value
            case "Region": found.region = value
            default: break
            }
        }
    }
}
