import API

/// One event of a job's stream, its data read.
struct RemoteEvent: Sendable, Equatable {
    /// Of a stored change; nil for what comes from the service's memory.
    let id: String?
    let name: String
    let data: JSONValue

    init(id: String?, name: String, data: JSONValue) {
        self.id = id
        self.name = name
        self.data = data
    }

    /// Nil for an event whose data is no JSON.
    init?(_ event: ServerSentEvent) {
        guard let data = try? JSONParser.parse(event.data) else { return nil }
        self.init(id: event.id, name: event.name, data: data)
    }

    /// Of a snapshot and of every change of the job itself.
    var job: RemoteJob? { name.hasPrefix("job.") && name != "job.progress" ? RemoteJob(data) : nil }

    var progress: RemoteProgress? { name == "job.progress" ? RemoteProgress(data) : nil }

    var parts: [RemotePart]? {
        name == "part.progress" ? (data["parts"]?.elements ?? []).compactMap { RemotePart($0) } : nil
    }

    /// As the contract's NDJSON has it.
    var line: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            if let id { writer.field("id", Int64(id)) }
            writer.field("event", name)
            writer.name("data")
            writer.value(data)
        }
        return writer.bytes
    }
}
