package import Model

package struct StoredPart: Sendable {
    package var part: Part
    package var path: [UInt8]
}
package final class JobStore: Sendable {
    package var watermark: Revision { preconditionFailure() }
    package func job(_ id: JobID) async throws(StorageError) -> Job? { preconditionFailure() }
    package func jobs(_ filter: JobFilter, before: JobNumber?, limit: Int) async throws(StorageError) -> [Job] {
        preconditionFailure()
    }
    package func files(_ job: JobNumber, states: Set<FileState>?, after: FileNumber?, limit: Int)
        async throws(StorageError) -> [FileTransfer]
    { preconditionFailure() }
    package func files(_ job: JobNumber, numbers: [FileNumber]) async throws(StorageError) -> [FileTransfer] {
        preconditionFailure()
    }
    package func file(_ job: JobNumber, path: [UInt8]) async throws(StorageError) -> FileTransfer? {
        preconditionFailure()
    }
    package func parts(_ job: JobNumber, file: FileNumber?, after: (FileNumber, PartNumber)?, limit: Int)
        async throws(StorageError) -> [StoredPart]
    { preconditionFailure() }
    package func changes(of job: JobNumber, after: Revision, filter: ChangeFilter, limit: Int)
        async throws(StorageError) -> ChangeBatch
    { preconditionFailure() }
    package func changes(after: Revision, filter: ChangeFilter, limit: Int) async throws(StorageError) -> ChangeBatch {
        preconditionFailure()
    }
}
