import Glibc
import Model

/// One line for each request, in the order in which they ended, for whoever wants to know more than sums: which parts
/// came twice, what was under way at a given moment.
///
/// Columns with tabs between them: begin and end in microseconds since 1970, operation, status (0: the client left before
/// its body had come), bytes of the body that came, part number, upload id, bucket and key as in a listing. `-` stands for
/// what a request has not. Any thread may write.
final class RequestLog: Sendable {
    private let descriptor: Int32

    /// Appends to the file, which is made when it is missing.
    init(path: String) throws(DevStoreError) {
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw DevStoreError(code: .folder, message: FolderError("open", path).description)
        }
    }

    deinit { Glibc.close(descriptor) }

    /// - Parameter status: nil when the client left.
    func write(_ call: Call, status: Int?, ended: Timestamp) {
        let request = call.request
        let columns = [
            "\(call.began.microseconds)", "\(ended.microseconds)", request?.operation.rawValue ?? "-", "\(status ?? 0)",
            "\(call.body?.receivedBytes ?? 0)", request?.query["partNumber"] ?? "-", request?.query["uploadId"] ?? "-",
            request.map { "\($0.bucket)/\(PercentCoding.encodeForListing($0.key.bytes))" } ?? "-",
        ]
        let line = Array((columns.joined(separator: "\t") + "\n").utf8)
        // With O_APPEND lines of many threads stay whole (write(2)); a full disk loses lines of a log.
        _ = unsafe line.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
