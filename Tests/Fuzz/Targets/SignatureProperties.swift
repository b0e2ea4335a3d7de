import Glibc
import HTTPTypes

@testable import DevStore
@testable import SigV4

/// Of signatures: a canonical form's canonical form is itself, what a client signs is accepted, and what it did not sign
/// is not.
///
/// An input is a request's head: a line with method and target, then a line for each header field.
enum SignatureProperties {
    private static let owner = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret")
    private static let host = "bucket.example"

    static func check(_ bytes: [UInt8]) throws(BrokenProperty) {
        guard let head = head(bytes) else { return }
        let request = ReceivedRequest(
            method: head.method.rawValue, target: head.path ?? "/", headers: RequestHeaders(head.headerFields).fields)
        try checkCanonicalForms(request)
        try checkStrangers(request, head)
        try checkSigned(request, head)
        try checkPresigned(request)
    }

    private static func checkCanonicalForms(_ request: ReceivedRequest) throws(BrokenProperty) {
        let path = request.canonicalPath
        let query = CanonicalQuery(request.queryItems).bytes
        let target = String(decoding: path + [UInt8(ascii: "?")] + query, as: UTF8.self)
        let again = ReceivedRequest(method: request.method, target: target, headers: [])
        try expect(again.canonicalPath == path, "a canonical path has another form")
        try expect(CanonicalQuery(again.queryItems).bytes == query, "a canonical query has another form")
        let headers = CanonicalHeaders(sorting: request.headers)
        let lines = String(decoding: headers.lines, as: UTF8.self).split(separator: "\n").map { line in
            let colon = line.firstIndex(of: ":") ?? line.startIndex
            return (name: String(line[..<colon]), value: String(line[colon...].dropFirst()))
        }
        let sorted = CanonicalHeaders(sorting: lines)
        try expect(
            sorted.lines == headers.lines && sorted.names == headers.names, "canonical headers have another form")
    }

    /// As they came, nobody signed them with our secret.
    private static func checkStrangers(
        _ request: ReceivedRequest, _ head: HTTPRequest
    ) throws(BrokenProperty) {
        let date = request.header("x-amz-date") ?? ""
        let queried = request.queryItems.first { $0.name == Array("X-Amz-Date".utf8) }?.value ?? []
        let now = SigningTime(date.utf8) ?? SigningTime(queried) ?? SigningTime(secondsSince1970: 0)
        let verified = try? verifier().verify(request, now: now)
        try expect(verified == nil, "a signature without the secret is accepted")
        if let known = try? S3Request(head) {
            let answer = Result { () throws(S3Failure) in try authenticator.verify(known) }
            if case .success = answer { throw BrokenProperty(description: "the store takes a stranger's request") }
        }
    }

    private static func checkSigned(_ received: ReceivedRequest, _ head: HTTPRequest) throws(BrokenProperty) {
        let now = SigningTime(secondsSince1970: Int64(time(nil)))
        let own: Set = ["authorization", "host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"]
        let payload = received.header("x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD"
        var headers = received.headers.filter { !own.contains($0.name) }
        headers += [
            ("host", host), ("x-amz-content-sha256", payload),
            ("x-amz-date", String(decoding: now.basicFormat, as: UTF8.self)),
        ]
        let query = received.queryItems.filter { $0.name != Array("X-Amz-Signature".utf8) }
        let canonical = CanonicalRequest(
            method: received.method, path: received.canonicalPath, query: CanonicalQuery(query).bytes,
            headers: CanonicalHeaders(sorting: headers), payloadHash: Array(payload.utf8))
        let signer = RequestSigner(credentials: owner, region: "us-east-1")
        for isForged in [false, true] {
            var value = signer.authorization(for: canonical, at: now)
            if isForged { value[value.count - 1] ^= 1 }
            let authorization = String(decoding: value, as: UTF8.self)
            let request = ReceivedRequest(
                method: received.method, target: received.target,
                headers: headers + [("authorization", authorization)])
            let verified = try? verifier().verify(request, now: now)
            try expect((verified == nil) == isForged, "signed by the client, forged: \(isForged), accepted wrongly")
            try checkStore(request, isForged: isForged)
        }
    }

    /// The same at the store, as far as it knows the operation.
    private static func checkStore(_ request: ReceivedRequest, isForged: Bool) throws(BrokenProperty) {
        guard let method = HTTPRequest.Method(request.method) else { return }
        var fields = HTTPFields()
        for header in request.headers {
            guard let name = HTTPField.Name(header.name) else { return }
            fields.append(HTTPField(name: name, value: header.value))
        }
        let head = HTTPRequest(
            method: method, scheme: "http", authority: host, path: request.target, headerFields: fields)
        guard let known = try? S3Request(head) else { return }
        let answer = Result { () throws(S3Failure) in try authenticator.verify(known) }
        switch answer {
        case .success: try expect(!isForged, "the store takes a forged signature")
        case .failure(let failure): try expect(isForged, "the store refuses a signature: \(failure)")
        }
    }

    private static func checkPresigned(_ received: ReceivedRequest) throws(BrokenProperty) {
        let now = SigningTime(secondsSince1970: 1_700_000_000)
        let query = received.queryItems
            .map { (name: String(decoding: $0.name, as: UTF8.self), value: String(decoding: $0.value, as: UTF8.self)) }
            .filter { !$0.name.hasPrefix("X-Amz-") }
        let signer = RequestSigner(credentials: owner, region: "us-east-1")
        let path = received.canonicalPath
        let signed = signer.presignedQuery(
            method: received.method, host: host, path: path, query: query, lifetime: 60, at: now)
        let request = ReceivedRequest(
            method: received.method, target: String(decoding: path + [UInt8(ascii: "?")] + signed, as: UTF8.self),
            headers: [("host", host)])
        let verified = try? verifier().verify(request, now: now)
        try expect(verified?.isPresigned == true, "a presigned request is refused")
        let late = SigningTime(secondsSince1970: now.secondsSince1970 + 61)
        try expect((try? verifier().verify(request, now: late)) == nil, "a presigned request has no end")
    }

    private static let authenticator: Authenticator = {
        var configuration = DevStoreConfiguration(keeping: .nothing, credentials: owner)
        configuration.takesSessions = true
        return Authenticator(configuration)
    }()

    private static func verifier() -> SignatureVerifier {
        SignatureVerifier(region: "us-east-1") { $0 == owner.accessKeyID ? owner : nil }
    }

    /// Nil when no HTTP server would take it.
    private static func head(_ bytes: [UInt8]) -> HTTPRequest? {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
        let first = lines.popFirst()?.split(separator: 0x20, maxSplits: 1) ?? []
        guard first.count == 2, first[1].first == UInt8(ascii: "/"),
            let method = HTTPRequest.Method(String(decoding: first[0], as: UTF8.self)),
            let target = String(validating: first[1], as: UTF8.self)
        else { return nil }
        var fields = HTTPFields()
        for line in lines {
            let halves = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, let name = HTTPField.Name(String(decoding: halves[0], as: UTF8.self)) else {
                continue
            }
            fields.append(HTTPField(name: name, value: String(decoding: halves[1], as: UTF8.self)))
        }
        return HTTPRequest(method: method, scheme: "http", authority: host, path: target, headerFields: fields)
    }
}
