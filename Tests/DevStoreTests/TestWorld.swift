import CurlTransport
import DevStore
import Foundation
import Glibc
import SigV4

/// A store, a client that signs for it, and a folder, all of one test.
final class TestWorld: Sendable {
    static let owner = Credentials(accessKeyID: "AKIDTEST", secretAccessKey: "a secret")
    static let bucket = "bucket"

    let store: DevStore
    let folder: URL
    private let transport: Transport

    /// - Parameter folder: of an earlier world, to start its store again.
    init(
        folder: URL? = nil, keepsBytes: Bool = true, configure: (inout DevStoreConfiguration) -> Void = { _ in }
    ) throws {
        self.folder =
            folder ?? FileManager.default.temporaryDirectory.appending(path: "devstore-tests-\(UUID().uuidString)")
        var configuration = DevStoreConfiguration(
            keeping: keepsBytes ? .folder(self.folder.path) : .descriptions, credentials: Self.owner)
        configuration.buckets = [Self.bucket]
        configure(&configuration)
        store = try DevStore(configuration: configuration)
        transport = try Transport()
    }

    /// Stops all, and removes the folder unless it is still needed.
    func close(keepingFolder: Bool = false) async {
        await transport.stop()
        await store.stop(grace: .seconds(5))
        if !keepingFolder { try? FileManager.default.removeItem(at: folder) }
    }

    /// Regular files with objects' bytes.
    var dataFiles: [String] {
        let all = FileManager.default.enumerator(atPath: folder.appending(path: "data").path)?.allObjects ?? []
        return all.compactMap { $0 as? String }.filter { $0.contains("/") }.sorted()
    }

    /// One request, signed unless told otherwise.
    ///
    /// - Parameters:
    ///   - key: raw bytes of UTF-8; empty for the bucket.
    ///   - query: decoded.
    ///   - headers: by lower-case name.
    @discardableResult
    func call(
        _ method: Exchange.Method, _ key: String = "", query: [(String, String)] = [],
        headers: [(String, String)] = [], body: [UInt8] = [], payload: String = "UNSIGNED-PAYLOAD",
        isSigned: Bool = true, signedBy credentials: Credentials = owner, clockOffset: Int64 = 0
    ) async throws -> Reply {
        let host = "127.0.0.1:\(store.port)"
        let path = URIEncoding.path(Array("/\(Self.bucket)".utf8) + (key.isEmpty ? [] : Array("/\(key)".utf8)))
        let canonicalQuery = CanonicalQuery(query.map { (name: $0.0, value: $0.1) }).bytes
        let now = SigningTime(secondsSince1970: Int64(time(nil)) + clockOffset)
        var fields = headers
        fields.append(("x-amz-content-sha256", payload))
        fields.append(("x-amz-date", String(decoding: now.basicFormat, as: UTF8.self)))
        if let token = credentials.sessionToken {
            fields.append(("x-amz-security-token", String(decoding: token.bytes, as: UTF8.self)))
        }
        let canonical = CanonicalRequest(
            method: "\(method)".uppercased(), path: path, query: canonicalQuery,
            headers: CanonicalHeaders(sorting: (fields + [("host", host)]).map { (name: $0.0, value: $0.1) }),
            payloadHash: Array(payload.utf8))
        var lines = HeaderLines()
        for (name, value) in fields { lines.append(name: name, value: value) }
        if isSigned {
            let signer = RequestSigner(credentials: credentials, region: "us-east-1")
            lines.append(name: "Authorization", value: signer.authorization(for: canonical, at: now))
        }
        var url = Array("http://\(host)".utf8) + path
        if !canonicalQuery.isEmpty { url += Array("?".utf8) + canonicalQuery }
        return try await transport.perform(
            Exchange(
                method: method, url: url, headers: lines,
                body: method == .put || method == .post ? .bytes(body) : .none,
                sink: .collect(limitInBytes: 64 << 20)))
    }

    /// A request to `/__devstore/...`.
    func control(_ method: Exchange.Method, _ path: String, body: String = "") async throws -> Reply {
        try await transport.perform(
            Exchange(
                method: method, url: Array("\(store.endpoint)/__devstore/\(path)".utf8),
                body: body.isEmpty ? .none : .bytes(Array(body.utf8))))
    }

    func createUpload(_ key: String, headers: [(String, String)] = []) async throws -> String {
        let reply = try await call(.post, key, query: [("uploads", "")], headers: headers)
        return reply.element("UploadId")
    }

    /// Returns the part's ETag with its quotation marks.
    @discardableResult
    func sendPart(_ number: Int, _ body: [UInt8], of key: String, upload: String) async throws -> String {
        let reply = try await call(
            .put, key, query: [("partNumber", "\(number)"), ("uploadId", upload)], body: body)
        return reply.headers["etag"] ?? reply.code
    }

    func complete(
        _ key: String, upload: String, _ parts: [(number: Int, etag: String)], headers: [(String, String)] = []
    ) async throws -> Reply {
        let list = parts.map { "<Part><PartNumber>\($0.number)</PartNumber><ETag>\($0.etag)</ETag></Part>" }.joined()
        return try await call(
            .post, key, query: [("uploadId", upload)], headers: headers,
            body: Array("<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>".utf8))
    }
}

extension Reply {
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The error's code; empty when it is none.
    var code: String { element("Code") }

    /// The text of the first element of that name.
    func element(_ name: String) -> String {
        guard let start = text.firstRange(of: "<\(name)>"),
            let end = text[start.upperBound...].firstRange(of: "</\(name)>")
        else { return "" }
        return String(text[start.upperBound..<end.lowerBound])
    }
}

/// Runs a test's body in a world that is closed in every case.
func withWorld<Result: Sendable>(
    keepsBytes: Bool = true, configure: (inout DevStoreConfiguration) -> Void = { _ in },
    _ body: (TestWorld) async throws -> Result
) async throws -> Result {
    let world = try TestWorld(keepsBytes: keepsBytes, configure: configure)
    do {
        let result = try await body(world)
        await world.close()
        return result
    } catch {
        await world.close()
        throw error
    }
}
