/// Why a request is refused: what becomes the `<Error>` document.
package struct S3Failure: Error, Sendable, CustomStringConvertible {
    /// S3's name of the error; one outside `S3ErrorCode` when a fault rule asks for it.
    package let code: String
    package let status: Int
    package let message: String
    /// More elements of the document, such as `Region` or `ServerTime`.
    let details: [Detail]

    struct Detail: Sendable {
        let name: String
        let value: String
    }

    init(_ code: S3ErrorCode, _ message: String? = nil, details: [Detail] = []) {
        self.code = code.rawValue
        self.status = code.status
        self.message = message ?? code.sentence
        self.details = details
    }

    init(code: String, status: Int, message: String) {
        self.code = code
        self.status = status
        self.message = message
        self.details = []
    }

    package var description: String { "\(status) \(code): \(message)" }

    /// The document; without the prologue when white space and the prologue were already sent.
    func document(resource: String, requestID: String, prologue: Bool = true) -> [UInt8] {
        var writer = XMLWriter(prologue: prologue)
        writer.element("Error") { error in
            error.element("Code", code)
            error.element("Message", message)
            for detail in details { error.element(detail.name, detail.value) }
            error.element("Resource", resource)
            error.element("RequestId", requestID)
            error.element("HostId", "devstore")
        }
        return writer.bytes
    }
}
