import Foundation
import SigV4
import Testing

/// AWS's published cases, as files beside the tests.
struct Fixture: Decodable {
    struct Case: Decodable, CustomTestStringConvertible {
        let name: String
        let method: String
        let path: String
        let time: String
        let query: [[String]]
        let headers: [[String]]
        let body: String
        let canonicalRequestHash: String?
        let signature: String
    }

    struct Presigned: Decodable {
        let accessKeyID: String
        let secretAccessKey: String
        let region: String
        let method: String
        let host: String
        let path: String
        let lifetime: Int
        let time: String
        let query: String
    }

    let accessKeyID: String
    let secretAccessKey: String
    let region: String
    let service: String
    let cases: [Case]

    var credentials: Credentials {
        Credentials(accessKeyID: accessKeyID, secretAccessKey: secretAccessKey)
    }

    static func load(_ name: String) throws -> Fixture {
        try load(name, as: Fixture.self)
    }

    static func loadPresigned() throws -> Presigned {
        try load("s3-presigned", as: Presigned.self)
    }

    private static func load<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        let folder = Bundle.module.resourceURL?.appendingPathComponent("Fixtures")
        guard let file = folder?.appendingPathComponent("\(name).json") else { throw CocoaError(.fileNoSuchFile) }
        return try JSONDecoder().decode(type, from: Data(contentsOf: file))
    }
}

extension Fixture.Case {
    var testDescription: String { name }

    /// The request, its headers sorted by us.
    var canonicalRequest: CanonicalRequest {
        CanonicalRequest(
            method: method, path: URIEncoding.path(Array(path.utf8)),
            query: CanonicalQuery(query.map { (name: $0[0], value: $0[1]) }).bytes,
            headers: CanonicalHeaders(sorting: headers.map { (name: $0[0], value: $0[1]) }),
            payloadHash: SHA256Hash(of: Array(body.utf8)).hexadecimal)
    }

    /// The same as it would reach a server, signed.
    func received(authorization: [UInt8]) -> ReceivedRequest {
        let encoded = query.map { item in
            let name = String(decoding: URIEncoding.queryComponent(Array(item[0].utf8)), as: UTF8.self)
            return "\(name)=\(String(decoding: URIEncoding.queryComponent(Array(item[1].utf8)), as: UTF8.self))"
        }.joined(separator: "&")
        let target = String(decoding: URIEncoding.path(Array(path.utf8)), as: UTF8.self)
        return ReceivedRequest(
            method: method, target: encoded.isEmpty ? target : "\(target)?\(encoded)",
            headers: headers.map { (name: $0[0], value: $0[1]) } + [
                (name: "Authorization", value: String(decoding: authorization, as: UTF8.self))
            ])
    }

    func signingTime() throws -> SigningTime {
        try #require(SigningTime(time.utf8))
    }
}
