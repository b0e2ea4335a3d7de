import HTTPTypes

extension HTTPField.Name {
    static let requestID = known("x-amz-request-id")
    static let extendedRequestID = known("x-amz-id-2")
    static let serverSideEncryption = known("x-amz-server-side-encryption")

    private static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no field name") }
        return name
    }
}
