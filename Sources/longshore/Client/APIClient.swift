import API
import HTTPTypes
import Model
import SigV4

/// The calls of the contract that the command line makes.
struct APIClient: Sendable {
    let channel: any ServiceChannel

    /// Creates a job; the same key, or the same id, with the same spec gives the same job again.
    func submit(_ spec: [UInt8], id: JobID?, idempotencyKey: String) async throws(ClientError) -> RemoteJob {
        guard let id else {
            let fields: HTTPFields = [.idempotencyKey: idempotencyKey]
            return try job(from: await json(.post, "/v1/jobs", fields: fields, body: spec))
        }
        return try job(from: await json(.put, "/v1/jobs/\(id)", body: spec))
    }

    /// What a spec would do; nothing is started.
    func plan(_ spec: [UInt8]) async throws(ClientError) -> JSONValue {
        try await json(.post, "/v1/jobs", body: spec)
    }

    /// The job and the document that told it.
    func job(_ id: JobID) async throws(ClientError) -> (job: RemoteJob, document: JSONValue) {
        let document = try await json(.get, "/v1/jobs/\(id)")
        return (try job(from: document), document)
    }

    /// The job at its next change after `entityTag`, or as it is when nothing has changed for so long.
    func job(
        _ id: JobID, changedSince entityTag: String?, within seconds: Int
    ) async throws(ClientError) -> (document: JSONValue?, entityTag: String?) {
        var fields: HTTPFields = [:]
        if let entityTag {
            fields[.ifNoneMatch] = entityTag
            fields[.prefer] = "wait=\(seconds)"
        }
        let reply = try await reply(.get, "/v1/jobs/\(id)", fields: fields)
        if reply.status == 304 { return (nil, entityTag) }
        return (try document(reply), reply.headerFields[.eTag])
    }

    /// The service's own page for people.
    func text(of id: JobID) async throws(ClientError) -> String {
        let reply = try await reply(.get, "/v1/jobs/\(id)", fields: [.accept: "text/plain"])
        guard reply.status == 200 else { throw Problem(reply).error }
        return String(decoding: reply.body, as: UTF8.self)
    }

    /// `cancel`, `pause`, `resume` or `retry`.
    func act(_ verb: String, on id: JobID) async throws(ClientError) -> (job: RemoteJob, document: JSONValue) {
        let document = try await json(.post, "/v1/jobs/\(id)/\(verb)")
        return (try job(from: document), document)
    }

    /// Forgets a job that has ended.
    func delete(_ id: JobID) async throws(ClientError) {
        let reply = try await reply(.delete, "/v1/jobs/\(id)")
        guard reply.status == 204 else { throw Problem(reply).error }
    }

    /// A file a line, as they come.
    func report(
        of id: JobID, type: String, _ take: @escaping @Sendable ([UInt8]) -> Void
    ) async throws(ClientError) {
        let head = HTTPRequest(
            method: .get, scheme: nil, authority: nil, path: "/v1/jobs/\(id)/report", headerFields: [.accept: type])
        let reply = try await channel.stream(head, take)
        guard reply.status == 200 else { throw Problem(reply).error }
    }

    /// The rows of a list, page by page, until `limit` of them have come.
    func rows(
        _ path: String, _ name: String, query: [(String, String)], limit: Int,
        _ take: (JSONValue) -> Void
    ) async throws(ClientError) {
        var left = limit
        var token = ""
        repeat {
            var items = query + [("page_size", "\(min(left, 1_000))")]
            if !token.isEmpty { items.append(("page_token", token)) }
            let text = items.map { "\(Self.escaped($0.0))=\(Self.escaped($0.1))" }.joined(separator: "&")
            let page = try await json(.get, "\(path)?\(text)")
            for row in (page[name]?.elements ?? []).prefix(left) {
                take(row)
                left -= 1
            }
            token = page["next_page_token"]?.text ?? ""
        } while !token.isEmpty && left > 0
    }

    func limits() async throws(ClientError) -> JSONValue { try await json(.get, "/v1/limits") }

    func setLimits(_ patch: [UInt8]) async throws(ClientError) -> JSONValue {
        try await json(.patch, "/v1/limits", body: patch)
    }

    private func json(
        _ method: HTTPRequest.Method, _ path: String, fields: HTTPFields = [:], body: [UInt8] = []
    ) async throws(ClientError) -> JSONValue {
        try document(await reply(method, path, fields: fields, body: body))
    }

    private func reply(
        _ method: HTTPRequest.Method, _ path: String, fields: HTTPFields = [:], body: [UInt8] = []
    ) async throws(ClientError) -> ServiceReply {
        var fields = fields
        if fields[.accept] == nil { fields[.accept] = "application/json" }
        if !body.isEmpty { fields[.contentType] = "application/json" }
        let head = HTTPRequest(method: method, scheme: nil, authority: nil, path: path, headerFields: fields)
        return try await channel.call(head, body: body)
    }

    private func document(_ reply: ServiceReply) throws(ClientError) -> JSONValue {
        guard (200..<300).contains(reply.status) else { throw Problem(reply).error }
        do {
            return try JSONParser.parse(reply.body)
        } catch {
            throw .unexpected("it is no JSON")
        }
    }

    private func job(from document: JSONValue) throws(ClientError) -> RemoteJob {
        guard let job = RemoteJob(document) else { throw .unexpected("it is no job") }
        return job
    }

    private static func escaped(_ text: String) -> String {
        String(decoding: URIEncoding.queryComponent(Array(text.utf8)), as: UTF8.self)
    }
}
