import Model
import S3Client

extension UploadTarget {
    /// How often a body is read and summed before it is given up that something else arrives than was summed.
    static let mostReadings = 3

    /// Prepares and sends one body in the way that the store takes. When the store has found another checksum than was
    /// sent, the body is read and summed anew: the source may have changed, or a bit may have on the way.
    ///
    /// - Parameter body: prepares and sends; `reading` counts from 1.
    func sending<Value: Sendable>(
        _ body: (_ protection: PayloadProtection, _ reading: Int) async throws -> Value
    ) async throws -> Value {
        var reading = 1
        while true {
            do {
                return try await client.s3.protecting(spec.checksum) { protection, _ in
                    try await body(protection, reading)
                }
            } catch let error as S3Error where error.code == .checksumMismatch {
                guard error.verdict == .giveUp, reading < Self.mostReadings else {
                    var last = error
                    last.verdict = .retry(after: nil)
                    last.attempts = max(last.attempts, reading)
                    throw last
                }
                reading += 1
            }
        }
    }
}
