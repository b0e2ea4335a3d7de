/// Why a request's signature is refused, in S3's codes and with its statuses (S3 API reference, "Error responses").
package struct SignatureFailure: Error, Sendable, Hashable {
    package enum Code: String, Sendable {
        /// Unsigned, expired, or with `x-amz-` headers outside the signature.
        case accessDenied = "AccessDenied"
        /// The `Authorization` header cannot be read, or is for another region, service or day.
        case authorizationHeaderMalformed = "AuthorizationHeaderMalformed"
        /// The same in a presigned query.
        case authorizationQueryParametersError = "AuthorizationQueryParametersError"
        /// Nobody has this access key.
        case invalidAccessKeyID = "InvalidAccessKeyId"
        /// A header that the signature needs is missing or senseless.
        case invalidRequest = "InvalidRequest"
        /// The session token is not the one that belongs to the access key.
        case invalidToken = "InvalidToken"
        /// The clocks differ by more than 900 seconds.
        case requestTimeTooSkewed = "RequestTimeTooSkewed"
        /// Another secret, or another request than the one that was signed.
        case signatureDoesNotMatch = "SignatureDoesNotMatch"
    }

    package let code: Code
    package let message: String
    /// For a request that was signed for another region: the right one.
    package let expectedRegion: String?

    package init(_ code: Code, _ message: String, expectedRegion: String? = nil) {
        self.code = code
        self.message = message
        self.expectedRegion = expectedRegion
    }

    /// The HTTP status that S3 answers with.
    package var status: Int {
        switch code {
        case .accessDenied, .invalidAccessKeyID, .requestTimeTooSkewed, .signatureDoesNotMatch: 403
        case .authorizationHeaderMalformed, .authorizationQueryParametersError, .invalidRequest, .invalidToken: 400
        }
    }
}
