package import Files
package import Model
import S3Client

/// Moves one file or object of a job. Made once for a run of the job and shared by its files.
package struct FileRunner: Sendable {
    private enum Way: Sendable {
        case upload(UploadRunner)
        case download(DownloadRunner)
        case copy(CopyRunner)
    }

    private let way: Way

    /// - Parameters:
    ///   - client: of the store in the spec: where an upload or a copy goes, where a download comes from.
    ///   - spool: for what is copied from one store to another.
    package init(
        spec: JobSpec, source: JobSource, client: TransferClient, readers: ReaderPool, spool: SpoolFolder
    ) {
        switch source {
        case .tree(let tree):
            way = .upload(
                UploadRunner(source: tree, target: UploadTarget(spec: spec, client: client, readers: readers)))
        case .objects(let objects, let destination?):
            way = .download(
                DownloadRunner(spec: spec, objects: objects, destination: destination, readers: readers))
        case .objects(let objects, nil):
            way = .copy(
                CopyRunner(
                    objects: objects, target: UploadTarget(spec: spec, client: client, readers: readers),
                    relay: objects.client.name == client.name
                        ? nil : Relay(source: objects.client, readers: readers, spool: spool)))
        }
    }

    /// Nil: the run was stopped before the file had come to its end; a later run goes on with it.
    package func run(_ file: FileTransfer, ledger: some TransferLedger) async -> FileResult? {
        do {
            switch way {
            case .upload(let runner): return try await runner.run(file, ledger: ledger)
            case .download(let runner): return try await runner.run(file, ledger: ledger)
            case .copy(let runner): return try await runner.run(file, ledger: ledger)
            }
        } catch {
            guard let failure = Failure(ending: error) else { return nil }
            var result = FileResult.failed(failure, size: file.size)
            result.acknowledgedBytes = min(file.countedBytes, file.size)
            return result
        }
    }
}

extension Failure {
    /// What ends a file; nil when its run was stopped.
    init?(ending error: any Error) {
        switch error {
        case let error as S3Error:
            if error.code == .cancelled || error.code == .stopped { return nil }
            self = Failure(error)
        case let error as FileError:
            if error.code == .cancelled || error.code == .stopped { return nil }
            self = error.ofListed.sourceFailure
        case let failure as Failure: self = failure
        case is CancellationError: return nil
        default: self = Failure(.internal, String(describing: error), retryable: true)
        }
    }
}
