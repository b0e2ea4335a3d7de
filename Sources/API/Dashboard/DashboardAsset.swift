import HTTPServer
import HTTPTypes

/// One file of the dashboard, as it lies in the executable.
struct DashboardAsset: Sendable {
    private let type: MediaType
    private let bytes: [UInt8]
    private let tag: EntityTag

    init(_ type: MediaType, _ bytes: [UInt8]) {
        self.type = type
        self.bytes = bytes
        tag = EntityTag(digestOf: bytes)
    }

    /// Kept by browsers, and asked for anew each time: a new version of the service shows its own page at once.
    func response(to request: HTTPRequest) -> ServerResponse {
        var fields = Self.fields
        fields[.eTag] = tag.fieldValue
        if let known = request.headerFields[.ifNoneMatch], tag.isNamed(by: known) {
            return ServerResponse(status: .notModified, headerFields: fields)
        }
        return .bytes(.ok, type, bytes, fields: fields)
    }

    /// Nothing but the service's own files runs or is loaded, and no other site may frame the page.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
        frame-ancestors 'none'; base-uri 'none'; form-action 'none'
        """

    private static let fields: HTTPFields = [
        .cacheControl: "no-cache",
        .contentSecurityPolicy: policy,
        .referrerPolicy: "no-referrer",
        .xContentTypeOptions: "nosniff",
    ]
}
