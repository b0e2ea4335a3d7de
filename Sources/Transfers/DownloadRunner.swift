import Files
import Model
import S3Client

/// Downloads one object of a download job to a hidden temporary file beside its target, which takes the target's name
/// when it is complete: a small one by one request, a large one by ranges.
///
/// Made once for a run of a job and shared by its files. A file's end is told only once it survives a power loss.
struct DownloadRunner: Sendable {
    let spec: JobSpec
    let objects: ObjectSource
    let readers: ReaderPool
    let sync: DestinationSync
    private let destination: DestinationFolder

    var client: TransferClient { objects.client }

    init(spec: JobSpec, objects: ObjectSource, destination: DestinationFolder, readers: ReaderPool) {
        self.spec = spec
        self.objects = objects
        self.destination = destination
        self.readers = readers
        sync = DestinationSync(destination, readers: readers)
    }

    func run(_ file: FileTransfer, ledger: some TransferLedger) async throws -> FileResult {
        do {
            if file.isDirectoryMarker { return try await makeFolder(file) }
            let target = try await readers.run { [destination, job = ledger.job] _ throws(FileError) in
                try DownloadTarget(file, in: destination, job: job)
            }
            do {
                let result = try await fetch(file, to: target, ledger: ledger)
                if result.state != .succeeded { await clear(target) }
                return result
            } catch {
                if Failure(endingDownload: error) != nil { await clear(target) }
                throw error
            }
        } catch {
            throw Failure(endingDownload: error) ?? error
        }
    }

    private func fetch(
        _ file: FileTransfer, to target: DownloadTarget, ledger: some TransferLedger
    ) async throws -> FileResult {
        if let reason = try await reasonToSkip(file, target, ledger: ledger) {
            return .skipped(reason, size: file.size)
        }
        if file.size >= spec.multipartThreshold || file.multipart != nil {
            return try await RangedDownload(runner: self, file: file, target: target, ledger: ledger).run()
        }
        return try await WholeDownload(runner: self, file: file, target: target, ledger: ledger).run()
    }

    private func makeFolder(_ file: FileTransfer) async throws -> FileResult {
        _ = try await readers.runToEnd { [destination] _ throws(FileError) in try destination.makeFolder(file.path) }
        try await sync.synchronize()
        return FileResult(.succeeded, size: 0)
    }

    /// What a process that died may have left. What can't be removed is not worth a failure of its own.
    private func clear(_ target: DownloadTarget) async {
        try? await readers.runToEnd { _ throws(FileError) in try target.folder.removeTemporary(token: target.token) }
    }

    /// Why an object need not move, by the rules of `overwrite`; nil: it must.
    ///
    /// An object's time is its `mtime` metadata, or else when the store got it. The list tells the latter alone: it is never
    /// earlier than the bytes are old, so an object that is not newer by it needs no request. One that is may have been
    /// restored here with its own, older time: a HEAD tells, and is less than to fetch it anew with every run.
    private func reasonToSkip(
        _ file: FileTransfer, _ target: DownloadTarget, ledger: some TransferLedger
    ) async throws -> String? {
        guard let standing = target.standing else { return nil }
        switch spec.overwrite {
        case .always: return nil
        case .never: return "exists"
        case .ifChanged: break
        }
        guard standing.size == file.size else { return nil }
        if let stored = file.object?.lastModified, stored.microseconds * 1_000 <= standing.modified {
            return "unchanged"
        }
        let object = try await client.s3.headObject(objects.location(of: file)) { _ in
            try await ledger.permit(.newFile(size: file.size), at: client.name)
        }
        guard object.sizeInBytes == standing.size, let modified = ModificationTime.nanoseconds(of: object) else {
            return nil
        }
        return modified <= standing.modified ? "unchanged" : nil
    }

    // MARK: The end of a file

    /// The complete file takes the target's name. False: something has the name by now, and may not be replaced.
    func publish(_ temporary: TemporaryFile, as target: DownloadTarget) async throws -> Bool {
        do {
            try await readers.runToEnd { [replaces = spec.overwrite != .never] _ throws(FileError) in
                try temporary.publish(as: target.name, replaces: replaces)
            }
        } catch {
            if error.code == .exists, spec.overwrite == .never { return false }
            throw error
        }
        try await sync.synchronize()
        return true
    }

    /// In nanoseconds since 1970; nil when times are not to be kept.
    func modificationTime(of object: ObjectDescription) -> Int64? {
        spec.preserveTimes ? ModificationTime.nanoseconds(of: object) : nil
    }
}

extension Failure {
    /// What ends a download; nil when its run was stopped.
    init?(endingDownload error: any Error) {
        if let error = error as? FileError {
            if error.code == .cancelled || error.code == .stopped { return nil }
            self = error.destinationFailure
        } else {
            self.init(ending: error)
        }
    }

    /// Of objects that arrive otherwise than the store says they are, again and again.
    static var arrivesDamaged: Failure {
        Failure(
            .checksumMismatch, "what arrives is not what the store's checksum or ETag says, again and again",
            retryable: true)
    }
}
