import API

/// A job as the service shows it.
struct RemoteJob: Sendable, Equatable {
    let id: String
    let kind: String
    /// One of the contract's states, or one that a newer service knows.
    var state: String
    var isDone: Bool
    var attempt: Int
    var stateReason: String?
    let source: String
    let destination: String
    var progress: RemoteProgress
    var queuePosition: Int
    var waitingFor: String?
    var error: RemoteFailure?
    var errors: [RemoteFailure]
    let createTime: String
    let startTime: String?
    let endTime: String?

    /// Nil for what is no job.
    init?(_ value: JSONValue) {
        guard let id = value["id"]?.text, let state = value["state"]?.text, let done = value["done"]?.flag else {
            return nil
        }
        self.id = id
        self.state = state
        isDone = done
        kind = value["kind"]?.text ?? ""
        attempt = Int(value["attempt"]?.integer ?? 1)
        stateReason = value["state_reason"]?.text
        (source, destination) = Self.places(value["spec"], kind: kind)
        progress = RemoteProgress(value["progress"])
        queuePosition = Int(value["queue"]?["position"]?.integer ?? 0)
        waitingFor = value["queue"]?["waiting_for"]?.text
        error = RemoteFailure(value["error"])
        errors = (value["errors"]?.elements ?? []).compactMap { RemoteFailure($0) }
        createTime = value["create_time"]?.text ?? ""
        startTime = value["start_time"]?.text
        endTime = value["end_time"]?.text
    }

    var hasSucceeded: Bool { state == "succeeded" }

    /// `partially succeeded`, `running`
    var stateText: String { TextFormat.name(state.replacing("_", with: " ")) }

    /// Counters alone, as `job.progress` has them: what moves does not wait.
    mutating func take(_ progress: RemoteProgress) {
        self.progress = progress
        if progress.bytesPerSecond > 0 { waitingFor = nil }
    }

    private static func places(_ spec: JSONValue?, kind: String) -> (source: String, destination: String) {
        func object(_ bucket: String, _ names: String...) -> String {
            let path = names.compactMap { spec?[$0]?.text }.first ?? ""
            return TextFormat.name("s3://\(spec?[bucket]?.text ?? "")/\(path)")
        }
        let stored = object("bucket", "key", "prefix")
        return switch kind {
        case "download": (stored, TextFormat.name(spec?["destination"]?.text ?? ""))
        case "copy": (object("source_bucket", "source_key", "source_prefix"), stored)
        default: (TextFormat.name(spec?["source"]?.text ?? ""), stored)
        }
    }
}
