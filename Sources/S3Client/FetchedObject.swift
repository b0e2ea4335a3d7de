import CurlTransport
import Model

/// An object, or a range of it, that has arrived.
package struct FetchedObject: Sendable {
    package var description: ObjectDescription
    /// What was collected; empty when it went to a file.
    package var bytes: [UInt8]
    /// How many bytes arrived.
    package var countInBytes: Int64

    init(_ reply: Reply, asked range: ByteRange?) throws(S3Error) {
        description = try ObjectDescription(reply, operation: .getObject)
        bytes = reply.body
        countInBytes = Int64(reply.bytesReceived)
        guard let range, range.count > 0 else { return }
        // The last range of an object may be shorter than what was asked.
        let expected = max(0, min(range.end, description.sizeInBytes) - range.offset)
        let said = reply.headers["content-range"]
        // rclone answers with 200 and a Content-Range: what is said and what has come decides.
        guard countInBytes == expected, said?.hasPrefix("bytes \(range.offset)-\(range.offset + expected - 1)/") == true
        else {
            throw ReplyClassifier.malformed(
                reply, operation: .getObject,
                "status \(reply.status), \(said ?? "no Content-Range") and \(countInBytes) bytes for a range of "
                    + "\(range.count) from \(range.offset)")
        }
    }
}
