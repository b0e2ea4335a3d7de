import HTTPServer
import HTTPTypes

extension ServerResponse {
    static func json(
        _ status: HTTPResponse.Status, fields: HTTPFields = [:], _ write: (inout JSONWriter) -> Void
    ) -> ServerResponse {
        var writer = JSONWriter()
        write(&writer)
        return bytes(status, .json, writer.bytes, fields: fields)
    }

    static func bytes(
        _ status: HTTPResponse.Status, _ type: MediaType, _ bytes: [UInt8], fields: HTTPFields = [:]
    ) -> ServerResponse {
        var fields = fields
        fields[.contentType] = type.fieldValue
        return ServerResponse(status: status, headerFields: fields, body: .bytes(bytes))
    }
}
