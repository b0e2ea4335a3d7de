import API

/// A problem document (RFC 9457) as a person reads it.
struct Problem {
    private let title: String
    private let detail: String
    private let code: String?
    private let status: Int
    /// Where something is wrong, and what.
    private let faults: [(place: String, detail: String)]

    init(_ reply: ServiceReply) {
        let document = try? JSONParser.parse(reply.body)
        status = reply.status
        title = document?["title"]?.text ?? "The service answered with status \(reply.status)"
        detail = document?["detail"]?.text ?? ""
        code = document?["code"]?.text
        faults = (document?["errors"]?.elements ?? []).map { fault in
            let pointer = fault["pointer"]?.text ?? ""
            return (String(pointer.drop { $0 == "/" }), fault["detail"]?.text ?? "")
        }
    }

    var error: ClientError {
        var lines = [TextFormat.name(detail.isEmpty || !faults.isEmpty ? "\(title)." : "\(title). \(detail)")]
        for fault in faults { lines.append("  " + TextFormat.name("\(fault.place) \(fault.detail)")) }
        return ClientError(
            status == 400 ? .usage : .refused, lines.joined(separator: "\n"), hint: Self.hint(code), code: code)
    }

    private static func hint(_ code: String?) -> String? {
        switch code {
        case "UNAUTHORIZED": "Give the token by --token-file or LONGSHORE_TOKEN."
        case "PATH_NOT_ALLOWED":
            "A service reads and writes only below the roots that it was started with (--root DIR)."
        case "SOURCE_NOT_FOUND": "The path is looked for on the machine where the service runs."
        case "UNKNOWN_STORE": "Stores have their names in the service's settings file."
        case "JOB_NOT_FOUND": "`longshore list` shows the jobs that there are."
        case "TOO_MANY_JOBS", "DRAINING", "STATE_UNAVAILABLE": "Try again later."
        default: nil
        }
    }
}
