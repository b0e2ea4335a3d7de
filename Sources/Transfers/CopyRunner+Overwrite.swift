import Model
import S3Client
import Synchronization

extension CopyRunner {
    /// By the rules of `overwrite`, at the price of one HeadObject of the destination.
    ///
    /// The time of the source is when its store got it: that is what a list says. It is compared with when the
    /// destination's store got the copy, which a list would say of that. HeadObject knows whole seconds: of two of the same
    /// second the ETags decide.
    func reasonToSkip(
        _ file: FileTransfer, at location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> String? {
        try await target.reasonToSkip(size: file.size, at: location, ledger: ledger) { head in
            guard let object = file.object, let modified = object.lastModified, let stored = head.lastModified else {
                return false
            }
            let (source, copy) = (modified.microseconds / 1_000_000, stored.microseconds / 1_000_000)
            return source < copy || (source == copy && object.etag == head.etag)
        }
    }
}

/// Whether a store takes `If-None-Match` with CopyObject: not every one does, and those answer 501. What `never` needs has
/// been looked up by a HeadObject before, so it is left out there; a run of a job asks once.
final class ConditionSupport: Sendable {
    private let isRefused = Atomic(false)

    func retrying(
        _ condition: WriteCondition?, _ body: (WriteCondition?) async throws(S3Error) -> StoredObject
    ) async throws(S3Error) -> StoredObject {
        guard condition != nil, !isRefused.load(ordering: .relaxed) else { return try await body(nil) }
        do {
            return try await body(condition)
        } catch {
            guard error.code == .notImplemented else { throw error }
            isRefused.store(true, ordering: .relaxed)
            return try await body(nil)
        }
    }
}
