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

    private init(authorization: String, request: ReceivedRequest) throws(SignatureFailure) {
        let scheme = "AWS4-HMAC-SHA256 "
        guard authorization.hasPrefix(scheme) else {
            throw SignatureFailure(
                .invalidRequest,
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
        }
        var fields: [Substring: Substring] = [:]
        for field in authorization.dropFirst(scheme.count).split(separator: ",") {
            let halves = field.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { continue }
            fields[halves[0]] = halves[1]
        }
        guard let credential = fields["Credential"], let headers = fields["SignedHeaders"],
            let signature = fields["Signature"]
        else {
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
        func value(_ name: String) -> String? {
            query.first { $0.name == Array(name.utf8) }.map { String(decoding: $0.value, as: UTF8.self) }
        }
        let code = SignatureFailure.Code.authorizationQueryParametersError
        guard value("X-Amz-Algorithm") == "AWS4-HMAC-SHA256", let credential = value("X-Amz-Credential"),
            let headers = value("X-Amz-SignedHeaders"), let signature = value("X-Amz-Signature"),
            let date = value("X-Amz-Date"), let expires = value("X-Amz-Expires")
        else {
            throw SignatureFailure(
                code,
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                    + "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
        }
        guard let time = SigningTime(date.utf8) else {
            throw SignatureFailure(code, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
        }
        guard let lifetime = Int64(expires), (1...604_800).contains(lifetime) else {
            throw SignatureFailure(code, "X-Amz-Expires must be between 1 and 604800 seconds")
        }
        try self.init(
            credential: credential[...], headers: headers[...], signature: signature[...], time: time,
            lifetime: lifetime, malformed: code)
    }

    private init(
        credential: Substring, headers: Substring, signature: Substring, time: SigningTime, lifetime: Int64?,
        malformed: SignatureFailure.Code
    ) throws(SignatureFailure) {
        let scope = credential.split(separator: "/", omittingEmptySubsequences: false)
        guard scope.count == 5, scope[4] == "aws4_request" else {
            throw SignatureFailure(
                malformed,
                "The Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".")
        }
        accessKeyID = String(scope[0])
        day = String(scope[1])
        region = String(scope[2])
        service = String(scope[3])
        signedHeaders = headers.split(separator: ";").map(String.init)
        self.signature = Array(signature.utf8)
        self.time = time
        self.lifetime = lifetime
        self.malformed = malformed
    }
}
