import CurlTransport

/// Why a command ends without having done what it was asked: the lines for standard error, and the exit code.
struct ClientError: Error, Equatable {
    /// What the process ends with.
    enum Outcome: Int32, Sendable {
        /// The service refused, or answered with what is no answer.
        case refused = 1
        /// The command line, or what it asks for, can't be used.
        case usage = 2
        /// No service could be asked.
        case noConnection = 3
    }

    let outcome: Outcome
    let message: String
    /// What the caller can do; one line.
    let hint: String?
    /// The problem document's code, where there was one.
    let code: String?

    init(_ outcome: Outcome, _ message: String, hint: String? = nil, code: String? = nil) {
        self.outcome = outcome
        self.message = message
        self.hint = hint
        self.code = code
    }

    /// For standard error, without the program's name and the line's end.
    var text: String { message + (hint.map { "\n  \($0)" } ?? "") }

    /// An answer that is none of the contract's.
    static func unexpected(_ what: String) -> ClientError {
        ClientError(
            .refused, "The answer is not one of Longshore's: \(what).",
            hint: "Is it a Longshore service at that address?")
    }
}

extension ClientError {
    /// An exchange that brought no answer.
    init(_ error: TransportError, at address: ServiceAddress) {
        let isUsage = error.code == .invalidRequest
        self.init(
            isUsage ? .usage : .noConnection, "\(Self.what(error.code)) \(address.text): \(error.message).",
            hint: Self.hint(error.code))
    }

    private static func what(_ code: TransportError.Code) -> String {
        switch code {
        case .invalidRequest: "Nothing can be sent to"
        case .resolve: "No address is known for"
        case .connect: "No service answers at"
        case .tls: "No secure connection to"
        case .timeout: "No answer in time from"
        default: "The connection broke to"
        }
    }

    private static func hint(_ code: TransportError.Code) -> String? {
        switch code {
        case .connect, .resolve:
            "Start one with `longshore serve`, or say where it is by --url or LONGSHORE_URL."
        case .tls: "Say by --ca-file which authority signed its certificate, or use the right scheme in --url."
        default: nil
        }
    }
}
