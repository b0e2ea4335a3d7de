package import Model
import S3Client

extension TransferClient {
    /// Aborts a multipart upload. S3 takes an abort while parts of it are still arriving, and keeps those: so it is
    /// repeated until ListParts knows the upload no longer (AWS API reference, AbortMultipartUpload).
    ///
    /// - Returns: whether the upload is known to be gone. False: try again later.
    package func abort(
        _ uploadID: UploadID, of location: ObjectLocation,
        acquire: @escaping @Sendable (_ attempt: Int) async throws -> Permit
    ) async -> Bool {
        for _ in 0..<3 {
            do {
                try await s3.abortMultipartUpload(uploadID, location, acquire: acquire)
                _ = try await s3.listParts(uploadID, location, acquire: acquire)
            } catch {
                return error.code == .noSuchUpload
            }
        }
        return false
    }
}
