/// What a request says of its own signature: the `Authorization` header, or the query of a presigned URL, taken apart.
struct SignatureClaim {
    let accessKeyID: String
    /// `20130524`.
    let day: String
    let region: String
    let service: String
    /// In the order given.
    let signedHeaders: [String]
    let signature: [UInt8]
    let time: SigningTime
    /// Seconds from `time` on; nil in the header form.
    let lifetime: Int64?
    /// The code for faults of this form.
    let malformed: SignatureFailure.Code

    /// Nil when the request carries no signature at all.
    static func read(
        from request: ReceivedRequest, query: [(name: [UInt8], value: [UInt8])]
    ) throws(SignatureFailure) -> SignatureClaim? {
        if let header = request.header("authorization") {
            return try SignatureClaim(authorization: header, request: request)
        }
        guard query.contains(where: { $0.name == Array("X-Amz-Signature".utf8) }) else { return nil }
        return try SignatureClaim(presigned: query)
    }

    private static let scheme = Array("AWS4-HMAC-SHA256 ".utf8)
    private static let credentialField = Array("Credential=".utf8)
    private static let headersField = Array("SignedHeaders=".utf8)
    private static let signatureField = Array("Signature=".utf8)

    private init(authorization: String, request: ReceivedRequest) throws(SignatureFailure) {
        let bytes = Array(authorization.utf8)
        guard bytes.starts(with: Self.scheme) else {
            throw SignatureFailure(
                .invalidRequest,
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
        }
        var credential: ArraySlice<UInt8>?
        var headers: ArraySlice<UInt8>?
        var signature: ArraySlice<UInt8>?
        for part in bytes.dropFirst(Self.scheme.count).split(separator: UInt8(ascii: ",")) {
            let field = part.drop { $0 == UInt8(ascii: " ") }
            if field.starts(with: Self.credentialField) {
                credential = field.dropFirst(Self.credentialField.count)
            } else if field.starts(with: Self.headersField) {
                headers = field.dropFirst(Self.headersField.count)
            } else if field.starts(with: Self.signatureField) {
                signature = field.dropFirst(Self.signatureField.count)
            }
        }
        guard let credential, let headers, let signature else {
            throw SignatureFailure(
                .authorizationHeaderMalformed,
                "The authorization header needs Credential, SignedHeaders and Signature.")
        }
        guard let date = request.header("x-amz-date"), let time = SigningTime(date.utf8) else {
            throw SignatureFailure(.accessDenied, "AWS authentication requires a valid Date or x-amz-date header")
        }
        try self.init(
            credential: credential, headers: headers, signature: signature, time: time, lifetime: nil,
            malformed: .authorizationHeaderMalformed)
    }

    private init(presigned query: [(name: [UInt8], value: [UInt8])]) throws(SignatureFailure) {
        func value(_ name: String) -> [UInt8]? {
            query.first { $0.name == Array(name.utf8) }?.value
        }
        let code = SignatureFailure.Code.authorizationQueryParametersError
        guard value("X-Amz-Algorithm") == Array("AWS4-HMAC-SHA256".utf8), let credential = value("X-Amz-Credential"),
            let headers = value("X-Amz-SignedHeaders"), let signature = value("X-Amz-Signature"),
            let date = value("X-Amz-Date"), let expires = value("X-Amz-Expires")
        else {
            throw SignatureFailure(
                code,
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                    + "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
        }
        guard let time = SigningTime(date) else {
            throw SignatureFailure(code, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
        }
        guard let lifetime = Int64(String(decoding: expires, as: UTF8.self)), (1...604_800).contains(lifetime) else {
            throw SignatureFailure(code, "X-Amz-Expires must be between 1 and 604800 seconds")
        }
        try self.init(
            credential: credential[...], headers: headers[...], signature: signature[...], time: time,
            lifetime: lifetime, malformed: code)
    }

    private init(
        credential: ArraySlice<UInt8>, headers: ArraySlice<UInt8>, signature: ArraySlice<UInt8>, time: SigningTime,
        lifetime: Int64?, malformed: SignatureFailure.Code
    ) throws(SignatureFailure) {
        let scope = credential.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard scope.count == 5, scope[4] == "aws4_request" else {
            throw SignatureFailure(
                malformed,
                "The Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".")
        }
        accessKeyID = scope[0]
        day = scope[1]
        region = scope[2]
        service = scope[3]
        signedHeaders = headers.split(separator: UInt8(ascii: ";")).map { String(decoding: $0, as: UTF8.self) }
        self.signature = Array(signature)
        self.time = time
        self.lifetime = lifetime
        self.malformed = malformed
    }
}
