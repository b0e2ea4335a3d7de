package import Model
import S3Client

extension TransferClient {
    /// How an attempt to do away with an upload ended.
    package enum AbortOutcome: Sendable, Hashable {
        /// The store knows it no longer.
        case gone
        /// The store took the abort, and does not let anybody see what became of it.
        case unconfirmed(Failure)
        /// Try again later.
        case failed(Failure)
    }

    /// Aborts a multipart upload.
    ///
    /// - Returns: whether the upload is known to be gone. False: try again later.
    package func abort(
        _ uploadID: UploadID, of location: ObjectLocation,
        acquire: @escaping @Sendable (_ attempt: Int) async throws -> Permit
    ) async -> Bool {
        await end(uploadID, of: location, acquire: acquire) == .gone
    }

    /// Aborts a multipart upload. S3 takes an abort while parts of it are still arriving, and keeps those: so it is
    /// repeated until ListParts knows the upload no longer (AWS API reference, AbortMultipartUpload).
    package func end(
        _ uploadID: UploadID, of location: ObjectLocation,
        acquire: @escaping @Sendable (_ attempt: Int) async throws -> Permit
    ) async -> AbortOutcome {
        for _ in 0..<3 {
            do {
                try await s3.abortMultipartUpload(uploadID, location, acquire: acquire)
            } catch {
                return error.code == .noSuchBucket ? .gone : .failed(Failure(error))
            }
            do {
                _ = try await s3.listParts(uploadID, location, acquire: acquire)
            } catch {
                switch error.code {
                case .noSuchUpload, .noSuchBucket: return .gone
                case .accessDenied, .notImplemented: return .unconfirmed(Failure(error))
                default: return .failed(Failure(error))
                }
            }
        }
        return .failed(Failure(.storeError, "parts of the upload still arrive", retryable: true))
    }
}
