import HTTPTypes

/// How long a request's body is, as its head says (RFC 9112, sections 3.2 and 6.3), and what is wrong with the head.
///
/// libmicrohttpd takes the first of two lengths, and the chunked coding over a length; a proxy in front may take the
/// other, so both are refused.
struct RequestFraming: Equatable {
    enum Body: Equatable {
        case none
        case length(UInt64)
        case chunked
    }

    var body = Body.none
    /// The status that refuses the head, when it must not be served.
    var fault: HTTPResponse.Status?
    private(set) var host: String?

    private var hosts = 0
    private var lengths: [String] = []
    private var codings: [String] = []

    /// Looks at one field of the head.
    mutating func note(_ field: HTTPField) {
        switch field.name.canonicalName {
        case "host":
            hosts += 1
            host = field.value
        case "content-length": lengths.append(field.value)
        case "transfer-encoding": codings.append(field.value.lowercased())
        default: break
        }
    }

    /// Decides, after all fields were noted.
    ///
    /// - Parameter isHostRequired: as it is since HTTP/1.1.
    mutating func conclude(isHostRequired: Bool = true) {
        if hosts > 1 || (hosts == 0 && isHostRequired) || lengths.count > 1 || (!codings.isEmpty && !lengths.isEmpty) {
            fault = .badRequest
        } else if let coding = codings.first {
            body = .chunked
            if codings.count > 1 || coding != "chunked" { fault = .notImplemented }
        } else if let text = lengths.first {
            let digits = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            if digits, let length = UInt64(text) {
                body = length == 0 ? .none : .length(length)
            } else {
                fault = .badRequest
            }
        }
    }
}
