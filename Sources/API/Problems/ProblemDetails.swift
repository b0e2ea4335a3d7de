package import HTTPServer
package import HTTPTypes
package import Model

/// What a caller is told of a request that failed (RFC 9457), in API.md's words.
package struct ProblemDetails: Error, Sendable, Equatable {
    /// Stable: callers compare it. Each has one status and one title.
    package enum Code: String, Sendable, CaseIterable {
        /// The body, a header field or an id can't be used. `errors` says what to mend.
        case invalidSpec = "INVALID_SPEC"
        /// A query parameter is unknown or has no such value.
        case invalidQuery = "INVALID_QUERY"
        /// No token, or a wrong one.
        case unauthorized = "UNAUTHORIZED"
        /// The token is known, but the settings do not give it this right.
        case forbidden = "FORBIDDEN"
        /// `Host` gives a name that is none of the service's.
        case misdirectedRequest = "MISDIRECTED_REQUEST"
        /// The path is not under a root of the settings.
        case pathNotAllowed = "PATH_NOT_ALLOWED"
        case jobNotFound = "JOB_NOT_FOUND"
        /// No route has this path.
        case notFound = "NOT_FOUND"
        /// The route has no such method; `Allow` names those that it has.
        case methodNotAllowed = "METHOD_NOT_ALLOWED"
        /// The job's state, or its spec, does not allow this.
        case conflict = "CONFLICT"
        case bodyTooLarge = "BODY_TOO_LARGE"
        case unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
        case sourceNotFound = "SOURCE_NOT_FOUND"
        case unknownStore = "UNKNOWN_STORE"
        case idempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED"
        /// Try again when some jobs have ended.
        case tooManyJobs = "TOO_MANY_JOBS"
        /// The service stops. Try again once it has started.
        case draining = "DRAINING"
        /// The state directory can't be read or written. An operator has to look.
        case stateUnavailable = "STATE_UNAVAILABLE"
        /// A fault of ours. Report it.
        case `internal` = "INTERNAL"
    }

    package var code: Code
    package var detail: String
    /// Of a spec; shown as `errors` when there are any.
    package var faults: [SpecFault]
    package var headerFields: HTTPFields

    package init(_ code: Code, _ detail: String, faults: [SpecFault] = [], headerFields: HTTPFields = [:]) {
        self.code = code
        self.detail = detail
        self.faults = faults
        self.headerFields = headerFields
    }

    package init(faults: [SpecFault]) {
        self.init(.invalidSpec, faults.count == 1 ? "1 fault." : "\(faults.count) faults.", faults: faults)
    }

    package static func invalidQuery(_ name: String, _ detail: String) -> ProblemDetails {
        ProblemDetails(.invalidQuery, "\(name) \(detail).")
    }

    package var body: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("type", "urn:longshore:problem:\(code.rawValue)")
            writer.field("title", code.title)
            writer.field("status", code.status.code)
            writer.field("detail", detail)
            writer.field("code", code.rawValue)
            writer.field("retryable", code.isRetryable)
            guard !faults.isEmpty else { return }
            writer.arrayField("errors") { writer in
                for fault in faults {
                    writer.object { writer in
                        writer.field("pointer", fault.pointer)
                        writer.field("detail", fault.detail)
                    }
                }
            }
        }
        return writer.bytes
    }

    package var response: ServerResponse {
        var fields = headerFields
        fields[.contentType] = "application/problem+json"
        fields[.cacheControl] = "no-store"
        if code.isRetryable, fields[.retryAfter] == nil { fields[.retryAfter] = "\(code.retryAfterInSeconds)" }
        if code == .unauthorized, fields[.wwwAuthenticate] == nil { fields[.wwwAuthenticate] = "Bearer" }
        return ServerResponse(status: code.status, headerFields: fields, body: .bytes(body))
    }
}

extension ProblemDetails.Code {
    package var status: HTTPResponse.Status {
        switch self {
        case .invalidSpec, .invalidQuery: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden, .pathNotAllowed: .forbidden
        case .misdirectedRequest: .misdirectedRequest
        case .jobNotFound, .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .conflict: .conflict
        case .bodyTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .sourceNotFound, .unknownStore, .idempotencyKeyReused: .unprocessableContent
        case .tooManyJobs: .tooManyRequests
        case .draining, .stateUnavailable: .serviceUnavailable
        case .internal: .internalServerError
        }
    }

    package var title: String {
        switch self {
        case .invalidSpec: "The request is not valid"
        case .invalidQuery: "A query parameter is not valid"
        case .unauthorized: "A valid token is needed"
        case .forbidden: "The token does not allow this"
        case .misdirectedRequest: "The service has another name"
        case .pathNotAllowed: "The path is not under an allowed root"
        case .jobNotFound: "There is no such job"
        case .notFound: "There is nothing here"
        case .methodNotAllowed: "The method is not allowed here"
        case .conflict: "The job does not allow this"
        case .bodyTooLarge: "The body is too large"
        case .unsupportedMediaType: "The body is not JSON"
        case .sourceNotFound: "The source does not exist"
        case .unknownStore: "There is no such store"
        case .idempotencyKeyReused: "The idempotency key came with another spec"
        case .tooManyJobs: "Too many jobs are queued"
        case .draining: "The service is stopping"
        case .stateUnavailable: "The state is not available"
        case .internal: "Something went wrong here"
        }
    }

    /// Whether the same request may do better later, with nothing mended by the caller.
    package var isRetryable: Bool {
        switch self {
        case .tooManyJobs, .draining, .stateUnavailable: true
        default: false
        }
    }

    fileprivate var retryAfterInSeconds: Int { self == .tooManyJobs ? 10 : 5 }
}
