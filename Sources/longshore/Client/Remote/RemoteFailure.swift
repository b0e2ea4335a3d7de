import API

/// Why a file, or a job as a whole, failed.
struct RemoteFailure: Sendable, Equatable {
    /// Nil for a job's own.
    let path: String?
    let code: String
    let message: String

    init?(_ value: JSONValue?) {
        guard let value, let code = value["code"]?.text else { return nil }
        self.code = code
        path = value["path"]?.text
        message = value["message"]?.text ?? ""
    }

    /// One line that can't move a terminal's cursor.
    var line: String {
        TextFormat.name([path, code, message].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "  "))
    }
}
